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
 * Confinement, the front. Run by every child between its set-up messages and
 * READY; holds nothing. What a role may still do afterwards stands beside the
 * role's main, in its policy; here is the order in which rights are given up,
 * and the rule that a refused mechanism ends the process.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/resource.h>

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "privsep/wall/msg.h"
#include "privsep/wall/sandbox.h"
#include "src/base/log.h"

static void
limit_set(int what, const char *name, uint64_t value)
{
	struct rlimit r;

	r.rlim_cur = r.rlim_max = (rlim_t)value;
	if (setrlimit(what, &r) == -1)
		fatal("setrlimit %s", name);
}

/* A limit that we may lower but need not raise. */
static void
limit_lower(int what, const char *name, uint64_t value)
{
	struct rlimit r;

	if (getrlimit(what, &r) == -1)
		fatal("getrlimit %s", name);
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < value)
		value = r.rlim_max;
	limit_set(what, name, value);
}

#ifdef __linux__
/*
 * A uid change makes the process dumpable again by fs.suid_dumpable, and
 * clears the parent-death signal: this runs early and once more afterwards.
 */
static void
undumpable(void)
{
#ifndef SANDBOX_RELAXED
	/* The leak checker of an instrumented build must attach to itself. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("prctl PR_SET_DUMPABLE");
#endif
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		fatal("prctl PR_SET_PDEATHSIG");
}

/*
 * Root of a container that could not change its uid may still hold
 * capabilities; giving them up needs none.
 */
static void
capabilities_drop(void)
{
	struct __user_cap_header_struct h;
	struct __user_cap_data_struct d[2];

	memset(&h, 0, sizeof(h));
	memset(d, 0, sizeof(d));
	h.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capset, &h, d) == -1)
		fatal("capset");
}
#else
static void
undumpable(void)
{
}

static void
capabilities_drop(void)
{
}
#endif

void
sandbox_early(void)
{
	limit_set(RLIMIT_CORE, "core", 0);
	undumpable();
}

static uint32_t
root_enter(const char *dir)
{
	if (dir == NULL || dir[0] == '\0')
		return (0);
	if (chdir(dir) == -1)
		fatal("chdir %s", dir);
	if (chroot(".") == -1)
		fatal("chroot %s", dir);
	if (chdir("/") == -1)
		fatal("chdir /");
	return (SANDBOX_M_CHROOT);
}

static uint32_t
ids_drop(uid_t uid, gid_t gid)
{
	if (uid == 0 || gid == 0)
		fatalx("a child must not keep uid or gid 0");
	if (setgroups(0, NULL) == -1)
		fatal("setgroups");
	if (setresgid(gid, gid, gid) == -1)
		fatal("setresgid %u", (unsigned)gid);
	if (setresuid(uid, uid, uid) == -1)
		fatal("setresuid %u", (unsigned)uid);
	/* There must be no way back. */
	if (setuid(0) != -1 || seteuid(0) != -1 || setgid(0) != -1 ||
	    setegid(0) != -1)
		fatalx("root came back after it was given up");
	if (getuid() != uid || geteuid() != uid || getgid() != gid ||
	    getegid() != gid || getgroups(0, NULL) != 0)
		fatalx("wrong ids after root was given up");
	return (SANDBOX_M_UID);
}

/* One mechanism; its refusal ends us unless it is optional. */
static uint32_t
mechanism(uint32_t (*enter)(const struct sandbox_policy *), const char *name,
    const struct sandbox_policy *pol, uint32_t flags)
{
	uint32_t on;

	errno = 0;
	on = enter(pol);
	if (on != 0)
		return (on);
	if ((flags & CONF_F_OPTIONAL) == 0)
		fatal("the kernel refuses %s (`sandbox optional` goes on "
		    "without it)", name);
	log_warn("going on without %s", name);
	return (0);
}

#ifdef __linux__
static uint32_t
mechanisms(const struct sandbox_policy *pol, uint32_t flags)
{
	uint32_t on = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("prctl PR_SET_NO_NEW_PRIVS");
	on |= SANDBOX_M_NNP;
	on |= mechanism(sandbox_landlock, "Landlock", pol, flags);
#ifndef SANDBOX_RELAXED
	/* Last: the calls that set up the others are not on the list. */
	on |= mechanism(sandbox_seccomp, "seccomp", pol, flags);
#endif
	return (on);
}
#elif defined(HAVE_PLEDGE)
static uint32_t
mechanisms(const struct sandbox_policy *pol, uint32_t flags)
{
	return (mechanism(sandbox_pledge, "pledge", pol, flags));
}
#else
static uint32_t
none(const struct sandbox_policy *pol)
{
	(void)pol;
	errno = ENOSYS;
	return (0);
}

static uint32_t
mechanisms(const struct sandbox_policy *pol, uint32_t flags)
{
	return (mechanism(none, "any sandbox", pol, flags));
}
#endif

uint32_t
sandbox_enter(const struct sandbox_policy *pol, uint32_t flags, uint32_t uid,
    uint32_t gid, const char *chroot_dir)
{
	uint32_t on = 0;
	pid_t parent;

	parent = getppid();
	limit_set(RLIMIT_CORE, "core", 0);
	if (pol->nofile != 0)
		limit_lower(RLIMIT_NOFILE, "nofile", pol->nofile);
	if (pol->nproc != 0)
		limit_lower(RLIMIT_NPROC, "nproc", pol->nproc);
	if (flags & CONF_F_DROP) {
		on |= root_enter(chroot_dir);
		on |= ids_drop((uid_t)uid, (gid_t)gid);
	}
	capabilities_drop();
	undumpable();
	/* It may have died while no signal was set. */
	if (getppid() != parent)
		fatalx("the parent is gone");
#if defined(__linux__) && !defined(SANDBOX_RELAXED)
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
		on |= SANDBOX_M_NODUMP;
#endif
	return (on | mechanisms(pol, flags));
}
