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
 * Unit tests of routes and of trusted proxies. CASES 46, 48.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/http/forward.h"
#include "src/http/route.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static void
nop(struct http_req *r)
{
	(void)r;
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/health", nop, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_GET, "/auth/me", nop, HTTP_B_NONE, 1, HTTP_R_CORS, NULL },
	{ HTTP_PATCH, "/auth/me", nop, HTTP_B_JSON, 1, 0, NULL },
	{ HTTP_GET, "/auth/me/sessions/{id}", nop, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_DELETE, "/auth/me/sessions/{sid}", nop, HTTP_B_NONE, 1, 0,
	    NULL },
	{ HTTP_GET, "/auth/me/sessions/all", nop, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_POST, "/admin/{a}/x/{b}", nop, HTTP_B_NONE, 2, 0, NULL },
	{ HTTP_GET, "/admin/users", nop, HTTP_B_NONE, 2, 0, NULL },
};
static struct route_table *t;
static struct route_arg args[HTTP_PATH_ARGS];
static unsigned nargs;

static void
setup(void)
{
	t = route_new(routes, LEN(routes));
	ck_assert_ptr_nonnull(t);
}

static void
teardown(void)
{
	route_free(t);
}

static const struct route_res *
find(const char *path)
{
	return route_find(t, path, strlen(path), args, &nargs);
}

START_TEST(route_accepts_plain_paths_and_arguments)
{
	const struct route_res *r;

	r = find("/auth/me");
	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(route_method(t, r, HTTP_GET, 1, 0), 1);
	ck_assert_int_eq(route_method(t, r, HTTP_HEAD, 1, 0), 1);
	ck_assert_int_eq(route_method(t, r, HTTP_PATCH, 1, 0), 2);
	r = find("/auth/me/sessions/0190-ab_.~");
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(nargs, 1);
	ck_assert_uint_eq(args[0].from, 18);
	ck_assert_uint_eq(args[0].to, 28);
	ck_assert_int_eq(route_method(t, r, HTTP_GET, 1, 0), 3);
	ck_assert_int_eq(route_method(t, r, HTTP_DELETE, 1, 0), 4);
	r = find("/auth/me/sessions/all");	/* the plain one wins */
	ck_assert_int_eq(route_method(t, r, HTTP_GET, 1, 0), 5);
	r = find("/admin/q/x/w");
	ck_assert_uint_eq(nargs, 2);
	ck_assert_int_eq(route_method(t, r, HTTP_POST, 2, 0), 6);
}
END_TEST

/* CASES 46 */
START_TEST(route_rejects_paths_that_are_not_the_same_bytes)
{
	static const char *const bad[] = { "", "/", "/health/", "//health",
	    "/Health", "/health%00", "/%68ealth", "/./health",
	    "/auth/../health",
	    "/auth/%2e%2e/health", "/healt", "/healthy", "/health;a",
	    "/auth//me", "/auth/me/sessions/", "/auth/me/sessions//",
	    "/auth/me/sessions/.", "/auth/me/sessions/..",
	    "/auth/me/sessions/%2e%2e", "/auth/me/sessions/a%2fb",
	    "/auth/me/sessions/a/", "/auth/me/sessions/a/b",
	    "/auth/me/sessions/a\\b", "/admin/a/x/", "/admin//x/b",
	    "/admin/a/y/b", "*", "health", "/auth" };
	size_t i;

	for (i = 0; i < LEN(bad); i++)
		ck_assert_msg(find(bad[i]) == NULL, "%s", bad[i]);
	ck_assert_ptr_null(route_find(t, "/health\0", 8, args, &nargs));
}
END_TEST

