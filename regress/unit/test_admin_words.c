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
 * What an administrator sends as words: roles with what can be none among
 * them, and every form that an If-Match may have.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "privsep/engine/admin_words.h"

static int
word_is(const char *words, int i, const char *want)
{
	char cell[WORD_WIDTH + 1];

	snprintf(cell, sizeof(cell), "%-*s", WORD_WIDTH, want);
	return (memcmp(words + i * WORD_WIDTH, cell, WORD_WIDTH) == 0);
}

START_TEST(roles_accept_each_once)
{
	struct role_words w;
	char longest[WORD_WIDTH + 1];

	memset(longest, 'r', WORD_WIDTH);
	longest[WORD_WIDTH] = '\0';
	ck_assert_int_eq(role_words_take(&w, ""), 0);
	ck_assert(w.n == 0 && w.bad == -1 && !w.superadmin);
	ck_assert_str_eq(w.role, "user");
	ck_assert_int_eq(role_words_take(&w, "b1 user admin a.x b1 a_-"), 0);
	ck_assert(w.n == 3 && w.bad == -1 && !w.superadmin);
	ck_assert_str_eq(w.role, "admin");
	ck_assert(word_is(w.words, 0, "b1") && word_is(w.words, 1, "a.x") &&
	    word_is(w.words, 2, "a_-"));
	ck_assert_int_eq(strlen(w.words), 3 * WORD_WIDTH);
	ck_assert(w.at[0] == 0 && w.at[1] == 3 && w.at[2] == 5);
	ck_assert_int_eq(role_words_take(&w, longest), 0);
	ck_assert(w.n == 1 && word_is(w.words, 0, longest));
	ck_assert_int_eq(role_words_take(&w, "user superadmin"), 0);
	ck_assert(w.superadmin && w.n == 0 && w.bad == -1);
}
END_TEST

START_TEST(roles_reject_what_can_be_none)
{
	static const char *const bad[] = { "A", "a", "1a", ".a", "a%", "a'",
		"a/b", "\xc3\xa4\xc3\xa4", "Admin", "ADMIN", "super admin" };
	char many[WORDS_ROLES * 5 + 8] = "", long_one[WORD_WIDTH + 2];
	struct role_words w;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]) - 1; i++) {
		snprintf(many, sizeof(many), "user aa %s", bad[i]);
		ck_assert_int_eq(role_words_take(&w, many), 0);
		ck_assert_msg(w.bad == 2 && w.n == 1, "%s", bad[i]);
	}
	memset(long_one, 'r', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	ck_assert_int_eq(role_words_take(&w, long_one), 0);
	ck_assert(w.bad == 0 && w.n == 0);
	ck_assert_int_eq(role_words_take(&w, "aa  bb"), 0);
	ck_assert(w.bad == 1);
	many[0] = '\0';
	for (i = 0; i < WORDS_ROLES; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many),
		    "%sr%03d", i > 0 ? " " : "", (int)i);
	ck_assert_int_eq(role_words_take(&w, many), 0);
	ck_assert_int_eq(w.n, WORDS_ROLES);
	strcat(many, " user");
	ck_assert_int_eq(role_words_take(&w, many), -1);
}
END_TEST

START_TEST(tags_accept_strong_ones)
{
	struct tag_words w;

	tag_words_take(&w, "");
	ck_assert_int_eq(w.n, 0);
	tag_words_take(&w, "*");
	ck_assert_int_eq(w.n, 0);
	tag_words_take(&w, "\"1-2-3\"");
	ck_assert(w.n == 1 && word_is(w.words, 0, "1-2-3"));
	tag_words_take(&w, "\"1-2-3\",\"4\" ,\t\"x\", W/\"5\",\"6-6\"");
	ck_assert(w.n == 3 && word_is(w.words, 0, "1-2-3") &&
	    word_is(w.words, 1, "4") && word_is(w.words, 2, "6-6"));
}
END_TEST

START_TEST(tags_reject_all_else)
{
	static const char *const none[] = { "?", "W/\"1-2-3\"", "1-2-3", "\"",
		"\"1-2-3", "**", "W/*", "\"1-2-3 \"", "\"%\"", "\"'1'\"", "W/",
		"\"*\"", " ", ",", "\"a\"\"b\"", "w/\"1-2-3\"" };
	char many[WORDS_TAGS * 6 + 1] = "", big[WORD_WIDTH + 4];
	struct tag_words w;
	size_t i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		tag_words_take(&w, none[i]);
		ck_assert_msg(w.n == 1 && word_is(w.words, 0, ""), "%s",
		    none[i]);
	}
	memset(big, '1', sizeof(big) - 1);
	big[0] = big[sizeof(big) - 2] = '"';
	big[sizeof(big) - 1] = '\0';
	tag_words_take(&w, big);
	ck_assert(w.n == 1 && word_is(w.words, 0, ""));
	for (i = 0; i < WORDS_TAGS; i++)
		strcat(many, "\"1-1\",");
	tag_words_take(&w, many);
	ck_assert_int_eq(w.n, WORDS_TAGS);
	strcpy(many, "\"7\"");
	tag_words_take(&w, many);
	ck_assert(w.n == 1 && word_is(w.words, 0, "7"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("admin_words");
	TCase *tc = tcase_create("admin_words");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, roles_accept_each_once);
	tcase_add_test(tc, roles_reject_what_can_be_none);
	tcase_add_test(tc, tags_accept_strong_ones);
	tcase_add_test(tc, tags_reject_all_else);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
