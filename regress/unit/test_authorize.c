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
 * Unit tests of the authorization endpoint's rules (CASES 31, 33; API.md
 * section 8).
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/rules/authorize.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define NOW	INT64_C(1700000000000000)
#define SEC	INT64_C(1000000)
/* RFC 7636 appendix B */
#define VERIFIER	"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE	"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

/* ---- redirect URIs ---- */

#define REGISTERED	"https://a.example/cb http://127.0.0.1/cb "	\
	"http://[::1]:80/cb?x=1 http://localhost/cb com.a.b:/cb"

START_TEST(redirect_accepts_what_is_registered)
{
	static const char *const good[] = { "https://a.example/cb",
		"http://127.0.0.1/cb", "http://[::1]:80/cb?x=1",
		"http://localhost/cb", "com.a.b:/cb" };
	size_t i;

	for (i = 0; i < N(good); i++) {
		ck_assert_msg(redirect_match(REGISTERED, good[i], 0), "%s",
		    good[i]);
		ck_assert(redirect_match(REGISTERED, good[i], 1));
	}
}
END_TEST

START_TEST(redirect_accepts_any_loopback_port_of_a_public_client)
{
	static const char *const good[] = { "http://127.0.0.1:1/cb",
		"http://127.0.0.1:65535/cb", "http://[::1]:8080/cb?x=1",
		"http://[::1]/cb?x=1" };
	size_t i;

	for (i = 0; i < N(good); i++) {
		ck_assert_msg(redirect_match(REGISTERED, good[i], 1), "%s",
		    good[i]);
		ck_assert_msg(!redirect_match(REGISTERED, good[i], 0), "%s",
		    good[i]);
	}
}
END_TEST

START_TEST(redirect_rejects_all_else)			/* 31 */
{
	static const char *const bad[] = { "", " ", "https://a.example/",
		"https://a.example/cb/", "https://a.example/cb?x",
		"https://a.example/cb#x", "https://a.example/CB",
		"HTTPS://a.example/cb", "https://A.example/cb",
		"https://a.example:443/cb", "https://a.example/x/..;/cb",
		"https://a.example/./cb", "https://a.example//cb",
		"https://a.example/c%62", "https://a.example@evil/cb",
		"https://evil@a.example/cb", "https://a.example.evil/cb",
		"https://a.example/cb https://evil/", "https://a.example/cb ",
		"http://a.example/cb", "//a.example/cb", "/cb",
		"http://localhost:1/cb", "http://127.0.0.1:1/cb/",
		"http://127.0.0.1:0/cb", "http://127.0.0.1:/cb",
		"http://127.0.0.1:65536/cb", "http://127.0.0.1:080/cb",
		"http://127.0.0.1:1234567/cb", "http://127.0.0.1:1x/cb",
		"http://127.0.0.1:1@evil/cb", "http://127.0.0.1@evil/cb",
		"http://127.0.0.1:1:2/cb", "http://127.0.0.1.evil/cb",
		"http://127.0.0.10/cb", "http://127.0.0.2:1/cb",
		"https://127.0.0.1:1/cb", "http://[::1]:80/cb",
		"http://[::2]:80/cb?x=1", "http://[::1]:80/cb?x=2",
		"http://127.0.0.1:80#/cb", "http://127.1:1/cb",
		"com.a.b:/cb/x", "javascript:alert(1)" };
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(!redirect_match(REGISTERED, bad[i], 1), "%s",
		    bad[i]);
	ck_assert(!redirect_match("", "https://a.example/cb", 1));
}
END_TEST

/* ---- PKCE ---- */

START_TEST(pkce_accepts_the_verifier)
{
	ck_assert(pkce_challenge_ok(CHALLENGE));
	ck_assert(pkce_verify(VERIFIER, CHALLENGE));
}
END_TEST

START_TEST(pkce_rejects_all_else)			/* 33 */
{
	static const char *const bad[] = { "", "a", CHALLENGE "A",
		"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c",
		"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=",
		"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM",
		/* bits left over */
		"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN" };
	char longest[VERIFIER_MAX + 2];
	size_t i;

	for (i = 0; i < N(bad); i++) {
		ck_assert_msg(!pkce_challenge_ok(bad[i]), "%s", bad[i]);
		ck_assert_msg(!pkce_verify(VERIFIER, bad[i]), "%s", bad[i]);
		ck_assert_msg(!pkce_verify(bad[i], CHALLENGE), "%s", bad[i]);
	}
	ck_assert(!pkce_verify(CHALLENGE, CHALLENGE));	/* plain */
	ck_assert(!pkce_verify("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX"
	    "\n", CHALLENGE));
	memset(longest, 'a', sizeof(longest));
	longest[VERIFIER_MAX + 1] = '\0';
	ck_assert(!pkce_verify(longest, CHALLENGE));
}
END_TEST