START_TEST(route_rejects_other_listeners_and_methods)
{
	const struct route_res *r = find("/admin/users");
	struct buf b = BUF_INIT;

	ck_assert_int_eq(route_method(t, r, HTTP_GET, 2, 0), 7);
	ck_assert_int_eq(route_method(t, r, HTTP_GET, 7, 0), 7);
	ck_assert_int_eq(route_method(t, r, HTTP_GET, 1, 0), -1);
	ck_assert_int_eq(route_method(t, r, HTTP_POST, 2, 0), -1);
	ck_assert_int_eq(route_method(t, r, HTTP_OTHER, 2, 0), -1);
	ck_assert_int_eq(route_method(t, r, HTTP_OPTIONS, 2, 0), -1);
	ck_assert_uint_eq(route_allow(t, r, 1, 0, &b), 0);
	buf_reset(&b);
	r = find("/auth/me");
	ck_assert_uint_eq(route_allow(t, r, 1, 0, &b), 3);
	ck_assert_str_eq(buf_cstr(&b), "GET, HEAD, PATCH, OPTIONS");
	buf_reset(&b);
	ck_assert_uint_eq(route_allow(t, r, 1, HTTP_R_CORS, &b), 2);
	ck_assert_str_eq(buf_cstr(&b), "GET, HEAD, OPTIONS");
	ck_assert_uint_eq(route_flags(t, r, 1, 0), HTTP_R_CORS);
	buf_free(&b);
}
END_TEST

static size_t
prefix(const char *path, const char *want)
{
	char tenant[ROUTE_TENANT];
	size_t n = route_tenant(path, strlen(path), tenant);

	ck_assert_str_eq(tenant, want);
	return n;
}

START_TEST(route_tenant_accepts_ids_only)
{
	static const char *const bad[] = { "", "/", "/t", "/t/", "/t//", "/t/a",
	    "/t/-a/x", "/t/A/x", "/t/a_b/x", "/t/a.b/x", "/t/../x",
	    "/t/%61/x", "/t/default/x", "/T/a/x", "//t/a/x", "t/a/x",
	    "/tt/a/x", "/t/a\\x", "/x/t/a/x" };
	char path[80];
	size_t i;

	ck_assert_uint_eq(prefix("/t/acme/auth/me", "acme"), 7);
	ck_assert_uint_eq(prefix("/t/a/", "a"), 4);
	ck_assert_uint_eq(prefix("/t/0-/x", "0-"), 5);
	ck_assert_uint_eq(prefix("/t/defaults/x", "defaults"), 11);
	for (i = 0; i < LEN(bad); i++)
		ck_assert_msg(prefix(bad[i], "") == 0, "%s", bad[i]);
	snprintf(path, sizeof(path), "/t/%063d/x", 1);
	ck_assert_uint_eq(prefix(path, "00000000000000000000000000000000000"
	    "0000000000000000000000000001"), 66);
	snprintf(path, sizeof(path), "/t/%064d/x", 1);
	ck_assert_uint_eq(prefix(path, ""), 0);
}
END_TEST

START_TEST(route_rejects_routes_without_the_flags)
{
	const struct route_res *r = find("/auth/me");
	struct buf b = BUF_INIT;

	ck_assert_int_eq(route_method(t, r, HTTP_GET, 1, HTTP_R_CORS), 1);
	ck_assert_int_eq(route_method(t, r, HTTP_GET, 1,
	    HTTP_R_CORS | HTTP_R_TENANT), -1);
	ck_assert_int_eq(route_method(t, r, HTTP_PATCH, 1, HTTP_R_CORS), -1);
	ck_assert_uint_eq(route_allow(t, r, 1, HTTP_R_TENANT, &b), 0);
	ck_assert_uint_eq(route_flags(t, r, 1, HTTP_R_TENANT), 0);
	buf_free(&b);
}
END_TEST

