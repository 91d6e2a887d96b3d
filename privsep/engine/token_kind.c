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
 * Runs in the engine. A refresh token is 256 random bits, and the database
 * knows its SHA-256; all else that is ours is an access token. One that is
 * good only for setting up a factor is good for nobody else.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/token_kind.h"
#include "src/base/b64.h"

static int
of_refresh(const char *token, struct token_kind *k)
{
	uint8_t raw[TOKEN_BYTES];
	int ok;

	ok = b64_decode(raw, sizeof(raw), token, strlen(token)) ==
	    TOKEN_BYTES;
	if (ok)
		issue_hash(k->hash, raw);
	sodium_memzero(raw, sizeof(raw));
	return (ok ? 0 : -1);
}

static int
of_claims(const struct at_claims *at, struct token_kind *k)
{
	k->machine = at->sid == NULL || *at->sid == '\0';
	k->bound = at->jkt != NULL;
	k->epoch = at->epoch;
	k->exp = at->exp;
	if (at_has_scope(at->scope, ENGINE_SCOPE_SETUP) ||
	    (k->machine && strcmp(at->sub, at->client_id) != 0))
		return (-1);
	return (op_copy(k->client, sizeof(k->client), at->client_id) |
	    op_copy(k->subject, sizeof(k->subject), at->sub) |
	    op_copy(k->sid, sizeof(k->sid), k->machine ? "" : at->sid) |
	    op_copy(k->jti, sizeof(k->jti), at->jti));
}

int
token_kind(struct op *op, const char *token, struct token_kind *k,
    json_t **payload)
{
	struct at_claims at;
	int rv;

	memset(k, 0, sizeof(*k));
	if (payload != NULL)
		*payload = NULL;
	if (strchr(token, '.') == NULL)
		return (of_refresh(token, k));
	memset(&at, 0, sizeof(at));
	if (bearer_claims(op, token, &at) != AT_OK)
		return (-1);
	rv = of_claims(&at, k);
	if (rv == 0 && payload != NULL)
		*payload = json_incref(at.payload);
	at_free(&at);
	return (rv);
}
