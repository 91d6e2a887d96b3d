/*
 * Copyright (c) 2026 The moatd authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Scopes that a tenant describes. Run by worker and engine; pure.
 */
#include "config.h"

#include <string.h>

#include "src/rules/client.h"
#include "src/rules/scope.h"

#define ALNUM	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

int
scope_name_ok(const char *s)
{
	size_t len = strlen(s);

	return (len >= 1 && len <= SCOPE_NAME_MAX &&
	    strchr(ALNUM, s[0]) != NULL && strspn(s, ALNUM "._:-") == len);
}

int
scope_is_builtin(const char *s)
{
	return (client_has("openid profile email roles offline_access account "
	    "admin mfa_setup", s));
}

int
scope_description_ok(const char *s)
{
	return (client_text_ok(s, SCOPE_TEXT_MAX));
}
