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


/* Strict JSON: CASES 11 to 14. */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/json/json.h"

static json_t *
strict(const char *text)
{
	return json_strict(text, strlen(text), NULL);
}

static void
accepts(const char *text)
{
	json_t *j = strict(text);

	ck_assert_msg(j != NULL, "refused: %s", text);
	json_decref(j);
}

static void
rejects(const char *text, const char *want)
{
	const char *why = NULL;
	json_t *j = json_strict(text, strlen(text), &why);

	ck_assert_msg(j == NULL, "accepted: %s", text);
	ck_assert_ptr_nonnull(why);
	if (want != NULL)
		ck_assert_msg(strcmp(why, want) == 0, "%s: %s", text, why);
}

/* n times open, then close. */
static char *
nest(int n, const char *open, char close)
{
	struct buf b = BUF_INIT;
	int i;

	for (i = 0; i < n; i++)
		buf_adds(&b, open);
	for (i = 0; i < n; i++)
		buf_addc(&b, close);
	return buf_cstr(&b);
}

static char *
members(int n, const char *key)
{
	struct buf b = BUF_INIT;
	int i;

	buf_addc(&b, '{');
	for (i = 0; i < n; i++)
		buf_addf(&b, "%s\"%s%d\":%d", i > 0 ? "," : "", key, i, i);
	buf_addc(&b, '}');
	return buf_cstr(&b);
}

START_TEST(json_accepts_one_value)
{
	accepts("{}");
	accepts("[]");
	accepts(" \t\r\n{\"a\":[1,-2,0.5,1e3,true,false,null]} \n");
	accepts("\"text\"");
	accepts("0");
	accepts("{\"a\":{\"b\":1},\"b\":{\"a\":1}}");
}
END_TEST

