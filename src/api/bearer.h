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
 * A request's access token: found, verified, its scope. Run by workers. A
 * signature is verified once: the digest of what was good is kept, with its
 * expiry, until a key leaves the set. Whether the token was revoked is never
 * decided here.
 */
#ifndef API_BEARER_H
#define API_BEARER_H

#include "src/api/call.h"

/*
 * The token, from `Authorization: Bearer` only (RFC 6750 section 2.1); the
 * scheme's case does not matter (RFC 9110 section 11.1). NULL: none was sent.
 */
const char *bearer_of(struct http_req *);
/* The same from `Authorization: DPoP` (RFC 9449 section 7.1). */
const char *bearer_dpop_of(struct http_req *);
/* The scope of c->bearer, until the next call. NULL: it is not one of ours, not
 * of this issuer, or expired. */
const char *bearer_scope(struct api_call *);
/* A key left the set: what it signed is to be verified again. */
void	bearer_forget(void);

#endif
