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
 * A child's life, seen from the parent's end of its channel: set-up, READY,
 * messages, and each way to end.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/proc.h"
#include "src/base/log.h"

static int parent_fd;
static pid_t child;
static struct buf body = BUF_INIT;
static uint16_t type;
static union msg in;

/* ---- the role under test: a hasher that does little ---- */

static char seen[512];
static int fails_in_prepare, exits_in_run, no_stop, deaf;

static void
t_setup(struct proc *p, uint16_t t, const union msg *m, int fd)
{
	(void)p;
	if (t == IMSG_SECRET_SET)
		strncat(seen, m->secret_set.value.n == 3 ? "S" : "?", 2);
	if (t == IMSG_PEER_SET)
		strncat(seen, fd != -1 ? "P" : "?", 2);
	if (fd != -1)
		close(fd);
}

static void
t_prepare(struct proc *p)
{
	strncat(seen, "p", 2);
	if (p->parent != NULL || p->base == NULL)
		fatalx("too early");
	if (fails_in_prepare)
		proc_fail(p, "no %s\nhere", "luck");
}

static void
t_run(struct proc *p)
{
	struct msg_fingerprint_made m = { 1, seen };

	(void)chan_send(p->parent, IMSG_FINGERPRINT_MADE, 0, &m, -1);
	if (exits_in_run)
		proc_exit(p, exits_in_run);
}

static void
t_msg(struct proc *p, uint16_t t, uint64_t id, const union msg *m, int fd)
{
	(void)id;
	(void)m;
	if (t != IMSG_PEER_SET || fd == -1)
		fatalx("message");
	close(fd);
	proc_fail(p, "peer");
}

static void
t_stop(struct proc *p)
{
	if (!deaf)
		proc_exit(p, 7);
}

static void
t_policy(struct proc *p, struct sandbox_policy *pol)
{
	(void)p;
	pol->nofile = 32;
}

static struct proc_ops ops = {
	.role = ROLE_HASHER, .setup = t_setup, .prepare = t_prepare,
	.run = t_run, .msg = t_msg, .stop = t_stop, .policy = t_policy,
};

/* ---- the parent ---- */

static void
start(void)
{
	char arg0[] = "hasher";
	char *argv[] = { arg0, NULL };
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		if (sv[1] != PROC_FD) {
			dup2(sv[1], PROC_FD);
			close(sv[1]);
		}
		if (sv[0] != PROC_FD)
			close(sv[0]);
		if (no_stop)
			ops.stop = NULL;
		proc_main(&ops, 1, argv);
	}
	close(sv[1]);
	parent_fd = sv[0];
}

static void
tell(uint16_t t, const void *m, int fd)
{
	ck_assert_int_eq(chan_send_blocking(parent_fd, t, 0, m, fd), 0);
}

static void
tell_common(enum role role, uint32_t flags, uint8_t act)
{
	struct msg_conf_common m;

	memset(&m, 0, sizeof(m));
	m.role = (uint8_t)role;
	m.flags = flags;
	m.state = "/nonexistent";
	m.version = "test";
	m.selftest = act;
	tell(IMSG_CONF_COMMON, &m, -1);
}

static void
tell_nothing(uint16_t t)
{
	struct msg_start m = { 0 };

	tell(t, &m, -1);
}

static void
tell_peer(void)
{
	struct msg_peer_set m;

	memset(&m, 0, sizeof(m));
	m.role = ROLE_ENGINE;
	tell(IMSG_PEER_SET, &m, dup(0));
}

static uint16_t
hear(void)
{
	uint64_t id;
	int fd;

	if (chan_recv_blocking(parent_fd, ROLE_PARENT, ROLE_HASHER, &body,
	    &type, &id, &in, &fd) == -1)
		return (0);
	return (type);
}

static void
until_ready(void)
{
	start();
	tell_common(ROLE_HASHER, 0, 0);
	tell_nothing(IMSG_START);
	ck_assert_int_eq(hear(), IMSG_FINGERPRINT_MADE);
	ck_assert_int_eq(hear(), IMSG_READY);
}

