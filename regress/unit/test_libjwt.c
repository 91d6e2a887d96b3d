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
 * libjwt as an independent witness: what we sign with typ JWT it verifies,
 * and what it signs with our keys we verify. It overwrites typ, so that
 * at+jwt cannot be tried with it (other libraries do, in regress/live).
 */
#include "config.h"

#include <check.h>
#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"

static const jwt_alg_t algs[3] = { JWT_ALG_ES256, JWT_ALG_NONE,
    JWT_ALG_RS256 };

/* PEM text of a key, private or public half; free(3) it. */
static char *
pem(EVP_PKEY *pkey, int private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p, *text;
	long n;

	if (private)
		PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
		    NULL);
	else
		PEM_write_bio_PUBKEY(bio, pkey);
	n = BIO_get_mem_data(bio, &p);
	text = strndup(p, (size_t)n);
	BIO_free(bio);
	return text;
}

static jwt_alg_t
alg_of(int i)
{
	/* EdDSA is in no release of 1.x; the others in all. */
	return i == 1 ? jwt_str_alg("EdDSA") : algs[i];
}

START_TEST(libjwt_accepts_what_we_sign)
{
	struct test_key *k = &test_keys[_i];
	char *key = pem(k->pkey, 0), *token;
	jwt_t *jwt = NULL;

	token = test_token(k, "JWT", "{\"sub\":\"u\",\"n\":7}");
	ck_assert_int_eq(jwt_decode(&jwt, token, (unsigned char *)key,
	    (int)strlen(key)), 0);
	ck_assert_int_eq(jwt_get_alg(jwt), alg_of(_i));
	ck_assert_str_eq(jwt_get_grant(jwt, "sub"), "u");
	ck_assert_int_eq(jwt_get_grant_int(jwt, "n"), 7);
	ck_assert_str_eq(jwt_get_header(jwt, "kid"), k->kid);
	jwt_free(jwt);
	jwt = NULL;
	token[strlen(token) - 10] ^= 1;		/* the witness is awake */
	ck_assert_int_ne(jwt_decode(&jwt, token, (unsigned char *)key,
	    (int)strlen(key)), 0);
	free(token);
	free(key);
}
END_TEST

static char *
libjwt_token(struct test_key *k, jwt_alg_t alg)
{
	char *key = pem(k->pkey, 1), *token;
	jwt_t *jwt = NULL;

	ck_assert_int_eq(jwt_new(&jwt), 0);
	ck_assert_int_eq(jwt_add_header(jwt, "kid", k->kid), 0);
	ck_assert_int_eq(jwt_add_grant(jwt, "sub", "u"), 0);
	ck_assert_int_eq(jwt_set_alg(jwt, alg, (unsigned char *)key,
	    (int)strlen(key)), 0);
	token = jwt_encode_str(jwt);
	ck_assert_ptr_nonnull(token);
	jwt_free(jwt);
	free(key);
	return token;
}

START_TEST(libjwt_tokens_are_accepted)
{
	struct test_key *k = &test_keys[_i];
	char *token = libjwt_token(k, alg_of(_i));
	const struct jwk *key = NULL;
	json_t *payload = NULL;

	ck_assert_int_eq(jws_verify(test_set, token, strlen(token), "JWT",
	    &payload, &key), JWS_OK);
	ck_assert_str_eq(json_string_value(json_object_get(payload, "sub")),
	    "u");
	ck_assert_str_eq(key->kid, k->kid);
	json_decref(payload);
	free(token);
}
END_TEST

/* The attack that libjwt's own habits would allow: our public key as HMAC. */
START_TEST(libjwt_hs256_with_our_public_key_is_rejected)	/* CASES 2 */
{
	struct test_key *k = &test_keys[_i];
	char *key = pem(k->pkey, 0), *token;
	jwt_t *jwt = NULL;
	json_t *payload;

	ck_assert_int_eq(jwt_new(&jwt), 0);
	jwt_add_header(jwt, "kid", k->kid);
	jwt_add_grant(jwt, "sub", "u");
	ck_assert_int_eq(jwt_set_alg(jwt, JWT_ALG_HS256, (unsigned char *)key,
	    (int)strlen(key)), 0);
	token = jwt_encode_str(jwt);
	ck_assert_int_eq(jws_verify(test_set, token, strlen(token), "JWT",
	    &payload, NULL), JWS_ALG);
	ck_assert_int_eq(jws_verify(test_set, token, strlen(token), "at+jwt",
	    &payload, NULL), JWS_ALG);
	free(token);
	jwt_free(jwt);
	free(key);
}
END_TEST

START_TEST(libjwt_token_is_rejected_as_access_token)	/* CASES 9 */
{
	char *token = libjwt_token(KEY_EC, JWT_ALG_ES256);
	struct at_claims c;

	ck_assert_int_eq(at_verify(test_set, token, strlen(token), "i", 1,
	    &c), AT_JWS);
	free(token);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("libjwt");
	TCase *t = test_key_cases("oracle");
	SRunner *r;
	int failed, i;

	for (i = 0; i < 3; i++) {
		if (alg_of(i) == JWT_ALG_INVAL)
			continue;
		tcase_add_loop_test(t, libjwt_accepts_what_we_sign, i, i + 1);
		tcase_add_loop_test(t, libjwt_tokens_are_accepted, i, i + 1);
	}
	tcase_add_loop_test(t, libjwt_hs256_with_our_public_key_is_rejected,
	    0, 3);
	tcase_add_test(t, libjwt_token_is_rejected_as_access_token);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
