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
 * Tokens that another one made, by keys that are its own and that it may call
 * as it likes (RFC 7523).
 */
#include "config.h"

#include <check.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"

#define PAYLOAD	"{\"sub\":\"u\"}"

/* Frees the token. */
static enum jws_err
verify(const struct jwks *ks, char *token)
{
	json_t *payload = NULL;
	enum jws_err e;

	e = jws_verify_any(ks, token, strlen(token), &payload);
	ck_assert((e == JWS_OK) == (payload != NULL));
	json_decref(payload);
	free(token);
	return e;
}

static enum jws_err
verify_header(const char *header)
{
	return verify(test_set, test_sign(KEY_EC, header, PAYLOAD));
}

START_TEST(any_accepts_each_key_by_whatever_name)
{
	struct test_key *k = &test_keys[_i];
	char header[160];
	size_t i;
	static const char *const rest[] = { "", ",\"kid\":\"my key\"",
	    ",\"kid\":\"\"", ",\"typ\":\"JWT\"", ",\"typ\":\"jwt\"",
	    ",\"typ\":\"application/jwt\"",
	    ",\"typ\":\"client-authentication+jwt\"" };

	for (i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		snprintf(header, sizeof(header), "{\"alg\":\"%s\"%s}",
		    jose_alg_name(k->alg), rest[i]);
		ck_assert_int_eq(verify(test_set, test_sign(k, header,
		    PAYLOAD)), JWS_OK);
	}
}
END_TEST

START_TEST(any_rejects_headers)					/* 1 to 7 */
{
	static const struct {
		const char	*header;
		enum jws_err	 e;
	} bad[] = {
		{ "{}", JWS_HEADER }, { "[]", JWS_HEADER },
		{ "{\"alg\":\"none\"}", JWS_ALG },
		{ "{\"alg\":\"None\"}", JWS_ALG },
		{ "{\"alg\":\"HS256\"}", JWS_ALG },
		{ "{\"alg\":\"es256\"}", JWS_ALG },
		{ "{\"alg\":\"ES256K\"}", JWS_ALG },
		{ "{\"alg\":\"EdDSA\"}", JWS_SIGNATURE },
		{ "{\"alg\":\"RS256\"}", JWS_SIGNATURE },
		{ "{\"alg\":\"ES256ES256ES256ES\"}", JWS_HEADER },
		{ "{\"alg\":[\"ES256\"]}", JWS_HEADER },
		{ "{\"alg\":\"ES256\",\"alg\":\"ES256\"}", JWS_HEADER },
		{ "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", JWS_TYP },
		{ "{\"alg\":\"ES256\",\"typ\":\"dpop+jwt\"}", JWS_TYP },
		{ "{\"alg\":\"ES256\",\"typ\":1}", JWS_HEADER },
		{ "{\"alg\":\"ES256\",\"crit\":[\"exp\"]}", JWS_HEADER },
		{ "{\"alg\":\"ES256\",\"jwk\":{}}", JWS_HEADER },
		{ "{\"alg\":\"ES256\",\"jku\":\"https://x\"}",
		    JWS_HEADER },
		{ "{\"alg\":\"ES256\",\"x5u\":\"https://x\"}",
		    JWS_HEADER },
		{ "{\"alg\":\"ES256\",\"b64\":false}", JWS_HEADER },
	};
	size_t i;
	enum jws_err e;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e = verify_header(bad[i].header);
		ck_assert_msg(e == bad[i].e, "%s: %s", bad[i].header,
		    jws_strerror(e));
	}
}
END_TEST

