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
 * Unit tests of the names of roles and permissions (API.md section 4).
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/rules/role.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

START_TEST(role_name_accepts_what_the_api_names)
{
	static const char *const good[] = { "ab", "a1", "a-", "a_.-",
		"superadmin", "support.tier-2", "zz" };
	char s[65];
	size_t i;

	for (i = 0; i < N(good); i++)
		ck_assert_msg(role_name_ok(good[i]), "%s", good[i]);
	memset(s, 'a', 64);
	s[64] = '\0';
	ck_assert(role_name_ok(s));
}
END_TEST

START_TEST(role_name_rejects_all_else)
{
	static const char *const bad[] = { "", "a", "A", "AB", "aB", "1a",
		".a", "-a", "_a", "a b", "a:b", "a/b", "a\n", "a,b", "a'",
		"\xc3\xa4" "b", "a\xc3\xa4", "a%", "a*", " ab", "ab " };
	char s[66];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(!role_name_ok(bad[i]), "%s", bad[i]);
	memset(s, 'a', 65);
	s[65] = '\0';
	ck_assert(!role_name_ok(s));
}
END_TEST

START_TEST(role_permission_accepts_builtin_and_declared)
{
	static const char *const good[] = { "users:read", "users:write",
		"roles:read", "roles:write", "clients:read", "clients:write",
		"keys:read", "keys:rotate", "audit:read", "tokens:introspect",
		"billing:invoice.read", "bil:0", "123:a", "user:x",
		"tenants2:read", "usersx:read", "a.b_c-d:e.f_g-h" };
	char s[130];
	size_t i;

	for (i = 0; i < N(good); i++)
		ck_assert_msg(role_permission_ok(good[i]), "%s", good[i]);
	memset(s, 'a', 129);
	s[64] = ':';
	s[129] = '\0';
	ck_assert(role_permission_ok(s));
}
END_TEST

START_TEST(role_permission_rejects_all_else)
{
	static const char *const bad[] = { "", ":", "a", "users", "users:",
		":read", "users:delete", "users:*", "*", "tenants:read",
		"tenants:write", "tenants:x", "roles:x", "clients:x",
		"keys:x", "audit:x", "tokens:x", "moatd:x", "moatd-x:y",
		"moatdx:y", "ab:c", "Users:read", "users:Read", "users:read ",
		" users:read", "billing:a:b", "billing:", "billing:.a",
		"billing:A", "billing:a b", "bi ling:a", "-bc:a",
		"billing:\xc3\xa4" };
	char s[140];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(!role_permission_ok(bad[i]), "%s", bad[i]);
	memset(s, 'a', sizeof(s));
	s[64] = ':';
	s[130] = '\0';
	ck_assert(!role_permission_ok(s));	/* its name is too long */
	memset(s, 'a', sizeof(s));
	s[65] = ':';
	s[100] = '\0';
	ck_assert(!role_permission_ok(s));	/* its client's id is */
}
END_TEST

START_TEST(permission_implies_read_alone)
{
	ck_assert_str_eq(permission_implied("users:write"), "users:read");
	ck_assert_str_eq(permission_implied("keys:rotate"), "keys:read");
	ck_assert_str_eq(permission_implied("tenants:write"), "tenants:read");
	ck_assert_ptr_null(permission_implied("users:read"));
	ck_assert_ptr_null(permission_implied("audit:read"));
	ck_assert_ptr_null(permission_implied("tokens:introspect"));
	ck_assert_ptr_null(permission_implied("billing:write"));
	ck_assert_ptr_null(permission_implied(""));
}
END_TEST

START_TEST(permission_builtin_rejects_what_is_only_like_one)
{
	ck_assert(permission_builtin("tenants:write"));
	ck_assert(!permission_builtin("tenants"));
	ck_assert(!permission_builtin("users:rea"));
	ck_assert(!permission_builtin("users:readx"));
	ck_assert(!permission_builtin(""));
}
END_TEST

START_TEST(client_id_reserves_our_own)
{
	static const char *const ours[] = { "moatd", "moatd-console",
		"moatdx", "users", "roles", "clients", "tenants", "keys",
		"audit", "tokens" };
	static const char *const theirs[] = { "moat", "amoatd", "user",
		"userss", "key", "billing", "audit2" };
	size_t i;

	for (i = 0; i < N(ours); i++)
		ck_assert(client_id_reserved(ours[i], strlen(ours[i])));
	for (i = 0; i < N(theirs); i++)
		ck_assert(!client_id_reserved(theirs[i], strlen(theirs[i])));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("role");
	TCase *t = tcase_create("role");
	SRunner *r;
	int failed;

	tcase_add_test(t, role_name_accepts_what_the_api_names);
	tcase_add_test(t, role_name_rejects_all_else);
	tcase_add_test(t, role_permission_accepts_builtin_and_declared);
	tcase_add_test(t, role_permission_rejects_all_else);
	tcase_add_test(t, permission_implies_read_alone);
	tcase_add_test(t, permission_builtin_rejects_what_is_only_like_one);
	tcase_add_test(t, client_id_reserves_our_own);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
