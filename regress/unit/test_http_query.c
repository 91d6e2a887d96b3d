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
 * Unit tests of a request's parameters and of its reply's fields, and of a
 * connection over a socketpair: what a handler sees and what leaves.
 * CASES 14, 35, 43.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/http/conn.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static void	take(struct http_req *);

static const struct http_route routes[] = {
	{ HTTP_GET, "/q", take, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_POST, "/f", take, HTTP_B_FORM, 1, HTTP_R_OAUTH, NULL },
	{ HTTP_POST, "/p", take, HTTP_B_FORM, 1, HTTP_R_PAGE, NULL },
	{ HTTP_POST, "/j", take, HTTP_B_JSON, 1, 0, NULL },
};
static struct http_conf conf = { .max_conns = 8, .header_ms = 1000,
    .body_ms = 1000, .write_ms = 1000, .idle_ms = 1000, .hsts = 1 };
static struct event_base *base;
static struct http_server *srv;
static struct http_req *held;		/* by the handler, until answered */
static int client;
static unsigned freed;

static void
take(struct http_req *r)
{
	held = r;
}

static void
setup(void)
{
	static const uint8_t peer[16] = { [15] = 1 };
	int sv[2];

	base = event_base_new();
	srv = http_server_new(base, routes, LEN(routes), &conf);
	ck_assert_ptr_nonnull(srv);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    sv), 0);
	client = sv[0];
	held = NULL;
	freed = 0;
	conn_new(srv, sv[1], 1, peer, 0);
}

static void
teardown(void)
{
	close(client);
	http_server_free(srv);
	event_base_free(base);
}

/* Sends text and runs the loop until a handler has the request. */
static struct http_req *
ask_n(const char *text, size_t n)
{
	held = NULL;
	ck_assert_int_eq(write(client, text, n), (ssize_t)n);
	event_base_loop(base, EVLOOP_NONBLOCK);
	return held;
}

static struct http_req *
query(const char *q)
{
	char text[8192];
	int n;

	n = snprintf(text, sizeof(text),
	    "GET /q?%s HTTP/1.1\r\nHost: a\r\n\r\n", q);
	ck_assert_ptr_nonnull(ask_n(text, (size_t)n));
	return held;
}

