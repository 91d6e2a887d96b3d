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
 * What Landlock, the ids and the limits hold where the list of system calls
 * lets pass; and that the acts of the self-test work where nothing holds them.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/msg.h"
#include "regress/unit/confine.h"

static char dir[64];

/* Lists of roles that may do more, so that the next wall is what holds. */
static const struct sandbox_call files[] = {
	SANDBOX_CALL("openat"),
	SANDBOX_CALL("open"),
	SANDBOX_CALL("unlink"),
	SANDBOX_CALL("mkdir"),
	SANDBOX_END
};
static const struct sandbox_call sockets[] = {
	SANDBOX_CALL("socket"),
	SANDBOX_CALL("connect"),
	SANDBOX_CALL("bind"),
	SANDBOX_END
};
static const struct sandbox_call rights[] = {
	SANDBOX_CALL("kill"),
	SANDBOX_CALL("setuid"),
	SANDBOX_CALL("setgid"),
	SANDBOX_CALL("getuid"),
	SANDBOX_CALL("getgroups"),
	SANDBOX_CALL("chroot"),
	SANDBOX_CALL("prctl"),
	SANDBOX_CALL("prlimit64"),
	SANDBOX_CALL("capget"),
	SANDBOX_CALL("execve"),
	SANDBOX_CALL("openat"),
	SANDBOX_END
};
static void
setup(void)
{
	confine_reset();
	snprintf(dir, sizeof(dir), "/tmp/moatd-sandbox.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0777), 0);
}

static void
teardown(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/file", dir);
	unlink(path);
	rmdir(dir);
}

/* ---- acts ---- */

static int
act_open_passwd(void)
{
	return (open("/etc/passwd", O_RDONLY) == -1 ? -1 : 0);
}

static int
act_create(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/file", dir);
	return (open(path, O_WRONLY | O_CREAT, 0600) == -1 ? -1 : 0);
}

static int
act_create_root(void)
{
	return (open("/file", O_WRONLY | O_CREAT, 0600) == -1 ? -1 : 0);
}

static int
act_mkdir(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/sub", dir);
	return (mkdir(path, 0700));
}

static int
act_connect(void)
{
	struct sockaddr_in sin;
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(9);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (connect(fd, (struct sockaddr *)&sin, sizeof(sin)));
}

static int
act_bind(void)
{
	struct sockaddr_in sin;
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return (bind(fd, (struct sockaddr *)&sin, sizeof(sin)));
}

/* What the kernel's Landlock can: TCP from 4 on, signals from 6 on. */
static long
landlock_abi(void)
{
	return (syscall(444, NULL, 0, 1));
}

static int
act_kill_parent(void)
{
	return (kill(getppid(), 0));
}

static int
act_root_back(void)
{
	if (setuid(0) == 0 || setgid(0) == 0)
		return (0);
	return (getuid() == NOBODY && getgroups(0, NULL) == 0 ? -1 : 0);
}

static int
act_hardened(void)
{
	const uint32_t want = SANDBOX_M_LANDLOCK | SANDBOX_M_NNP
#ifndef SANDBOX_RELAXED
	    | SANDBOX_M_SECCOMP | SANDBOX_M_NODUMP
#endif
	    ;
	struct rlimit r;
	int sig = 0;

	if ((mechanisms & want) != want)
		return (-1);
#ifndef SANDBOX_RELAXED
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return (-1);
#endif
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
	    prctl(PR_GET_PDEATHSIG, &sig) == -1 || sig != SIGKILL ||
	    getrlimit(RLIMIT_CORE, &r) == -1 || r.rlim_max != 0)
		return (-1);
	return (0);
}

static int
act_dropped(void)
{
	return (mechanisms & SANDBOX_M_UID && mechanisms & SANDBOX_M_CHROOT ?
	    act_hardened() : -1);
}

static int
act_exec(void)
{
	char arg0[] = "true";
	char *argv[] = { arg0, NULL };

	return (execve("/bin/true", argv, argv + 1));
}

static int
act_none(void)
{
	return (0);
}

/* ---- what a role may do ---- */

START_TEST(sandbox_accepts_policy_path)
{
	policy.calls[1] = files;
	policy.npaths = 1;
	policy.path[0].rights = SANDBOX_P_READ | SANDBOX_P_WRITE;
	snprintf(policy.path[0].path, sizeof(policy.path[0].path), "%s", dir);
	ck_assert_int_eq(outcome(act_create), 0);
}
END_TEST

START_TEST(sandbox_accepts_missing_path)
{
	policy.npaths = 1;
	policy.path[0].rights = SANDBOX_P_READ;
	snprintf(policy.path[0].path, sizeof(policy.path[0].path),
	    "/nonexistent/resolv.conf");
	ck_assert_int_eq(outcome(act_none), 0);
}
END_TEST

START_TEST(sandbox_accepts_policy_connect)
{
	policy.calls[1] = sockets;
	policy.tcp_connect = 1;
	ck_assert_int_eq(outcome(act_connect), ECONNREFUSED);
}
END_TEST

START_TEST(sandbox_hardens_process)
{
	policy.calls[1] = rights;
	ck_assert_int_eq(outcome(act_hardened), 0);
}
END_TEST

START_TEST(sandbox_drops_root)
{
	if (geteuid() != 0)
		return;
	policy.calls[1] = rights;
	flags = CONF_F_DROP;
	chroot_dir = dir;
	ck_assert_int_eq(outcome(act_dropped), 0);
}
END_TEST

/* ---- what Landlock and the uid hold where seccomp lets pass ---- */

START_TEST(sandbox_rejects_file_without_path)
{
	policy.calls[1] = files;
	ck_assert_int_eq(outcome(act_open_passwd), EACCES);
}
END_TEST

