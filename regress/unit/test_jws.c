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
 * JWS: hostile headers and forms (CASES 1 to 7, 11, 12). Signatures (8) are
 * in test_jws_sig.c, keys in test_jwk.c, claims (9, 10) in test_at.c.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"

#define PAYLOAD	"{\"sub\":\"u\"}"

static enum jws_err
verify_n(const char *token, size_t n)
{
	const struct jwk *k = NULL;
	json_t *payload = NULL;
	enum jws_err e;

	e = jws_verify(test_set, token, n, "at+jwt", &payload, &k);
	ck_assert((e == JWS_OK) == (payload != NULL));
	json_decref(payload);
	return e;
}

static enum jws_err
verify(const char *token)
{
	return verify_n(token, strlen(token));
}

static void
rejects(char *token, enum jws_err want)
{
	enum jws_err e = verify(token);

	ck_assert_msg(e == want, "%s: %s, not %s", token, jws_strerror(e),
	    jws_strerror(want));
	free(token);
}

/* Signed with the key, so that nothing but the header can be the reason. */
static void
rejects_header(struct test_key *k, const char *header, enum jws_err want)
{
	rejects(test_sign(k, header, PAYLOAD), want);
}

/* fmt has one %s, for the key's kid. */
static void
rejects_headerf(struct test_key *k, const char *fmt, enum jws_err want)
{
	char header[8192];

	snprintf(header, sizeof(header), fmt, k->kid);
	rejects_header(k, header, want);
}

/* Puts text in at an offset of the token, over cut characters of it. */
static char *
splice(const char *token, size_t at, size_t cut, const char *text)
{
	struct buf b = BUF_INIT;

	buf_add(&b, token, at);
	buf_adds(&b, text);
	buf_adds(&b, token + at + cut);
	return buf_cstr(&b);
}

/* ---- what we make ---- */

START_TEST(jws_accepts_its_own)
{
	struct test_key *k = &test_keys[_i];
	const struct jwk *key = NULL;
	char *token = test_token(k, "at+jwt", PAYLOAD);
	json_t *payload = NULL;
	int turn;

	for (turn = 0; turn < 3; turn++) {	/* the header is remembered */
		ck_assert_int_eq(jws_verify(test_set, token, strlen(token),
		    "at+jwt", &payload, &key), JWS_OK);
		ck_assert_str_eq(key->kid, k->kid);
		ck_assert_str_eq(json_string_value(json_object_get(payload,
		    "sub")), "u");
		json_decref(payload);
	}
	free(token);
}
END_TEST

/* RFC 7515 4.1.9: case does not matter, "application/" may stand before. */
START_TEST(jws_accepts_spellings_of_typ)
{
	static const char *const typs[] = { "at+jwt", "AT+JWT",
	    "application/at+jwt", "Application/AT+jwt" };
	size_t i;
	char *t;

	for (i = 0; i < 4; i++) {
		t = test_token(KEY_EC, typs[i], PAYLOAD);
		ck_assert_int_eq(verify(t), JWS_OK);
		free(t);
	}
}
END_TEST

/* ---- CASES ---- */

START_TEST(jws_rejects_alg_none)	/* 1 */
{
	static const char *const names[] = { "none", "nOnE", "NONE", "None",
	    "", " none", "null" };
	char header[256];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"typ\":"
		    "\"at+jwt\",\"kid\":\"%s\"}", names[i], KEY_EC->kid);
		rejects(test_join(header, PAYLOAD, NULL, 0), JWS_FORM);
		rejects(test_join(header, PAYLOAD, (const uint8_t *)"x", 1),
		    JWS_ALG);
		rejects_header(KEY_EC, header, JWS_ALG);
	}
	rejects_headerf(KEY_EC, "{\"alg\":null,\"typ\":\"at+jwt\","
	    "\"kid\":\"%s\"}", JWS_HEADER);
	rejects_headerf(KEY_EC, "{\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
	    JWS_HEADER);
}
END_TEST

