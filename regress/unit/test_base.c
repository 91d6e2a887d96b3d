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
 * Unit tests of src/base.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/b64.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/htab.h"
#include "src/base/log.h"
#include "src/base/rnd.h"
#include "src/base/utf8.h"
#include "src/base/wipe.h"

/* ---- b64 ---- */

START_TEST(b64_accepts_rfc4648_vectors)
{
	static const char *const v[][2] = { { "", "" }, { "f", "Zg" },
	    { "fo", "Zm8" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg" },
	    { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" },
	    { "\xff\xfe\xfd", "__79" }, { "\xfb\xef", "--8" } };
	char text[16], bytes[16];
	size_t i, n;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		n = strlen(v[i][0]);
		ck_assert_uint_eq(b64_encode(text, v[i][0], n), B64_LEN(n));
		ck_assert_str_eq(text, v[i][1]);
		ck_assert_int_eq(b64_decode(bytes, sizeof(bytes), text,
		    strlen(text)), (long)n);
		ck_assert_mem_eq(bytes, v[i][0], n);
	}
}
END_TEST

START_TEST(b64_accepts_every_length)
{
	uint8_t in[70], out[70];
	char text[B64_LEN(70) + 1];
	size_t n;

	for (n = 0; n <= sizeof(in); n++) {
		rnd_bytes(in, n);
		ck_assert_uint_eq(b64_encode(text, in, n), B64_LEN(n));
		ck_assert_int_eq(b64_decode(out, n, text, B64_LEN(n)),
		    (long)n);
		ck_assert_mem_eq(in, out, n);
	}
}
END_TEST

/* CASES 7 */
START_TEST(b64_rejects_what_is_not_canonical)
{
	static const char *const bad[] = { "Z", "Zg==", "Zm8=", "Zh", "Zn",
	    "Zm9", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm9vY", "Zm9v====",
	    "Zm9\x80", "Z.9v", "Zm9v\x00", "__8=" };
	uint8_t out[32];
	size_t i, n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		n = strlen(bad[i]);
		if (strcmp(bad[i], "Zm9v") == 0)
			n++;		/* the NUL as fifth character */
		ck_assert_msg(b64_decode(out, sizeof(out), bad[i], n) == -1,
		    "accepted \"%s\"", bad[i]);
	}
}
END_TEST

START_TEST(b64_rejects_every_foreign_byte)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	char text[4] = "AAAA";
	uint8_t out[3];
	int c, pos, ok;

	for (c = 0; c < 256; c++)
		for (pos = 0; pos < 4; pos++) {
			memset(text, 'A', 4);
			text[pos] = (char)c;
			ok = c != 0 && strchr(set, c) != NULL;
			ck_assert_int_eq(b64_decode(out, 3, text, 4),
			    ok ? 3 : -1);
		}
}
END_TEST

START_TEST(b64_rejects_more_than_fits)
{
	uint8_t out[3] = { 1, 2, 3 };

	ck_assert_int_eq(b64_decode(out, 2, "Zm9v", 4), -1);
	ck_assert_int_eq(out[2], 3);
	ck_assert_int_eq(b64_decode(out, 0, "", 0), 0);
}
END_TEST

/* ---- utf8 ---- */

START_TEST(utf8_accepts_valid_text)
{
	static const char *const good[] = { "", "abc", "abcdefghijklmnop",
	    "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
	    "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
	    "\xf4\x8f\xbf\xbf", "aaaaaaa\xc3\xa9zzzzzzzzz" };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_int_eq(utf8_valid(good[i], strlen(good[i])), 1);
	ck_assert_int_eq(utf8_valid("a\0b", 3), 1);
	ck_assert_uint_eq(utf8_length("a\xc3\xa9\xf0\x9f\x94\x91", 7), 3);
}
END_TEST

