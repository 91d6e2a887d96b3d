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

/* Compact JWS, signing half. Only the vault links it. */
#ifndef JOSE_JWS_SIGN_H
#define JOSE_JWS_SIGN_H

#include <openssl/evp.h>

#include "src/base/buf.h"
#include "src/jose/jwk.h"

struct jws_signer;	/* a private key, ready to sign */

/* Takes its own reference to the key. NULL: alg is not the key's, or memory. */
struct jws_signer *jws_signer_new(EVP_PKEY *, enum jose_alg);
void	jws_signer_free(struct jws_signer *);
/*
 * Appends header.payload.signature. header_b64 is the encoded header (made
 * once per key and typ by jws_header()); payload is JSON text. 0; -1, and
 * then the buffer is as it was.
 */
int	jws_sign(struct buf *, struct jws_signer *, const char *header_b64,
	    const char *payload, size_t len);
/* {"alg":…,"typ":…,"kid":…} encoded; 0; -1. */
int	jws_header(struct buf *, enum jose_alg, const char *typ,
	    const char *kid);

#endif
