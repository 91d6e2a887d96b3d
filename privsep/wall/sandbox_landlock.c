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
 * Landlock: which files and sockets can be reached at all. Run by every child
 * after its uid change; needs no right. Uses what the kernel's ABI offers:
 * Debian 12's headers stop at ABI 2, so the later constants are our own (from
 * the kernel's landlock(7)). A role whose policy has no path gets no file.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif

#include "privsep/wall/sandbox.h"
#include "src/base/log.h"

/* Numbers of the system calls are the same on every architecture. */
#define LL_CREATE_RULESET	444
#define LL_ADD_RULE		445
#define LL_RESTRICT_SELF	446
#define LL_VERSION		(1U << 0)
#define LL_PATH_BENEATH		1

#define LL_FS_EXECUTE		(UINT64_C(1) << 0)
#define LL_FS_WRITE_FILE	(UINT64_C(1) << 1)
#define LL_FS_READ_FILE		(UINT64_C(1) << 2)
#define LL_FS_READ_DIR		(UINT64_C(1) << 3)
#define LL_FS_REMOVE_FILE	(UINT64_C(1) << 5)
#define LL_FS_MAKE_REG		(UINT64_C(1) << 8)
#define LL_FS_TRUNCATE		(UINT64_C(1) << 14)	/* ABI 3 */
#define LL_NET_BIND_TCP		(UINT64_C(1) << 0)	/* ABI 4 */
#define LL_NET_CONNECT_TCP	(UINT64_C(1) << 1)
#define LL_SCOPE_ABSTRACT	(UINT64_C(1) << 0)	/* ABI 6 */
#define LL_SCOPE_SIGNAL		(UINT64_C(1) << 1)

struct ll_ruleset {
	__u64	fs;
	__u64	net;
	__u64	scoped;
};

struct ll_path {
	__u64	allowed;
	__s32	fd;
} __attribute__((packed));

/* What an ABI knows: rights to the file system, and the ruleset's size. */
static const struct {
	uint64_t	fs;
	size_t		size;
} ll_abi[] = {
	{ 0,				0 },
	{ (UINT64_C(1) << 13) - 1,	8 },	/* 1 */
	{ (UINT64_C(1) << 14) - 1,	8 },	/* 2: refer */
	{ (UINT64_C(1) << 15) - 1,	8 },	/* 3: truncate */
	{ (UINT64_C(1) << 15) - 1,	16 },	/* 4: TCP */
	{ (UINT64_C(1) << 16) - 1,	16 },	/* 5: ioctl on devices */
	{ (UINT64_C(1) << 16) - 1,	24 },	/* 6: scopes */
};
#define LL_ABI_MAX	(long)(sizeof(ll_abi) / sizeof(ll_abi[0]) - 1)

#ifdef HAVE_LINUX_LANDLOCK_H
_Static_assert(LL_FS_READ_DIR == LANDLOCK_ACCESS_FS_READ_DIR, "read_dir");
_Static_assert(LL_FS_REMOVE_FILE == LANDLOCK_ACCESS_FS_REMOVE_FILE, "remove");
_Static_assert(LL_FS_MAKE_REG == LANDLOCK_ACCESS_FS_MAKE_REG, "make_reg");
_Static_assert(sizeof(struct ll_path) ==
    sizeof(struct landlock_path_beneath_attr), "path");
#endif

/* A path that is not there needs no rule: it cannot be made either. */
static int
path_allow(int ruleset, const struct sandbox_path *p, uint64_t handled)
{
	struct ll_path rule;
	struct stat st;
	int error, r;

	rule.fd = open(p->path, O_PATH | O_CLOEXEC);
	if (rule.fd == -1) {
		if (errno == ENOENT || errno == EACCES || errno == ENOTDIR)
			return (0);
		return (-1);
	}
	if (fstat(rule.fd, &st) == -1) {
		close(rule.fd);
		return (-1);
	}
	rule.allowed = 0;
	if (p->rights & SANDBOX_P_READ)
		rule.allowed |= LL_FS_READ_FILE | LL_FS_READ_DIR;
	if (p->rights & SANDBOX_P_WRITE)
		rule.allowed |= LL_FS_WRITE_FILE | LL_FS_TRUNCATE |
		    LL_FS_MAKE_REG | LL_FS_REMOVE_FILE;
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= LL_FS_READ_FILE | LL_FS_WRITE_FILE |
		    LL_FS_TRUNCATE;
	rule.allowed &= handled;
	r = (int)syscall(LL_ADD_RULE, ruleset, LL_PATH_BENEATH, &rule, 0);
	error = errno;
	close(rule.fd);
	errno = error;
	return (r);
}

static int
ruleset_new(const struct sandbox_policy *pol, uint64_t *handled)
{
	struct ll_ruleset rs;
	long abi;

	abi = syscall(LL_CREATE_RULESET, NULL, 0, LL_VERSION);
	if (abi < 1)
		return (-1);
	if (abi > LL_ABI_MAX)
		abi = LL_ABI_MAX;
	memset(&rs, 0, sizeof(rs));
	rs.fs = *handled = ll_abi[abi].fs;
	if (abi >= 4)
		rs.net = LL_NET_BIND_TCP |
		    (pol->tcp_connect ? 0 : LL_NET_CONNECT_TCP);
	if (abi >= 6)
		rs.scoped = LL_SCOPE_ABSTRACT | LL_SCOPE_SIGNAL;
	log_debug("Landlock ABI %ld", abi);
	return ((int)syscall(LL_CREATE_RULESET, &rs, ll_abi[abi].size, 0));
}

uint32_t
sandbox_landlock(const struct sandbox_policy *pol)
{
	uint64_t handled;
	size_t i;
	int error, fd, ok = 0;

	fd = ruleset_new(pol, &handled);
	if (fd == -1)
		return (0);
	for (i = 0; i < pol->npaths; i++)
		if (path_allow(fd, &pol->path[i], handled) == -1) {
			log_warn("Landlock rule for %s", pol->path[i].path);
			goto out;
		}
	ok = syscall(LL_RESTRICT_SELF, fd, 0) == 0;
out:
	error = errno;
	close(fd);
	errno = error;
	return (ok ? SANDBOX_M_LANDLOCK : 0);
}
