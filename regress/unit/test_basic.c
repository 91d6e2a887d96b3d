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
 * Unit tests of client authentication by HTTP Basic (RFC 6749 section 2.3.1).
 */
#include "config.h"

#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/api/basic.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static int
parse(struct basic *b, const char *scheme, const char *both)
{
	char text[4096], value[4200];

	sodium_bin2base64(text, sizeof(text), (const unsigned char *)both,
	    strlen(both), sodium_base64_VARIANT_ORIGINAL);
	snprintf(value, sizeof(value), "%s %s", scheme, text);
	return (basic_parse(b, value));
}

START_TEST(basic_accepts_what_clients_send)
{
	static const char *const good[][3] = {
		{ "app:secret", "app", "secret" }, { "app:", "app", "" },
		{ ":x", "", "x" }, { "app:a:b", "app", "a:b" },
		{ "a%2Eb:%41%7e", "a.b", "A~" }, { "a:b+c", "a", "b c" },
		{ "a:%2B", "a", "+" },
	};
	struct basic b;
	size_t i;

	for (i = 0; i < N(good); i++) {
		ck_assert_int_eq(parse(&b, "Basic", good[i][0]), 0);
		ck_assert_str_eq(b.id, good[i][1]);
		ck_assert_str_eq(b.secret, good[i][2]);
	}
	ck_assert_int_eq(parse(&b, "bASIC", "app:secret"), 0);
	ck_assert_int_eq(parse(&b, "Basic  ", "app:secret"), 0);
}
END_TEST

START_TEST(basic_rejects_all_else)
{
	static const char *const bad[] = { "", "app", "app%3Asecret",
		"a:%", "a:%4", "a:%zz", "a:%00", "a:\x01", "a:\x7f",
		"a:\xc3\xa4", "a:%0a", "\xc3\xa4:b" };
	static const char *const raw[] = { "", "Basic", "Basic ", "BasicYTpi",
		"Bearer YTpi", "Basic YTpi YTpi", "Basic YTpi!", "Basic YTp",
		"Basic YT pi", "Basic YTpi=", "Basic =", "Basic YT-_" };
	char both[1400];
	struct basic b;
	size_t i;

	for (i = 0; i < N(bad); i++)
		ck_assert_msg(parse(&b, "Basic", bad[i]) == -1, "%s", bad[i]);
	for (i = 0; i < N(raw); i++)
		ck_assert_msg(basic_parse(&b, raw[i]) == -1, "%s", raw[i]);
	ck_assert_int_eq(basic_parse(&b, NULL), -1);
	memset(both, 'a', sizeof(both));
	both[64] = ':';
	both[65 + 256] = '\0';
	ck_assert_int_eq(parse(&b, "Basic", both), 0);
	both[65 + 256] = 'a';
	both[65 + 257] = '\0';
	ck_assert_int_eq(parse(&b, "Basic", both), -1);	/* the secret */
	both[64] = 'a';
	both[65] = ':';
	both[80] = '\0';
	ck_assert_int_eq(parse(&b, "Basic", both), -1);	/* the id */
	memset(both, 'a', sizeof(both));
	both[1] = ':';
	both[sizeof(both) - 1] = '\0';
	ck_assert_int_eq(parse(&b, "Basic", both), -1);	/* all of it */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("basic");
	TCase *t = tcase_create("basic");
	SRunner *r;
	int failed;

	tcase_add_test(t, basic_accepts_what_clients_send);
	tcase_add_test(t, basic_rejects_all_else);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
