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
 * Unit tests of a client's registration (API.md section 6).
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/rules/client.h"
#include "src/rules/scope.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

START_TEST(client_redirect_accepts_where_a_code_is_safe)
{
	static const char *const good[] = { "https://a", "https://a/",
		"https://a.b-c.d:8443/x/y?z=1&w=%2F", "https://1.2.3.4/",
		"https://[2001:db8::1]:1/", "http://localhost",
		"http://localhost:65535/cb", "http://127.0.0.1:1/",
		"http://[::1]/cb?x", "com.example.app:/cb",
		"com.example.app://host/cb", "a.b:c" };
	size_t i;

	for (i = 0; i < N(good); i++)
		ck_assert_msg(client_redirect_ok(good[i]), "%s", good[i]);
}
END_TEST

START_TEST(client_redirect_rejects_all_else)
{
	static const char *const bad[] = { "", "a", "/a", "//a/",
		"http://a/", "http://127.0.0.2/", "http://[::2]/",
		"http://localhost.a/", "http://LOCALHOST/", "https:/a",
		"https://", "https:///a", "https://?x", "https://:1/",
		"https://a:/", "https://a:0/", "https://a:65536/",
		"https://a:1:2/", "https://a:1x/", "https://a@b/",
		"https://a:b@c/", "http://127.0.0.1@b/", "https://a/#x",
		"https://a#", "https://*/", "https://a/*", "https://a..b/",
		"https://.a/", "https://a./", "https://-a/", "https://a-/",
		"https://[/", "https://[]/", "https://[::1", "https://[x]/",
		"https://a]/", "https://a/[1]", "https://a_b/", "https://a/%",
		"https://a/%2", "https://a/%xx", "https://a b/",
		"https://a\\b/", "https://a/\"", "https://a/<", "https://a/^",
		"https://\xc3\xa4/", "https://a/\x01", "javascript:x",
		"data:x", "file:///a", "myapp:/x", "a.b:", "1.b:/x", ".b:/x",
		"a.b@c:/x", "a.b:x@y", "HTTPS://a/", "Http://localhost/" };
	char s[1100] = "https://a/";
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(!client_redirect_ok(bad[i]), "%s", bad[i]);
	memset(s + 10, 'x', 1014);
	ck_assert(client_redirect_ok(s));
	s[1024] = 'x';
	ck_assert(!client_redirect_ok(s));
}
END_TEST

START_TEST(client_https_rejects_private_schemes)
{
	ck_assert(client_https_ok("https://a/logout"));
	ck_assert(client_https_ok("http://127.0.0.1:3/logout"));
	ck_assert(!client_https_ok("com.example.app:/x"));
	ck_assert(!client_https_ok("http://a/"));
	ck_assert(!client_https_ok(""));
}
END_TEST

START_TEST(client_words_reject_what_is_none)
{
	static const char *const scopes[] = { " ", "a ", " a", "a  b",
		"a\tb", "a\"b", "a\\b", "\xc3\xa4", "a\n" };
	static const char *const names[] = { "", "a\nb", "a\x7f", "\xff",
		"a\xe2\x80\xae" "b", "\xe2\x80\x8b", "\xc2\x85" };
	char s[140];
	size_t i;

	ck_assert(client_scope_ok("") && client_scope_ok("a b:c/d"));
	for (i = 0; i < N(scopes); i++)
		ck_assert_msg(!client_scope_ok(scopes[i]), "%s", scopes[i]);
	for (i = 0; i < N(names); i++)
		ck_assert_msg(!client_name_ok(names[i]), "%s", names[i]);
	memset(s, 'a', sizeof(s));
	s[128] = '\0';
	ck_assert(client_name_ok(s));
	s[128] = 'a';
	s[129] = '\0';
	ck_assert(!client_name_ok(s));
	ck_assert(!client_grant_ok("implicit") && !client_grant_ok("") &&
	    !client_grant_ok("password"));
	ck_assert(client_grant_ok(CLIENT_GRANT_DEVICE) &&
	    client_grant_ok(CLIENT_GRANT_EXCHANGE));
	ck_assert(!client_grant_ok("device_code") &&
	    !client_grant_ok("urn:ietf:params:oauth:grant-type:saml2-bearer"));
	ck_assert(!client_method_ok("client_secret_jwt") &&
	    !client_method_ok(""));
	ck_assert(!client_alg_ok("none") && !client_alg_ok("HS256") &&
	    !client_alg_ok("es256") && !client_alg_ok(""));
	ck_assert(!client_audience_ok("") && !client_audience_ok("a b"));
}
END_TEST

