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
/* User codes of devices (RFC 8628). */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/rules/usercode.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

START_TEST(usercode_takes_what_a_person_types)
{
	static const char *const good[] = { "BCDF-GHJK", "bcdf-ghjk",
		"BCDFGHJK", " bcdf ghjk ", "b-c-d-f-g-h-j-k", "BcDf--GhJk" };
	char out[USER_CODE_CAP], shown[USER_CODE_SHOWN];
	size_t i;

	for (i = 0; i < N(good); i++) {
		ck_assert_msg(user_code_take(out, good[i]) == 0, "%s",
		    good[i]);
		ck_assert_str_eq(out, "BCDFGHJK");
	}
	user_code_show(shown, out);
	ck_assert_str_eq(shown, "BCDF-GHJK");
}
END_TEST

START_TEST(usercode_refuses_all_else)
{
	static const char *const bad[] = { "", "-", "BCDF-GHJ", "BCDF-GHJKL",
		"BCDFGHJKBCDFGHJK", "BCDF-GHJA", "BCDF-GHJE", "BCDF-GHJI",
		"BCDF-GHJO", "BCDF-GHJU", "BCDF-GHJY", "BCDF-GHJ0",
		"BCDF-GHJ1", "BCDF-GHJ%", "BCDF_GHJK", "BCDF'GHJK",
		"BCDF\tGHJK", "BCDF\nGHJK", "B\xc3\x87" "DFGHJK",
		"BCDF-GHJ\xd0\x9a", "' OR 1=1", "........" };
	char out[USER_CODE_CAP];
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(user_code_take(out, bad[i]) == -1, "%s",
		    bad[i]);
}
END_TEST

START_TEST(usercode_has_no_bias_and_needs_enough)
{
	uint8_t rnd[32], all[256];
	char out[USER_CODE_CAP], again[USER_CODE_CAP];
	int count[256] = { 0 };
	size_t i, k;

	memset(rnd, 0xff, sizeof(rnd));
	ck_assert_int_eq(user_code_make(out, rnd, sizeof(rnd)), -1);
	ck_assert_int_eq(user_code_make(out, rnd, 0), -1);
	memset(rnd + 1, 7, 7);
	ck_assert_int_eq(user_code_make(out, rnd, 8), -1);
	rnd[8] = 7;
	ck_assert_int_eq(user_code_make(out, rnd, 9), 0);
	ck_assert_int_eq(user_code_take(again, out), 0);
	ck_assert_str_eq(out, again);
	/* each byte value once, eight at a time: letters come equally often */
	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (i = 0; i + 8 <= 240; i += 8) {
		ck_assert_int_eq(user_code_make(out, all + i, 8), 0);
		for (k = 0; out[k] != '\0'; k++)
			count[(unsigned char)out[k]]++;
	}
	for (i = 0; i < N(count); i++)
		ck_assert(count[i] == 0 || count[i] == 12);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("usercode");
	TCase *tc = tcase_create("usercode");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, usercode_takes_what_a_person_types);
	tcase_add_test(tc, usercode_refuses_all_else);
	tcase_add_test(tc, usercode_has_no_bias_and_needs_enough);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