/* ---- scopes ---- */

START_TEST(scope_accepts_and_reduces)
{
	char out[AUTHORIZE_SCOPE_CAP];

	ck_assert_int_eq(scope_reduce(out, "openid x email openid",
	    "email openid profile"), 0);
	ck_assert_str_eq(out, "openid email");
	ck_assert_int_eq(scope_reduce(out, "x open openidx", "openid"), 0);
	ck_assert_str_eq(out, "");
	ck_assert_int_eq(scope_reduce(out, "", "openid"), 0);
	ck_assert_str_eq(out, "");
	ck_assert(scope_within("a b", "b c a"));
	ck_assert(scope_within("", ""));
	ck_assert(!scope_within("a b", "a"));
	ck_assert(!scope_within("a", "ab"));
	ck_assert_int_eq(scope_join(out, "a b", "b c"), 0);
	ck_assert_str_eq(out, "a b c");
}
END_TEST

START_TEST(scope_rejects_what_is_none)
{
	static const char *const bad[] = { " openid", "openid ", "a  b",
		"a\tb", "\"a\"", "a\\b", "\xc3\xa4", "a\nb" };
	char out[AUTHORIZE_SCOPE_CAP], a[1025], b[1025];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(scope_reduce(out, bad[i], "a b openid") == -1,
		    "%s", bad[i]);
	memset(a, 'a', 1024);
	memset(b, 'b', 1024);
	a[1024] = b[1024] = '\0';
	ck_assert_int_eq(scope_reduce(out, a, a), 0);
	ck_assert_str_eq(out, a);
	ck_assert_int_eq(scope_join(out, a, b), -1);
}
END_TEST

/* ---- prompt ---- */

START_TEST(prompt_accepts)
{
	ck_assert_int_eq(prompt_parse(""), 0);
	ck_assert_int_eq(prompt_parse("none"), PROMPT_NONE);
	ck_assert_int_eq(prompt_parse("login"), PROMPT_LOGIN);
	ck_assert_int_eq(prompt_parse("select_account"), PROMPT_LOGIN);
	ck_assert_int_eq(prompt_parse("login consent"),
	    PROMPT_LOGIN | PROMPT_CONSENT);
	ck_assert_int_eq(prompt_parse("create LOGIN"), 0);
}
END_TEST

START_TEST(prompt_rejects_none_and_more)
{
	ck_assert_int_eq(prompt_parse("none login"), -1);
	ck_assert_int_eq(prompt_parse("consent none"), -1);
	ck_assert_int_eq(prompt_parse("none none"), -1);
	ck_assert_int_eq(prompt_parse("x none"), -1);
}
END_TEST

/* ---- the request ---- */

static struct authorize_ask ask;
static struct authorize_client client;
static struct authorize_want want;
static const char *why;
static int pkce;

static void
good(void)
{
	ask = (struct authorize_ask){ .response_type = "code",
	    .response_mode = "", .scope = "openid email", .prompt = "",
	    .challenge = CHALLENGE, .challenge_method = "S256",
	    .max_age = "", .acr_values = "" };
	client = (struct authorize_client){ .scope = "openid email account",
	    .grant_types = "refresh_token authorization_code" };
	ck_assert_ptr_null(authorize_check(&ask, &client, &want, &why,
	    &pkce));
}

#define REFUSED(code)	do {						\
	const char *e_ = authorize_check(&ask, &client, &want, &why, &pkce); \
	ck_assert_ptr_nonnull(e_);					\
	ck_assert_str_eq(e_, code);					\
	ck_assert_str_ne(why, "");					\
} while (0)
#define BAD(member, value, code)	do {				\
	good();								\
	ask.member = value;						\
	REFUSED(code);							\
} while (0)