/* What the client can read now. */
static const char *
answer(void)
{
	static char text[65536];
	ssize_t n = read(client, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* What the edge answers by itself. */
static const char *
swap(const char *text)
{
	ck_assert_ptr_null(ask_n(text, strlen(text)));
	return answer();
}

static void
end(void)
{
	http_reply(held, 200, NULL, NULL, 0);
	ck_assert_ptr_nonnull(strstr(answer(), "HTTP/1.1 200 OK\r\n"));
}

START_TEST(query_accepts_parameters)
{
	struct http_req *r = query("a=1&b=x+y%20z&&c&d=&e=%C3%A9&f=a=b");

	ck_assert_int_eq(http_query_ok(r, NULL), 0);
	ck_assert_str_eq(http_query(r, "a"), "1");
	ck_assert_str_eq(http_query(r, "b"), "x y z");
	ck_assert_str_eq(http_query(r, "c"), "");
	ck_assert_str_eq(http_query(r, "d"), "");
	ck_assert_str_eq(http_query(r, "e"), "\xc3\xa9");
	ck_assert_str_eq(http_query(r, "f"), "a=b");
	ck_assert_ptr_null(http_query(r, "g"));
	end();
	r = query("");
	ck_assert_int_eq(http_query_ok(r, NULL), 0);
	ck_assert_ptr_null(http_query(r, ""));
	end();
}
END_TEST

/* CASES 14, 35 */
START_TEST(query_rejects_what_is_ambiguous)
{
	static const char *const bad[][2] = { { "a=1&a=1", "a" },
	    { "a&b&a=", "a" }, { "%61=1&a=2", "a" }, { "a=%00", "a" },
	    { "%00=a", "" }, { "a=%", "a" }, { "a=%4", "a" }, { "a=%4g", "a" },
	    { "a=%ff", "a" }, { "a=%C0%80", "a" }, { "a=%ED%A0%80", "a" },
	    { "%=1", "" }, { "x=1&y=%zz", "y" }, { "=1&=2", "" } };
	const char *name;
	struct http_req *r;
	size_t i;

	for (i = 0; i < LEN(bad); i++) {
		r = query(bad[i][0]);
		ck_assert_msg(http_query_ok(r, &name) == -1, "%s", bad[i][0]);
		ck_assert_str_eq(name, bad[i][1]);
		ck_assert_ptr_null(http_query(r, "a"));
		end();
	}
}
END_TEST

START_TEST(query_rejects_more_than_128)
{
	char text[2048];
	size_t i, n = 0;

	for (i = 0; i < 128; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "p%zu=&", i);
	ck_assert_int_eq(http_query_ok(query(text), NULL), 0);
	end();
	snprintf(text + n, sizeof(text) - n, "p=");
	ck_assert_int_eq(http_query_ok(query(text), NULL), -1);
	end();
}
END_TEST

START_TEST(form_accepts_a_body_once)
{
	static const char text[] = "POST /f HTTP/1.1\r\nHost: a\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\n"
	    "Content-Length: 13\r\n\r\ncode=a%2Bb&s=GET";
	struct http_req *r = ask_n(text, sizeof(text) - 1);

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(http_form_ok(r, NULL), 0);
	ck_assert_str_eq(http_form(r, "code"), "a+b");
	ck_assert_str_eq(http_form(r, "s"), "");
	end();
}
END_TEST

/* CASES 43 */
START_TEST(reply_rejects_line_ends_and_controls)
{
	static const char *const bad[][2] = { { "X", "a\r\nSet-Cookie: b" },
	    { "X", "a\nb" }, { "X", "a\rb" }, { "X", "a\x01" },
	    { "X", "a\x7f" }, { "X:", "a" }, { "X Y", "a" }, { "", "a" },
	    { "X\r\nY", "a" }, { "X\n", "a" } };
	struct http_req *r = query("");
	const char *got;
	size_t i;

	for (i = 0; i < LEN(bad); i++)
		ck_assert_msg(http_reply_header(r, bad[i][0], bad[i][1]) == -1,
		    "%zu", i);
	ck_assert_int_eq(http_reply_header(r, "X", NULL), -1);
	ck_assert_int_eq(http_reply_header(r, "X-Fine", "a b\xc3\xa9"), 0);
	http_reply_cache(r, "a\r\nX-Bad: b");
	http_reply(r, 200, "text/plain\r\nX-Bad: c", "hi", 2);
	got = answer();
	ck_assert_ptr_null(strstr(got, "X-Bad"));
	ck_assert_ptr_nonnull(strstr(got, "\r\nX-Fine: a b\xc3\xa9\r\n"));
	ck_assert_ptr_nonnull(strstr(got, "\r\nCache-Control: no-store\r\n"));
	ck_assert_ptr_nonnull(strstr(got, "\r\n\r\nhi"));
}
END_TEST

START_TEST(reply_accepts_the_fields_of_every_reply)
{
	struct http_req *r = query("");
	const char *got;

	http_reply_cache(r, "public, max-age=300");
	http_reply_header(r, "Referrer-Policy", "same-origin");
	http_reply(r, 204, NULL, "x", 1);
	got = answer();
	ck_assert_ptr_nonnull(strstr(got, "HTTP/1.1 204 No Content\r\n"));
	ck_assert_ptr_nonnull(strstr(got, "\r\nDate: "));
	ck_assert_ptr_nonnull(strstr(got, "\r\nX-Request-Id: "));
	ck_assert_ptr_nonnull(strstr(got,
	    "\r\nX-Content-Type-Options: nosniff\r\n"));
	ck_assert_ptr_nonnull(strstr(got,
	    "\r\nStrict-Transport-Security: max-age=31536000\r\n"));
	ck_assert_ptr_nonnull(strstr(got, "\r\nReferrer-Policy: same-origin"));
	ck_assert_ptr_null(strstr(got, "no-referrer"));
	ck_assert_ptr_nonnull(strstr(got,
	    "Cache-Control: public, max-age=300\r\n"));
	ck_assert_ptr_null(strstr(got, "no-store"));
	ck_assert_ptr_null(strstr(got, "Content-Length"));
	ck_assert_str_eq(strstr(got, "\r\n\r\n"), "\r\n\r\n");
}
END_TEST

START_TEST(reply_accepts_errors_by_kind_of_route)
{
	http_reply_error_at(query(""), 400, "invalid_request", "No \"q\"", "q",
	    "is missing");
	ck_assert_ptr_nonnull(strstr(answer(), "{\"error\":\"invalid_request\","
	    "\"message\":\"No \\\"q\\\"\",\"errors\":[{\"path\":\"q\","
	    "\"msg\":\"is missing\"}]}"));
	http_reply_error(query(""), 400, "invalid_request", "Bad");
	ck_assert_ptr_nonnull(strstr(answer(),
	    "\"errors\":[{\"path\":\"\",\"msg\":\"Bad\"}]}"));
	http_reply_error(query(""), 404, "not_found", "None");
	ck_assert_ptr_nonnull(strstr(answer(),
	    "\r\n\r\n{\"error\":\"not_found\",\"message\":\"None\"}"));
}
END_TEST

START_TEST(reply_accepts_errors_of_oauth)
{
	static const char form[] = "POST /f HTTP/1.1\r\nHost: a\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\n\r\n";
	static const struct {
		int		 status;
		const char	*code, *sent;
	} t[] = {
		{ 400, "invalid_grant", "invalid_grant" },
		{ 401, "invalid_client", "invalid_client" },
		{ 413, "payload_too_large", "payload_too_large" },
		{ 429, "rate_limited", "temporarily_unavailable" },
		{ 500, "internal_error", "server_error" },
		{ 503, "unavailable", "temporarily_unavailable" },
	};
	char want[128];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_ptr_nonnull(ask_n(form, sizeof(form) - 1));
		http_reply_error(held, t[i].status, t[i].code, "Used");
		(void)snprintf(want, sizeof(want), "\r\n\r\n{\"error\":"
		    "\"%s\",\"error_description\":\"Used\"}", t[i].sent);
		ck_assert_ptr_nonnull(strstr(answer(), want));
	}
	/* by the edge: what is no form, a method that there is none of */
	ck_assert_ptr_nonnull(strstr(swap("POST /f HTTP/1.1\r\nHost: a\r\n"
	    "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n"),
	    "{\"error\":\"invalid_request\",\"error_description\":"));
	ck_assert_ptr_nonnull(strstr(swap("GET /f HTTP/1.1\r\nHost: a\r\n"
	    "\r\n"), "{\"error\":\"method_not_allowed\","
	    "\"error_description\":"));
}
END_TEST

START_TEST(reply_accepts_errors_of_pages)
{
	const char *got;

	got = swap("POST /p HTTP/1.1\r\nHost: a\r\nContent-Type: "
	    "application/json\r\nContent-Length: 0\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(got, "HTTP/1.1 400 "));
	ck_assert_ptr_nonnull(strstr(got,
	    "\r\nReferrer-Policy: same-origin\r\n"));
	ck_assert_ptr_nonnull(strstr(got,
	    "\r\nContent-Type: text/html; charset=utf-8\r\n"));
	ck_assert_ptr_nonnull(strstr(got,
	    "\r\nContent-Security-Policy: default-src 'none';"));
	ck_assert_ptr_nonnull(strstr(got, "\r\n\r\n<!DOCTYPE html>"));
	ck_assert_ptr_nonnull(strstr(swap("GET /p HTTP/1.1\r\nHost: a\r\n"
	    "\r\n"), "<title>405</title>"));
	ck_assert_ptr_nonnull(strstr(swap("POST /p HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 70000\r\n\r\n"), "<title>413</title>"));
}
END_TEST

/* A page tells nobody else what it says. */
START_TEST(server_rejects_pages_with_cors)
{
	const struct http_route bad = { HTTP_GET, "/x", take, HTTP_B_NONE, 1,
	    HTTP_R_PAGE | HTTP_R_CORS, NULL };

	ck_assert_ptr_null(http_server_new(base, &bad, 1, &conf));
}
END_TEST

START_TEST(req_accepts_fields_by_name)
{
	static const char text[] = "GET /q HTTP/1.1\r\nHost: a\r\n"
	    "X-Request-Id: my.id-1\r\nA: 1\r\nCookie: a=1\r\nA: 2\r\n"
	    "cookie: b=2\r\nAB: 3\r\na: 4\r\n\r\n";
	struct http_req *r = ask_n(text, sizeof(text) - 1);

	ck_assert_str_eq(http_req_header(r, "host"), "a");
	ck_assert_str_eq(http_req_header(r, "a"), "1, 2, 4");
	ck_assert_str_eq(http_req_header(r, "cookie"), "a=1; b=2");
	ck_assert_str_eq(http_req_header(r, "ab"), "3");
	ck_assert_ptr_null(http_req_header(r, "b"));
	ck_assert_str_eq(http_req_id(r), "my.id-1");
	ck_assert_str_eq(http_req_ip(r), "::1");
	ck_assert_int_eq(http_req_loopback(r), 1);
	ck_assert_ptr_null(http_req_query(r));
	end();
}
END_TEST

START_TEST(req_accepts_many_fields)
{
	char text[8192], name[16];
	size_t n, i;

	n = (size_t)snprintf(text, sizeof(text),
	    "GET /q HTTP/1.1\r\nHost: a\r\n");
	for (i = 0; i < 500; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "x%zu: %zu\r\n", i, i);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
	ck_assert_ptr_nonnull(ask_n(text, n));
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "x%zu", i);
		ck_assert_str_eq(http_req_header(held, name), name + 1);
	}
	end();
}
END_TEST

