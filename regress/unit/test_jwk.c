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


/* Public keys: RFC 7517 and 7638, weak and foreign ones, odd sets. */
#include "config.h"

#include <check.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

#include "regress/unit/jose_help.h"

/* RFC 7638 3.1; the one of RFC 8037 A.3 is a kid in test_jws_sig.c. */
START_TEST(jwk_accepts_the_example_thumbprint)
{
	static const char text[] = "{\"keys\":[{\"kty\":\"RSA\",\"n\":\""
	    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT"
	    "86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_"
	    "2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
	    "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD0"
	    "8qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw"
	    "0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\","
	    "\"alg\":\"RS256\"}]}";
	struct jwks *ks = jwks_new();

	ck_assert_int_eq(jwks_add_json(ks, text, sizeof(text) - 1), 1);
	ck_assert_str_eq(jwks_at(ks, 0)->kid,
	    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	jwks_free(ks);
}
END_TEST

START_TEST(jwk_accepts_its_own_set)
{
	struct buf b = BUF_INIT;
	struct jwks *ks = jwks_new();
	uint8_t der[JWK_SPKI_MAX];
	size_t i;
	long n;

	ck_assert_int_eq(jwks_json(&b, test_set), 0);
	ck_assert_int_eq(jwks_add_json(ks, buf_cstr(&b), b.len), 3);
	for (i = 0; i < 3; i++) {
		ck_assert_str_eq(jwks_at(ks, i)->kid, test_keys[i].kid);
		ck_assert_int_eq(jwks_at(ks, i)->alg, test_keys[i].alg);
		n = jwk_spki(der, test_keys[i].pkey);
		ck_assert_int_gt(n, 0);
		/* There already: no second one. */
		ck_assert_int_eq(jwks_add_spki(ks, test_keys[i].kid,
		    test_keys[i].alg, der, (size_t)n), 0);
	}
	ck_assert_uint_eq(jwks_count(ks), 3);
	ck_assert_ptr_null(jwks_at(ks, 3));
	ck_assert_ptr_null(strstr((char *)b.p, "\"d\""));
	buf_free(&b);
	jwks_free(ks);
}
END_TEST

static void
rejects_key(EVP_PKEY *pkey, const char *what)
{
	char kid[JWK_KID_LEN + 1] = "";
	struct jwks *ks = jwks_new();

	ck_assert_msg(pkey != NULL, "no key: %s", what);
	jwk_thumbprint(pkey, kid);
	ck_assert_msg(jose_alg_of(pkey) == JOSE_NONE, "%s", what);
	ck_assert_int_eq(jwks_add_pkey(ks, pkey, NULL, JOSE_NONE), -1);
	ck_assert_ptr_null(jws_signer_new(pkey, JOSE_RS256));
	ck_assert_ptr_null(jws_signer_new(pkey, JOSE_ES256));
	ck_assert_uint_eq(jwks_count(ks), 0);
	jwks_free(ks);
	EVP_PKEY_free(pkey);
}

/* An RSA public key of our modulus with another exponent. */
static EVP_PKEY *
rsa_with(BN_ULONG e, int bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = NULL, *be = BN_new();
	OSSL_PARAM *params;
	EVP_PKEY *pkey = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(KEY_RSA->pkey,
	    OSSL_PKEY_PARAM_RSA_N, &n), 1);
	if (bits > 2048)
		BN_lshift(n, n, bits - 2048);
	BN_set_bit(n, 0);
	BN_set_word(be, e);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be);
	params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_fromdata_init(ctx);
	EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(be);
	return pkey;
}

START_TEST(jwk_rejects_weak_and_foreign_keys)	/* 8 */
{
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024),
	    "RSA 1024");
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), "P-384");
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
	    "secp256k1");
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), "X25519");
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "Ed448");
	rejects_key(rsa_with(1, 2048), "e = 1");
	rejects_key(rsa_with(3, 2048), "e = 3");
	rejects_key(rsa_with(65536, 2048), "e even");
	rejects_key(rsa_with(17, 2048), "e = 17");
	rejects_key(rsa_with(65537, 16384), "RSA 16384");
}
END_TEST

