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
 * seccomp: the list of system calls. Run last, by every child; whatever is not
 * on the list kills the process at once (KILL_PROCESS, so that no handler runs
 * and the kernel's log names the call). sandbox_base is what any role's event
 * loop, channels and memory need; a role's own list stands beside its main.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <unistd.h>

#include "privsep/wall/sandbox.h"
#include "src/base/log.h"

#define MAP_KIND	(0x0f | MAP_ANONYMOUS)	/* MAP_TYPE, and that flag */

const struct sandbox_call sandbox_base[] = {
	/* the loop */
	SANDBOX_CALL("epoll_wait"),
	SANDBOX_CALL("epoll_pwait"),
	SANDBOX_CALL("epoll_ctl"),
	SANDBOX_CALL("clock_gettime"),
	SANDBOX_CALL("gettimeofday"),
	SANDBOX_CALL("time"),
	SANDBOX_CALL("restart_syscall"),
	SANDBOX_CALL("rt_sigreturn"),
	SANDBOX_CALL("rt_sigaction"),
	SANDBOX_CALL("rt_sigprocmask"),
	/* channels and the log */
	SANDBOX_CALL("read"),
	SANDBOX_CALL("write"),
	SANDBOX_CALL("readv"),
	SANDBOX_CALL("writev"),
	SANDBOX_CALL("recvmsg"),
	SANDBOX_CALL("sendmsg"),
	SANDBOX_CALL("close"),
	SANDBOX_CALL("shutdown"),
	SANDBOX_CALL_IS("ioctl", 1, FIONREAD),
	SANDBOX_CALL_IS("fcntl", 1, F_GETFL),
	SANDBOX_CALL_IS("fcntl", 1, F_SETFL),
	SANDBOX_CALL_IS("fcntl", 1, F_GETFD),
	SANDBOX_CALL_IS("fcntl", 1, F_SETFD),
	/* memory, never executable */
	SANDBOX_CALL("brk"),
	{ "mmap", { { 1, 2, PROT_EXEC, 0 },
	    { 1, 3, MAP_KIND, MAP_PRIVATE | MAP_ANONYMOUS } } },
	SANDBOX_CALL_NO("mprotect", 2, PROT_EXEC),
	SANDBOX_CALL("munmap"),
	SANDBOX_CALL("mremap"),
	SANDBOX_CALL("mlock"),
	SANDBOX_CALL("munlock"),
	SANDBOX_CALL_IS("madvise", 2, MADV_DONTNEED),
	SANDBOX_CALL_IS("madvise", 2, MADV_FREE),
	SANDBOX_CALL_IS("madvise", 2, MADV_DONTDUMP),
	SANDBOX_CALL_IS("madvise", 2, MADV_DODUMP),
	SANDBOX_CALL_IS("madvise", 2, MADV_HUGEPAGE),
	SANDBOX_CALL_NO("getrandom", 2, ~UINT32_C(3)),
	SANDBOX_CALL("futex"),
	/* who am I, and the end (abort's own signal: see abort_allow()) */
	SANDBOX_CALL("getpid"),
	SANDBOX_CALL("getppid"),
	SANDBOX_CALL("gettid"),
	SANDBOX_CALL("exit"),
	SANDBOX_CALL("exit_group"),
	SANDBOX_END
};

static int
call_allow(scmp_filter_ctx ctx, const struct sandbox_call *c)
{
	struct scmp_arg_cmp cmp[3];
	unsigned n = 0;
	size_t i;
	int nr;

	nr = seccomp_syscall_resolve_name(c->name);
	if (nr == __NR_SCMP_ERROR) {
		log_warnx("seccomp knows no system call %s", c->name);
		return (-EINVAL);
	}
	if (nr < 0)
		return (0);	/* not on this architecture */
	for (i = 0; i < 3; i++) {
		if (!c->test[i].used)
			continue;
		cmp[n].arg = c->test[i].arg;
		cmp[n].op = SCMP_CMP_MASKED_EQ;
		cmp[n].datum_a = c->test[i].mask;
		cmp[n].datum_b = c->test[i].value;
		n++;
	}
	return (seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, n, cmp));
}

/* abort(3) may signal this process, and no other one. */
static int
abort_allow(scmp_filter_ctx ctx)
{
	return (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, (scmp_datum_t)getpid()),
	    SCMP_A2(SCMP_CMP_MASKED_EQ, UINT32_MAX, SIGABRT)));
}

static int
attributes_set(scmp_filter_ctx ctx)
{
	int r;

	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 1);
	/* Threads that a library may have started are held by it as well. */
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	/* A binary tree in place of a long row of comparisons. */
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return (r);
}

uint32_t
sandbox_seccomp(const struct sandbox_policy *pol)
{
	const struct sandbox_call *c;
	scmp_filter_ctx ctx;
	size_t i;
	int r;

	ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (ctx == NULL) {
		errno = ENOSYS;
		return (0);
	}
	r = attributes_set(ctx);
	if (r == 0)
		r = abort_allow(ctx);
	for (i = 0; r == 0 && i < SANDBOX_LISTS; i++)
		for (c = pol->calls[i]; c != NULL && c->name != NULL && r == 0;
		    c++) {
			r = call_allow(ctx, c);
			if (r == -EEXIST)
				r = 0;
			if (r != 0)
				log_warnx("seccomp rule for %s", c->name);
		}
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r != 0) {
		errno = -r;
		return (0);
	}
	return (SANDBOX_M_SECCOMP);
}