START_TEST(req_rejects_repeated_and_foreign_ids)
{
	static const char *const ids[] = { "X-Request-Id: a b\r\n",
	    "X-Request-Id: a\r\nX-Request-Id: b\r\n", "X-Request-Id:\r\n",
	    "X-Request-Id: <x>\r\n" };
	char text[256];
	size_t i;
	int n;

	for (i = 0; i < LEN(ids); i++) {
		n = snprintf(text, sizeof(text),
		    "GET /q HTTP/1.1\r\nHost: a\r\n%s\r\n", ids[i]);
		ck_assert_ptr_nonnull(ask_n(text, (size_t)n));
		ck_assert_uint_eq(strlen(http_req_id(held)), 22);
		end();
	}
}
END_TEST

static void
count_free(void *p)
{
	(void)p;
	freed++;
}

/* A client that went away: the request stays whole until it is answered. */
START_TEST(conn_accepts_a_reply_to_nobody)
{
	static const char text[] = "POST /j HTTP/1.1\r\nHost: a\r\n"
	    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
	size_t n;

	ck_assert_ptr_nonnull(ask_n(text, sizeof(text) - 1));
	http_req_set_data(held, &freed, count_free);
	close(client);
	client = -1;
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_str_eq(http_req_header(held, "host"), "a");
	ck_assert_mem_eq(http_req_body(held, &n), "{}", 2);
	ck_assert_uint_eq(http_server_conns(srv), 1);
	http_reply(held, 200, NULL, NULL, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(freed, 1);
	ck_assert_uint_eq(http_server_conns(srv), 0);
}
END_TEST

START_TEST(conn_accepts_the_end_of_the_server)
{
	static const char text[] = "GET /q HTTP/1.1\r\nHost: a\r\n\r\n";

	ck_assert_ptr_nonnull(ask_n(text, sizeof(text) - 1));
	http_req_set_data(held, &freed, count_free);
	http_server_free(srv);
	srv = NULL;
	ck_assert_uint_eq(freed, 1);
}
END_TEST

/* Pipelined requests wait for each other, in order. */
START_TEST(conn_accepts_pipelined_requests_in_order)
{
	static const char text[] =
	    "GET /q?n=1 HTTP/1.1\r\nHost: a\r\n\r\n"
	    "POST /j HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n3\r\n{ }\r\n0\r\n\r\n\r\n"
	    "GET /q?n=2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	    "GET /q?n=3 HTTP/1.1\r\nHost: a\r\n\r\n";
	size_t n;

	ck_assert_ptr_nonnull(ask_n(text, sizeof(text) - 1));
	ck_assert_str_eq(http_query(held, "n"), "1");
	held = (end(), NULL);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_ptr_nonnull(held);
	ck_assert_mem_eq(http_req_body(held, &n), "{ }", 3);
	ck_assert_uint_eq(n, 3);
	held = (end(), NULL);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_str_eq(http_query(held, "n"), "2");
	http_reply(held, 200, NULL, NULL, 0);
	ck_assert_ptr_nonnull(strstr(answer(), "\r\nConnection: close\r\n"));
	held = NULL;
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_ptr_null(held);	/* nothing behind close is read */
}
END_TEST

/* No byte of a body stays in memory that others may get. */
START_TEST(conn_rejects_leftovers_in_its_buffers)
{
	static const char text[] = "POST /j HTTP/1.1\r\nHost: a\r\n"
	    "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
	    "\"canary!\"";
	static const char chunked[] = "POST /j HTTP/1.1\r\nHost: a\r\n"
	    "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
	    "\r\n8\r\n\"canary1\r\n8\r\n canary2\r\n1\r\n\"\r\n0\r\n\r\n";

	ck_assert_ptr_nonnull(ask_n(text, sizeof(text) - 1));
	http_reply(held, 200, "application/json", "canary!", 7);
	ck_assert_ptr_nonnull(strstr(answer(), "canary!"));
	ck_assert_uint_eq(srv->bufs.n, 1);
	ck_assert_ptr_null(memmem(srv->bufs.at[0], CONN_BUF, "canary", 6));
	ck_assert_ptr_null(memmem(srv->out.p, srv->out.cap, "canary", 6));
	/* Chunks decoded in place leave their raw bytes behind the body. */
	ck_assert_ptr_nonnull(ask_n(chunked, sizeof(chunked) - 1));
	http_reply(held, 204, NULL, NULL, 0);
	ck_assert_ptr_nonnull(strstr(answer(), "204"));
	ck_assert_ptr_null(memmem(srv->bufs.at[0], CONN_BUF, "canary", 6));
}
END_TEST

/* Clients that stall share a bound; what they held is given back. */
START_TEST(conn_rejects_more_stalled_bytes_than_the_bound)
{
	static const char text[] = "POST /j HTTP/1.1\r\nHost: a\r\n"
	    "Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{";

	ck_assert_ptr_null(ask_n(text, sizeof(text) - 1));
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(write(client, "{", 1), 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_ge(srv->held, 60000);
	ck_assert_uint_eq(http_server_conns(srv), 1);
	close(client);
	client = -1;
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(srv->held, 0);
	ck_assert_uint_eq(http_server_conns(srv), 0);
	teardown();
	setup();
	srv->held = CONN_HELD_MAX;
	ck_assert_ptr_null(ask_n(text, sizeof(text) - 1));
	ck_assert_int_eq(write(client, "{", 1), 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(http_server_conns(srv), 0);
	ck_assert_uint_eq(srv->held, CONN_HELD_MAX);
}
END_TEST

/* A reply that the socket does not take at once leaves bit by bit. */
START_TEST(conn_accepts_a_slow_reader)
{
	static char big[4 * 1024 * 1024], sink[65536];
	size_t got = 0;
	ssize_t n;

	memset(big, 'b', sizeof(big));
	http_reply(query(""), 200, "text/plain", big, sizeof(big));
	ck_assert_uint_gt(srv->held, 0);
	ck_assert_int_gt(write(client, "GET /q HTTP/1.1\r\nHost: a\r\n\r\n",
	    28), 0);
	held = NULL;
	while (held == NULL) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		while ((n = read(client, sink, sizeof(sink))) > 0)
			got += (size_t)n;
	}
	ck_assert_uint_gt(got, sizeof(big));
	ck_assert_uint_eq(srv->held, 0);
	end();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_query");
	TCase *t = tcase_create("http_query");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, query_accepts_parameters);
	tcase_add_test(t, query_rejects_what_is_ambiguous);
	tcase_add_test(t, query_rejects_more_than_128);
	tcase_add_test(t, form_accepts_a_body_once);
	tcase_add_test(t, reply_rejects_line_ends_and_controls);
	tcase_add_test(t, reply_accepts_the_fields_of_every_reply);
	tcase_add_test(t, reply_accepts_errors_by_kind_of_route);
	tcase_add_test(t, reply_accepts_errors_of_oauth);
	tcase_add_test(t, reply_accepts_errors_of_pages);
	tcase_add_test(t, server_rejects_pages_with_cors);
	tcase_add_test(t, req_accepts_fields_by_name);
	tcase_add_test(t, req_accepts_many_fields);
	tcase_add_test(t, req_rejects_repeated_and_foreign_ids);
	tcase_add_test(t, conn_accepts_a_reply_to_nobody);
	tcase_add_test(t, conn_accepts_the_end_of_the_server);
	tcase_add_test(t, conn_accepts_pipelined_requests_in_order);
	tcase_add_test(t, conn_rejects_leftovers_in_its_buffers);
	tcase_add_test(t, conn_rejects_more_stalled_bytes_than_the_bound);
	tcase_add_test(t, conn_accepts_a_slow_reader);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
