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
 * The system-call filter: children try what their list does not name, and what
 * it names. Not built into instrumented builds, which have no filter.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/msg.h"
#include "regress/unit/confine.h"

static const struct sandbox_call nonsense[] = {
	SANDBOX_CALL("no_such_system_call"),
	SANDBOX_END
};

static void
setup(void)
{
	confine_reset();
	ck_assert_int_ne(sodium_init(), -1);
}

static int
act_memory(void)
{
	unsigned char *g, *p, *q;
	uint8_t rnd[16];

	p = malloc(4 << 20);
	if (p == NULL)
		return (-1);
	memset(p, 1, 4 << 20);
	q = realloc(p, 8 << 20);
	free(q != NULL ? q : p);
	g = sodium_malloc(32);
	if (g == NULL || q == NULL)
		return (-1);
	g[0] = 1;
	if (sodium_mprotect_noaccess(g) == -1 ||
	    sodium_mprotect_readonly(g) == -1)
		return (-1);
	sodium_free(g);
	randombytes_buf(rnd, sizeof(rnd));
	return (0);
}

static int
act_channel(void)
{
	char c = 'x';
	int n = 0;

	/* An answer of any kind shows that the filter let it pass. */
	if (write(2, &c, 0) == -1)
		n = errno;
	(void)ioctl(2, FIONREAD, &n);
	(void)fcntl(2, F_SETFL, fcntl(2, F_GETFL));
	return (0);
}

static int
act_abort(void)
{
	abort();
}

static int
act_open_passwd(void)
{
	return (open("/etc/passwd", O_RDONLY) == -1 ? -1 : 0);
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

static int
act_exec(void)
{
	char arg0[] = "true";
	char *argv[] = { arg0, NULL };

	return (execve("/bin/true", argv, argv + 1));
}

static int
act_kill_parent(void)
{
	return (kill(getppid(), 0));
}

static int
act_abort_other(void)
{
	return ((int)syscall(SYS_tgkill, getppid(), getppid(), SIGABRT));
}

static int
act_term_self(void)
{
	return ((int)syscall(SYS_tgkill, getpid(), getpid(), SIGTERM));
}

static int
act_mmap_file(void)
{
	return (mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0) == MAP_FAILED ?
	    -1 : 0);
}

static int
act_fcntl_dup(void)
{
	return (fcntl(2, F_DUPFD, 10) == -1 ? -1 : 0);
}

static int
act_ioctl(void)
{
	int on = 1;

	return (ioctl(2, FIONBIO, &on));
}

static int
act_nothing(void)
{
	return (mechanisms & SANDBOX_M_SECCOMP ? -1 : 0);
}

START_TEST(sandbox_accepts_memory)
{
	ck_assert_int_eq(outcome(act_memory), 0);
}
END_TEST

START_TEST(sandbox_accepts_channel)
{
	ck_assert_int_eq(outcome(act_channel), 0);
}
END_TEST

START_TEST(sandbox_accepts_own_abort)
{
	ck_assert_int_eq(outcome(act_abort), OUT_SIG + SIGABRT);
}
END_TEST

static const struct {
	const char	*name;
	int		(*act)(void);
} killed[] = {
	{ "open", act_open_passwd },
	{ "connect", act_connect },
	{ "bind", act_bind },
	{ "exec", act_exec },
	{ "kill", act_kill_parent },
	{ "abort of another process", act_abort_other },
	{ "another signal to itself", act_term_self },
	{ "mmap of a file", act_mmap_file },
	{ "fcntl F_DUPFD", act_fcntl_dup },
	{ "ioctl", act_ioctl },
};

START_TEST(sandbox_rejects_call)
{
	int r;

	r = outcome(killed[_i].act);
	ck_assert_msg(r == OUT_SIG + SIGSYS, "%s: %d", killed[_i].name, r);
}
END_TEST

/* Every act of the self-test is refused to a role with an empty policy. */
START_TEST(sandbox_rejects_selftest_act)
{
	const struct selftest_act *acts;
	int r;

	selftest_acts(&acts);
	r = outcome(acts[_i].act);
	ck_assert_msg(r == OUT_SIG + SIGSYS, "%s: %d", acts[_i].name, r);
}
END_TEST

START_TEST(sandbox_rejects_unknown_call)
{
	policy.calls[1] = nonsense;
	ck_assert_int_eq(outcome(act_nothing), 1);
}
END_TEST

START_TEST(sandbox_optional_goes_on)
{
	policy.calls[1] = nonsense;
	flags = CONF_F_OPTIONAL;
	ck_assert_int_eq(outcome(act_nothing), 0);
}
END_TEST

#ifdef __x86_64__
static int
act_x32(void)
{
	return (syscall(0x40000000L | SYS_getpid) == -1 ? -1 : 0);
}

static int
act_i386(void)
{
	long r;

	/* getpid(2) of the 32-bit table */
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory");
	return (r < 0 ? -1 : 0);
}

START_TEST(sandbox_rejects_other_abi)
{
	ck_assert_int_eq(outcome(act_x32), OUT_SIG + SIGSYS);
	ck_assert_int_eq(outcome(act_i386), OUT_SIG + SIGSYS);
}
END_TEST
#endif

static TCase *
seccomp_case(void)
{
	const struct selftest_act *acts;
	TCase *tc;

	tc = tcase_create("seccomp");
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, sandbox_accepts_memory);
	tcase_add_test(tc, sandbox_accepts_channel);
	tcase_add_test(tc, sandbox_accepts_own_abort);
	tcase_add_loop_test(tc, sandbox_rejects_call, 0,
	    (int)(sizeof(killed) / sizeof(killed[0])));
	tcase_add_loop_test(tc, sandbox_rejects_selftest_act, 0,
	    (int)selftest_acts(&acts));
	tcase_add_test(tc, sandbox_rejects_unknown_call);
	tcase_add_test(tc, sandbox_optional_goes_on);
#ifdef __x86_64__
	tcase_add_test(tc, sandbox_rejects_other_abi);
#endif
	return (tc);
}

int
main(void)
{
	Suite *s;
	SRunner *sr;
	int failed;

	s = suite_create("seccomp");
	suite_add_tcase(s, seccomp_case());
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed == 0 ? 0 : 1);
}
