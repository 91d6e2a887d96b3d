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
 * Unit tests of the pure half of the edge: head, fields, chunks. Every input
 * is copied to a heap block of its own size, so that the sanitizer sees a
 * byte too many. CASES 41, 42, 45.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/http/fields.h"
#include "src/http/parse.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define H	"GET / HTTP/1.1\r\nHost: a\r\n"	/* the usual beginning */

static uint8_t *mem;
static struct parse_head h;
static struct parse_field f[PARSE_FIELDS];

static void
teardown(void)
{
	free(mem);
	mem = NULL;
}

/* Scan and parse as a connection does it. */
static enum parse_err
feed_n(const char *text, size_t n)
{
	enum parse_err err;
	size_t pos = 0;

	free(mem);
	mem = malloc(n > 0 ? n : 1);
	memcpy(mem, text, n);
	err = parse_scan(mem, n, &pos);
	return err == PARSE_OK ? parse_head(mem, pos, &h, f) : err;
}

static enum parse_err
feed(const char *text)
{
	return feed_n(text, strlen(text));
}

static const char *
at(uint16_t off)
{
	return (const char *)mem + off;
}

START_TEST(parse_accepts_a_request)
{
	ck_assert_int_eq(feed("POST /auth/login?x=1&y HTTP/1.1\r\n"
	    "HOST:\texample.com:3000 \t\r\nContent-Length: 12\r\n"
	    "empty:\r\nX-A: b c\xc3\xa9\r\n\r\n"), PARSE_OK);
	ck_assert_int_eq(h.method, HTTP_POST);
	ck_assert_str_eq(at(h.path), "/auth/login");
	ck_assert_uint_eq(h.path_len, 11);
	ck_assert_str_eq(at(h.query), "x=1&y");
	ck_assert_uint_eq(h.query_len, 5);
	ck_assert_uint_eq(h.length, 12);
	ck_assert_uint_eq(h.nfields, 4);
	ck_assert_str_eq(at(f[0].name), "host");
	ck_assert_str_eq(at(f[0].value), "example.com:3000");
	ck_assert_str_eq(at(f[2].value), "");
	ck_assert_str_eq(at(f[3].value), "b c\xc3\xa9");
	ck_assert_uint_eq(h.minor, 1);
	ck_assert(!h.close && !h.chunked);
}
END_TEST

START_TEST(parse_accepts_each_method_by_its_exact_name)
{
	static const struct { const char *text; enum http_method m; } v[] = {
		{ "GET", HTTP_GET }, { "HEAD", HTTP_HEAD },
		{ "POST", HTTP_POST }, { "PUT", HTTP_PUT },
		{ "PATCH", HTTP_PATCH }, { "DELETE", HTTP_DELETE },
		{ "OPTIONS", HTTP_OPTIONS }, { "TRACE", HTTP_OTHER },
		{ "get", HTTP_OTHER }, { "GETX", HTTP_OTHER },
		{ "M-SEARCH", HTTP_OTHER }, { "!", HTTP_OTHER },
	};
	char text[64];
	size_t i;

	for (i = 0; i < LEN(v); i++) {
		snprintf(text, sizeof(text), "%s / HTTP/1.1\r\nHost: a\r\n\r\n",
		    v[i].text);
		ck_assert_int_eq(feed(text), PARSE_OK);
		ck_assert_int_eq(h.method, v[i].m);
	}
}
END_TEST