/* CASES 13 */
START_TEST(utf8_rejects_invalid_text)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80",
	    "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
	    "\xf8\x88\x80\x80\x80", "\xff", "\xfe", "\xc3", "\xe2\x82",
	    "\xf0\x9f\x94", "\xc3(", "\xe2(\xa1", "\xe2\x82(",
	    "abcdefgh\xff", "abcdefg\xc3" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!utf8_valid(bad[i], strlen(bad[i])),
		    "accepted number %zu", i);
}
END_TEST

/* The encoding as RFC 3629 section 3 defines it. */
static size_t
encode(uint8_t b[4], uint32_t cp)
{
	size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4, i;

	if (n == 1) {
		b[0] = (uint8_t)cp;
		return (1);
	}
	for (i = n - 1; i > 0; i--, cp >>= 6)
		b[i] = (uint8_t)(0x80 | (cp & 63));
	b[0] = (uint8_t)(0xf00 >> n | cp);
	return (n);
}

/* The decoder against the definition, for every code point there is. */
START_TEST(utf8_accepts_each_code_point_once)
{
	uint8_t b[4];
	uint32_t cp, got, wrong = 0;
	size_t n;

	for (cp = 0; cp < 0x110000; cp++) {
		n = encode(b, cp);
		if (cp >= 0xd800 && cp < 0xe000)
			wrong += utf8_next(b, n, &got) != 0;
		else
			wrong += utf8_next(b, n, &got) != n || got != cp ||
			    utf8_next(b, n - 1, &got) != 0;
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(utf8_cut_rejects_half_characters)
{
	ck_assert_uint_eq(utf8_cut("a\xe2\x82\xac", 4, 3), 1);
	ck_assert_uint_eq(utf8_cut("a\xe2\x82\xac", 4, 4), 4);
	ck_assert_uint_eq(utf8_cut("\xf0\x9f\x94\x91", 4, 3), 0);
	ck_assert_uint_eq(utf8_cut("abc", 3, 10), 3);
}
END_TEST

/* ---- buf ---- */

START_TEST(buf_accepts_growth)
{
	struct buf b = BUF_INIT;
	int i;

	for (i = 0; i < 5000; i++)
		ck_assert_int_eq(buf_addf(&b, "%d,", i), 0);
	ck_assert_uint_eq(b.len, 23890);
	buf_drain(&b, 2);
	ck_assert_int_eq(strncmp(buf_cstr(&b), "1,2,3,", 6), 0);
	buf_reset(&b);
	buf_addu(&b, 0);
	buf_addc(&b, ' ');
	buf_addu(&b, UINT64_MAX);
	ck_assert_str_eq(buf_cstr(&b), "0 18446744073709551615");
	buf_drain(&b, 1000);
	ck_assert_uint_eq(b.len, 0);
	buf_wipe_free(&b);
	ck_assert_ptr_null(b.p);
}
END_TEST

START_TEST(buf_accepts_text_for_json)
{
	struct buf b = BUF_INIT;

	buf_add_json_n(&b, "a\"\\\b\f\n\r\t\x01\x1f\0\x7f/\xc3\xa9", 15);
	ck_assert_str_eq(buf_cstr(&b), "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001"
	    "\\u001f\\u0000\x7f/\xc3\xa9\"");
	buf_free(&b);
}
END_TEST

START_TEST(buf_rejects_absurd_sizes)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "kept");
	ck_assert_int_eq(buf_reserve(&b, SIZE_MAX), -1);
	ck_assert_int_eq(b.err, 1);
	ck_assert_int_eq(buf_adds(&b, "x"), -1);	/* no-op from now on */
	ck_assert_uint_eq(b.len, 4);
	ck_assert_ptr_null(buf_cstr(&b));
	buf_free(&b);
}
END_TEST

START_TEST(wipe_realloc_accepts_growth_and_shrinking)
{
	char *p;
	size_t i;

	ck_assert_ptr_nonnull(p = wipe_realloc(NULL, 100));
	memset(p, 'x', 100);
	ck_assert_ptr_nonnull(p = wipe_realloc(p, 100000));
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(p[i], 'x');
	ck_assert_ptr_nonnull(p = wipe_realloc(p, 10));
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(p[i], 'x');
	wipe_free(p);
	wipe_free(NULL);
}
END_TEST