START_TEST(route_rejects_bad_tables)
{
	static const struct http_route bad[][2] = {
		{ { HTTP_GET, "x", nop, 0, 1, 0, NULL },
		    { HTTP_GET, "/a", nop, 0, 1, 0, NULL } },
		{ { HTTP_GET, "/a", nop, 0, 1, 0, NULL },
		    { HTTP_GET, "/a", nop, 0, 1, 0, NULL } },
		{ { HTTP_GET, "/{a}", nop, 0, 1, 0, NULL },
		    { HTTP_GET, "/{b}", nop, 0, 1, 0, NULL } },
		{ { HTTP_GET, "/{a", nop, 0, 1, 0, NULL },
		    { HTTP_GET, "/a", nop, 0, 1, 0, NULL } },
		{ { HTTP_GET, "/x{a}", nop, 0, 1, 0, NULL },
		    { HTTP_GET, "/a", nop, 0, 1, 0, NULL } },
		{ { HTTP_GET, "/{a}/{b}/{c}/{d}", nop, 0, 1, 0, NULL },
		    { HTTP_GET, "/a", nop, 0, 1, 0, NULL } },
		{ { HTTP_HEAD, "/a", nop, 0, 1, 0, NULL },
		    { HTTP_GET, "/a", nop, 0, 1, 0, NULL } },
		{ { HTTP_GET, "/a", NULL, 0, 1, 0, NULL },
		    { HTTP_GET, "/b", nop, 0, 1, 0, NULL } },
	};
	size_t i;

	for (i = 0; i < LEN(bad); i++)
		ck_assert_msg(route_new(bad[i], 2) == NULL, "%zu", i);
}
END_TEST

START_TEST(forward_accepts_networks)
{
	static const char *const v[][2] = {
		{ "10.0.0.0/8", "10.255.0.1" }, { "::1", "::1" },
		{ "192.0.2.7", "192.0.2.7" }, { "0.0.0.0/0", "8.8.8.8" },
		{ "2001:db8::/33", "2001:db8:7fff::1" }, { "::/0", "1.2.3.4" },
		{ "127.0.0.0/8", "::ffff:127.0.0.1" },
	};
	struct forward_net n;
	uint8_t a[16];
	size_t i;

	for (i = 0; i < LEN(v); i++) {
		ck_assert_int_eq(forward_net_parse(&n, v[i][0]), 0);
		ck_assert_int_eq(forward_addr_parse(a, v[i][1],
		    strlen(v[i][1])), 0);
		ck_assert_msg(forward_trusted(&n, 1, a), "%s", v[i][0]);
	}
}
END_TEST

START_TEST(forward_rejects_what_is_no_address)
{
	static const char *const nets[] = { "", "10.0.0.0/33", "10.0.0.1/8",
	    "10.0.0/8", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
	    "[::1]", "10.0.0.0/ 8", "localhost", "1.2.3.4:5" };
	static const char *const addrs[] = { "", "1.2.3", "1.2.3.4:", "[::1",
	    "[1.2.3.4]", "1.2.3.4:x", "::1:99999999", "1.2.3.4 ", "a.b.c.d",
	    "unknown", "_hidden", "1.2.3.4:123456", "[::1]80", "01.2.3.4" };
	struct forward_net n;
	uint8_t a[16];
	size_t i;

	for (i = 0; i < LEN(nets); i++)
		ck_assert_msg(forward_net_parse(&n, nets[i]) == -1, "%s",
		    nets[i]);
	for (i = 0; i < LEN(addrs); i++)
		ck_assert_msg(forward_addr_parse(a, addrs[i],
		    strlen(addrs[i])) == -1, "%s", addrs[i]);
	forward_net_parse(&n, "10.0.0.0/9");
	ck_assert_int_eq(forward_addr_parse(a, "10.128.0.1", 10), 0);
	ck_assert(!forward_trusted(&n, 1, a));
}
END_TEST

static struct forward_net nets[2];

/* Who it is when 10.0.0.1 brings that list. */
static const char *
walk(enum forward_kind kind, const char *peer, const char *list)
{
	static char text[FORWARD_TEXT];
	uint8_t a[16];

	forward_net_parse(&nets[0], "10.0.0.0/8");
	forward_net_parse(&nets[1], "fd00::/8");
	ck_assert_int_eq(forward_addr_parse(a, peer, strlen(peer)), 0);
	forward_walk(nets, 2, kind, list, a);
	forward_addr_text(text, a);
	return text;
}

