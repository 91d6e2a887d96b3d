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


/* Claims of access tokens (RFC 9068): CASES 9 and 10. */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"

#define ISS	"https://auth.example.org"
#define NOW	INT64_C(1800000000)

/* A good set of claims, member by member; a test changes one. */
struct member {
	const char	*name, *value;
};

static const struct member good[] = {
	{ "iss", "\"" ISS "\"" },
	{ "sub", "\"01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e11\"" },
	{ "aud", "\"" ISS "\"" },
	{ "exp", "1800000600" },
	{ "iat", "1800000000" },
	{ "jti", "\"Zm9vYmFyYmF6cXV4MDEyMw\"" },
	{ "client_id", "\"moatd\"" },
	{ "scope", "\"openid account\"" },
	{ "sid", "\"01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e12\"" },
	{ "roles", "[\"user\"]" },
	{ "auth_time", "1800000000" },
	{ "acr", "\"aal1\"" },
	{ "amr", "[\"pwd\"]" },
	{ "tenant", "\"default\"" },
	{ "epoch", "7" },
};
#define N_GOOD	(sizeof(good) / sizeof(good[0]))

/* value NULL: the member is left out; a name of none is added. */
static char *
claims(const char *name, const char *value)
{
	struct buf b = BUF_INIT;
	const char *v;
	int found = 0;
	size_t i;

	buf_addc(&b, '{');
	for (i = 0; i <= N_GOOD; i++) {
		if (i == N_GOOD && (found || name == NULL))
			break;
		v = i < N_GOOD ? good[i].value : value;
		if (i < N_GOOD && name != NULL &&
		    strcmp(name, good[i].name) == 0) {
			v = value;
			found = 1;
		}
		if (v != NULL)
			buf_addf(&b, "%s\"%s\":%s", b.len > 1 ? "," : "",
			    i < N_GOOD ? good[i].name : name, v);
	}
	buf_addc(&b, '}');
	return buf_cstr(&b);
}

static enum at_err
judge_at(const char *name, const char *value, int64_t now)
{
	char *payload = claims(name, value), *token;
	struct at_claims c;
	enum at_err e;

	token = test_token(KEY_EC, "at+jwt", payload);
	e = at_verify(test_set, token, strlen(token), ISS, now, &c);
	if (e != AT_OK)
		ck_assert_ptr_null(c.payload);
	at_free(&c);
	free(payload);
	free(token);
	return e;
}

static void
judge(const char *name, const char *value, enum at_err want)
{
	enum at_err e = judge_at(name, value, NOW + 1);

	ck_assert_msg(e == want, "%s: %s: %d, not %d", name,
	    value != NULL ? value : "(missing)", e, want);
}

START_TEST(at_accepts_a_good_token)
{
	char *payload = claims(NULL, NULL), *token;
	struct at_claims c;

	token = test_token(&test_keys[_i], "at+jwt", payload);
	ck_assert_int_eq(at_verify(test_set, token, strlen(token), ISS, NOW,
	    &c), AT_OK);
	ck_assert_str_eq(c.iss, ISS);
	ck_assert_str_eq(c.sub, "01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e11");
	ck_assert_str_eq(c.sid, "01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e12");
	ck_assert_str_eq(c.client_id, "moatd");
	ck_assert_str_eq(c.scope, "openid account");
	ck_assert_str_eq(c.acr, "aal1");
	ck_assert_str_eq(c.tenant, "default");
	ck_assert(c.exp == NOW + 600 && c.iat == NOW && c.epoch == 7 &&
	    c.auth_time == NOW);
	at_free(&c);
	at_free(&c);		/* zeroed: again is fine */
	free(payload);
	free(token);
}
END_TEST

START_TEST(at_accepts_what_may_be_missing)
{
	judge("sid", NULL, AT_OK);
	judge("acr", NULL, AT_OK);
	judge("amr", NULL, AT_OK);
	judge("roles", NULL, AT_OK);
	judge("auth_time", NULL, AT_OK);
	judge("scope", NULL, AT_OK);
	judge("scope", "\"\"", AT_OK);
	judge("epoch", "0", AT_OK);
	judge("unknown", "{\"a\":[1]}", AT_OK);
}
END_TEST

/* RFC 9449 section 6.1; what is bound in a way that is not known here is
 * good for nobody. */