START_TEST(authorize_accepts_a_request)
{
	good();
	ck_assert_int_eq(want.prompt, 0);
	ck_assert_int_eq(want.max_age, -1);
	ck_assert_int_eq(want.aal2, 0);
	ck_assert_str_eq(want.scope, "openid email");
	ask.response_mode = "query";
	ask.prompt = "login";
	ask.max_age = "0";
	ask.acr_values = "x aal2";
	ask.scope = "account nothing";
	ask.pushed = 1;
	client.require_par = 1;
	ck_assert_ptr_null(authorize_check(&ask, &client, &want, &why,
	    &pkce));
	ck_assert_int_eq(want.prompt, PROMPT_LOGIN);
	ck_assert_int_eq(want.max_age, 0);
	ck_assert_int_eq(want.aal2, 1);
	ck_assert_str_eq(want.scope, "account");
	ask.max_age = "99999999999999999999";
	ck_assert_ptr_null(authorize_check(&ask, &client, &want, &why,
	    &pkce));
}
END_TEST

START_TEST(authorize_rejects_by_its_error)
{
	BAD(request, 1, "request_not_supported");
	BAD(request_uri, 1, "request_uri_not_supported");
	BAD(response_type, "", "invalid_request");
	BAD(response_type, "token", "unsupported_response_type");
	BAD(response_type, "code id_token", "unsupported_response_type");
	BAD(response_mode, "fragment", "invalid_request");
	BAD(scope, "", "invalid_scope");
	BAD(scope, "nothing", "invalid_scope");
	BAD(scope, "openid\topenid", "invalid_scope");
	BAD(prompt, "none login", "invalid_request");
	BAD(max_age, "-1", "invalid_request");
	BAD(max_age, "1.5", "invalid_request");
	good();
	client.require_par = 1;
	REFUSED("invalid_request");
	good();
	client.grant_types = "client_credentials";
	REFUSED("unauthorized_client");
	ck_assert(!pkce);
}
END_TEST

START_TEST(authorize_rejects_without_pkce)		/* 33 */
{
	BAD(challenge, "", "invalid_request");
	ck_assert(pkce);
	BAD(challenge, "abc", "invalid_request");
	ck_assert(pkce);
	BAD(challenge_method, "", "invalid_request");
	ck_assert(pkce);
	BAD(challenge_method, "plain", "invalid_request");
	ck_assert(pkce);
	BAD(challenge_method, "s256", "invalid_request");
	ck_assert(pkce);
}
END_TEST

/* ---- the decision ---- */

static struct authorize_who who;
static const char *err;

static enum authorize_next
next(const char *granted, int64_t since)
{
	err = NULL;
	return (authorize_next(&want, &client, &who, granted, since, NOW,
	    &err));
}

static void
there(void)
{
	good();
	who = (struct authorize_who){ .known = 1, .auth_at = NOW - 100 * SEC };
}

START_TEST(next_accepts_a_session_and_consent)
{
	there();
	ck_assert_int_eq(next("openid email", 0), NEXT_CODE);
	ck_assert_int_eq(next("", 0), NEXT_CONSENT);
	ck_assert_int_eq(next("openid", 0), NEXT_CONSENT);
	client.skip_consent = 1;
	ck_assert_int_eq(next("", 0), NEXT_CODE);
	want.prompt = PROMPT_CONSENT;
	ck_assert_int_eq(next("openid email", 0), NEXT_CONSENT);
	want.prompt = PROMPT_NONE;
	ck_assert_int_eq(next("", 0), NEXT_CODE);
}
END_TEST

START_TEST(next_asks_consent_to_accounts_always)
{
	there();
	client.skip_consent = 1;
	strcpy(want.scope, "openid account");
	ck_assert_int_eq(next("openid account", 0), NEXT_CONSENT);
	strcpy(want.scope, "admin");
	ck_assert_int_eq(next("admin", 0), NEXT_CONSENT);
	want.prompt = PROMPT_NONE;
	ck_assert_int_eq(next("admin", 0), NEXT_ERROR);
	ck_assert_str_eq(err, "consent_required");
}
END_TEST

START_TEST(next_asks_to_log_in)
{
	there();
	who.known = 0;
	ck_assert_int_eq(next("openid email", 0), NEXT_LOGIN);
	ck_assert_int_eq(next("openid email", NOW), NEXT_LOGIN);
	there();
	want.prompt = PROMPT_LOGIN;
	ck_assert_int_eq(next("openid email", 0), NEXT_LOGIN);
	ck_assert_int_eq(next("openid email", who.auth_at + 1), NEXT_LOGIN);
	ck_assert_int_eq(next("openid email", who.auth_at), NEXT_CODE);
	there();
	want.max_age = 100;
	ck_assert_int_eq(next("openid email", 0), NEXT_CODE);
	want.max_age = 99;
	ck_assert_int_eq(next("openid email", 0), NEXT_LOGIN);
	ck_assert_int_eq(next("openid email", who.auth_at), NEXT_CODE);
	want.max_age = 0;
	ck_assert_int_eq(next("openid email", 0), NEXT_LOGIN);
	want.prompt = PROMPT_NONE;
	ck_assert_int_eq(next("openid email", 0), NEXT_ERROR);
	ck_assert_str_eq(err, "login_required");
}
END_TEST