START_TEST(json_accepts_text_beyond_ascii)
{
	json_t *j = strict("{\"k\":\"\\u00e9\xc3\xa9\\ud83d\\ude00"
	    "\xf0\x9f\x98\x80\\\"\\\\\\/\"}");

	ck_assert_ptr_nonnull(j);
	ck_assert_str_eq(json_string_value(json_object_get(j, "k")),
	    "\xc3\xa9\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"\\/");
	json_decref(j);
}
END_TEST

START_TEST(json_accepts_sixteen_levels_and_128_members)
{
	char *text = nest(JSON_MAX_DEPTH, "[", ']');

	accepts(text);
	free(text);
	text = members(JSON_MAX_MEMBERS, "m");
	accepts(text);
	free(text);
}
END_TEST

START_TEST(json_accepts_the_ends_of_int64)
{
	json_t *j = strict("[9223372036854775807,-9223372036854775808]");

	ck_assert_ptr_nonnull(j);
	ck_assert(json_integer_value(json_array_get(j, 0)) == INT64_MAX);
	ck_assert(json_integer_value(json_array_get(j, 1)) == INT64_MIN);
	json_decref(j);
}
END_TEST

/* Brackets, colons and commas in a text count for nothing. */
START_TEST(json_accepts_structure_inside_text)
{
	struct buf b = BUF_INIT;
	int i;

	buf_adds(&b, "{\"k\":\"");
	for (i = 0; i < 1000; i++)
		buf_adds(&b, "[{:\\\"");
	buf_adds(&b, "\"}");
	accepts(buf_cstr(&b));
	buf_free(&b);
}
END_TEST

START_TEST(json_rejects_duplicate_keys)	/* 11 */
{
	rejects("{\"a\":1,\"a\":2}", "duplicate key");
	rejects("{\"a\":1,\"\\u0061\":2}", "duplicate key");
	rejects("{\"o\":{\"x\":1,\"y\":2,\"x\":1}}", "duplicate key");
	rejects("[{\"\":1,\"\":1}]", "duplicate key");
}
END_TEST

START_TEST(json_rejects_depth)	/* 12 */
{
	static const char *const opens[] = { "[", "{\"a\":", "[{\"a\":" };
	char *text;
	size_t i;

	for (i = 0; i < 3; i++) {
		text = nest(JSON_MAX_DEPTH + 1, opens[i],
		    i == 0 ? ']' : '}');
		rejects(text, "nested too deeply");
		free(text);
		text = nest(100000, opens[i], ' ');
		rejects(text, "nested too deeply");
		free(text);
	}
}
END_TEST

START_TEST(json_rejects_too_many_members)	/* 12 */
{
	char *text = members(JSON_MAX_MEMBERS + 1, "m");

	rejects(text, "too many members");
	free(text);
	text = members(20000, "collide");
	rejects(text, "too many members");
	free(text);
}
END_TEST

START_TEST(json_rejects_invalid_utf8)	/* 13 */
{
	rejects("\"\xc0\xaf\"", "invalid UTF-8");	/* overlong */
	rejects("\"\xe0\x80\xaf\"", "invalid UTF-8");
	rejects("\"\xf0\x80\x80\xaf\"", "invalid UTF-8");
	rejects("\"\xed\xa0\x80\"", "invalid UTF-8");	/* surrogate */
	rejects("\"\xf4\x90\x80\x80\"", "invalid UTF-8");
	rejects("\"\xff\"", "invalid UTF-8");
	rejects("\"\x80\"", "invalid UTF-8");
	rejects("\"\xc3\"", "invalid UTF-8");		/* cut off */
	rejects("{\"\xc1\xbf\":1}", "invalid UTF-8");
	rejects("\xef\xbb\xbf{}", NULL);		/* BOM */
}
END_TEST

START_TEST(json_rejects_lone_surrogates)	/* 13 */
{
	static const char *const texts[] = { "\"\\ud800\"", "\"\\udc00\"",
	    "\"\\ud800\\ud800\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"",
	    "\"\\ude00\\ud83d\"", "{\"\\udfff\":1}", "\"\\ud83d\\u0041\"",
	    "\"\\uD83D\\u\"", "\"\\ud83d\\\\ude00\"" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		rejects(texts[i], "lone surrogate");
}
END_TEST

START_TEST(json_rejects_nul)	/* 14 */
{
	rejects("{\"username\":\"root\\u0000x\"}", "U+0000 in a string");
	rejects("{\"user\\u0000\":1}", "U+0000 in a string");
	ck_assert_ptr_null(json_strict("{\"a\":\"b\0c\"}", 11, NULL));
	ck_assert_ptr_null(json_strict("{}\0", 3, NULL));
	ck_assert_ptr_null(json_strict("\0", 1, NULL));
}
END_TEST

START_TEST(json_rejects_control_characters)
{
	rejects("\"a\nb\"", "control character in a string");
	rejects("\"a\tb\"", "control character in a string");
	rejects("\"\x1f\"", "control character in a string");
	rejects("{}\f", NULL);
}
END_TEST

START_TEST(json_rejects_numbers_out_of_range)
{
	rejects("1e400", "number out of range");
	rejects("[-1e400]", "number out of range");
	rejects("{\"exp\":9223372036854775808}", "number out of range");
	rejects("-9223372036854775809", "number out of range");
	rejects("100000000000000000000000000", "number out of range");
}
END_TEST

START_TEST(json_rejects_bytes_behind)
{
	rejects("{}{}", "bytes behind the value");
	rejects("{} x", "bytes behind the value");
	rejects("1 2", "bytes behind the value");
	rejects("{}]", NULL);
	rejects("[]}", NULL);
}
END_TEST

START_TEST(json_rejects_what_is_no_json)
{
	static const char *const texts[] = { "", " ", "{", "}", "[1,]",
	    "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\"}", "{\"a\" 1}",
	    "{\"a\":}", "{1:1}", "01", "+1", ".5", "1.", "0x10", "NaN",
	    "Infinity", "-", "tru", "True", "nul", "undefined", "\"a",
	    "\"a\\", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"", "// c\n{}",
	    "/* c */{}", "[1 2]", "[}", "{]", "\"\\u", "{\"a\"::1}", "--1" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		rejects(texts[i], NULL);
}
END_TEST

START_TEST(json_rejects_another_value_than_an_object)
{
	const char *why = NULL;

	ck_assert_ptr_null(json_strict_object("[]", 2, &why));
	ck_assert_str_eq(why, "not an object");
	ck_assert_ptr_null(json_strict_object("\"{}\"", 4, NULL));
	ck_assert_ptr_null(json_strict_object("null", 4, &why));
	ck_assert_ptr_null(json_strict_object("7", 1, &why));
}
END_TEST

/* Every prefix of a good text is refused, and nothing reads past its end. */
START_TEST(json_rejects_every_prefix)
{
	static const char text[] =
	    "{\"a\":[1,\"\\ud83d\\ude00\\n\",{\"b\":null}],\"c\":-1.5e3}";
	char *copy;
	size_t n;

	for (n = 0; n < sizeof(text) - 1; n++) {
		copy = malloc(n + 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, text, n);
		ck_assert_ptr_null(json_strict(copy, n, NULL));
		free(copy);
	}
	accepts(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("strict");
	SRunner *r;
	int failed;

	tcase_add_test(t, json_accepts_one_value);
	tcase_add_test(t, json_accepts_text_beyond_ascii);
	tcase_add_test(t, json_accepts_sixteen_levels_and_128_members);
	tcase_add_test(t, json_accepts_the_ends_of_int64);
	tcase_add_test(t, json_accepts_structure_inside_text);
	tcase_add_test(t, json_rejects_duplicate_keys);
	tcase_add_test(t, json_rejects_depth);
	tcase_add_test(t, json_rejects_too_many_members);
	tcase_add_test(t, json_rejects_invalid_utf8);
	tcase_add_test(t, json_rejects_lone_surrogates);
	tcase_add_test(t, json_rejects_nul);
	tcase_add_test(t, json_rejects_control_characters);
	tcase_add_test(t, json_rejects_numbers_out_of_range);
	tcase_add_test(t, json_rejects_bytes_behind);
	tcase_add_test(t, json_rejects_what_is_no_json);
	tcase_add_test(t, json_rejects_another_value_than_an_object);
	tcase_add_test(t, json_rejects_every_prefix);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
