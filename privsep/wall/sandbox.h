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
 * Confinement: one front, one file per mechanism (sandbox_seccomp.c,
 * sandbox_landlock.c, sandbox_pledge.c, sandbox_none.c in place of seccomp for
 * instrumented builds: configure --enable-sandbox-profile=relaxed, never a
 * run-time switch).
 * Fails closed unless the configuration says `sandbox optional`.
 */
#ifndef WALL_SANDBOX_H
#define WALL_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

/* mechanisms, as READY reports them */
#define SANDBOX_M_SECCOMP	UINT32_C(0x01)
#define SANDBOX_M_LANDLOCK	UINT32_C(0x02)
#define SANDBOX_M_NNP		UINT32_C(0x04)	/* no_new_privs */
#define SANDBOX_M_UID		UINT32_C(0x08)	/* own uid */
#define SANDBOX_M_CHROOT	UINT32_C(0x10)
#define SANDBOX_M_PLEDGE	UINT32_C(0x20)
#define SANDBOX_M_NODUMP	UINT32_C(0x40)

/* One allowed system call; args are tests that must all hold. */
struct sandbox_call {
	const char	*name;		/* libseccomp's name, "read" */
	struct {
		uint8_t	 used;		/* 0: unused */
		uint8_t	 arg;		/* 0..5 */
		uint64_t mask;		/* (arg & mask) == value */
		uint64_t value;
	} test[3];
};

/* Rows of such a list. Masks of int arguments have 32 bits: the kernel looks
 * at no more, and the register's upper half may hold anything. */
#define SANDBOX_CALL(n)		{ n, { { 0, 0, 0, 0 } } }
/* argument a is exactly v */
#define SANDBOX_CALL_IS(n, a, v)					\
	{ n, { { 1, a, UINT32_MAX, v } } }
#define SANDBOX_CALL_IS2(n, a, v, b, w)					\
	{ n, { { 1, a, UINT32_MAX, v }, { 1, b, UINT32_MAX, w } } }
/* argument a has none of these bits: SANDBOX_CALL_NO("mmap", 2, PROT_EXEC) */
#define SANDBOX_CALL_NO(n, a, bits)	{ n, { { 1, a, bits, 0 } } }
#define SANDBOX_END		{ NULL, { { 0, 0, 0, 0 } } }

/* A path (as seen after chroot and chdir) and what may be done below it. */
#define SANDBOX_P_READ	0x01
#define SANDBOX_P_WRITE	0x02		/* create, write, truncate, unlink */
struct sandbox_path {
	char		 path[1024];
	unsigned	 rights;
};

#define SANDBOX_LISTS	4
#define SANDBOX_PATHS	24
struct sandbox_policy {
	/* Lists end with SANDBOX_END; the union of all is allowed. calls[0]
	 * is sandbox_base already when a role's policy() is called. */
	const struct sandbox_call *calls[SANDBOX_LISTS];
	struct sandbox_path path[SANDBOX_PATHS];	/* none: no file */
	size_t		 npaths;
	int		 tcp_connect;	/* Landlock ABI 4: may connect */
	const char	*pledge;	/* OpenBSD promises */
	uint64_t	 nofile, nproc;	/* rlimits; 0: leave */
	/* address space etc. are left alone: RLIMIT_CORE is always 0 */
};

/* What every role needs to run its loop, its channels and its memory. */
extern const struct sandbox_call sandbox_base[];

/*
 * Applies everything: dumpable 0, RLIMIT_CORE 0, PDEATHSIG (again after the
 * uid change), chroot, groups, uid, no_new_privs, Landlock, seccomp, as
 * flags (CONF_F_*) and policy say. Returns the mechanisms that are on, or
 * fatal()s with a line that says which one the kernel refused.
 */
uint32_t sandbox_enter(const struct sandbox_policy *, uint32_t conf_flags,
	    uint32_t uid, uint32_t gid, const char *chroot_dir);
/* Early, before any secret arrives: dumpable 0, no core, PDEATHSIG. */
void	sandbox_early(void);

/*
 * The mechanisms, called by the front alone. Each returns its SANDBOX_M_* bit,
 * or 0 with errno when the kernel refuses it.
 */
uint32_t sandbox_seccomp(const struct sandbox_policy *);
uint32_t sandbox_landlock(const struct sandbox_policy *);
uint32_t sandbox_pledge(const struct sandbox_policy *);

/*
 * `moatctl selftest sandbox`: the acts a confined role must not be able to
 * do. A role started with CONF_F_SELFTEST enters its sandbox, tries act n
 * and exits: 0 the act worked (a breach unless the row says otherwise), 3 it
 * was refused with an error; a refused system call is death by SIGSYS.
 */
struct selftest_act {
	const char	*name;		/* "open /etc/passwd" */
	uint32_t	 allowed;	/* ROLE_BITs that legitimately can */
	int		(*act)(void);	/* 0 it worked, -1 errno */
};
/* Acts are numbered from 1: CONF_COMMON's selftest n is (*acts)[n - 1]. */
size_t	selftest_acts(const struct selftest_act **);

#define SELFTEST_WORKED		0	/* exit codes of such a run */
#define SELFTEST_NO_ACT		2
#define SELFTEST_REFUSED	3

/* Tries act n; returns one of the exit codes. state: the state directory. */
int	selftest_run(unsigned n, const char *state);

#endif