START_TEST(sandbox_rejects_other_path)
{
	policy.calls[1] = files;
	policy.npaths = 1;
	policy.path[0].rights = SANDBOX_P_READ | SANDBOX_P_WRITE;
	snprintf(policy.path[0].path, sizeof(policy.path[0].path), "%s", dir);
	ck_assert_int_eq(outcome(act_open_passwd), EACCES);
}
END_TEST

START_TEST(sandbox_rejects_write_to_read_path)
{
	policy.calls[1] = files;
	policy.npaths = 1;
	policy.path[0].rights = SANDBOX_P_READ;
	snprintf(policy.path[0].path, sizeof(policy.path[0].path), "%s", dir);
	ck_assert_int_eq(outcome(act_create), EACCES);
}
END_TEST

START_TEST(sandbox_rejects_mkdir)
{
	policy.calls[1] = files;
	policy.npaths = 1;
	policy.path[0].rights = SANDBOX_P_READ | SANDBOX_P_WRITE;
	snprintf(policy.path[0].path, sizeof(policy.path[0].path), "%s", dir);
	ck_assert_int_eq(outcome(act_mkdir), EACCES);
}
END_TEST

START_TEST(sandbox_rejects_connect)
{
	if (landlock_abi() < 4)
		return;
	policy.calls[1] = sockets;
	ck_assert_int_eq(outcome(act_connect), EACCES);
}
END_TEST

START_TEST(sandbox_rejects_bind)
{
	if (landlock_abi() < 4)
		return;
	policy.calls[1] = sockets;
	policy.tcp_connect = 1;
	ck_assert_int_eq(outcome(act_bind), EACCES);
}
END_TEST

START_TEST(sandbox_rejects_signal)
{
	if (landlock_abi() < 6)
		return;
	policy.calls[1] = rights;
	ck_assert_int_eq(outcome(act_kill_parent), EPERM);
}
END_TEST

START_TEST(sandbox_rejects_exec)
{
	policy.calls[1] = rights;
	ck_assert_int_eq(outcome(act_exec), EACCES);
}
END_TEST

START_TEST(sandbox_rejects_root_again)
{
	if (geteuid() != 0)
		return;
	policy.calls[1] = rights;
	flags = CONF_F_DROP;
	ck_assert_int_eq(outcome(act_root_back), EPERM);
}
END_TEST

START_TEST(sandbox_rejects_leaving_chroot)
{
	if (geteuid() != 0)
		return;
	policy.calls[1] = rights;
	flags = CONF_F_DROP;
	chroot_dir = dir;
	ck_assert_int_eq(outcome(act_open_passwd), ENOENT);
	policy.calls[1] = files;
	ck_assert_int_eq(outcome(act_create_root), EACCES);
}
END_TEST

START_TEST(sandbox_rejects_missing_chroot)
{
	if (geteuid() != 0)
		return;
	flags = CONF_F_DROP | CONF_F_OPTIONAL;
	chroot_dir = "/nonexistent";
	ck_assert_int_eq(outcome(act_none), 1);
}
END_TEST

/* Positive control: what can be refused must be possible without a sandbox. */
START_TEST(selftest_acts_work_unconfined)
{
	static const char *const any[] = { "open /etc/passwd",
	    "create a file in /tmp", "open /proc/self/mem",
	    "connect to 127.0.0.1", "bind 127.0.0.1", "execve /bin/sh",
	    "fork", "signal the parent", "mmap executable",
	    "mprotect executable", "memfd_create", "become dumpable",
	    "personality" };
	const struct selftest_act *acts;
	size_t i, n, j;
	int r;

	n = selftest_acts(&acts);
	for (i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
		for (j = 0; j < n && strcmp(acts[j].name, any[i]) != 0; j++)
			;
		ck_assert_msg(j < n, "no act %s", any[i]);
		r = unconfined(acts[j].act);
		ck_assert_msg(r == 0, "%s: %d", any[i], r);
	}
}
END_TEST

START_TEST(selftest_rejects_unknown_act)
{
	const struct selftest_act *acts;

	ck_assert_int_eq(selftest_run(0, "/"), SELFTEST_NO_ACT);
	ck_assert_int_eq(selftest_run((unsigned)selftest_acts(&acts) + 1,
	    "/"), SELFTEST_NO_ACT);
}
END_TEST

static TCase *
landlock_case(void)
{
	TCase *tc;

	tc = tcase_create("sandbox");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, sandbox_accepts_policy_path);
	tcase_add_test(tc, sandbox_accepts_missing_path);
	tcase_add_test(tc, sandbox_accepts_policy_connect);
	tcase_add_test(tc, sandbox_hardens_process);
	tcase_add_test(tc, sandbox_drops_root);
	tcase_add_test(tc, sandbox_rejects_file_without_path);
	tcase_add_test(tc, sandbox_rejects_other_path);
	tcase_add_test(tc, sandbox_rejects_write_to_read_path);
	tcase_add_test(tc, sandbox_rejects_mkdir);
	tcase_add_test(tc, sandbox_rejects_connect);
	tcase_add_test(tc, sandbox_rejects_bind);
	tcase_add_test(tc, sandbox_rejects_signal);
	tcase_add_test(tc, sandbox_rejects_exec);
	tcase_add_test(tc, sandbox_rejects_root_again);
	tcase_add_test(tc, sandbox_rejects_leaving_chroot);
	tcase_add_test(tc, sandbox_rejects_missing_chroot);
	tcase_add_test(tc, selftest_acts_work_unconfined);
	tcase_add_test(tc, selftest_rejects_unknown_act);
	return (tc);
}

int
main(void)
{
	Suite *s;
	SRunner *sr;
	int failed;

	s = suite_create("sandbox");
	suite_add_tcase(s, landlock_case());
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? 0 : 1);
}