/* Exit code, or 1000 + signal; a child that stays is a failure by SIGALRM. */
static int
ended(void)
{
	int st;

	ck_assert_int_eq(waitpid(child, &st, 0), child);
	return (WIFSIGNALED(st) ? 1000 + WTERMSIG(st) : WEXITSTATUS(st));
}

static void
fixture(void)
{
	log_init("test");
	seen[0] = '\0';
	fails_in_prepare = exits_in_run = no_stop = deaf = 0;
	alarm(10);
}

static void
fixture_end(void)
{
	alarm(0);
	close(parent_fd);
}

START_TEST(proc_accepts_setup)
{
	struct msg_secret_set s;

	memset(&s, 0, sizeof(s));
	s.value.p = (const uint8_t *)"abc";
	s.value.n = 3;
	start();
	tell_common(ROLE_HASHER, 0, 0);
	tell(IMSG_SECRET_SET, &s, -1);
	tell_peer();
	tell_nothing(IMSG_START);
	ck_assert_int_eq(hear(), IMSG_FINGERPRINT_MADE);
	ck_assert_str_eq(in.fingerprint_made.value, "SPp");
	ck_assert_int_eq(hear(), IMSG_READY);
	ck_assert_uint_ne(in.ready.mechanisms & SANDBOX_M_NNP, 0);
#ifndef SANDBOX_RELAXED
	ck_assert_uint_ne(in.ready.mechanisms & SANDBOX_M_SECCOMP, 0);
	ck_assert_uint_ne(in.ready.mechanisms & SANDBOX_M_NODUMP, 0);
#endif
	tell_nothing(IMSG_STOP);
	ck_assert_int_eq(ended(), 7);
}
END_TEST

START_TEST(proc_accepts_sigterm)
{
	until_ready();
	kill(child, SIGTERM);
	ck_assert_int_eq(ended(), 7);
}
END_TEST