START_TEST(client_is_sensitive_by_whole_words)
{
	ck_assert(client_is_sensitive("account"));
	ck_assert(client_is_sensitive("openid admin x"));
	ck_assert(!client_is_sensitive("accounts administer admin:x"));
	ck_assert(!client_is_sensitive("Account ADMIN"));
	ck_assert(!client_is_sensitive(""));
}
END_TEST

START_TEST(client_id_rejects_what_reads_as_a_users)
{
	static const char *const bad[] = { "moatd", "moatd-console", "users",
		"", "ab", "Abc", "a b", "-ab", ".ab", "a/b",
		"01900000-0000-7000-8000-000000000000",
		"01a20e12-bf87-774f-b80c-1cbe60547bc4" };
	static const char *const good[] = { "shop", "a.b_c-d", "5app",
		/* no UUIDv7 */
		"01900000-0000-4000-8000-000000000000",
		"0190000-00000-7000-8000-000000000000",
		"01900000-0000-7000-8000-00000000000",
		"01900000-0000-7000-8000-0000000000000",
		"g1900000-0000-7000-8000-000000000000" };
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(!client_id_ok(bad[i]), "%s", bad[i]);
	for (i = 0; i < N(good); i++)
		ck_assert_msg(client_id_ok(good[i]), "%s", good[i]);
}
END_TEST

START_TEST(scope_rejects_what_cannot_be_described)
{
	static const char *const bad[] = { "", ":a", "-a", ".a", "a b", "a/b",
		"a%", "a\"", "\xc3\xa4", "a\n" };
	static const char *const builtin[] = { "openid", "profile", "email",
		"roles", "offline_access", "account", "admin", "mfa_setup" };
	char s[600];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(!scope_name_ok(bad[i]), "%s", bad[i]);
	for (i = 0; i < N(builtin); i++)
		ck_assert_msg(scope_is_builtin(builtin[i]), "%s", builtin[i]);
	ck_assert(scope_name_ok("a") && scope_name_ok("Shop:Buy.all_x-1"));
	ck_assert(!scope_is_builtin("accounts") && !scope_is_builtin("") &&
	    !scope_is_builtin("OpenID"));
	memset(s, 'a', sizeof(s));
	s[SCOPE_NAME_MAX + 1] = '\0';
	ck_assert(!scope_name_ok(s));
	s[SCOPE_NAME_MAX] = '\0';
	ck_assert(scope_name_ok(s));
	memset(s, 'a', sizeof(s));
	s[SCOPE_TEXT_MAX + 1] = '\0';
	ck_assert(!scope_description_ok(s));
	s[SCOPE_TEXT_MAX] = '\0';
	ck_assert(scope_description_ok(s));
	ck_assert(!scope_description_ok("") && !scope_description_ok("a\tb") &&
	    !scope_description_ok("a\xe2\x80\xae"));
}
END_TEST

static const struct client plain = {
	.client_id = "app", .client_name = "App",
	.redirect_uris = "https://a/", .post_logout_redirect_uris = "",
	.grant_types = CLIENT_GRANTS, .method = CLIENT_METHOD, .jwks = "",
	.scope = CLIENT_SCOPE, .audience = "", .roles = "",
	.permissions = "", .id_token_alg = CLIENT_ALG,
	.access_token_alg = CLIENT_ALG, .backchannel_logout_uri = "",
	.access_token_lifetime = 600, .refresh_token_lifetime = 3600,
};

START_TEST(client_check_rejects_what_does_not_go_together)
{
	struct client c = plain;
	const char *why;

	ck_assert_ptr_null(client_check(&c, &why));
	c.redirect_uris = "";
	ck_assert_str_eq(client_check(&c, &why), "redirect_uris");
	c.grant_types = "client_credentials";
	ck_assert_ptr_null(client_check(&c, &why));
	c.method = "none";
	ck_assert_str_eq(client_check(&c, &why),
	    "token_endpoint_auth_method");
	c.grant_types = CLIENT_GRANT_EXCHANGE;
	ck_assert_str_eq(client_check(&c, &why),
	    "token_endpoint_auth_method");
	c.grant_types = CLIENT_GRANT_DEVICE;
	ck_assert_ptr_null(client_check(&c, &why));
	c = plain;
	c.method = "private_key_jwt";
	ck_assert_str_eq(client_check(&c, &why), "jwks");
	c.jwks = "{}";
	ck_assert_ptr_null(client_check(&c, &why));
	c.method = CLIENT_METHOD;
	ck_assert_str_eq(client_check(&c, &why), "jwks");
}
END_TEST