START_TEST(any_rejects_forms)
{
	static const char *const bad[] = { "", ".", "..", "a.b", "a.b.c.d",
	    "a..c", "e30.e30.", ".e30.e30", "e30.e30.e30 " };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_ne(verify(test_set, strdup(bad[i])), JWS_OK);
	ck_assert_int_eq(verify(test_set, test_sign(KEY_EC,
	    "{\"alg\":\"ES256\"}", "[]")), JWS_PAYLOAD);
	ck_assert_int_eq(verify(test_set, test_join("{\"alg\":\"ES256\"}",
	    PAYLOAD, (const uint8_t *)"x", 1)), JWS_SIGNATURE);
}
END_TEST

/* A set of one key: what others signed is not its. */
START_TEST(any_rejects_other_keys)
{
	struct jwks *ks = jwks_new(), *none = jwks_new();
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

	ck_assert_int_eq(jwks_add_pkey(ks, pkey, NULL, JOSE_ES256), 0);
	ck_assert_int_eq(verify(ks, test_sign(KEY_EC,
	    "{\"alg\":\"ES256\"}", PAYLOAD)), JWS_SIGNATURE);
	ck_assert_int_eq(verify(ks, test_sign(KEY_ED,
	    "{\"alg\":\"EdDSA\"}", PAYLOAD)), JWS_ALG);
	ck_assert_int_eq(verify(none, test_sign(KEY_EC,
	    "{\"alg\":\"ES256\"}", PAYLOAD)), JWS_ALG);
	EVP_PKEY_free(pkey);
	jwks_free(none);
	jwks_free(ks);
}
END_TEST

/* Two keys of one algorithm: each is tried. */
START_TEST(any_accepts_the_second_key)
{
	struct jwks *ks = jwks_new();
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

	ck_assert_int_eq(jwks_add_pkey(ks, pkey, NULL, JOSE_ES256), 0);
	ck_assert_int_eq(jwks_add_pkey(ks, KEY_EC->pkey, NULL, JOSE_ES256),
	    0);
	ck_assert_int_eq(verify(ks, test_sign(KEY_EC,
	    "{\"alg\":\"ES256\",\"kid\":\"first\"}", PAYLOAD)), JWS_OK);
	EVP_PKEY_free(pkey);
	jwks_free(ks);
}
END_TEST

START_TEST(set_accepts_any_name_where_it_may)
{
	static const char ed[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":"
	    "\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	    "\",\"kid\":\"my key\"}]}";
	static const char private[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":"
	    "\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	    "\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}]}";
	struct jwks *ks = jwks_new();

	ck_assert_int_eq(jwks_add_json(ks, ed, strlen(ed)), -1);
	ck_assert_int_eq(jwks_add_json_any(ks, ed, strlen(ed)), 1);
	ck_assert_int_eq(jwks_add_json_any(ks, private, strlen(private)),
	    -1);
	ck_assert_uint_eq(jwks_count(ks), 1);
	jwks_free(ks);
}
END_TEST

START_TEST(payload_is_read_unverified)
{
	char *token = test_join("{}", PAYLOAD, NULL, 0), *with;
	json_t *payload = NULL;

	/* three parts, none of them empty */
	ck_assert_int_eq(jws_payload(token, strlen(token), &payload),
	    JWS_FORM);
	with = test_join("{}", PAYLOAD, (const uint8_t *)"x", 1);
	ck_assert_int_eq(jws_payload(with, strlen(with), &payload), JWS_OK);
	ck_assert_str_eq(json_string_value(json_object_get(payload, "sub")),
	    "u");
	json_decref(payload);
	free(token);
	free(with);
}
END_TEST

TCase *
test_any_cases(void)
{
	TCase *t = test_key_cases("any");

	tcase_add_loop_test(t, any_accepts_each_key_by_whatever_name, 0, 3);
	tcase_add_test(t, any_rejects_headers);
	tcase_add_test(t, any_rejects_forms);
	tcase_add_test(t, any_rejects_other_keys);
	tcase_add_test(t, any_accepts_the_second_key);
	tcase_add_test(t, set_accepts_any_name_where_it_may);
	tcase_add_test(t, payload_is_read_unverified);
	return t;
}