/* CASES 48 */
START_TEST(forward_rejects_addresses_that_nobody_vouches_for)
{
	const char *p = "10.0.0.1";

	ck_assert_str_eq(walk(FORWARD_XFF, p, "1.2.3.4"), "1.2.3.4");
	ck_assert_str_eq(walk(FORWARD_XFF, p, "6.6.6.6, 1.2.3.4"), "1.2.3.4");
	ck_assert_str_eq(walk(FORWARD_XFF, p, "6.6.6.6,1.2.3.4 , 10.9.9.9"),
	    "1.2.3.4");
	ck_assert_str_eq(walk(FORWARD_XFF, p, "10.0.0.3, 10.0.0.2"),
	    "10.0.0.3");
	ck_assert_str_eq(walk(FORWARD_XFF, p, "1.2.3.4, junk"), "10.0.0.1");
	ck_assert_str_eq(walk(FORWARD_XFF, p, "1.2.3.4, junk, 10.0.0.2"),
	    "10.0.0.2");
	ck_assert_str_eq(walk(FORWARD_XFF, p, ""), "10.0.0.1");
	ck_assert_str_eq(walk(FORWARD_XFF, p, "1.2.3.4,"), "10.0.0.1");
	ck_assert_str_eq(walk(FORWARD_XFF, "8.8.8.8", "1.2.3.4"), "8.8.8.8");
	ck_assert_str_eq(walk(FORWARD_XFF, p, "2001:db8::1, fd00::1"),
	    "2001:db8::1");
	ck_assert_str_eq(walk(FORWARD_XFF, p, "1.2.3.4:5555"), "1.2.3.4");
	ck_assert_str_eq(walk(FORWARD_RFC7239, p,
	    "for=6.6.6.6, for=\"[2001:db8::7]:80\";proto=http"),
	    "2001:db8::7");
	ck_assert_str_eq(walk(FORWARD_RFC7239, p, "proto=https;For=1.2.3.4"),
	    "1.2.3.4");
	ck_assert_str_eq(walk(FORWARD_RFC7239, p, "for=unknown"), "10.0.0.1");
	ck_assert_str_eq(walk(FORWARD_RFC7239, p, "by=1.2.3.4"), "10.0.0.1");
	ck_assert_str_eq(walk(FORWARD_RFC7239, p, "1.2.3.4"), "10.0.0.1");
}
END_TEST

START_TEST(forward_loopback_rejects_others)
{
	static const struct { const char *text; int want; } v[] = {
		{ "127.0.0.1", 1 }, { "127.9.9.9", 1 }, { "::1", 1 },
		{ "::ffff:127.0.0.1", 1 }, { "128.0.0.1", 0 }, { "::2", 0 },
		{ "::", 0 }, { "0.0.0.0", 0 }, { "::127.0.0.1", 0 },
	};
	uint8_t a[16];
	size_t i;

	for (i = 0; i < LEN(v); i++) {
		ck_assert_int_eq(forward_addr_parse(a, v[i].text,
		    strlen(v[i].text)), 0);
		ck_assert_int_eq(forward_loopback(a), v[i].want);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http_route");
	TCase *c = tcase_create("http_route");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, route_accepts_plain_paths_and_arguments);
	tcase_add_test(c, route_rejects_paths_that_are_not_the_same_bytes);
	tcase_add_test(c, route_rejects_other_listeners_and_methods);
	tcase_add_test(c, route_tenant_accepts_ids_only);
	tcase_add_test(c, route_rejects_routes_without_the_flags);
	tcase_add_test(c, route_rejects_bad_tables);
	tcase_add_test(c, forward_accepts_networks);
	tcase_add_test(c, forward_rejects_what_is_no_address);
	tcase_add_test(c, forward_rejects_addresses_that_nobody_vouches_for);
	tcase_add_test(c, forward_loopback_rejects_others);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
