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
 * Proofs of possession (RFC 9449 section 4). Pure: what a proof says and that
 * it is signed by the key it brings along. That key is good for nothing else:
 * who may use it is said by a token or a code that names its thumbprint.
 */
#ifndef JOSE_DPOP_H
#define JOSE_DPOP_H

#include <stdint.h>

#include "src/jose/jwk.h"

#define DPOP_WINDOW	60	/* seconds, on both sides of iat */
#define DPOP_JTI_MAX	256	/* bytes */
#define DPOP_NONCE_MAX	64

struct dpop_proof {
	char	 jkt[JWK_KID_LEN + 1];
	/* base64url SHA-256 of jkt and jti: what counts once */
	char	 id[JWK_KID_LEN + 1];
	int64_t	 iat;			/* seconds */
	char	 nonce[DPOP_NONCE_MAX + 1];	/* "" none */
};

/*
 * Everything but freshness, nonce and use. htm: the method; htu: our URL;
 * access: the token that comes with it, or NULL. 0; -1: it is not good.
 */
int	dpop_check(const char *proof, const char *htm, const char *htu,
	    const char *access, struct dpop_proof *);
/* 1: iat is as near to now (seconds) as it must be without a nonce. */
int	dpop_fresh(const struct dpop_proof *, int64_t now);
/* 1: both are the same URL, but for query and fragment (RFC 9449 4.3). */
int	dpop_same_url(const char *, const char *);
/* A thumbprint by its form. */
int	dpop_is_jkt(const char *);

#endif
