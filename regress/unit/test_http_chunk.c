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
 * Unit tests of the chunked coding, whole and in pieces. CASES 41, 45.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/http/chunk.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* Feeds in pieces of `step` bytes; the body goes to out. */
static enum parse_err
chunks(const char *text, size_t n, size_t step, char *out, size_t *outlen,
    size_t *used)
{
	struct chunk k;
	enum parse_err err = PARSE_MORE;
	size_t i, take, u, o;

	memset(&k, 0, sizeof(k));
	*outlen = *used = 0;
	for (i = 0; i < n && err == PARSE_MORE; i += u) {
		uint8_t *piece;

		take = n - i < step ? n - i : step;
		piece = malloc(take);
		memcpy(piece, text + i, take);
		err = chunk_feed(&k, piece, take, &u, piece, &o);
		memcpy(out + *outlen, piece, o);
		*outlen += o;
		*used += u;
		free(piece);
	}
	return err;
}

START_TEST(chunk_accepts_a_body_in_any_pieces)
{
	static const char text[] = "5\r\nhello\r\n1;a=b;c=\"d e\"\r\n \r\n"
	    "00005\r\nworld\r\n0;last\r\nTrailer: x\r\nContent-Length: 9\r\n"
	    "\r\nGET";
	char out[64];
	size_t step, n, used;

	for (step = 1; step < sizeof(text); step++) {
		ck_assert_int_eq(chunks(text, sizeof(text) - 1, step, out, &n,
		    &used), PARSE_OK);
		ck_assert_uint_eq(n, 11);
		ck_assert_mem_eq(out, "hello world", 11);
		ck_assert_uint_eq(used, sizeof(text) - 1 - 3);
	}
}
END_TEST

START_TEST(chunk_rejects_what_is_ambiguous)
{
	static const char *const bad[] = { "0x5\r\nhello\r\n", "-0\r\n\r\n",
	    "+5\r\nhello\r\n", " 5\r\nhello\r\n", "5 \r\nhello\r\n",
	    "5\t;a\r\n", "5\nhello\n0\n\n", "5\r\nhello0\r\n\r\n",
	    "5\r\nhello\n0\r\n\r\n", "\r\n", ";a\r\n", "5\rhello", "g\r\n",
	    "5\r\nhello\r0", "5;a\nhello\r\n", "5;\x01\r\n", "0\r\n\n",
	    "0\r\n X: a\r\n\r\n", "0\r\nX : a\r\n\r\n", "0\r\n: a\r\n\r\n",
	    "0\r\nX: \x07\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX: a\n\r\n",
	    "0\r\n\rX", "00000000000000005\r\nhello\r\n", "5_0\r\n",
	    "5\r\r\nhello\r\n", "0\r\nX: a\rb\r\n\r\n", "5,5\r\n" };
	char out[64];
	size_t i, n, used;

	for (i = 0; i < LEN(bad); i++) {
		ck_assert_msg(chunks(bad[i], strlen(bad[i]), 64, out, &n,
		    &used) == PARSE_BAD, "%s", bad[i]);
		ck_assert_msg(chunks(bad[i], strlen(bad[i]), 1, out, &n,
		    &used) == PARSE_BAD, "%s", bad[i]);
	}
	ck_assert_int_eq(chunks("5\r\nhe\0lo\r\n0\r\n\r\n", 15, 64, out, &n,
	    &used), PARSE_OK);	/* data is data */
}
END_TEST

START_TEST(chunk_rejects_more_than_the_limits)
{
	char *text = malloc(256 * 1024), *out = malloc(PARSE_BODY_MAX);
	size_t n, used, i;

	ck_assert_int_eq(chunks("10001\r\n", 7, 7, out, &n, &used),
	    PARSE_LARGE);
	ck_assert_int_eq(chunks("fffffffffffffff\r\n", 17, 17, out, &n, &used),
	    PARSE_LARGE);
	ck_assert_int_eq(chunks("10000\r\n", 7, 7, out, &n, &used),
	    PARSE_MORE);
	/* The sum counts, too. */
	memcpy(text, "8000\r\n", 6);
	memset(text + 6, 'x', 0x8000);
	memcpy(text + 6 + 0x8000, "\r\n8001\r\n", 8);
	ck_assert_int_eq(chunks(text, 0x8000 + 14, 0x10000, out, &n, &used),
	    PARSE_LARGE);
	/* Extensions, in one chunk or in many. */
	memcpy(text, "1;", 2);
	memset(text + 2, 'e', CHUNK_EXT_MAX + 1);
	ck_assert_int_eq(chunks(text, CHUNK_EXT_MAX + 3, 4096, out, &n, &used),
	    PARSE_BAD);
	for (i = 0; i <= CHUNK_EXT_MAX; i++)
		memcpy(text + i * 7, "1;e\r\nx\r", 7);
	for (i = 0; i <= CHUNK_EXT_MAX; i++)
		memcpy(text + i * 8, "1;e\r\nx\r\n", 8);
	ck_assert_int_eq(chunks(text, i * 8, 4096, out, &n, &used), PARSE_BAD);
	/* Trailers. */
	memcpy(text, "0\r\n", 3);
	for (i = 0; i < PARSE_HEAD_MAX / 4 + 1; i++)
		memcpy(text + 3 + i * 5, "a:b\r\n", 5);
	ck_assert_int_eq(chunks(text, 3 + i * 5, 4096, out, &n, &used),
	    PARSE_LONG);
	free(text);
	free(out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_chunk");
	TCase *t = tcase_create("http_chunk");
	SRunner *r;
	int failed;

	tcase_add_test(t, chunk_accepts_a_body_in_any_pieces);
	tcase_add_test(t, chunk_rejects_what_is_ambiguous);
	tcase_add_test(t, chunk_rejects_more_than_the_limits);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
