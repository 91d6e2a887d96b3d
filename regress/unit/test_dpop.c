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
/* Proofs of possession (RFC 9449): CASES 1, 2, 3, 5, 6, 7, 8, 11. */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"
#include "src/base/b64.h"
#include "src/jose/dpop.h"

#define URL	"https://auth.example.org/oauth2/token"
#define NOW	INT64_C(1800000000)
#define N(a)	(sizeof(a) / sizeof((a)[0]))

#define CLAIMS(more)	"{\"jti\":\"one\",\"htm\":\"POST\",\"htu\":\"" URL \
	"\",\"iat\":1800000000" more "}"

/* base64url SHA-256 of "abc" */
#define ATH	",\"ath\":\"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0\""

/* The public half as a header has it: without kid, alg and use. */
static char *
jwk_of(const struct test_key *k)
{
	struct buf b = BUF_INIT;
	char *end;

	ck_assert_int_eq(jwk_public_json(&b, k->pkey, k->kid, k->alg), 0);
	end = strstr(buf_cstr(&b), ",\"kid\"");
	memcpy(end, "}", 2);
	return ((char *)b.p);
}

/* more: members behind alg, typ and jwk. */
static char *
header_of(const struct test_key *k, const char *alg, const char *typ,
    const char *more)
{
	char *jwk = jwk_of(k);
	struct buf b = BUF_INIT;

	buf_addf(&b, "{\"alg\":\"%s\",\"typ\":\"%s\",\"jwk\":%s%s}",
	    alg != NULL ? alg : jose_alg_name(k->alg), typ, jwk, more);
	free(jwk);
	return (buf_cstr(&b) != NULL ? (char *)b.p : NULL);
}

static int
judge(struct test_key *k, const char *header, const char *claims,
    const char *access, struct dpop_proof *p)
{
	char *h = header_of(k, NULL, "dpop+jwt", "");
	char *t = test_sign(k, header != NULL ? header : h, claims);
	int rv = dpop_check(t, "POST", URL, access, p);

	free(t);
	free(h);
	return (rv);
}

START_TEST(dpop_takes_a_proof_of_each_algorithm)
{
	struct dpop_proof p;
	size_t i;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(judge(&test_keys[i], NULL, CLAIMS(""), NULL,
		    &p), 0);
		ck_assert_str_eq(p.jkt, test_keys[i].kid);
		ck_assert(dpop_is_jkt(p.jkt));
		ck_assert_int_eq(p.iat, NOW);
		ck_assert_str_eq(p.nonce, "");
	}
	ck_assert_int_eq(judge(KEY_EC, NULL,
	    CLAIMS(",\"nonce\":\"abc\",\"other\":[1]"), NULL, &p), 0);
	ck_assert_str_eq(p.nonce, "abc");
}
END_TEST

START_TEST(dpop_counts_by_key_and_jti)
{
	struct dpop_proof a, b, c;

	ck_assert_int_eq(judge(KEY_EC, NULL, CLAIMS(""), NULL, &a), 0);
	ck_assert_int_eq(judge(KEY_EC, NULL, CLAIMS(",\"x\":1"), NULL, &b),
	    0);
	ck_assert_int_eq(judge(KEY_ED, NULL, CLAIMS(""), NULL, &c), 0);
	ck_assert_str_eq(a.id, b.id);
	ck_assert_str_ne(a.id, c.id);
}
END_TEST

START_TEST(dpop_is_fresh_for_a_minute)
{
	struct dpop_proof p = { .iat = NOW };

	ck_assert(dpop_fresh(&p, NOW) && dpop_fresh(&p, NOW + 60) &&
	    dpop_fresh(&p, NOW - 60));
	ck_assert(!dpop_fresh(&p, NOW + 61) && !dpop_fresh(&p, NOW - 61));
	p.iat = INT64_MAX;
	ck_assert(!dpop_fresh(&p, NOW));
	p.iat = 0;
	ck_assert(!dpop_fresh(&p, NOW));
}
END_TEST

START_TEST(dpop_refuses_headers)
{
	static const struct {
		const char	*alg, *typ, *more;
	} bad[] = {
		{ "none", "dpop+jwt", "" }, { "nOnE", "dpop+jwt", "" },
		{ "HS256", "dpop+jwt", "" }, { "EdDSA", "dpop+jwt", "" },
		{ "RS256", "dpop+jwt", "" }, { "es256", "dpop+jwt", "" },
		{ "ES384", "dpop+jwt", "" }, { "", "dpop+jwt", "" },
		{ NULL, "JWT", "" }, { NULL, "at+jwt", "" },
		{ NULL, "", "" }, { NULL, "dpop", "" },
		{ NULL, "dpop+jwt", ",\"kid\":\"a\"" },
		{ NULL, "dpop+jwt", ",\"crit\":[\"x\"]" },
		{ NULL, "dpop+jwt", ",\"jku\":\"https://evil/\"" },
		{ NULL, "dpop+jwt", ",\"x5u\":\"https://evil/\"" },
		{ NULL, "dpop+jwt", ",\"x5c\":[]" },
		{ NULL, "dpop+jwt", ",\"b64\":false" },
		{ NULL, "dpop+jwt", ",\"alg\":\"ES256\"" },
	};
	struct dpop_proof p;
	char *h;
	size_t i;

	for (i = 0; i < N(bad); i++) {
		h = header_of(KEY_EC, bad[i].alg, bad[i].typ, bad[i].more);
		ck_assert_msg(judge(KEY_EC, h, CLAIMS(""), NULL, &p) == -1,
		    "%s", h);
		free(h);
	}
}
END_TEST