START_TEST(jws_rejects_hmac_and_every_other_alg)	/* 2 */
{
	static const char *const names[] = { "HS256", "HS384", "HS512",
	    "RS384", "RS512", "PS256", "ES384", "ES512", "ES256K", "Ed448",
	    "es256", "Es256", "ES256 ", "RS256\\u0020" };
	char header[256];
	size_t i, k;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (k = 0; k < 3; k++) {
			snprintf(header, sizeof(header), "{\"alg\":\"%s\","
			    "\"typ\":\"at+jwt\",\"kid\":\"%s\"}", names[i],
			    test_keys[k].kid);
			rejects_header(&test_keys[k], header, JWS_ALG);
		}
}
END_TEST

START_TEST(jws_rejects_alg_of_another_key)	/* 3 */
{
	char header[256];
	size_t k, other;

	for (k = 0; k < 3; k++)
		for (other = 0; other < 3; other++) {
			if (other == k)
				continue;
			snprintf(header, sizeof(header), "{\"alg\":\"%s\","
			    "\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
			    jose_alg_name(test_keys[other].alg),
			    test_keys[k].kid);
			rejects_header(&test_keys[k], header, JWS_ALG);
			rejects_header(&test_keys[other], header, JWS_ALG);
		}
	/* The right alg for the kid, but signed by another key. */
	snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"typ\":"
	    "\"at+jwt\",\"kid\":\"%s\"}", KEY_EC->kid);
	rejects_header(KEY_ED, header, JWS_SIGNATURE);
	rejects_header(KEY_RSA, header, JWS_SIGNATURE);
}
END_TEST

START_TEST(jws_rejects_odd_kids)	/* 4 */
{
	static const char fmt[] =
	    "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":%s}";
	static const char *const kids[] = { "\"../../x\"", "\"' OR 1\"",
	    "\"\"", "1", "null", "{}", "[\"a\"]", "\"a\"",
	    "\"/dev/null\"", "\"http://evil.example/k\"",
	    "\"../../../../../../../../../../../../etc/passw\"",
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+\"",
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"" };
	char header[8192], huge[4200];
	size_t i;

	for (i = 0; i < sizeof(kids) / sizeof(kids[0]); i++) {
		snprintf(header, sizeof(header), fmt, kids[i]);
		rejects_header(KEY_EC, header, JWS_HEADER);
	}
	snprintf(header, sizeof(header), fmt,
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"");
	rejects_header(KEY_EC, header, JWS_KEY);
	rejects_header(KEY_EC, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}",
	    JWS_HEADER);
	memset(huge, 'A', 4096);	/* 4 KiB: the token is too long */
	huge[0] = huge[4095] = '"';
	huge[4096] = '\0';
	snprintf(header, sizeof(header), fmt, huge);
	rejects_header(KEY_EC, header, JWS_FORM);
}
END_TEST

START_TEST(jws_rejects_header_members_that_bring_keys)	/* 5 */
{
	static const char *const members[] = {
	    "\"jwk\":{\"kty\":\"EC\"}", "\"jku\":\"https://evil.example/\"",
	    "\"x5u\":\"https://evil.example/\"", "\"x5c\":[\"MIIB\"]",
	    "\"x5t\":\"AAAA\"", "\"x5t#S256\":\"AAAA\"",
	    "\"crit\":[\"exp\"]", "\"crit\":[]", "\"b64\":false",
	    "\"crit\":[\"b64\"],\"b64\":false", "\"zip\":\"DEF\"",
	    "\"enc\":\"A128GCM\"", "\"epk\":{}", "\"unknown\":1",
	    "\"\":\"\"", "\"KID\":\"x\"", "\"cty\":1" };
	char header[512];
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"typ\":"
		    "\"at+jwt\",\"kid\":\"%s\",%s}", KEY_EC->kid, members[i]);
		rejects_header(KEY_EC, header, JWS_HEADER);
	}
}
END_TEST

