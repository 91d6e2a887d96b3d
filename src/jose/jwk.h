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
 * Public keys of the server (RFC 7517): a set that is looked up by kid in
 * memory only. The algorithm belongs to the key, never to a token's header.
 */
#ifndef JOSE_JWK_H
#define JOSE_JWK_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"

/* Values of enum key_alg in privsep/wall/msg.h; jose cannot include it. */
enum jose_alg { JOSE_NONE, JOSE_ES256, JOSE_EDDSA, JOSE_RS256 };

#define JWK_KID_LEN	43	/* base64url SHA-256, RFC 7638 */

struct jwk {
	char		 kid[JWK_KID_LEN + 1];
	enum jose_alg	 alg;
	EVP_PKEY	*pkey;		/* owned, public half */
};

struct jwks;

const char *jose_alg_name(enum jose_alg);	/* "ES256" */
enum jose_alg jose_alg_of(const EVP_PKEY *);	/* by type, curve, size */

struct jwks *jwks_new(void);
void	 jwks_free(struct jwks *);
/*
 * Adds a key from DER SubjectPublicKeyInfo. Refuses a kid that is not the
 * thumbprint, an alg that is not the key's, RSA under 2048 bits or with an
 * even or small exponent. 0; -1.
 */
int	 jwks_add_spki(struct jwks *, const char *kid, enum jose_alg,
	    const uint8_t *der, size_t len);
/* From a JWK Set text (strict JSON), public members; for audit verify and
 * tests. Returns the number of keys, or -1. */
int	 jwks_add_json(struct jwks *, const char *text, size_t len);
const struct jwk *jwks_find(const struct jwks *, const char *kid, size_t len);
size_t	 jwks_count(const struct jwks *);
const struct jwk *jwks_at(const struct jwks *, size_t);

/* RFC 7638 thumbprint, base64url SHA-256; 0, -1 for an unknown key type. */
int	 jwk_thumbprint(const EVP_PKEY *, char kid[JWK_KID_LEN + 1]);
/* Appends the JWK object with kid, alg, use:"sig". */
int	 jwk_public_json(struct buf *, const EVP_PKEY *, const char *kid,
	    enum jose_alg);
/* {"keys":[…]} of the whole set. */
int	 jwks_json(struct buf *, const struct jwks *);

#endif
