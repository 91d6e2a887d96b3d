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
 * Who: the parent (and moatd -n). Holds: the words of moatd.conf that are no
 * texts. Callers: lex.c.
 */
#include "config.h"

#include <string.h>

#include "privsep/parent/lex.h"
#include "privsep/parent/parse.h"

static const struct {
	const char	*word;
	int		 token;
} keywords[] = {
	{ "admin-second-factor", ADMINFACTOR },
	{ "auto", AUTO }, { "backchannel-logout", BACKCHANNELLOGOUT },
	{ "client-registration", CLIENTREGISTRATION },
	{ "closed", CLOSED }, { "cors", CORS },
	{ "database", DATABASE }, { "email", EMAIL }, { "file", FROMFILE },
	{ "hashers", HASHERS }, { "include", INCLUDE }, { "issuer", ISSUER },
	{ "limit", LIMIT }, { "listen", LISTEN }, { "mail", MAIL },
	{ "manual", MANUAL },
	{ "migrate", MIGRATE }, { "on", ON }, { "open", OPEN },
	{ "optional", OPTIONAL }, { "password", PASSWORD }, { "port", PORT },
	{ "postgresql", POSTGRESQL }, { "proxy", PROXY },
	{ "registration", REGISTRATION }, { "required", REQUIRED },
	{ "sandbox", SANDBOX }, { "serve", SERVE }, { "socket", SOCKET },
	{ "sqlite", SQLITE }, { "state", STATE }, { "superadmin", SUPERADMIN },
	{ "throttle", THROTTLE }, { "timeout", TIMEOUT }, { "token", TOKEN },
	{ "trust", TRUST }, { "user", USER }, { "username", USERNAME },
	{ "vaults", VAULTS }, { "verify", VERIFY }, { "workers", WORKERS }
};

int
lex_keyword(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
		if (strcmp(keywords[i].word, word) == 0)
			return (keywords[i].token);
	return (0);
}