START_TEST(dpop_refuses_keys)
{
	static const char *const bad[] = {
		"{}", "null", "\"x\"", "[]", "{\"kty\":\"oct\",\"k\":\"AAAA\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AAAA\","
		"\"y\":\"AAAA\"}",
		"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
		"{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQ\"}",
		/* not a point of the curve */
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	};
	static const char *const secret[] = { "d", "k", "p", "q", "dp", "dq",
		"qi", "oth" };
	struct dpop_proof p;
	char h[4096], *jwk = jwk_of(KEY_EC);
	size_t i;

	for (i = 0; i < N(bad); i++) {
		snprintf(h, sizeof(h), "{\"alg\":\"ES256\",\"typ\":"
		    "\"dpop+jwt\",\"jwk\":%s}", bad[i]);
		ck_assert_msg(judge(KEY_EC, h, CLAIMS(""), NULL, &p) == -1,
		    "%s", bad[i]);
	}
	/* a private member, whatever it holds */
	for (i = 0; i < N(secret); i++) {
		snprintf(h, sizeof(h), "{\"alg\":\"ES256\",\"typ\":"
		    "\"dpop+jwt\",\"jwk\":{\"%s\":\"AA\",%s}", secret[i],
		    jwk + 1);
		ck_assert_msg(judge(KEY_EC, h, CLAIMS(""), NULL, &p) == -1,
		    "%s", secret[i]);
	}
	/* another's key: the signature is not its own */
	snprintf(h, sizeof(h), "{\"alg\":\"EdDSA\",\"typ\":\"dpop+jwt\","
	    "\"jwk\":%s}", jwk);
	ck_assert_int_eq(judge(KEY_ED, h, CLAIMS(""), NULL, &p), -1);
	free(jwk);
}
END_TEST

START_TEST(dpop_refuses_claims)
{
	static const char *const bad[] = {
		"{}", "[]", "x",
		"{\"htm\":\"POST\",\"htu\":\"" URL "\",\"iat\":1800000000}",
		"{\"jti\":\"\",\"htm\":\"POST\",\"htu\":\"" URL
		"\",\"iat\":1800000000}",
		"{\"jti\":1,\"htm\":\"POST\",\"htu\":\"" URL
		"\",\"iat\":1800000000}",
		"{\"jti\":\"a\",\"htm\":\"GET\",\"htu\":\"" URL
		"\",\"iat\":1800000000}",
		"{\"jti\":\"a\",\"htm\":\"post\",\"htu\":\"" URL
		"\",\"iat\":1800000000}",
		"{\"jti\":\"a\",\"htu\":\"" URL "\",\"iat\":1800000000}",
		"{\"jti\":\"a\",\"htm\":\"POST\",\"iat\":1800000000}",
		"{\"jti\":\"a\",\"htm\":\"POST\",\"htu\":\"" URL "\"}",
		"{\"jti\":\"a\",\"htm\":\"POST\",\"htu\":\"" URL
		"\",\"iat\":\"1800000000\"}",
		"{\"jti\":\"a\",\"htm\":\"POST\",\"htu\":\"" URL
		"\",\"iat\":1.8e9}",
		"{\"jti\":\"a\",\"htm\":\"POST\",\"htu\":\"" URL
		"\",\"iat\":-1}",
		"{\"jti\":\"a\",\"jti\":\"a\",\"htm\":\"POST\",\"htu\":\"" URL
		"\",\"iat\":1800000000}",
		CLAIMS(",\"nonce\":1"), CLAIMS(",\"nonce\":\"\""),
		CLAIMS(",\"nonce\":null"),
	};
	struct dpop_proof p;
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(judge(KEY_EC, NULL, bad[i], NULL, &p) == -1,
		    "%s", bad[i]);
}
END_TEST

