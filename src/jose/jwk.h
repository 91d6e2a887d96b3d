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

#define JWK_SPKI_MAX	2048
#define JWKS_MAX	64	/* keys in a set */

struct jwk {
	char		 kid[JWK_KID_LEN + 1];
	enum jose_alg	 alg;
	EVP_PKEY	*pkey;		/* owned, public half */
	EVP_PKEY_CTX	*pctx;		/* ES256, RS256: ready to verify */
	EVP_MD_CTX	*mctx;		/* EdDSA: the same, copied each time */
};

struct jwks;

/*
 * Starts libcrypto without a configuration file: a confined process may open
 * none. jwks_new() and jws_signer_new() call it; others that use libcrypto
 * first call it themselves, before their sandbox.
 */
void	 jose_init(void);
const char *jose_alg_name(enum jose_alg);	/* "ES256" */
/*
 * By type, curve and size. JOSE_NONE: another type or curve, RSA under 2048 or
 * over 8192 bits, or with an exponent that is even or under 65537.
 */
enum jose_alg jose_alg_of(const EVP_PKEY *);

struct jwks *jwks_new(void);
void	 jwks_free(struct jwks *);
/*
 * Adds a key from DER SubjectPublicKeyInfo. Refuses a kid that is not the
 * thumbprint and an alg that is not the key's. A key that is there already is
 * left alone. 0; -1.
 */
int	 jwks_add_spki(struct jwks *, const char *kid, enum jose_alg,
	    const uint8_t *der, size_t len);
/* The same from a key in memory, which stays the caller's; kid NULL: its
 * thumbprint, alg JOSE_NONE: its own. */
int	 jwks_add_pkey(struct jwks *, EVP_PKEY *, const char *kid,
	    enum jose_alg);
/*
 * From a JWK Set text (strict JSON); for audit verify and tests. A kid may be
 * missing, an alg too; a private member is refused. Returns the number of
 * keys, or -1.
 */
int	 jwks_add_json(struct jwks *, const char *text, size_t len);
/* The same of another's keys, which it may call as it likes. */
int	 jwks_add_json_any(struct jwks *, const char *text, size_t len);
/* Takes a key out: what it signed is no longer good. What jwks_find() lent of
 * it is gone. */
void	 jwks_drop(struct jwks *, const char *kid);
const struct jwk *jwks_find(const struct jwks *, const char *kid, size_t len);
size_t	 jwks_count(const struct jwks *);
const struct jwk *jwks_at(const struct jwks *, size_t);

/* What the set's verifications share. */
struct jwks_work {
	EVP_MD_CTX	*sha256;	/* ready for use */
	/*
	 * The header that was accepted last, as it came, and for which typ:
	 * whoever signs here makes the same one for each token, so that it
	 * need not be decoded and parsed each time.
	 */
	char		 header[192], typ[16];
	size_t		 n;		/* 0: none */
	const struct jwk *key;
};
struct jwks_work *jwks_work(const struct jwks *);

/* RFC 7638 thumbprint, base64url SHA-256; 0, -1 for an unknown key type. */
int	 jwk_thumbprint(const EVP_PKEY *, char kid[JWK_KID_LEN + 1]);
/* Appends the JWK object with kid, alg, use:"sig". */
int	 jwk_public_json(struct buf *, const EVP_PKEY *, const char *kid,
	    enum jose_alg);
/* {"keys":[…]} of the whole set. */
int	 jwks_json(struct buf *, const struct jwks *);
/* DER SubjectPublicKeyInfo; returns its length (≤ JWK_SPKI_MAX) or -1. */
long	 jwk_spki(uint8_t der[JWK_SPKI_MAX], const EVP_PKEY *);

#endif