/* A sanitizer's malloc ends the program instead of refusing. */
#ifndef __SANITIZE_ADDRESS__
START_TEST(wipe_realloc_rejects_absurd_sizes)
{
	volatile size_t absurd = SIZE_MAX / 2;
	char *p = wipe_realloc(NULL, 8);

	ck_assert_ptr_nonnull(p);
	memcpy(p, "kept", 5);
	ck_assert_ptr_null(wipe_realloc(p, absurd));
	ck_assert_str_eq(p, "kept");
	wipe_free(p);
}
END_TEST
#endif

/* ---- clock ---- */

START_TEST(clock_accepts_known_dates)
{
	static const struct {
		int64_t		 us;
		const char	*rfc3339, *http;
	} v[] = {
		{ 0, "1970-01-01T00:00:00.000Z",
		    "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ INT64_C(784111777) * CLOCK_SEC + 999999,
		    "1994-11-06T08:49:37.999Z",
		    "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ INT64_C(951782400) * CLOCK_SEC, "2000-02-29T00:00:00.000Z",
		    "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ INT64_C(4107542399) * CLOCK_SEC, "2100-02-28T23:59:59.000Z",
		    "Sun, 28 Feb 2100 23:59:59 GMT" },
		{ INT64_C(4107542400) * CLOCK_SEC, "2100-03-01T00:00:00.000Z",
		    "Mon, 01 Mar 2100 00:00:00 GMT" },
		{ INT64_C(1769860800) * CLOCK_SEC, "2026-01-31T12:00:00.000Z",
		    "Sat, 31 Jan 2026 12:00:00 GMT" }
	};
	char a[CLOCK_RFC3339], b[30];
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		clock_rfc3339(a, v[i].us);
		clock_http_date(b, v[i].us);
		ck_assert_str_eq(a, v[i].rfc3339);
		ck_assert_str_eq(b, v[i].http);
	}
}
END_TEST

START_TEST(clock_rejects_times_without_a_text)
{
	char a[CLOCK_RFC3339];

	clock_rfc3339(a, -1);
	ck_assert_str_eq(a, "1970-01-01T00:00:00.000Z");
	clock_rfc3339(a, INT64_MAX);
	ck_assert_int_eq(strncmp(a, "9999-12-31T23:59:59.", 20), 0);
	ck_assert_int_gt(clock_now(), INT64_C(1600000000) * CLOCK_SEC);
	ck_assert_int_ge(clock_mono(), 0);
}
END_TEST

/* ---- rnd ---- */

START_TEST(rnd_accepts_its_own_ids)
{
	char last[UUID_LEN] = "", id[UUID_LEN];
	int64_t now = INT64_C(1769860800000000);
	int i;

	rnd_uuid7(id, now);
	ck_assert_int_eq(strncmp(id, "019c13ec-", 9), 0);
	for (i = 0; i < 3000; i++) {
		rnd_uuid7(id, now + i);
		ck_assert_int_eq(rnd_is_uuid(id), 1);
		ck_assert_int_eq(id[14], '7');
		ck_assert_ptr_nonnull(strchr("89ab", id[19]));
		ck_assert_int_lt(strcmp(last, id), 0);
		memcpy(last, id, sizeof(last));
	}
}
END_TEST