START_TEST(dpop_binds_a_token_by_its_hash)
{
	struct dpop_proof p;

	ck_assert_int_eq(judge(KEY_EC, NULL, CLAIMS(ATH), "abc", &p), 0);
	ck_assert_int_eq(judge(KEY_EC, NULL, CLAIMS(ATH), "abd", &p), -1);
	ck_assert_int_eq(judge(KEY_EC, NULL, CLAIMS(""), "abc", &p), -1);
	ck_assert_int_eq(judge(KEY_EC, NULL, CLAIMS(",\"ath\":\"\""), "abc",
	    &p), -1);
}
END_TEST

START_TEST(dpop_compares_urls)
{
	static const char *const same[] = { URL, URL "?a=b", URL "#c",
		"HTTPS://AUTH.Example.ORG/oauth2/token",
		"https://auth.example.org:443/oauth2/token",
		"https://auth.example.org/oauth2/%74oken" };
	static const char *const other[] = { "", "/oauth2/token", URL "/",
		"http://auth.example.org/oauth2/token",
		"https://auth.example.org:8443/oauth2/token",
		"https://auth.example.org.evil/oauth2/token",
		"https://a@auth.example.org/oauth2/token",
		"https://auth.example.org@evil/oauth2/token",
		"https://auth.example.org/oauth2/Token",
		"https://auth.example.org/oauth2%2ftoken",
		"https://auth.example.org/oauth2/par",
		"https://auth.example.org//oauth2/token",
		"https://auth.example.org/oauth2/tok%en",
		"https://auth.example.org/oauth2/token%",
		"https://auth.example.org/oauth2/token%0",
		"https://auth.example.org", "https://", "https:///",
		"https://auth.example.org/oauth2/token ", " " URL };
	char big[5000] = "https://a/";
	size_t i;

	for (i = 0; i < N(same); i++)
		ck_assert_msg(dpop_same_url(same[i], URL), "%s", same[i]);
	for (i = 0; i < N(other); i++)
		ck_assert_msg(!dpop_same_url(other[i], URL), "%s", other[i]);
	memset(big + 10, 'a', sizeof(big) - 11);
	big[sizeof(big) - 1] = '\0';
	ck_assert(!dpop_same_url(big, big));
	memset(big + 8, 'a', sizeof(big) - 9);
	ck_assert(!dpop_same_url(big, big));
	ck_assert(dpop_same_url("http://localhost:80", "http://localhost/"));
	ck_assert(!dpop_same_url("http://localhost:180", "http://localhost:1"));
}
END_TEST

START_TEST(dpop_refuses_forms)
{
	char *h = header_of(KEY_EC, NULL, "dpop+jwt", ""), *t, cut[8192];
	struct dpop_proof p;
	size_t i, n;

	t = test_sign(KEY_EC, h, CLAIMS(""));
	n = strlen(t);
	ck_assert_int_eq(dpop_check(t, "POST", URL, NULL, &p), 0);
	for (i = 0; i < n; i++) {
		memcpy(cut, t, i);
		cut[i] = '\0';
		ck_assert_int_eq(dpop_check(cut, "POST", URL, NULL, &p), -1);
		memcpy(cut, t, n + 1);
		cut[i] = cut[i] == 'A' ? 'B' : 'A';
		ck_assert_int_eq(dpop_check(cut, "POST", URL, NULL, &p), -1);
	}
	snprintf(cut, sizeof(cut), "%s=", t);
	ck_assert_int_eq(dpop_check(cut, "POST", URL, NULL, &p), -1);
	snprintf(cut, sizeof(cut), "%s.", t);
	ck_assert_int_eq(dpop_check(cut, "POST", URL, NULL, &p), -1);
	memset(cut, 'A', sizeof(cut) - 1);
	cut[sizeof(cut) - 1] = '\0';
	cut[100] = cut[200] = '.';
	ck_assert_int_eq(dpop_check(cut, "POST", URL, NULL, &p), -1);
	free(t);
	free(h);
	/* the right header, and no signature (CASES 1) */
	h = header_of(KEY_EC, NULL, "dpop+jwt", "");
	t = test_join(h, CLAIMS(""), NULL, 0);
	ck_assert_int_eq(dpop_check(t, "POST", URL, NULL, &p), -1);
	free(t);
	free(h);
	ck_assert_int_eq(dpop_check("", "POST", URL, NULL, &p), -1);
	ck_assert_int_eq(dpop_check("..", "POST", URL, NULL, &p), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dpop");
	TCase *tc = test_key_cases("dpop");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, dpop_takes_a_proof_of_each_algorithm);
	tcase_add_test(tc, dpop_counts_by_key_and_jti);
	tcase_add_test(tc, dpop_is_fresh_for_a_minute);
	tcase_add_test(tc, dpop_refuses_headers);
	tcase_add_test(tc, dpop_refuses_keys);
	tcase_add_test(tc, dpop_refuses_claims);
	tcase_add_test(tc, dpop_binds_a_token_by_its_hash);
	tcase_add_test(tc, dpop_compares_urls);
	tcase_add_test(tc, dpop_refuses_forms);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