START_TEST(jwk_rejects_a_wrong_kid_or_alg)
{
	struct jwks *ks = jwks_new();
	uint8_t der[JWK_SPKI_MAX], long_der[JWK_SPKI_MAX + 1] = { 0 };
	long n = jwk_spki(der, KEY_EC->pkey);
	size_t i;

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(jwks_add_spki(ks, KEY_ED->kid, JOSE_ES256, der,
	    (size_t)n), -1);
	ck_assert_int_eq(jwks_add_spki(ks, "", JOSE_ES256, der, (size_t)n),
	    -1);
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_RS256, der,
	    (size_t)n), -1);
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_NONE, der,
	    (size_t)n), -1);
	for (i = 0; i < (size_t)n; i++)
		ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_ES256,
		    der, i), -1);
	der[n] = 0;		/* a byte behind */
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_ES256, der,
	    (size_t)n + 1), -1);
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_ES256, long_der,
	    sizeof(long_der)), -1);
	der[n - 1] ^= 1;	/* not on the curve */
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_ES256, der,
	    (size_t)n), -1);
	ck_assert_uint_eq(jwks_count(ks), 0);
	jwks_free(ks);
}
END_TEST

#define X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define X_AS_Y "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""

START_TEST(jwk_rejects_odd_sets)
{
	static const char *const sets[] = { "", "{}", "[]", "{\"keys\":{}}",
	    "{\"keys\":[1]}", "{\"keys\":[{}]}",
	    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"," X "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\"," X "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\"," X "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"," X "," X_AS_Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"AA\"," X
	    "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\"," X
	    "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":1," X ","
	    Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"enc\","
	    X "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"RS256\","
	    X "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}]}",
	    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"X25519\"," X "}]}",
	    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
	    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}]}" };
	struct jwks *ks = jwks_new();
	size_t i;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		ck_assert_msg(jwks_add_json(ks, sets[i], strlen(sets[i])) ==
		    -1, "%s", sets[i]);
	ck_assert_uint_eq(jwks_count(ks), 0);
	jwks_free(ks);
}
END_TEST

/* A key that leaves takes the header along that was accepted last. */
START_TEST(jwk_rejects_what_a_dropped_key_signed)
{
	struct jwks *ks = jwks_new();
	json_t *payload = NULL;
	char *t[3];
	size_t i, n;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(jwks_add_pkey(ks, test_keys[i].pkey, NULL,
		    JOSE_NONE), 0);
		t[i] = test_token(&test_keys[i], "at+jwt", "{}");
	}
	for (n = 0; n < 3; n++) {
		ck_assert_int_eq(jws_verify(ks, t[n], strlen(t[n]), "at+jwt",
		    &payload, NULL), JWS_OK);
		json_decref(payload);
		jwks_drop(ks, test_keys[n].kid);
		jwks_drop(ks, test_keys[n].kid);	/* not there */
		ck_assert_uint_eq(jwks_count(ks), 2 - n);
		for (i = 0; i < 3; i++) {
			ck_assert_int_eq(jws_verify(ks, t[i], strlen(t[i]),
			    "at+jwt", &payload, NULL),
			    i <= n ? JWS_KEY : JWS_OK);
			if (i > n)
				json_decref(payload);
		}
	}
	for (i = 0; i < 3; i++)
		free(t[i]);
	jwks_free(ks);
}
END_TEST

TCase *
test_jwk_cases(void)
{
	TCase *t = test_key_cases("jwk");

	tcase_add_test(t, jwk_accepts_the_example_thumbprint);
	tcase_add_test(t, jwk_accepts_its_own_set);
	tcase_add_test(t, jwk_rejects_weak_and_foreign_keys);
	tcase_add_test(t, jwk_rejects_a_wrong_kid_or_alg);
	tcase_add_test(t, jwk_rejects_odd_sets);
	tcase_add_test(t, jwk_rejects_what_a_dropped_key_signed);
	return t;
}