START_TEST(parse_accepts_targets)
{
	static const char *const v[][3] = {
		{ "/", "/", NULL }, { "/?", "/", "" },
		{ "/a?b?c", "/a", "b?c" },
		{ "//x", "//x", NULL }, { "/%2e%00", "/%2e%00", NULL },
		{ "/a|\"<>{}^`\\", "/a|\"<>{}^`\\", NULL },
		{ "http://h/p?q", "/p", "q" }, { "HTTPS://h:1/p", "/p", NULL },
		{ "http://h", "/", NULL }, { "http://[::1]:80?q", "/", "q" },
	};
	char text[128];
	size_t i;

	for (i = 0; i < LEN(v); i++) {
		snprintf(text, sizeof(text),
		    "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", v[i][0]);
		ck_assert_int_eq(feed(text), PARSE_OK);
		ck_assert_str_eq(at(h.path), v[i][1]);
		ck_assert_uint_eq(h.path_len, strlen(v[i][1]));
		if (v[i][2] == NULL)
			ck_assert_uint_eq(h.query, 0);
		else
			ck_assert_str_eq(at(h.query), v[i][2]);
	}
	ck_assert_int_eq(feed("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
	    PARSE_OK);
	ck_assert_uint_eq(h.asterisk, 1);
}
END_TEST

START_TEST(parse_accepts_http10_without_host)
{
	ck_assert_int_eq(feed("GET / HTTP/1.0\r\n\r\n"), PARSE_OK);
	ck_assert_uint_eq(h.minor, 0);
	ck_assert_int_eq(feed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n"),
	    PARSE_OK);
	ck_assert_uint_eq(h.expect, PARSE_EXPECT_NONE);
}
END_TEST

/* However the bytes are cut, the head ends in the same place. */
START_TEST(parse_accepts_any_fragmentation)
{
	static const char text[] = H "X: y\r\n\r\nrest";
	size_t n, pos = 0;

	for (n = 0; n < sizeof(H "X: y\r\n\r\n") - 2; n++)
		ck_assert_int_eq(parse_scan((const uint8_t *)text, n, &pos),
		    PARSE_MORE);
	ck_assert_int_eq(parse_scan((const uint8_t *)text, n + 1, &pos),
	    PARSE_OK);
	ck_assert_uint_eq(pos, n + 1);
}
END_TEST

START_TEST(parse_accepts_connection_and_expect)
{
	ck_assert_int_eq(feed(H "Connection: keep-alive, CLOSE\r\n\r\n"),
	    PARSE_OK);
	ck_assert_uint_eq(h.close, 1);
	ck_assert_int_eq(feed(H "Connection: x-close\r\nConnection: a\r\n\r\n"),
	    PARSE_OK);
	ck_assert_uint_eq(h.close, 0);
	ck_assert_int_eq(feed(H "Expect: 100-Continue\r\n\r\n"), PARSE_OK);
	ck_assert_uint_eq(h.expect, PARSE_EXPECT_CONTINUE);
	ck_assert_int_eq(feed(H "Expect: 100-continue, x\r\n\r\n"), PARSE_OK);
	ck_assert_uint_eq(h.expect, PARSE_EXPECT_OTHER);
	ck_assert_int_eq(feed(H "Transfer-Encoding: Chunked\r\n\r\n"),
	    PARSE_OK);
	ck_assert_uint_eq(h.chunked, 1);
}
END_TEST

START_TEST(parse_rejects_request_lines)
{
	static const char *const bad[] = { "GET / HTTP/1.1 ", " GET / HTTP/1.1",
	    "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.2",
	    "GET / HTTP/2.0", "GET / HTTP/0.9", "GET / http/1.1", "GET /",
	    "GET / ", "GET", "/ HTTP/1.1", "GET / HTTP/1.", "GET / HTTP/1.11",
	    "GET / HTTP/9.9", "GET\t/ HTTP/1.1", "GET / x HTTP/1.1",
	    "GET a HTTP/1.1", "GET /#f HTTP/1.1", "GET /\x7f HTTP/1.1",
	    "GET /\xc3\xa9 HTTP/1.1", "GET /\t HTTP/1.1", "G@T / HTTP/1.1",
	    "G(T / HTTP/1.1", "GET * HTTP/1.1", "CONNECT h:80 HTTP/1.1",
	    "GET ftp://h/ HTTP/1.1", "GET http:///p HTTP/1.1",
	    "GET http://u@h/p HTTP/1.1", "GET http:/p HTTP/1.1",
	    "GET http://h:x/p HTTP/1.1", "Extra lineGET / HTTP/1.1",
	    "GET / HTTP/1.1\rX", "GET / HTTP/1.1\rXA: b",
	    "\r\nGET / HTTP/1.1", "HTTP/1.1 200 OK",
	    "PRI * HTTP/2.0" };
	char text[128];
	size_t i;

	for (i = 0; i < LEN(bad); i++) {
		snprintf(text, sizeof(text), "%s\r\nHost: a\r\n\r\n", bad[i]);
		ck_assert_msg(feed(text) == PARSE_BAD, "%s", bad[i]);
	}
}
END_TEST

START_TEST(parse_rejects_field_lines)
{
	static const char *const bad[] = { "A : b", "A\t: b", ": b", "A",
	    " A: b", "\tA: b", "A[]: b", "A b: c", "A\x80: b", "A: \x07",
	    "A: \x7f", "A: b\rc", "A: b\r\n c", "A: b\r\n\tc", "\rA: b",
	    "A: \x01", "(A): b", "Host : b", "\"A\": b" };
	char text[128];
	size_t i;

	for (i = 0; i < LEN(bad); i++) {
		snprintf(text, sizeof(text), H "%s\r\n\r\n", bad[i]);
		ck_assert_msg(feed(text) == PARSE_BAD, "%s", bad[i]);
	}
}
END_TEST

/* Every byte that is no field content, in name, value and target. */
START_TEST(parse_rejects_every_control_byte)
{
	char text[] = H "X: a?b\r\n\r\n", name[] = H "X?Y: ab\r\n\r\n";
	char target[] = "GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n";
	int c;

	for (c = 0; c < 256; c++) {
		*(strchr(text, 'b') - 1) = (char)c;
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			ck_assert_int_eq(feed_n(text, sizeof(text) - 1),
			    PARSE_BAD);
		else
			ck_assert_int_eq(feed_n(text, sizeof(text) - 1),
			    PARSE_OK);
		memcpy(text, H "X: a?b\r\n\r\n", sizeof(text));
		name[sizeof(H)] = (char)c;
		if (c <= 0x20 || c >= 0x7f)
			ck_assert_int_eq(feed_n(name, sizeof(name) - 1),
			    PARSE_BAD);
		target[6] = (char)c;
		if (c <= 0x20 || c >= 0x7f || c == '#')
			ck_assert_int_eq(feed_n(target, sizeof(target) - 1),
			    PARSE_BAD);
	}
}
END_TEST

START_TEST(parse_rejects_bare_line_ends_at_once)
{
	static const char *const bad[] = { "\n", "GET / HTTP/1.1\n",
	    "GET / HTTP/1.1\r\nHost: a\n", "GET / HTTP/1.1\rHost",
	    "GET / HTTP/1.1\r\r", "G\x01", "\x16\x03\x01", "\r\n",
	    "GET / HTTP/1.1\r\nA: b\r \r\n" };
	size_t i;

	for (i = 0; i < LEN(bad); i++)
		ck_assert_msg(feed(bad[i]) == PARSE_BAD, "%zu", i);
	ck_assert_int_eq(feed_n("GET /\0", 6), PARSE_BAD);
}
END_TEST

START_TEST(parse_rejects_hosts)
{
	static const char *const bad[] = { "", "a b", "a,b c", "a/b", "u@h",
	    "a:b", "a:123456", "[::1", "[]", "[::1]x", "[g-]", ":80", "a\\b",
	    "a:80:80", "<a>", "a\"", "\xc3\xa9" };
	char text[128];
	size_t i;

	ck_assert_int_eq(feed("GET / HTTP/1.1\r\nA: b\r\n\r\n"), PARSE_BAD);
	ck_assert_int_eq(feed(H "Host: a\r\n\r\n"), PARSE_BAD);
	ck_assert_int_eq(feed(H "host: b\r\n\r\n"), PARSE_BAD);
	for (i = 0; i < LEN(bad); i++) {
		snprintf(text, sizeof(text),
		    "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", bad[i]);
		ck_assert_msg(feed(text) == PARSE_BAD, "%s", bad[i]);
		snprintf(text, sizeof(text),
		    "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", bad[i]);
		ck_assert_msg(feed(text) == PARSE_BAD, "%s", bad[i]);
	}
}
END_TEST

START_TEST(parse_rejects_lengths)
{
	static const char *const bad[] = { "", "-1", "+1", "0x1", "1 ,1",
	    "1, 1", "1,1", "01", "00", "1a", "abc", "1.0", "\"1\"", "1\x0b",
	    "-123456789123456789123456789", "1 1", ";1" };
	char text[128];
	size_t i;

	for (i = 0; i < LEN(bad); i++) {
		snprintf(text, sizeof(text), H "Content-Length: %s\r\n\r\n",
		    bad[i]);
		ck_assert_msg(feed(text) == PARSE_BAD, "%s", bad[i]);
	}
	ck_assert_int_eq(feed(H "Content-Length: 1\r\nContent-Length: 1\r\n"
	    "\r\n"), PARSE_BAD);
	ck_assert_int_eq(feed(H "Content-Length: 1\r\ncontent-length: 2\r\n"
	    "\r\n"), PARSE_BAD);
}
END_TEST

START_TEST(parse_accepts_lengths_beyond_the_limit_as_too_long)
{
	ck_assert_int_eq(feed(H "Content-Length: 0\r\n\r\n"), PARSE_OK);
	ck_assert_uint_eq(h.length, 0);
	ck_assert_int_eq(feed(H "Content-Length: 65536\r\n\r\n"), PARSE_OK);
	ck_assert_uint_eq(h.length, 65536);
	ck_assert_int_eq(feed(H "Content-Length: "
	    "18446744073709551616000000000000000000000\r\n\r\n"), PARSE_OK);
	ck_assert_uint_gt(h.length, PARSE_BODY_MAX);
	ck_assert_uint_ne(h.length, PARSE_NO_LENGTH);
}
END_TEST

START_TEST(parse_rejects_codings)
{
	static const char *const bad[] = { "", "chunked, chunked",
	    "chunked, gzip", "chunked,", ",chunked", "chunked;q=1",
	    "\"chunked\"", "chunked chunked", "gzip,,chunked", "chun ked" };
	static const char *const unknown[] = { "gzip", "identity",
	    "gzip, chunked", "xchunked", "chunkedx", "deflate, gzip",
	    "chunk" };
	char text[128];
	size_t i;

	for (i = 0; i < LEN(bad); i++) {
		snprintf(text, sizeof(text), H "Transfer-Encoding: %s\r\n\r\n",
		    bad[i]);
		ck_assert_msg(feed(text) == PARSE_BAD, "%s", bad[i]);
	}
	for (i = 0; i < LEN(unknown); i++) {
		snprintf(text, sizeof(text), H "Transfer-Encoding: %s\r\n\r\n",
		    unknown[i]);
		ck_assert_msg(feed(text) == PARSE_CODING, "%s", unknown[i]);
	}
}
END_TEST

START_TEST(parse_rejects_two_framings)
{
	static const char *const bad[] = {
		H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		H "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
		H "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\n",
		H "Transfer-Encoding: chunked\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		H "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
		"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n",
		H "Content-Length : 3\r\n\r\n",
		H "Transfer-Encoding : chunked\r\n\r\n",
		H "Transfer-Encoding: \x0b" "chunked\r\n\r\n",
		H "Content-Length\xa0: 3\r\n\r\n",
	};
	size_t i;

	for (i = 0; i < LEN(bad); i++)
		ck_assert_msg(feed(bad[i]) == PARSE_BAD, "%zu", i);
}
END_TEST

START_TEST(parse_rejects_second_singletons)
{
	static const char *const names[] = { "Authorization", "Content-Type",
	    "Expect", "Origin" };
	char text[128];
	size_t i;

	for (i = 0; i < LEN(names); i++) {
		snprintf(text, sizeof(text), H "%s: a\r\n%s: a\r\n\r\n",
		    names[i], names[i]);
		ck_assert_msg(feed(text) == PARSE_BAD, "%s", names[i]);
	}
	ck_assert_int_eq(feed(H "Cookie: a\r\nCookie: b\r\n\r\n"), PARSE_OK);
}
END_TEST

/* CASES 45 */
START_TEST(parse_rejects_heads_that_are_too_long)
{
	char *text = malloc(PARSE_HEAD_MAX * 2);
	size_t n, i, pos;

	n = sizeof(H "X: \r\n\r\n") - 1;
	memcpy(text, H "X: ", sizeof(H "X: ") - 1);
	memset(text + sizeof(H "X: ") - 1, 'x', PARSE_HEAD_MAX - n);
	memcpy(text + PARSE_HEAD_MAX - 4, "\r\n\r\nmore", 8);
	ck_assert_int_eq(feed_n(text, PARSE_HEAD_MAX), PARSE_OK);
	ck_assert_int_eq(feed_n(text, PARSE_HEAD_MAX + 4), PARSE_OK);
	memcpy(text + PARSE_HEAD_MAX - 4, "x\r\n\r\n", 5);
	ck_assert_int_eq(feed_n(text, PARSE_HEAD_MAX - 1), PARSE_MORE);
	ck_assert_int_eq(feed_n(text, PARSE_HEAD_MAX), PARSE_LONG);
	ck_assert_int_eq(feed_n(text, PARSE_HEAD_MAX + 1), PARSE_LONG);
	memset(text + 5, 'u', PARSE_HEAD_MAX * 2 - 5);
	ck_assert_int_eq(feed_n(text, PARSE_HEAD_MAX * 2), PARSE_URI);
	/* As many fields as can be. */
	memcpy(text, H, sizeof(H) - 1);
	n = sizeof(H) - 1;
	for (i = n; i + 6 <= PARSE_HEAD_MAX; i += 4)
		memcpy(text + i, "a:\r\n", 4);
	memcpy(text + i, "\r\n", 2);
	ck_assert_int_eq(feed_n(text, i + 2), PARSE_OK);
	ck_assert_uint_eq(h.nfields, 1 + (i - n) / 4);
	pos = 0;
	ck_assert_int_eq(parse_head(mem, PARSE_HEAD_MAX + 1, &h, f),
	    PARSE_LONG);
	ck_assert_int_eq(parse_head(mem, pos, &h, f), PARSE_BAD);
	free(text);
}
END_TEST

/* ---- values ---- */

START_TEST(fields_type_rejects_other_parameters)
{
	static const char *const good[] = { "application/json",
	    "Application/JSON", "application/json;charset=utf-8",
	    "application/json ; charset=UTF-8",
	    "application/json; charset=\"utf-8\"" };
	static const char *const bad[] = { "", "application/jsonx", "text/json",
	    "application/json;", "application/json; charset=latin1",
	    "application/json; charset=utf-8; a=b", "application/json, a/b",
	    "application/json; q=1", "application/json charset=utf-8",
	    "application/json; charset=utf-8; charset=utf-8", ";",
	    "application/json+x", "application/" };
	size_t i;

	for (i = 0; i < LEN(good); i++)
		ck_assert(fields_type_is(good[i], "application/json"));
	for (i = 0; i < LEN(bad); i++)
		ck_assert_msg(!fields_type_is(bad[i], "application/json"),
		    "%s", bad[i]);
}
END_TEST

START_TEST(fields_id_rejects_other_characters)
{
	char text[66];

	memset(text, 'a', sizeof(text));
	ck_assert(fields_id("Aa0._-", 6));
	ck_assert(fields_id(text, 64));
	ck_assert(!fields_id(text, 65));
	ck_assert(!fields_id("", 0));
	ck_assert(!fields_id("a b", 3));
	ck_assert(!fields_id("a\n", 2));
	ck_assert(!fields_id("<a>", 3));
	ck_assert(!fields_id("a\0b", 3));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_parse");
	TCase *t = tcase_create("http_parse");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, parse_accepts_a_request);
	tcase_add_test(t, parse_accepts_each_method_by_its_exact_name);
	tcase_add_test(t, parse_accepts_targets);
	tcase_add_test(t, parse_accepts_http10_without_host);
	tcase_add_test(t, parse_accepts_any_fragmentation);
	tcase_add_test(t, parse_accepts_connection_and_expect);
	tcase_add_test(t, parse_rejects_request_lines);
	tcase_add_test(t, parse_rejects_field_lines);
	tcase_add_test(t, parse_rejects_every_control_byte);
	tcase_add_test(t, parse_rejects_bare_line_ends_at_once);
	tcase_add_test(t, parse_rejects_hosts);
	tcase_add_test(t, parse_rejects_lengths);
	tcase_add_test(t,
	    parse_accepts_lengths_beyond_the_limit_as_too_long);
	tcase_add_test(t, parse_rejects_codings);
	tcase_add_test(t, parse_rejects_two_framings);
	tcase_add_test(t, parse_rejects_second_singletons);
	tcase_add_test(t, parse_rejects_heads_that_are_too_long);
	tcase_add_test(t, fields_type_rejects_other_parameters);
	tcase_add_test(t, fields_id_rejects_other_characters);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