/* What would make tokens longer than one may be. */
START_TEST(client_check_rejects_what_no_token_holds)
{
	static char text[CLIENT_MACHINE_MAX + 2], roles[CLIENT_MACHINE_MAX];
	struct client c = plain;
	const char *why;
	size_t i;

	memset(text, 'a', sizeof(text));
	for (i = 500; i < sizeof(text); i += 500)
		text[i] = ' ';
	/* of three: quotes and commas, but for spaces */
	text[CLIENT_TOKEN_MAX - strlen(plain.scope) - 6] = '\0';
	c.audience = text;
	ck_assert_str_eq(client_check(&c, &why), "audience");
	ck_assert_str_eq(why, "would make tokens too long");
	text[CLIENT_TOKEN_MAX - strlen(plain.scope) - 7] = '\0';
	ck_assert_ptr_null(client_check(&c, &why));
	for (i = 0; i < sizeof(roles) - 1; i++)
		roles[i] = i % 60 == 59 ? ' ' : 'r';
	roles[60 * 12 - 1] = '\0';		/* 12 of 59, each with three */
	c.roles = roles;
	ck_assert_ptr_null(client_check(&c, &why));
	c.grant_types = "client_credentials";
	c.redirect_uris = "";
	ck_assert_ptr_null(client_check(&c, &why));
	roles[60 * 12 - 1] = ' ';
	roles[60 * 13 - 1] = '\0';
	ck_assert_str_eq(client_check(&c, &why), "audience");
	c.audience = "";
	ck_assert_ptr_null(client_check(&c, &why));
}
END_TEST

START_TEST(client_check_rejects_each_bad_member)
{
	static char many[21 * 11 + 1];
	struct client c;
	const char *why;
	int i;

	for (i = 0; i < 21; i++)
		memcpy(many + 11 * i, "https://a/ ", 11);
	many[sizeof(many) - 2] = '\0';
#define BAD(member, value, name) do {					\
	c = plain;							\
	c.member = value;						\
	ck_assert_str_eq(client_check(&c, &why), name);			\
} while (0)
	BAD(client_id, "users", "client_id");
	BAD(client_id, "ab", "client_id");
	BAD(client_name, "", "client_name");
	BAD(redirect_uris, many, "redirect_uris");
	BAD(redirect_uris, "https://a/  https://b/", "redirect_uris");
	BAD(post_logout_redirect_uris, "x", "post_logout_redirect_uris");
	BAD(grant_types, "implicit", "grant_types");
	BAD(method, "x", "token_endpoint_auth_method");
	BAD(scope, "a  b", "scope");
	BAD(audience, "a \xc3\xa4", "audience");
	BAD(roles, "superadmin", "roles");
	BAD(roles, "A", "roles");
	BAD(permissions, "a:b", "permissions");
	BAD(id_token_alg, "none", "id_token_signed_response_alg");
	BAD(access_token_alg, "", "access_token_signed_response_alg");
	BAD(backchannel_logout_uri, "http://a/", "backchannel_logout_uri");
	BAD(access_token_lifetime, 59, "access_token_lifetime");
	BAD(access_token_lifetime, 86401, "access_token_lifetime");
	BAD(refresh_token_lifetime, 299, "refresh_token_lifetime");
	BAD(refresh_token_lifetime, 31536001, "refresh_token_lifetime");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("client");
	TCase *t = tcase_create("client");
	SRunner *r;
	int failed;

	tcase_add_test(t, client_redirect_accepts_where_a_code_is_safe);
	tcase_add_test(t, client_redirect_rejects_all_else);
	tcase_add_test(t, client_https_rejects_private_schemes);
	tcase_add_test(t, client_words_reject_what_is_none);
	tcase_add_test(t, client_id_rejects_what_reads_as_a_users);
	tcase_add_test(t, scope_rejects_what_cannot_be_described);
	tcase_add_test(t, client_is_sensitive_by_whole_words);
	tcase_add_test(t, client_check_rejects_what_does_not_go_together);
	tcase_add_test(t, client_check_rejects_what_no_token_holds);
	tcase_add_test(t, client_check_rejects_each_bad_member);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