START_TEST(next_rejects_another_than_the_hint_names)
{
	there();
	who.other = 1;
	ck_assert_int_eq(next("openid email", 0), NEXT_LOGIN);
	ck_assert_int_eq(next("openid email", who.auth_at + 1), NEXT_LOGIN);
	ck_assert_int_eq(next("openid email", who.auth_at), NEXT_ERROR);
	ck_assert_str_eq(err, "login_required");
	want.prompt = PROMPT_NONE;
	ck_assert_int_eq(next("openid email", 0), NEXT_ERROR);
	ck_assert_str_eq(err, "login_required");
	who.known = 0;
	want.prompt = 0;
	ck_assert_int_eq(next("openid email", 0), NEXT_LOGIN);
}
END_TEST

START_TEST(next_asks_for_a_factor)
{
	there();
	want.aal2 = 1;
	ck_assert_int_eq(next("openid email", 0), NEXT_CODE);
	who.has_factor = 1;
	ck_assert_int_eq(next("openid email", 0), NEXT_STEP_UP);
	who.aal2 = 1;
	ck_assert_int_eq(next("openid email", 0), NEXT_CODE);
	who.aal2 = 0;
	want.prompt = PROMPT_NONE;
	ck_assert_int_eq(next("openid email", 0), NEXT_ERROR);
	ck_assert_str_eq(err, "interaction_required");
	there();
	who.setup = 1;
	ck_assert_int_eq(next("openid email", 0), NEXT_SETUP);
	want.prompt = PROMPT_NONE;
	ck_assert_int_eq(next("openid email", 0), NEXT_ERROR);
}
END_TEST

START_TEST(next_asks_who_was_meant)
{
	there();
	who.other = 1;
	ck_assert_int_eq(next("openid email", 0), NEXT_LOGIN);
	ck_assert_int_eq(next("openid email", who.auth_at + 1), NEXT_LOGIN);
	ck_assert_int_eq(next("openid email", who.auth_at), NEXT_ERROR);
	ck_assert_str_eq(err, "login_required");
	want.prompt = PROMPT_NONE;
	ck_assert_int_eq(next("openid email", 0), NEXT_ERROR);
	ck_assert_str_eq(err, "login_required");
}
END_TEST

START_TEST(since_rejects_what_is_no_earlier_answer)
{
	ck_assert_int_eq(authorize_since(NOW, NOW), NOW);
	ck_assert_int_eq(authorize_since(NOW - 3599 * SEC, NOW),
	    NOW - 3599 * SEC);
	ck_assert_int_eq(authorize_since(NOW - 3600 * SEC, NOW), 0);
	ck_assert_int_eq(authorize_since(NOW + 1, NOW), 0);
	ck_assert_int_eq(authorize_since(1, NOW), 0);
	ck_assert_int_eq(authorize_since(0, NOW), 0);
	ck_assert_int_eq(authorize_since(-1, NOW), 0);
	ck_assert_int_eq(authorize_since(INT64_MIN, NOW), 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		redirect_accepts_what_is_registered,
		redirect_accepts_any_loopback_port_of_a_public_client,
		redirect_rejects_all_else, pkce_accepts_the_verifier,
		pkce_rejects_all_else, scope_accepts_and_reduces,
		scope_rejects_what_is_none, prompt_accepts,
		prompt_rejects_none_and_more, authorize_accepts_a_request,
		authorize_rejects_by_its_error, authorize_rejects_without_pkce,
		next_accepts_a_session_and_consent,
		next_asks_consent_to_accounts_always, next_asks_to_log_in,
		next_rejects_another_than_the_hint_names,
		next_asks_for_a_factor, next_asks_who_was_meant,
		since_rejects_what_is_no_earlier_answer
	};
	Suite *s = suite_create("authorize");
	TCase *tc = tcase_create("authorize");
	SRunner *sr;
	size_t i;
	int failed;

	for (i = 0; i < N(tests); i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
