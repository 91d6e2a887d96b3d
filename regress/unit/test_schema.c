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

/* Unit tests of src/json/schema.c. */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/json/json.h"
#include "src/json/schema.h"

static const struct schema_field fields[] = {
	{ .name = "username", .type = SCHEMA_STR, .required = 1, .min = 3,
	    .max = 64, .counts = 1 },
	{ .name = "password", .type = SCHEMA_PASSWORD },
	{ .name = "otp", .type = SCHEMA_OTP, .excludes = "code" },
	{ .name = "code", .type = SCHEMA_STR, .min = 1, .bytes = 8 },
	{ .name = "on", .type = SCHEMA_BOOL },
	{ .name = "email", .type = SCHEMA_STR, .min = 1, .max = 10,
	    .needs = "password" },
	{ .name = "roles", .type = SCHEMA_STRS, .min = 1, .max = 4,
	    .items = 2 },
};
static const struct schema plain = SCHEMA("Plain", fields, 0);

static const struct schema_field patch_fields[] = {
	{ .name = "name", .type = SCHEMA_STR, .max = 3, .counts = 1 },
	{ .name = "otp", .type = SCHEMA_OTP },
};
static const struct schema patch = SCHEMA("Patch", patch_fields, 1);

static int
run(const struct schema *s, const char *text, struct schema_errors *errs)
{
	const char *why;
	json_t *j = json_strict_object(text, strlen(text), &why);
	int ok;

	ck_assert_msg(j != NULL, "%s: %s", text, why);
	memset(errs, 0, sizeof(*errs));
	ok = schema_check(s, j, errs);
	ck_assert_int_eq(ok, errs->n == 0);
	json_decref(j);
	return ok;
}

static void
accepts(const struct schema *s, const char *text)
{
	struct schema_errors e;

	ck_assert_msg(run(s, text, &e), "%s: %s %s", text, e.e[0].path,
	    e.e[0].msg);
}

static void
rejects(const struct schema *s, const char *text, const char *path)
{
	struct schema_errors e;

	ck_assert_msg(!run(s, text, &e), "%s", text);
	ck_assert_uint_eq(e.n, 1);
	ck_assert_str_eq(e.e[0].path, path);
	ck_assert(e.e[0].msg[0] != '\0');
}

START_TEST(schema_accepts_members)
{
	accepts(&plain, "{\"username\":\"abc\"}");
	accepts(&plain, "{\"username\":\"\xc3\xa4\xc3\xb6\xc3\xbc\"}");
	accepts(&plain, "{\"username\":\"abc\",\"otp\":\"000000\","
	    "\"on\":false,\"roles\":[\"a\",\"abcd\"]}");
	accepts(&plain, "{\"username\":\"abc\",\"unknown\":{\"x\":[1]}}");
	accepts(&plain, "{\"username\":\"abc\",\"email\":\"a\","
	    "\"password\":\"x\"}");
	accepts(&patch, "{\"name\":\"\"}");
}
END_TEST

START_TEST(schema_rejects_missing)
{
	rejects(&plain, "{}", "username");
	rejects(&plain, "{\"Username\":\"abc\"}", "username");
	rejects(&patch, "{}", "");
	rejects(&patch, "{\"otp\":\"123456\"}", "");
	rejects(&patch, "{\"nam\":\"a\"}", "");
	rejects(&plain, "{\"username\":\"abc\",\"email\":\"a\"}", "password");
}
END_TEST

START_TEST(schema_rejects_types)
{
	static const char *const wrong[] = { "null", "1", "1.5", "true",
	    "[]", "{}", "[\"abc\"]" };
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"username\":%s}",
		    wrong[i]);
		rejects(&plain, text, "username");
		(void)snprintf(text, sizeof(text),
		    "{\"username\":\"abc\",\"password\":%s}", wrong[i]);
		rejects(&plain, text, "password");
		(void)snprintf(text, sizeof(text),
		    "{\"username\":\"abc\",\"otp\":%s}", wrong[i]);
		rejects(&plain, text, "otp");
	}
	rejects(&plain, "{\"username\":\"abc\",\"on\":1}", "on");
	rejects(&plain, "{\"username\":\"abc\",\"on\":\"true\"}", "on");
	rejects(&plain, "{\"username\":\"abc\",\"on\":null}", "on");
	rejects(&plain, "{\"username\":\"abc\",\"roles\":\"a\"}", "roles");
	rejects(&plain, "{\"username\":\"abc\",\"roles\":{}}", "roles");
	rejects(&plain, "{\"username\":\"abc\",\"roles\":[1]}", "roles.0");
	rejects(&plain, "{\"username\":\"abc\",\"roles\":[\"a\",\"\"]}",
	    "roles.1");
}
END_TEST

