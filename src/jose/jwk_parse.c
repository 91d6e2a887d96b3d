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
 * Who runs this: engine (clients' keys, proofs), moatctl (audit verify); apart
 * from jwk_json.c so that the vault needs no JSON parser. Holds: nothing.
 */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

#include "src/base/b64.h"
#include "src/jose/jws.h"
#include "src/json/json.h"

#define NUM_MAX	1024	/* bytes of the largest number, RSA 8192 */

/* A base64url member; returns its bytes or -1. */
static long
member(json_t *o, const char *name, uint8_t *dst, size_t cap)
{
	json_t *v = json_object_get(o, name);

	if (!json_is_string(v))
		return -1;
	return b64_decode(dst, cap, json_string_value(v),
	    json_string_length(v));
}

static EVP_PKEY *
from_params(const char *type, OSSL_PARAM_BLD *bld)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
from_ec(json_t *o)
{
	OSSL_PARAM_BLD *bld;
	EVP_PKEY *pkey = NULL;
	uint8_t point[65] = { 0x04 };

	if (member(o, "x", point + 1, 32) != 32 ||
	    member(o, "y", point + 33, 32) != 32 ||
	    (bld = OSSL_PARAM_BLD_new()) == NULL)
		return NULL;
	if (OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
	    "prime256v1", 0) && OSSL_PARAM_BLD_push_octet_string(bld,
	    OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)))
		pkey = from_params("EC", bld);
	OSSL_PARAM_BLD_free(bld);
	return pkey;
}

static EVP_PKEY *
from_rsa(json_t *o)
{
	uint8_t n[NUM_MAX], e[8];
	long nlen = member(o, "n", n, sizeof(n));
	long elen = member(o, "e", e, sizeof(e));
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *bn = NULL, *be = NULL;
	EVP_PKEY *pkey = NULL;

	if (bld == NULL || nlen <= 0 || elen <= 0 || n[0] == 0 || e[0] == 0)
		goto out;
	bn = BN_bin2bn(n, (int)nlen, NULL);
	be = BN_bin2bn(e, (int)elen, NULL);
	if (bn != NULL && be != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be))
		pkey = from_params("RSA", bld);
out:
	BN_free(bn);
	BN_free(be);
	OSSL_PARAM_BLD_free(bld);
	return pkey;
}

static EVP_PKEY *
from_okp(json_t *o)
{
	uint8_t x[32];

	if (member(o, "x", x, sizeof(x)) != sizeof(x))
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x,
	    sizeof(x));
}

static const struct {
	const char	*kty, *crv;
	enum jose_alg	 alg;
	EVP_PKEY	*(*make)(json_t *);
} kinds[] = {
	{ "EC", "P-256", JOSE_ES256, from_ec },
	{ "OKP", "Ed25519", JOSE_EDDSA, from_okp },
	{ "RSA", NULL, JOSE_RS256, from_rsa },
};

/* The member is missing, or the text. */
static int
absent_or(json_t *o, const char *name, const char *want)
{
	json_t *v = json_object_get(o, name);

	return v == NULL || (json_is_string(v) &&
	    strcmp(json_string_value(v), want) == 0);
}

/* A member of a private or a symmetric key (RFC 7518 sections 6.2.2, 6.3.2,
 * 6.4). */
static int
has_secret(json_t *o)
{
	static const char *const names[] = { "d", "k", "p", "q", "dp", "dq",
		"qi", "oth" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(o, names[i]) != NULL)
			return 1;
	return 0;
}

/* any: whatever it calls itself. */
static int
add_object(struct jwks *ks, json_t *o, int any)
{
	const char *kty, *crv, *kid = NULL;
	EVP_PKEY *pkey = NULL;
	json_t *v;
	size_t i;
	int rc;

	kty = json_string_value(json_object_get(o, "kty"));
	crv = json_string_value(json_object_get(o, "crv"));
	if ((v = json_object_get(o, "kid")) != NULL &&
	    (kid = json_string_value(v)) == NULL)
		return -1;
	if (kty == NULL || has_secret(o) || !absent_or(o, "use", "sig"))
		return -1;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kty, kinds[i].kty) != 0 || (kinds[i].crv != NULL &&
		    (crv == NULL || strcmp(crv, kinds[i].crv) != 0)))
			continue;
		if (!absent_or(o, "alg", jose_alg_name(kinds[i].alg)) ||
		    (pkey = kinds[i].make(o)) == NULL)
			return -1;
		rc = jwks_add_pkey(ks, pkey, any ? NULL : kid,
		    kinds[i].alg);
		EVP_PKEY_free(pkey);
		return rc;
	}
	return -1;
}

int
jwks_add_object(struct jwks *ks, json_t *o)
{
	return add_object(ks, o, 1);
}

static int
add_set(struct jwks *ks, const char *text, size_t len, int any)
{
	json_t *set = json_strict_object(text, len, NULL), *keys, *o;
	size_t i;
	int n = 0;

	keys = json_object_get(set, "keys");
	if (!json_is_array(keys))
		n = -1;
	json_array_foreach(keys, i, o) {
		if (!json_is_object(o) || add_object(ks, o, any) == -1) {
			n = -1;
			break;
		}
		n++;
	}
	json_decref(set);
	return n;
}

int
jwks_add_json(struct jwks *ks, const char *text, size_t len)
{
	return add_set(ks, text, len, 0);
}

int
jwks_add_json_any(struct jwks *ks, const char *text, size_t len)
{
	return add_set(ks, text, len, 1);
}
