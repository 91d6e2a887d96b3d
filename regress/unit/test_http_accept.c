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
 * Unit tests of listeners: the cap, the end of descriptors, the drain.
 * CASES 51.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/http/conn.h"

#define CLIENTS	12
#define GET	"GET /h HTTP/1.1\r\nHost: a\r\n\r\n"

static void	hello(struct http_req *);

static const struct http_route routes[] = {
	{ HTTP_GET, "/h", hello, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_GET, "/hold", hello, HTTP_B_NONE, 1, 0, NULL },
};
static struct http_conf conf;
static struct event_base *base;
static struct http_server *srv;
static struct http_req *held;
static struct sockaddr_in addr;
static int client[CLIENTS];
static unsigned drained;

static void
hello(struct http_req *r)
{
	if (strcmp(http_req_path(r), "/hold") == 0)
		held = r;
	else
		http_reply(r, 200, NULL, NULL, 0);
}

static void
setup(void)
{
	socklen_t len = sizeof(addr);
	int fd, i;

	conf = (struct http_conf){ .max_conns = 64, .header_ms = 5000,
	    .body_ms = 5000, .write_ms = 5000, .idle_ms = 5000 };
	drained = 0;
	held = NULL;
	base = event_base_new();
	srv = http_server_new(base, routes, 2, &conf);
	addr.sin_family = AF_INET;
	addr.sin_port = 0;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(fd, 64), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	ck_assert_int_eq(http_server_listen(srv, fd, 1), 0);
	for (i = 0; i < CLIENTS; i++)
		client[i] = -1;
}

static void
teardown(void)
{
	int i;

	for (i = 0; i < CLIENTS; i++) {
		if (client[i] != -1)
			close(client[i]);
	}
	http_server_free(srv);
	event_base_free(base);
}