START_TEST(jws_rejects_other_serialisations)	/* 6 */
{
	static const char *const tokens[] = { "", ".", "..", "...", "a", "a.b",
	    "a.b.c.d", "a.b.c.d.e", ".b.c", "a..c", "a.b.", "{}",
	    "{\"payload\":\"a\",\"signatures\":[]}",
	    "{\"protected\":\"a\",\"payload\":\"b\",\"signature\":\"c\"}",
	    "[\"a.b.c\"]", "\"a.b.c\"" };
	char *t;
	size_t i;

	for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		rejects(strdup(tokens[i]), JWS_FORM);
	/* A JWE has five parts, the first of which might be a good header. */
	t = test_token(KEY_EC, "at+jwt", PAYLOAD);
	rejects(splice(t, strlen(t), 0, ".AA.AA"), JWS_FORM);
	ck_assert_int_eq(verify_n(t, strlen(t) + 1), JWS_FORM);	/* NUL */
	free(t);
}
END_TEST

START_TEST(jws_rejects_other_base64)	/* 7 */
{
	static const char *const bad[] = { "=", "==", "+", "/", " ", "\n",
	    "\t", "%3D", "\xc3\xa9", "*", "~" };
	char *t = test_token(KEY_EC, "at+jwt", "{\"sub\":\"u2\"}"), *last;
	size_t part[3], i, p;

	part[0] = (size_t)(strchr(t, '.') - t);
	part[1] = (size_t)(strrchr(t, '.') - t);
	part[2] = strlen(t);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (p = 0; p < 3; p++) {
			rejects(splice(t, part[p], 0, bad[i]), JWS_FORM);
			rejects(splice(t, part[p] - 4, 1, bad[i]), JWS_FORM);
		}
	/* 64 bytes leave four unused bits in the last character. */
	for (i = 1; i < 4; i++) {
		last = strdup(t);
		last[part[2] - 1] = (char)(last[part[2] - 1] + (char)i);
		ck_assert_int_ne(verify(last), JWS_OK);
		free(last);
	}
	free(t);
}
END_TEST

START_TEST(jws_rejects_another_typ)	/* 9 */
{
	static const char *const typs[] = { "JWT", "jwt", "at", "at+jwt ",
	    "application/jwt", "x/at+jwt", "application/application/at+jwt",
	    "", "logout+jwt" };
	size_t i;

	for (i = 0; i < sizeof(typs) / sizeof(typs[0]); i++)
		rejects(test_token(KEY_EC, typs[i], PAYLOAD), JWS_TYP);
	rejects_headerf(KEY_EC, "{\"alg\":\"ES256\",\"kid\":\"%s\"}",
	    JWS_TYP);
	rejects_headerf(KEY_EC, "{\"alg\":\"ES256\",\"kid\":\"%s\","
	    "\"typ\":1}", JWS_HEADER);
}
END_TEST

/* The header that was accepted last says nothing about another typ. */
START_TEST(jws_rejects_a_remembered_header_for_another_typ)
{
	char *t = test_token(KEY_EC, "at+jwt", PAYLOAD);
	json_t *payload;

	ck_assert_int_eq(verify(t), JWS_OK);
	ck_assert_int_eq(jws_verify(test_set, t, strlen(t), "JWT", &payload,
	    NULL), JWS_TYP);
	ck_assert_int_eq(verify(t), JWS_OK);
	free(t);
}
END_TEST