START_TEST(at_reads_what_a_token_is_bound_to)
{
	static const char one[] = "{\"jkt\":"
	    "\"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I\"}";
	static const char *const bad[] = { "{}", "[]", "null", "\"x\"",
		"{\"jkt\":\"\"}", "{\"jkt\":1}", "{\"jkt\":\"short\"}",
		"{\"x5t#S256\":\"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"
		"\"}", "{\"jkt\":\"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
		"\",\"x5t#S256\":\"a\"}" };
	size_t i;

	judge("cnf", one, AT_OK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		judge("cnf", bad[i], AT_CLAIMS);
}
END_TEST

START_TEST(at_accepts_an_audience_that_holds_the_issuer)
{
	judge("aud", "[\"" ISS "\"]", AT_OK);
	judge("aud", "[\"https://api.example.org\",\"" ISS "\"]", AT_OK);
}
END_TEST

START_TEST(at_accepts_times_up_to_the_leeway)
{
	ck_assert_int_eq(judge_at(NULL, NULL, NOW + 599), AT_OK);
	ck_assert_int_eq(judge_at(NULL, NULL, NOW - AT_LEEWAY), AT_OK);
	judge("nbf", "1800000031", AT_OK);
	judge("nbf", "0", AT_OK);
}
END_TEST

START_TEST(at_rejects_missing_claims)	/* 10 */
{
	static const char *const names[] = { "iss", "sub", "aud", "exp",
	    "iat", "jti", "client_id", "tenant", "epoch" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		judge(names[i], NULL, AT_CLAIMS);
}
END_TEST

/* Texts that are no texts, or empty where something is needed. */
START_TEST(at_rejects_other_types_of_text)
{
	static const char *const names[] = { "iss", "sub", "jti",
	    "client_id", "tenant", "scope", "sid", "acr" };
	static const char *const values[] = { "1", "null", "true", "{}",
	    "[\"a\"]", "1.5" };
	size_t i, v;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			judge(names[i], values[v], AT_CLAIMS);
		if (i < 5)
			judge(names[i], "\"\"", AT_CLAIMS);
	}
}
END_TEST

START_TEST(at_rejects_odd_numbers)	/* 10 */
{
	static const char *const names[] = { "exp", "iat", "auth_time",
	    "epoch", "nbf" };
	static const char *const values[] = { "\"1800000600\"",
	    "1800000600.0", "1.8e9", "18e8", "-1", "-1800000600", "null",
	    "true", "[]", "{}", "1800000600.5", "-0.0", "\"\"",
	    "[1800000600]" };
	size_t i, v;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			judge(names[i], values[v], AT_CLAIMS);
	judge("exp", "0", AT_CLAIMS);
	judge("exp", "1e400", AT_JWS);		/* no JSON that we read */
	judge("exp", "9223372036854775808", AT_JWS);
	judge("exp", "99999999999999999999999", AT_JWS);
	judge("exp", "NaN", AT_JWS);
	judge("exp", "01800000600", AT_JWS);
}
END_TEST

START_TEST(at_rejects_expired_tokens)	/* 10 */
{
	ck_assert_int_eq(judge_at(NULL, NULL, NOW + 600), AT_EXPIRED);
	ck_assert_int_eq(judge_at(NULL, NULL, NOW + 100000), AT_EXPIRED);
	ck_assert_int_eq(judge_at(NULL, NULL, INT64_MAX), AT_EXPIRED);
	judge("exp", "1800000000", AT_CLAIMS);	/* no longer than it was made */
	judge("exp", "1", AT_CLAIMS);
}
END_TEST

START_TEST(at_rejects_tokens_of_the_future)
{
	ck_assert_int_eq(judge_at(NULL, NULL, NOW - AT_LEEWAY - 1), AT_EARLY);
	ck_assert_int_eq(judge_at(NULL, NULL, 0), AT_EARLY);
	judge("nbf", "1800000032", AT_EARLY);
	judge("nbf", "9223372036854775807", AT_EARLY);
	judge("iat", "1800000500", AT_EARLY);
}
END_TEST

START_TEST(at_rejects_another_issuer)	/* 9 */
{
	judge("iss", "\"https://auth.example.org/\"", AT_ISSUER);
	judge("iss", "\"https://auth.example.or\"", AT_ISSUER);
	judge("iss", "\"http://auth.example.org\"", AT_ISSUER);
	judge("iss", "\"https://AUTH.example.org\"", AT_ISSUER);
	judge("iss", "\"https://auth.example.org/t/acme\"", AT_ISSUER);
}
END_TEST

START_TEST(at_rejects_another_audience)	/* 9 */
{
	judge("aud", "\"https://api.example.org\"", AT_AUDIENCE);
	judge("aud", "\"\"", AT_AUDIENCE);
	judge("aud", "[]", AT_AUDIENCE);
	judge("aud", "[\"moatd\",\"x\"]", AT_AUDIENCE);
	judge("aud", "[\"" ISS "\",1]", AT_CLAIMS);
	judge("aud", "[[\"" ISS "\"]]", AT_CLAIMS);
	judge("aud", "{\"" ISS "\":1}", AT_CLAIMS);
	judge("aud", "null", AT_CLAIMS);
	judge("aud", "1", AT_CLAIMS);
	judge("aud", "[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
	    "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"" ISS "\"]",
	    AT_CLAIMS);
}
END_TEST

START_TEST(at_rejects_lists_that_are_none)
{
	judge("roles", "\"admin\"", AT_CLAIMS);
	judge("roles", "[1]", AT_CLAIMS);
	judge("roles", "{\"admin\":true}", AT_CLAIMS);
	judge("amr", "\"pwd\"", AT_CLAIMS);
	judge("amr", "[null]", AT_CLAIMS);
}
END_TEST

START_TEST(at_rejects_repeated_claims)	/* 11 */
{
	char *payload = claims(NULL, NULL), *token;
	struct buf b = BUF_INIT;
	struct at_claims c;

	buf_add(&b, payload, strlen(payload) - 1);
	buf_adds(&b, ",\"sub\":\"another\"}");
	token = test_token(KEY_EC, "at+jwt", buf_cstr(&b));
	ck_assert_int_eq(at_verify(test_set, token, strlen(token), ISS, NOW,
	    &c), AT_JWS);
	buf_free(&b);
	free(payload);
	free(token);
}
END_TEST

START_TEST(at_rejects_an_id_token)	/* 9 */
{
	char *payload = claims(NULL, NULL), *token;
	struct at_claims c;

	/* Even one with every claim that an access token has. */
	token = test_token(KEY_EC, "JWT", payload);
	ck_assert_int_eq(at_verify(test_set, token, strlen(token), ISS, NOW,
	    &c), AT_JWS);
	free(payload);
	free(token);
}
END_TEST

/* A key that is not in the set, whatever the token says. */
START_TEST(at_rejects_a_stranger)
{
	char *payload = claims(NULL, NULL), *token;
	struct jwks *other = jwks_new();
	struct at_claims c;

	token = test_token(KEY_EC, "at+jwt", payload);
	ck_assert_int_eq(at_verify(other, token, strlen(token), ISS, NOW,
	    &c), AT_JWS);
	jwks_free(other);
	free(payload);
	free(token);
}
END_TEST

START_TEST(at_rejects_scopes_that_only_look_alike)
{
	ck_assert_int_eq(at_has_scope("openid account", "account"), 1);
	ck_assert_int_eq(at_has_scope("account", "account"), 1);
	ck_assert_int_eq(at_has_scope("account admin", "account"), 1);
	ck_assert_int_eq(at_has_scope("a  account ", "account"), 1);
	ck_assert_int_eq(at_has_scope("", "account"), 0);
	ck_assert_int_eq(at_has_scope("   ", "account"), 0);
	ck_assert_int_eq(at_has_scope("", ""), 0);
	ck_assert_int_eq(at_has_scope("a b", ""), 0);
	ck_assert_int_eq(at_has_scope("accounts", "account"), 0);
	ck_assert_int_eq(at_has_scope("account:read", "account"), 0);
	ck_assert_int_eq(at_has_scope("my.account", "account"), 0);
	ck_assert_int_eq(at_has_scope("Account", "account"), 0);
	ck_assert_int_eq(at_has_scope("accoun t", "account"), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("at");
	TCase *t = test_key_cases("claims");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, at_accepts_a_good_token, 0, 3);
	tcase_add_test(t, at_accepts_what_may_be_missing);
	tcase_add_test(t, at_reads_what_a_token_is_bound_to);
	tcase_add_test(t, at_accepts_an_audience_that_holds_the_issuer);
	tcase_add_test(t, at_accepts_times_up_to_the_leeway);
	tcase_add_test(t, at_rejects_missing_claims);
	tcase_add_test(t, at_rejects_other_types_of_text);
	tcase_add_test(t, at_rejects_odd_numbers);
	tcase_add_test(t, at_rejects_expired_tokens);
	tcase_add_test(t, at_rejects_tokens_of_the_future);
	tcase_add_test(t, at_rejects_another_issuer);
	tcase_add_test(t, at_rejects_another_audience);
	tcase_add_test(t, at_rejects_lists_that_are_none);
	tcase_add_test(t, at_rejects_repeated_claims);
	tcase_add_test(t, at_rejects_an_id_token);
	tcase_add_test(t, at_rejects_a_stranger);
	tcase_add_test(t, at_rejects_scopes_that_only_look_alike);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
