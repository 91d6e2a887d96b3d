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
 * The hasher as it is executed: confined, asked by an engine. Holds the other
 * ends of both its channels. Runs ./hasher of the build directory.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/proc.h"
#include "privsep/wall/wire.h"
#include "src/base/clock.h"

#define USER	"0198a5c2-0000-7000-8000-000000000001"
#define OTHER	"0198a5c2-0000-7000-8000-000000000002"
#define PASS	"correct horse battery staple"

static pid_t child;
static int parent_fd, engine_fd;
static struct buf body = BUF_INIT;
static union msg in;
static char record[CAP_RECORD + 1];

static void
tell(uint16_t type, const void *m, int fd)
{
	ck_assert_int_eq(chan_send_blocking(parent_fd, type, 0, m, fd), 0);
}

static uint16_t
hear(void)
{
	uint64_t id;
	uint16_t type;
	int fd;

	if (chan_recv_blocking(parent_fd, ROLE_PARENT, ROLE_HASHER, &body,
	    &type, &id, &in, &fd) == -1)
		return (0);
	return (type);
}

static void
execute(void)
{
	char arg0[] = "hasher";
	char *argv[] = { arg0, NULL }, *envp[] = { NULL };
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		if (sv[1] == PROC_FD)
			(void)fcntl(PROC_FD, F_SETFD, 0);
		else
			dup2(sv[1], PROC_FD);
		execve("./hasher", argv, envp);
		_exit(127);
	}
	close(sv[1]);
	parent_fd = sv[0];
}

static void
tell_peer(void)
{
	struct msg_peer_set peer;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	memset(&peer, 0, sizeof(peer));
	peer.role = ROLE_ENGINE;
	tell(IMSG_PEER_SET, &peer, sv[1]);
	close(sv[1]);
	engine_fd = sv[0];
}

static void
configure(uint32_t kib, uint32_t passes, size_t pepper)
{
	static const uint8_t secret[64] = { 1, 2, 3 };
	struct msg_conf_common common;
	struct msg_conf_hasher conf = { kib, passes };
	struct msg_secret_set set;
	struct msg_start start_msg = { 0 };

	memset(&common, 0, sizeof(common));
	common.role = ROLE_HASHER;
	common.state = "/nonexistent";
	tell(IMSG_CONF_COMMON, &common, -1);
	tell(IMSG_CONF_HASHER, &conf, -1);
	memset(&set, 0, sizeof(set));
	set.kind = SECRET_PEPPER;
	set.value.p = secret;
	set.value.n = pepper;
	if (pepper != 0)
		tell(IMSG_SECRET_SET, &set, -1);
	tell_peer();
	/* It may be gone by now. */
	(void)chan_send_blocking(parent_fd, IMSG_START, 0, &start_msg, -1);
}

static void
fixture(void)
{
	alarm(20);
	execute();
}

static void
fixture_ready(void)
{
	fixture();
	configure(8192, 1, 32);
	ck_assert_int_eq(hear(), IMSG_FINGERPRINT_MADE);
	ck_assert_int_eq(in.fingerprint_made.kind, SECRET_PEPPER);
	ck_assert_uint_eq(strlen(in.fingerprint_made.value), 32);
	ck_assert_int_eq(hear(), IMSG_READY);
}

static int
ended(void)
{
	int st;

	ck_assert_int_eq(waitpid(child, &st, 0), child);
	child = 0;
	return (WIFSIGNALED(st) ? 1000 + WTERMSIG(st) : WEXITSTATUS(st));
}

static void
fixture_end(void)
{
	close(parent_fd);
	close(engine_fd);
	if (child != 0)
		ck_assert_int_eq(ended(), 0);
	alarm(0);
}

/* ---- as the engine ---- */

/* Messages of the running phase: composed and parsed by hand. */
static void
ask_send(uint16_t type, uint64_t id, const void *m)
{
	struct buf b = BUF_INIT;

	ck_assert_int_eq(wire_compose(&b, type, id, m), 0);
	ck_assert_int_eq(write(engine_fd, b.p, b.len), (ssize_t)b.len);
	buf_free(&b);
}

static void
read_all(uint8_t *p, size_t n)
{
	ssize_t r;

	for (; n > 0; p += r, n -= (size_t)r) {
		r = read(engine_fd, p, n);
		ck_assert_int_gt(r, 0);
	}
}

static uint64_t
answer(uint16_t want)
{
	uint8_t hdr[WIRE_HDR];
	struct wire_hdr h;

	read_all(hdr, sizeof(hdr));
	ck_assert_int_eq(wire_header(hdr, &h), WIRE_OK);
	ck_assert_int_eq(h.type, want);
	buf_reset(&body);
	ck_assert_int_eq(buf_reserve(&body, h.len), 0);
	body.len = h.len;
	read_all(body.p, h.len);
	ck_assert_int_eq(wire_parse(h.type, body.p, h.len, &in), WIRE_OK);
	return (h.id);
}

static void
hash(const char *user, const char *password)
{
	struct msg_pw_hash_req q = { user, password };

	ask_send(IMSG_PW_HASH_REQ, 1, &q);
	ck_assert_uint_eq(answer(IMSG_PW_HASH_RES), 1);
	ck_assert_int_eq(in.pw_hash_res.status, ST_OK);
	strncpy(record, in.pw_hash_res.record, sizeof(record) - 1);
}