START_TEST(schema_rejects_lengths)
{
	rejects(&plain, "{\"username\":\"ab\"}", "username");
	rejects(&plain, "{\"username\":\"\"}", "username");
	/* two code points in six bytes */
	rejects(&plain, "{\"username\":\"\xe2\x82\xac\xe2\x82\xac\"}",
	    "username");
	rejects(&plain, "{\"username\":\"abc\",\"code\":\"123456789\"}",
	    "code");
	rejects(&plain, "{\"username\":\"abc\",\"code\":\"\"}", "code");
	rejects(&plain, "{\"username\":\"abc\",\"roles\":"
	    "[\"a\",\"b\",\"c\"]}", "roles");
	rejects(&plain, "{\"username\":\"abc\",\"roles\":[\"abcde\"]}",
	    "roles.0");
	rejects(&patch, "{\"name\":\"abcd\"}", "name");
}
END_TEST

START_TEST(schema_rejects_otp_forms)
{
	rejects(&plain, "{\"username\":\"abc\",\"otp\":\"12345\"}", "otp");
	rejects(&plain, "{\"username\":\"abc\",\"otp\":\"1234567\"}", "otp");
	rejects(&plain, "{\"username\":\"abc\",\"otp\":\"12345a\"}", "otp");
	rejects(&plain, "{\"username\":\"abc\",\"otp\":\" 12345\"}", "otp");
	rejects(&plain, "{\"username\":\"abc\",\"otp\":\"\xd9\xa1\xd9\xa2"
	    "\xd9\xa3\"}", "otp");		/* Arabic digits, six bytes */
	rejects(&plain, "{\"username\":\"abc\",\"otp\":\"123456\","
	    "\"code\":\"x\"}", "otp");		/* both factors */
}
END_TEST

/* CASES 16, 17: 1,024 bytes are the limit, whatever they encode. */
static void
password_of(const char *unit, size_t n, int ok)
{
	struct schema_errors e;
	char *text = NULL;
	size_t i, len;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	(void)fprintf(f, "{\"username\":\"abc\",\"password\":\"");
	for (i = 0; i < n; i++)
		(void)fputs(unit, f);
	(void)fprintf(f, "\"}");
	(void)fclose(f);
	ck_assert_int_eq(run(&plain, text, &e), ok);
	if (!ok)
		ck_assert_str_eq(e.e[0].path, "password");
	free(text);
}

START_TEST(schema_rejects_password_bytes)
{
	password_of("a", 0, 0);
	password_of("a", 1, 1);
	password_of("a", 1024, 1);
	password_of("a", 1025, 0);
	password_of("\xe2\x82\xac", 64, 1);
	password_of("\xe2\x82\xac", 341, 1);
	password_of("\xe2\x82\xac", 342, 0);
	password_of("a", 60000, 0);
}
END_TEST

START_TEST(schema_rejects_everything_at_once)
{
	struct schema_errors e;
	size_t i;

	ck_assert(!run(&plain, "{\"username\":1,\"password\":2,\"otp\":3,"
	    "\"on\":4,\"roles\":5}", &e));
	ck_assert_uint_eq(e.n, 5);
	for (i = 0; i < 40; i++)
		schema_error_add(&e, "x", "%s", "a text that is very much "
		    "longer than the room that there is for texts in here");
	ck_assert_uint_eq(e.n, SCHEMA_ERRORS);
}
END_TEST

START_TEST(schema_wipe_clears_passwords)
{
	const char *why, *pw;
	const char text[] = "{\"username\":\"abc\",\"password\":\"secret\"}";
	json_t *j = json_strict_object(text, strlen(text), &why);

	ck_assert_str_eq(schema_str(j, "username"), "abc");
	ck_assert_str_eq(schema_str(j, "absent"), "");
	pw = json_string_value(json_object_get(j, "password"));
	schema_wipe(&plain, j);
	ck_assert_mem_eq(pw, "\0\0\0\0\0\0", 6);
	ck_assert_str_eq(schema_str(j, "username"), "");
	schema_wipe(&plain, NULL);
	json_decref(j);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("schema");
	TCase *t = tcase_create("schema");
	SRunner *r = srunner_create(s);
	int bad;

	suite_add_tcase(s, t);
	tcase_add_test(t, schema_accepts_members);
	tcase_add_test(t, schema_rejects_missing);
	tcase_add_test(t, schema_rejects_types);
	tcase_add_test(t, schema_rejects_lengths);
	tcase_add_test(t, schema_rejects_otp_forms);
	tcase_add_test(t, schema_rejects_password_bytes);
	tcase_add_test(t, schema_rejects_everything_at_once);
	tcase_add_test(t, schema_wipe_clears_passwords);
	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad != 0;
}
