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
 * What a token is that somebody else holds: of introspection and revocation. By
 * its form, whatever the hint says.
 */
#ifndef ENGINE_TOKEN_KIND_H
#define ENGINE_TOKEN_KIND_H

#include <jansson.h>

#include "privsep/engine/op.h"
#include "src/base/clock.h"

struct token_kind {
	int		 machine;	/* a client's own: no session */
	int		 bound;		/* to a key */
	int64_t		 epoch, exp;	/* exp: seconds */
	/* of an access token; "" of a refresh token, which has a hash */
	char		 client[CAP_CLIENT + 1];
	char		 subject[CAP_ID + 1], sid[CAP_ID + 1];
	char		 jti[CAP_ID + 1];
	char		 hash[TOKEN_TEXT];
};

/*
 * 0; -1: it is none of this realm's that is good for anything. payload: a new
 * reference to the claims of an access token; NULL where they are of no use.
 */
int	token_kind(struct op *, const char *token, struct token_kind *,
	    json_t **payload);

#endif