static int
matches(const char *user, const char *rec, const char *password)
{
	struct msg_pw_verify_req q = { user, rec, password, "" };

	ask_send(IMSG_PW_VERIFY_REQ, 2, &q);
	ck_assert_uint_eq(answer(IMSG_PW_VERIFY_RES), 2);
	ck_assert_int_eq(in.pw_verify_res.status, ST_OK);
	return (in.pw_verify_res.match);
}

START_TEST(hasher_accepts_password)
{
	hash(USER, PASS);
	ck_assert_int_eq(matches(USER, record, PASS), 1);
	ck_assert_str_eq(in.pw_verify_res.record, "");
}
END_TEST

START_TEST(hasher_rejects_password)
{
	hash(USER, PASS);
	ck_assert_int_eq(matches(USER, record, PASS "x"), 0);
	ck_assert_int_eq(matches(OTHER, record, PASS), 0);
	ck_assert_int_eq(matches(USER, "", PASS), 0);
	ck_assert_int_eq(matches("", "", ""), 0);
	ck_assert_int_eq(matches(USER, "nonsense", PASS), 0);
	ck_assert_str_eq(in.pw_verify_res.record, "");
}
END_TEST

START_TEST(hasher_replaces_password)
{
	struct msg_pw_replace_req q = { USER, record, PASS, "another one" };

	hash(USER, PASS);
	ask_send(IMSG_PW_REPLACE_REQ, 3, &q);
	ck_assert_uint_eq(answer(IMSG_PW_VERIFY_RES), 3);
	ck_assert_int_eq(in.pw_verify_res.match, 1);
	strncpy(record, in.pw_verify_res.record, sizeof(record) - 1);
	ck_assert_int_eq(matches(USER, record, PASS), 0);
	ck_assert_int_eq(matches(USER, record, "another one"), 1);
}
END_TEST

START_TEST(hasher_rejects_replacing_with_wrong_password)
{
	struct msg_pw_replace_req q = { USER, record, "wrong", "another one" };

	hash(USER, PASS);
	ask_send(IMSG_PW_REPLACE_REQ, 3, &q);
	answer(IMSG_PW_VERIFY_RES);
	ck_assert_int_eq(in.pw_verify_res.match, 0);
	ck_assert_str_eq(in.pw_verify_res.record, "");
}
END_TEST

/* Many at once come back one by one, in order. */
START_TEST(hasher_accepts_queue)
{
	struct msg_pw_verify_req q = { USER, record, PASS, "" };
	uint64_t i;

	hash(USER, PASS);
	for (i = 10; i < 30; i++)
		ask_send(IMSG_PW_VERIFY_REQ, i, &q);
	for (i = 10; i < 30; i++) {
		ck_assert_uint_eq(answer(IMSG_PW_VERIFY_RES), i);
		ck_assert_int_eq(in.pw_verify_res.match, 1);
	}
}
END_TEST

/* Past the second after which the arena is given back. */
START_TEST(hasher_accepts_password_after_idle)
{
	struct timespec ts = { 1, 200 * 1000 * 1000 };

	hash(USER, PASS);
	nanosleep(&ts, NULL);
	ck_assert_int_eq(matches(USER, record, PASS), 1);
}
END_TEST

START_TEST(hasher_accepts_new_engine)
{
	hash(USER, PASS);
	close(engine_fd);
	tell_peer();
	ck_assert_int_eq(matches(USER, record, PASS), 1);
}
END_TEST

/* CASES 64: garbage costs the channel, not the process. */
START_TEST(hasher_rejects_garbage)
{
	char c;

	hash(USER, PASS);
	ck_assert_int_eq(write(engine_fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	ck_assert_int_le(read(engine_fd, &c, 1), 0);
	close(engine_fd);
	tell_peer();
	ck_assert_int_eq(matches(USER, record, PASS), 1);
}
END_TEST

START_TEST(hasher_stops)
{
	struct msg_stop m = { 0 };

	hash(USER, PASS);
	tell(IMSG_STOP, &m, -1);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(hasher_rejects_missing_pepper)
{
	configure(8192, 1, 0);
	ck_assert_int_eq(ended(), 1);
}
END_TEST

START_TEST(hasher_rejects_short_pepper)
{
	configure(8192, 1, 31);
	ck_assert_int_eq(ended(), 1);
}
END_TEST

START_TEST(hasher_rejects_too_dear_parameters)
{
	configure(262145, 1, 32);
	ck_assert_int_eq(hear(), IMSG_FAIL);
	ck_assert_int_eq(ended(), PROC_EX_FAIL);
}
END_TEST

int
main(void)
{
	Suite *s;
	SRunner *sr;
	TCase *tc;
	int failed;

	signal(SIGPIPE, SIG_IGN);
	s = suite_create("hasher process");
	tc = tcase_create("running");
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, fixture_ready, fixture_end);
	tcase_add_test(tc, hasher_accepts_password);
	tcase_add_test(tc, hasher_rejects_password);
	tcase_add_test(tc, hasher_replaces_password);
	tcase_add_test(tc, hasher_rejects_replacing_with_wrong_password);
	tcase_add_test(tc, hasher_accepts_queue);
	tcase_add_test(tc, hasher_accepts_password_after_idle);
	tcase_add_test(tc, hasher_accepts_new_engine);
	tcase_add_test(tc, hasher_rejects_garbage);
	tcase_add_test(tc, hasher_stops);
	suite_add_tcase(s, tc);
	tc = tcase_create("starting");
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, fixture, fixture_end);
	tcase_add_test(tc, hasher_rejects_missing_pepper);
	tcase_add_test(tc, hasher_rejects_short_pepper);
	tcase_add_test(tc, hasher_rejects_too_dear_parameters);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? 0 : 1);
}
