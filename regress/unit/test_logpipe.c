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
 * The pipe that a child's log comes through. A child may be anyone's by now:
 * what it writes, and when it stops, costs the parent nothing.
 */
#include "config.h"

#include <event2/event.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/logpipe.h"
#include "src/base/log.h"

static struct event_base *base;
static struct logpipe *lp;
static int in[2], out[2], saved;

/* What the parent logs goes to a pipe of the test's own. */
static void
setup(void)
{
	ck_assert_int_eq(pipe2(in, O_CLOEXEC | O_NONBLOCK), 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	ck_assert_int_ne(fcntl(out[1], F_SETPIPE_SZ, 1 << 20), -1);
	saved = dup(STDERR_FILENO);
	ck_assert_int_ne(dup2(out[1], STDERR_FILENO), -1);
	log_init("moatd");
	ck_assert_ptr_nonnull(base = event_base_new());
	ck_assert_ptr_nonnull(lp = logpipe_new(base, in[0], "worker 0"));
}

static void
teardown(void)
{
	logpipe_free(lp);
	event_base_free(base);
	dup2(saved, STDERR_FILENO);
}

static size_t
logged(char *dst, size_t cap)
{
	size_t n = 0;
	ssize_t r;

	while (n < cap - 1 && (r = read(out[0], dst + n, cap - 1 - n)) > 0)
		n += (size_t)r;
	dst[n] = '\0';
	return (n);
}

static void
say(const char *p, size_t n)
{
	ck_assert_int_eq(write(in[1], p, n), (ssize_t)n);
	ck_assert_int_ne(event_base_loop(base, EVLOOP_NONBLOCK), -1);
}

START_TEST(logpipe_accepts_lines_in_pieces)
{
	char text[256];

	say("one\ntw", 6);
	say("o\n\n", 3);
	logged(text, sizeof(text));
	ck_assert_str_eq(text, "worker 0: one\nworker 0: two\n");
}
END_TEST

START_TEST(logpipe_rejects_forged_lines)
{
	const char evil[] = "a\x1b[2J\rmoatd: all is well\0b\xff\n";
	char text[256];

	say(evil, sizeof(evil) - 1);
	logged(text, sizeof(text));
	ck_assert_ptr_null(strpbrk(text, "\x1b\r\xff"));
	ck_assert_int_eq(strncmp(text, "worker 0: a", 11), 0);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

START_TEST(logpipe_rejects_endless_lines)
{
	static char much[60000], text[200000];
	const char *p, *next;

	memset(much, 'x', sizeof(much));
	say(much, sizeof(much));
	while (event_base_loop(base, EVLOOP_NONBLOCK) == 0 &&
	    logged(text, sizeof(text)) > 0)
		for (p = text; (next = strchr(p, '\n')) != NULL; p = next + 1)
			ck_assert_int_lt(next - p, 1100);
}
END_TEST

START_TEST(logpipe_rejects_floods)
{
	static char text[200000];
	unsigned lines = 0;
	int i;
	char *p;

	for (i = 0; i < 4000; i++)
		say("x\n", 2);
	logged(text, sizeof(text));
	for (p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	/* within one second, or two when it began late */
	ck_assert_uint_ge(lines, 500);
	ck_assert_uint_le(lines, 1002);
}
END_TEST

/* It must not be asked again and again what it has to say. */
START_TEST(logpipe_rejects_to_spin_at_the_end)
{
	say("last words\n", 11);
	close(in[1]);
	errno = EAGAIN;
	ck_assert_int_ne(event_base_loop(base, EVLOOP_NONBLOCK), -1);
	ck_assert_int_eq(event_base_get_num_events(base,
	    EVENT_BASE_COUNT_ADDED), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("logpipe");
	TCase *t = tcase_create("logpipe");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, logpipe_accepts_lines_in_pieces);
	tcase_add_test(t, logpipe_rejects_forged_lines);
	tcase_add_test(t, logpipe_rejects_endless_lines);
	tcase_add_test(t, logpipe_rejects_floods);
	tcase_add_test(t, logpipe_rejects_to_spin_at_the_end);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