START_TEST(rnd_rejects_what_is_no_uuid)
{
	static const char *const bad[] = { "", "x",
	    "0190b3e2-7c4b-7a8e-8123-456789abcde",
	    "0190b3e2-7c4b-7a8e-8123-456789abcdef0",
	    "0190B3E2-7c4b-7a8e-8123-456789abcdef",
	    "0190b3e2-7c4b-7a8e-8123-456789abcdeg",
	    "0190b3e27-c4b-7a8e-8123-456789abcdef",
	    "0190b3e2_7c4b_7a8e_8123_456789abcdef" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(rnd_is_uuid(bad[i]), 0);
	ck_assert_int_eq(rnd_is_uuid("0190b3e2-7c4b-7a8e-8123-456789abcdef"),
	    1);
}
END_TEST

START_TEST(rnd_text_accepts_its_alphabet_only)
{
	char a[65], b[65];

	rnd_text(a, 64);
	rnd_text(b, 64);
	ck_assert_uint_eq(strlen(a), 64);
	ck_assert_uint_eq(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_"), 64);
	ck_assert_str_ne(a, b);
}
END_TEST

/* ---- htab ---- */

static size_t visited;

static void
visit(void *value, void *arg)
{
	struct htab *h = arg;
	uintptr_t id = (uintptr_t)value;

	visited++;
	if (id % 2 == 0)
		ck_assert_ptr_eq(htab_del(h, id), value);
}

START_TEST(htab_accepts_many_ids)
{
	struct htab *h = htab_new();
	uintptr_t i;

	for (i = 1; i <= 10000; i++)
		ck_assert_int_eq(htab_set(h, i, (void *)i), 0);
	ck_assert_uint_eq(htab_count(h), 10000);
	visited = 0;
	htab_each(h, visit, h);
	ck_assert_uint_eq(visited, 10000);
	ck_assert_uint_eq(htab_count(h), 5000);
	for (i = 1; i <= 10000; i++)
		ck_assert_ptr_eq(htab_get(h, i),
		    i % 2 ? (void *)i : NULL);
	htab_free(h);
}
END_TEST

START_TEST(htab_accepts_endless_turnover)
{
	struct htab *h = htab_new();
	uintptr_t i;

	/* marks of deleted slots must not fill the table */
	for (i = 1; i <= 100000; i++) {
		htab_set(h, i, (void *)i);
		if (i > 8)
			ck_assert_ptr_nonnull(htab_del(h, i - 8));
	}
	ck_assert_uint_eq(htab_count(h), 8);
	htab_free(h);
}
END_TEST

START_TEST(htab_rejects_confusion_of_keys)
{
	struct htab *h = htab_new();
	char key[] = "12345678";
	uint64_t id;
	int a, b, c;

	memcpy(&id, key, 8);
	ck_assert_int_eq(htab_sets(h, key, &a), 0);
	ck_assert_int_eq(htab_set(h, id, &b), 0);
	key[0] = 'x';			/* the table has its own copy */
	ck_assert_ptr_null(htab_gets(h, key));
	ck_assert_ptr_eq(htab_gets(h, "12345678"), &a);
	ck_assert_ptr_eq(htab_get(h, id), &b);
	ck_assert_int_eq(htab_sets(h, "12345678", &c), 0);
	ck_assert_uint_eq(htab_count(h), 2);
	ck_assert_ptr_eq(htab_dels(h, "12345678"), &c);
	ck_assert_ptr_null(htab_dels(h, "12345678"));
	ck_assert_ptr_null(htab_gets(h, ""));
	ck_assert_ptr_eq(htab_del(h, id), &b);
	ck_assert_ptr_null(htab_del(h, id));
	htab_free(h);
	htab_free(NULL);
}
END_TEST

/* ---- log ---- */

static char *
escaped(const char *s, size_t n)
{
	static char dst[256];

	log_escape(dst, sizeof(dst), s, n);
	return (dst);
}

/* CASES 50 */
START_TEST(log_rejects_forged_lines)
{
	ck_assert_str_eq(escaped("a\nb", 3), "a\\x0ab");
	ck_assert_str_eq(escaped("\x1b[31m", 5), "\\x1b[31m");
	ck_assert_str_eq(escaped("a\\x0a", 5), "a\\x5cx0a");
	ck_assert_str_eq(escaped("\x7f\xff\0", 3), "\\x7f\\xff\\x00");
	ck_assert_str_eq(escaped("\xc2\x9b" "1m", 4), "\\xc2\\x9b1m");
	ck_assert_str_eq(escaped("\xe2\x80\xae", 3), "\\xe2\\x80\\xae");
	ck_assert_str_eq(escaped("\xc3\xa9\xc3", 3), "\xc3\xa9\\xc3");
}
END_TEST

START_TEST(log_rejects_what_does_not_fit)
{
	char dst[8];

	ck_assert_uint_eq(log_escape(dst, sizeof(dst), "abcdefghij", 10), 7);
	ck_assert_str_eq(dst, "abcdefg");
	ck_assert_uint_eq(log_escape(dst, sizeof(dst), "abcd\n", 5), 4);
	ck_assert_str_eq(dst, "abcd");
	ck_assert_uint_eq(log_escape(dst, 7, "abcd\xe2\x82\xac", 7), 4);
	ck_assert_uint_eq(log_escape(dst, 1, "a", 1), 0);
	ck_assert_uint_eq(log_escape(dst, 0, "a", 1), 0);
}
END_TEST

/* What descriptor 2 got while fn ran. */
static const char *
captured(void (*fn)(void))
{
	static char got[8192];
	int p[2], saved = dup(2);
	ssize_t n;

	ck_assert_int_eq(pipe(p), 0);
	dup2(p[1], 2);
	fn();
	dup2(saved, 2);
	close(saved);
	close(p[1]);
	n = read(p[0], got, sizeof(got) - 1);
	got[n > 0 ? n : 0] = '\0';
	close(p[0]);
	return (got);
}

static void
log_some(void)
{
	char line[4000];

	log_init("engine");
	log_warnx("a %s", "x\ny");
	log_debug("unseen");
	log_forward("worker 1", "worker: b\\x0a", 13);
	log_forward("worker 1", "engine: forged", 14);
	memset(line, 'z', sizeof(line));
	log_warnx("%.*s", (int)sizeof(line), line);
}

START_TEST(log_accepts_one_line_a_call)
{
	static const char head[] = "engine: a x\\x0ay\nworker 1: b\\x0a\n"
	    "worker 1: engine: forged\nengine: zzz";
	const char *got = captured(log_some);

	ck_assert_int_eq(strncmp(got, head, sizeof(head) - 1), 0);
	ck_assert_uint_le(strlen(strrchr(got, ':') - 6), 1024);
	ck_assert_int_eq(got[strlen(got) - 1], '\n');
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");
	SRunner *r;
	int failed;

	tcase_add_test(t, b64_accepts_rfc4648_vectors);
	tcase_add_test(t, b64_accepts_every_length);
	tcase_add_test(t, b64_rejects_what_is_not_canonical);
	tcase_add_test(t, b64_rejects_every_foreign_byte);
	tcase_add_test(t, b64_rejects_more_than_fits);
	tcase_add_test(t, utf8_accepts_valid_text);
	tcase_add_test(t, utf8_rejects_invalid_text);
	tcase_add_test(t, utf8_accepts_each_code_point_once);
	tcase_add_test(t, utf8_cut_rejects_half_characters);
	tcase_add_test(t, buf_accepts_growth);
	tcase_add_test(t, buf_accepts_text_for_json);
	tcase_add_test(t, buf_rejects_absurd_sizes);
	tcase_add_test(t, wipe_realloc_accepts_growth_and_shrinking);
#ifndef __SANITIZE_ADDRESS__
	tcase_add_test(t, wipe_realloc_rejects_absurd_sizes);
#endif
	tcase_add_test(t, clock_accepts_known_dates);
	tcase_add_test(t, clock_rejects_times_without_a_text);
	tcase_add_test(t, rnd_accepts_its_own_ids);
	tcase_add_test(t, rnd_rejects_what_is_no_uuid);
	tcase_add_test(t, rnd_text_accepts_its_alphabet_only);
	tcase_add_test(t, htab_accepts_many_ids);
	tcase_add_test(t, htab_accepts_endless_turnover);
	tcase_add_test(t, htab_rejects_confusion_of_keys);
	tcase_add_test(t, log_rejects_forged_lines);
	tcase_add_test(t, log_rejects_what_does_not_fit);
	tcase_add_test(t, log_accepts_one_line_a_call);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? 0 : 1);
}