static void
turn(void)
{
	int i;

	for (i = 0; i < 4; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
dial(int i, const char *text)
{
	client[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ne(client[i], -1);
	(void)connect(client[i], (struct sockaddr *)&addr, sizeof(addr));
	ck_assert_int_eq(write(client[i], text, strlen(text)),
	    (ssize_t)strlen(text));
}

static void
hang_up(int i)
{
	close(client[i]);
	client[i] = -1;
}

/* The status that client i can read now; 0: nothing; -1: the end. */
static int
status(int i)
{
	char text[4096];
	ssize_t n = read(client[i], text, sizeof(text) - 1);

	if (n <= 0)
		return n == 0 ? -1 : 0;
	text[n] = '\0';
	return atoi(text + strlen("HTTP/1.1 "));
}

START_TEST(accept_rejects_more_than_the_cap)
{
	int i;

	conf.max_conns = 3;
	for (i = 0; i < 5; i++)
		dial(i, GET);
	turn();
	for (i = 0; i < 5; i++)
		ck_assert_int_eq(status(i), i < 3 ? 200 : 503);
	ck_assert_uint_eq(http_server_conns(srv), 3);
	ck_assert_int_eq(status(4), -1);
	hang_up(0);
	turn();
	dial(5, GET);
	turn();
	ck_assert_int_eq(status(5), 200);
}
END_TEST

/* The listener rests: no event is ready although clients wait. */
static void
expect_rest(void)
{
	turn();
	ck_assert_uint_eq(srv->paused, 1);
	ck_assert_int_eq(event_pending(&TAILQ_FIRST(&srv->listeners)->ev,
	    EV_READ, NULL), 0);
}

START_TEST(accept_rejects_to_spin_without_descriptors)
{
	struct rlimit old, few;
	int i, top;

	for (i = 0; i < 8; i++)
		dial(i, GET);
	top = dup(0);
	close(top);
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = (rlim_t)top + 4;		/* room for four */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	expect_rest();
	ck_assert_uint_eq(http_server_conns(srv), 4);
	for (i = 0; i < 8; i++)
		ck_assert_int_eq(status(i), i < 4 ? 200 : 0);
	hang_up(0);
	hang_up(1);
	turn();
	expect_rest();				/* two came in, and again */
	ck_assert_int_eq(status(4), 200);
	ck_assert_int_eq(status(5), 200);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	hang_up(2);
	turn();
	ck_assert_uint_eq(srv->paused, 0);
	ck_assert_int_eq(status(6), 200);
	ck_assert_int_eq(status(7), 200);
}
END_TEST

START_TEST(accept_rejects_to_take_the_reserve)
{
	int i;

	srv->fd_cap = 3;
	for (i = 0; i < 5; i++)
		dial(i, GET);
	expect_rest();
	ck_assert_uint_eq(http_server_conns(srv), 3);
	hang_up(0);
	hang_up(1);
	turn();
	ck_assert_int_eq(status(3), 200);
	ck_assert_int_eq(status(4), 200);
}
END_TEST

static void
on_drained(void *arg)
{
	(void)arg;
	drained++;
	event_base_loopbreak(base);
}

/* Work is finished, idle ones get a moment, new ones are not heard. */
START_TEST(drain_accepts_what_was_begun)
{
	int64_t began;

	dial(0, GET);
	dial(1, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	dial(2, "GET /h HT");
	turn();
	ck_assert_int_eq(status(0), 200);
	ck_assert_ptr_nonnull(held);
	began = clock_mono();
	http_server_drain(srv, 5000, on_drained, NULL);
	ck_assert_int_eq(write(client[2], "TP/1.1\r\nHost: a\r\n\r\n", 19), 19);
	ck_assert_int_eq(write(client[0], GET, strlen(GET)),
	    (ssize_t)strlen(GET));
	turn();
	ck_assert_int_eq(status(0), 200);
	ck_assert_int_eq(status(0), -1);
	ck_assert_int_eq(status(2), 200);
	ck_assert_int_eq(status(2), -1);
	ck_assert_uint_eq(drained, 0);
	http_reply(held, 200, NULL, NULL, 0);
	ck_assert_int_eq(status(1), 200);
	ck_assert_int_eq(status(1), -1);
	event_base_dispatch(base);
	ck_assert_uint_eq(drained, 1);
	ck_assert_int_lt(clock_mono() - began, CLOCK_SEC);
}
END_TEST

START_TEST(drain_rejects_idle_connections_soon)
{
	dial(0, GET);
	turn();
	http_server_drain(srv, 5000, on_drained, NULL);
	event_base_dispatch(base);
	ck_assert_uint_eq(drained, 1);
	ck_assert_uint_eq(http_server_conns(srv), 0);
	ck_assert_int_eq(status(0), 200);
	ck_assert_int_eq(status(0), -1);
}
END_TEST

START_TEST(drain_rejects_to_wait_for_ever)
{
	dial(0, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	turn();
	http_server_drain(srv, 50, on_drained, NULL);
	event_base_dispatch(base);
	ck_assert_uint_eq(drained, 1);
	ck_assert_uint_eq(http_server_conns(srv), 1);
}
END_TEST

START_TEST(timeo_rejects_a_slow_head_once_it_began)
{
	conf.header_ms = 50;
	srv->timeo.us[TIMEO_HEADER] = 50000;
	dial(0, "G");
	dial(1, "");
	turn();
	while (status(0) == 0)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(http_server_conns(srv), 2);	/* one lingers */
	ck_assert_int_eq(status(0), -1);
	ck_assert_int_eq(status(1), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_accept");
	TCase *t = tcase_create("http_accept");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, accept_rejects_more_than_the_cap);
	tcase_add_test(t, accept_rejects_to_spin_without_descriptors);
	tcase_add_test(t, accept_rejects_to_take_the_reserve);
	tcase_add_test(t, drain_accepts_what_was_begun);
	tcase_add_test(t, drain_rejects_idle_connections_soon);
	tcase_add_test(t, drain_rejects_to_wait_for_ever);
	tcase_add_test(t, timeo_rejects_a_slow_head_once_it_began);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
