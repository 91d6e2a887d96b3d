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
 * Who runs this: worker (publishes the set), vault (thumbprints). Holds:
 * nothing. Public keys as text: RFC 7517, RFC 7518 section 6, RFC 8037
 * section 2, thumbprints by RFC 7638. Reading that text is in jwk_parse.c.
 */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/sha.h>

#include "src/base/b64.h"
#include "src/jose/jwk.h"

#define NUM_MAX	1024	/* bytes of the largest number, RSA 8192 */

static int
add_member(struct buf *b, const char *before, const uint8_t *v, size_t n)
{
	char text[B64_LEN(NUM_MAX) + 1];

	b64_encode(text, v, n);
	buf_adds(b, before);
	buf_adds(b, text);
	return buf_addc(b, '"');
}

/* width 0: as short as the number is (RFC 7518 section 2, Base64urlUInt). */
static int
add_number(struct buf *b, const char *before, const EVP_PKEY *pkey,
    const char *param, int width)
{
	uint8_t v[NUM_MAX];
	BIGNUM *bn = NULL;
	int n, rc = -1;

	if (!EVP_PKEY_get_bn_param(pkey, param, &bn))
		return -1;
	n = width != 0 ? width : BN_num_bytes(bn);
	if (n <= NUM_MAX && BN_bn2binpad(bn, v, n) == n)
		rc = add_member(b, before, v, (size_t)n);
	BN_free(bn);
	return rc;
}

/* The members of RFC 7638 section 3.2, in its order. */
static int
add_required(struct buf *b, const EVP_PKEY *pkey)
{
	uint8_t x[32];
	size_t n = sizeof(x);

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_EC:
		if (jose_alg_of(pkey) != JOSE_ES256 || add_number(b,
		    "\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"", pkey,
		    OSSL_PKEY_PARAM_EC_PUB_X, 32) == -1)
			return -1;
		return add_number(b, ",\"y\":\"", pkey,
		    OSSL_PKEY_PARAM_EC_PUB_Y, 32);
	case EVP_PKEY_ED25519:
		if (!EVP_PKEY_get_raw_public_key(pkey, x, &n) ||
		    n != sizeof(x))
			return -1;
		return add_member(b,
		    "\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"", x, n);
	case EVP_PKEY_RSA:
		if (add_number(b, "\"e\":\"", pkey, OSSL_PKEY_PARAM_RSA_E,
		    0) == -1)
			return -1;
		return add_number(b, ",\"kty\":\"RSA\",\"n\":\"", pkey,
		    OSSL_PKEY_PARAM_RSA_N, 0);
	default:
		return -1;
	}
}

int
jwk_thumbprint(const EVP_PKEY *pkey, char kid[JWK_KID_LEN + 1])
{
	uint8_t md[SHA256_DIGEST_LENGTH];
	struct buf b = BUF_INIT;
	int rc = -1;

	buf_addc(&b, '{');
	if (add_required(&b, pkey) == -1)
		goto out;
	buf_addc(&b, '}');
	if (!b.err && EVP_Digest(b.p, b.len, md, NULL, EVP_sha256(), NULL)) {
		b64_encode(kid, md, sizeof(md));
		rc = 0;
	}
out:
	buf_free(&b);
	return rc;
}

int
jwk_public_json(struct buf *b, const EVP_PKEY *pkey, const char *kid,
    enum jose_alg alg)
{
	buf_addc(b, '{');
	if (add_required(b, pkey) == -1)
		return -1;
	buf_adds(b, ",\"kid\":");
	buf_add_json(b, kid);
	buf_adds(b, ",\"alg\":\"");
	buf_adds(b, jose_alg_name(alg));
	return buf_adds(b, "\",\"use\":\"sig\"}");
}

int
jwks_json(struct buf *b, const struct jwks *ks)
{
	const struct jwk *k;
	size_t i;

	buf_adds(b, "{\"keys\":[");
	for (i = 0; (k = jwks_at(ks, i)) != NULL; i++) {
		if (i > 0)
			buf_addc(b, ',');
		if (jwk_public_json(b, k->pkey, k->kid, k->alg) == -1)
			return -1;
	}
	return buf_adds(b, "]}");
}