START_TEST(proc_accepts_stop_without_handler)
{
	no_stop = 1;
	until_ready();
	tell_nothing(IMSG_STOP);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(proc_accepts_stop_before_start)
{
	start();
	tell_common(ROLE_HASHER, 0, 0);
	tell_nothing(IMSG_STOP);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

/* A one-shot child: what it sent in run() and READY arrive, then it is gone. */
START_TEST(proc_accepts_exit_in_run)
{
	exits_in_run = 5;
	until_ready();
	ck_assert_int_eq(ended(), 5);
	ck_assert_int_eq(hear(), 0);
}
END_TEST

/* CASES 58: nobody is left to work for. */
START_TEST(proc_ends_with_parent_channel)
{
	deaf = 1;
	until_ready();
	close(parent_fd);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(proc_ends_with_parent_before_start)
{
	start();
	tell_common(ROLE_HASHER, 0, 0);
	close(parent_fd);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(proc_ignores_terminal_signals)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGUSR1,
	    SIGTSTP };
	size_t i;

	until_ready();
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		kill(child, sigs[i]);
	tell_nothing(IMSG_STOP);
	ck_assert_int_eq(ended(), 7);
}
END_TEST

START_TEST(proc_tells_failure_in_prepare)
{
	fails_in_prepare = 1;
	start();
	tell_common(ROLE_HASHER, 0, 0);
	tell_nothing(IMSG_START);
	ck_assert_int_eq(hear(), IMSG_FAIL);
	ck_assert_str_eq(in.fail.reason, "no luck\\x0ahere");
	ck_assert_int_eq(ended(), PROC_EX_FAIL);
}
END_TEST

START_TEST(proc_tells_failure_while_running)
{
	until_ready();
	tell_peer();
	ck_assert_int_eq(hear(), IMSG_FAIL);
	ck_assert_str_eq(in.fail.reason, "peer");
	ck_assert_int_eq(ended(), PROC_EX_FAIL);
}
END_TEST

START_TEST(proc_rejects_other_role)
{
	start();
	tell_common(ROLE_VAULT, 0, 0);
	ck_assert_int_eq(ended(), 1);
}
END_TEST

START_TEST(proc_rejects_setup_without_common)
{
	start();
	tell_nothing(IMSG_START);
	ck_assert_int_eq(ended(), 1);
}
END_TEST

/* Phases: set-up is over once it runs, and running has not begun before. */
START_TEST(proc_rejects_setup_after_ready)
{
	struct msg_conf_hasher m = { 64, 1 };

	until_ready();
	tell(IMSG_CONF_HASHER, &m, -1);
	ck_assert_int_eq(ended(), 1);
}
END_TEST

START_TEST(proc_rejects_message_for_another)
{
	struct msg_conf_vault m = { "" };

	start();
	tell_common(ROLE_HASHER, 0, 0);
	tell(IMSG_CONF_VAULT, &m, -1);
	ck_assert_int_eq(ended(), 1);
}
END_TEST

START_TEST(proc_rejects_garbage)
{
	start();
	ck_assert_int_eq(write(parent_fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	ck_assert_int_eq(ended(), 1);
}
END_TEST

START_TEST(proc_rejects_start_by_hand)
{
	char arg0[] = "hasher";
	char *argv[] = { arg0, NULL };

	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		close(PROC_FD);
		proc_main(&ops, 1, argv);
	}
	parent_fd = -1;
	ck_assert_int_eq(ended(), 64);
}
END_TEST

/* A self-test run needs no preparation; the act is its last one. */
START_TEST(proc_tries_selftest_act)
{
	const struct selftest_act *acts;
	size_t i, n;
	int r;

	n = selftest_acts(&acts);
	fails_in_prepare = 1;
	for (i = 1; i <= n; i++) {
		start();
		tell_common(ROLE_HASHER, CONF_F_SELFTEST, (uint8_t)i);
		tell_nothing(IMSG_START);
		r = ended();
		close(parent_fd);
#ifndef SANDBOX_RELAXED
		ck_assert_msg(r == 1000 + SIGSYS, "%s: %d", acts[i - 1].name,
		    r);
#else
		ck_assert_msg(r == SELFTEST_REFUSED || r == SELFTEST_WORKED,
		    "%s: %d", acts[i - 1].name, r);
#endif
	}
	start();
	tell_common(ROLE_HASHER, CONF_F_SELFTEST, (uint8_t)(n + 1));
	tell_nothing(IMSG_START);
	ck_assert_int_eq(ended(), SELFTEST_NO_ACT);
}
END_TEST

int
main(void)
{
	Suite *s;
	SRunner *sr;
	TCase *tc;
	int failed;

	s = suite_create("proc");
	tc = tcase_create("proc");
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, fixture, fixture_end);
	tcase_add_test(tc, proc_accepts_setup);
	tcase_add_test(tc, proc_accepts_sigterm);
	tcase_add_test(tc, proc_accepts_stop_without_handler);
	tcase_add_test(tc, proc_accepts_stop_before_start);
	tcase_add_test(tc, proc_accepts_exit_in_run);
	tcase_add_test(tc, proc_ends_with_parent_channel);
	tcase_add_test(tc, proc_ends_with_parent_before_start);
	tcase_add_test(tc, proc_ignores_terminal_signals);
	tcase_add_test(tc, proc_tells_failure_in_prepare);
	tcase_add_test(tc, proc_tells_failure_while_running);
	tcase_add_test(tc, proc_rejects_other_role);
	tcase_add_test(tc, proc_rejects_setup_without_common);
	tcase_add_test(tc, proc_rejects_setup_after_ready);
	tcase_add_test(tc, proc_rejects_message_for_another);
	tcase_add_test(tc, proc_rejects_garbage);
	tcase_add_test(tc, proc_rejects_start_by_hand);
	tcase_add_test(tc, proc_tries_selftest_act);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? 0 : 1);
}
