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
 * Tenants: what an id looks like and which issuer it makes. Pure; linked by
 * workers and the engine.
 */
#include <string.h>

#include "src/rules/tenant.h"

int
tenant_id_ok(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n < TENANT_CAP && s[n] == '\0' && s[0] != '-';
}

int
tenant_is_default(const char *s)
{
	return strcmp(s, TENANT_DEFAULT) == 0;
}

int
tenant_issuer(char *out, size_t cap, const char *issuer, const char *tenant)
{
	size_t n = strlen(issuer), t = strlen(tenant);

	if (tenant_is_default(tenant)) {
		if (n >= cap)
			return -1;
		memcpy(out, issuer, n + 1);
		return 0;
	}
	if (t >= TENANT_CAP || n + 3 + t >= cap)
		return -1;
	memcpy(out, issuer, n);
	memcpy(out + n, "/t/", 3);
	memcpy(out + n + 3, tenant, t + 1);
	return 0;
}