START_TEST(jws_rejects_duplicates_and_odd_json)	/* 11, 12 */
{
	char deep[400];

	rejects_headerf(KEY_EC, "{\"alg\":\"ES256\",\"alg\":\"ES256\","
	    "\"typ\":\"at+jwt\",\"kid\":\"%s\"}", JWS_HEADER);
	rejects_headerf(KEY_EC, "{\"alg\":\"none\",\"\\u0061lg\":\"ES256\","
	    "\"typ\":\"at+jwt\",\"kid\":\"%s\"}", JWS_HEADER);
	rejects_headerf(KEY_EC, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\","
	    "\"kid\":\"%s\"} x", JWS_HEADER);
	rejects_header(KEY_EC, "[]", JWS_HEADER);
	rejects_header(KEY_EC, "ES256", JWS_HEADER);
	memset(deep, '[', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	rejects_header(KEY_EC, deep, JWS_HEADER);
	rejects(test_token(KEY_EC, "at+jwt", "{\"sub\":\"a\",\"sub\":\"b\"}"),
	    JWS_PAYLOAD);
	rejects(test_token(KEY_EC, "at+jwt", "[]"), JWS_PAYLOAD);
	rejects(test_token(KEY_EC, "at+jwt", "{\"sub\":\"a\\u0000b\"}"),
	    JWS_PAYLOAD);
	rejects(test_token(KEY_EC, "at+jwt", "no JSON"), JWS_PAYLOAD);
	rejects(test_token(KEY_EC, "at+jwt", "{\"a\":\"\xc0\xaf\"}"),
	    JWS_PAYLOAD);
}
END_TEST

/* Any one character of a token changed, added or missing. */
START_TEST(jws_rejects_every_change)
{
	struct test_key *k = &test_keys[_i];
	char *t = test_token(k, "at+jwt", PAYLOAD), *x;
	size_t i, n = strlen(t);

	for (i = 0; i < n; i++) {
		x = strdup(t);
		x[i] = x[i] == 'A' ? 'B' : 'A';
		ck_assert_int_ne(verify(x), JWS_OK);
		free(x);
		x = splice(t, i, 1, "");
		ck_assert_int_ne(verify(x), JWS_OK);
		free(x);
		ck_assert_int_ne(verify_n(t, i), JWS_OK);
	}
	free(t);
}
END_TEST

START_TEST(jws_rejects_tokens_over_the_limit)
{
	struct buf b = BUF_INIT;
	char *t;

	buf_adds(&b, "{\"a\":\"");
	while (b.len < 3000)
		buf_adds(&b, "aaaaaaaaaa");
	buf_adds(&b, "\"}");
	t = test_token(KEY_EC, "at+jwt", buf_cstr(&b));
	ck_assert_uint_gt(strlen(t), JWS_MAX);
	rejects(t, JWS_FORM);
	buf_free(&b);
}
END_TEST

static TCase *
form_cases(void)
{
	TCase *t = test_key_cases("form");

	tcase_add_loop_test(t, jws_accepts_its_own, 0, 3);
	tcase_add_test(t, jws_accepts_spellings_of_typ);
	tcase_add_test(t, jws_rejects_alg_none);
	tcase_add_test(t, jws_rejects_hmac_and_every_other_alg);
	tcase_add_test(t, jws_rejects_alg_of_another_key);
	tcase_add_test(t, jws_rejects_odd_kids);
	tcase_add_test(t, jws_rejects_header_members_that_bring_keys);
	tcase_add_test(t, jws_rejects_other_serialisations);
	tcase_add_test(t, jws_rejects_other_base64);
	tcase_add_test(t, jws_rejects_another_typ);
	tcase_add_test(t, jws_rejects_a_remembered_header_for_another_typ);
	tcase_add_test(t, jws_rejects_duplicates_and_odd_json);
	tcase_add_loop_test(t, jws_rejects_every_change, 0, 3);
	tcase_add_test(t, jws_rejects_tokens_over_the_limit);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("jws");
	SRunner *r;
	int failed;

	suite_add_tcase(s, form_cases());
	suite_add_tcase(s, test_sig_cases());
	suite_add_tcase(s, test_jwk_cases());
	suite_add_tcase(s, test_any_cases());
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
