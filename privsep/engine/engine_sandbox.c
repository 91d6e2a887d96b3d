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
 * What the engine may still do once confined. With SQLite: files in its own
 * directory, no socket of its own. With PostgreSQL: connect to the server and
 * read the TLS files that the connection string names, write nothing. Which of
 * the two is known from the configuration, so each has the other's list taken
 * away. Called by engine.c's policy().
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "privsep/engine/engine_sandbox.h"
#include "src/base/log.h"

#define ENGINE_FILES	1024	/* channels, boards, database */

static const struct sandbox_call sqlite_calls[] = {
	SANDBOX_CALL("openat"),
	SANDBOX_CALL("open"),
	SANDBOX_CALL("newfstatat"),
	SANDBOX_CALL("fstat"),
	SANDBOX_CALL("stat"),
	SANDBOX_CALL("lstat"),
	SANDBOX_CALL("statx"),
	SANDBOX_CALL("access"),
	SANDBOX_CALL("faccessat"),
	SANDBOX_CALL("faccessat2"),
	SANDBOX_CALL("readlink"),
	SANDBOX_CALL("readlinkat"),
	SANDBOX_CALL("getcwd"),
	SANDBOX_CALL("unlink"),
	SANDBOX_CALL("unlinkat"),
	SANDBOX_CALL("lseek"),
	SANDBOX_CALL("pread64"),
	SANDBOX_CALL("pwrite64"),
	SANDBOX_CALL("fsync"),
	SANDBOX_CALL("fdatasync"),
	SANDBOX_CALL("ftruncate"),
	SANDBOX_CALL("fallocate"),
	SANDBOX_CALL("fchmod"),
	SANDBOX_CALL("fchown"),
	SANDBOX_CALL("geteuid"),
	SANDBOX_CALL("getuid"),
	SANDBOX_CALL_IS("fcntl", 1, F_SETLK),
	SANDBOX_CALL_IS("fcntl", 1, F_GETLK),
	SANDBOX_CALL_IS("fcntl", 1, F_SETLKW),
	SANDBOX_CALL_IS("fcntl", 1, F_DUPFD_CLOEXEC),
	/* the write-ahead log's index is shared memory in a file */
	SANDBOX_CALL_NO("mmap", 2, PROT_EXEC),
	SANDBOX_CALL("nanosleep"),
	SANDBOX_CALL("clock_nanosleep"),
	SANDBOX_END
};

static const struct sandbox_call pgsql_calls[] = {
	SANDBOX_CALL_IS("socket", 0, AF_UNIX),
	SANDBOX_CALL_IS("socket", 0, AF_INET),
	SANDBOX_CALL_IS("socket", 0, AF_INET6),
	SANDBOX_CALL("connect"),
	SANDBOX_CALL("setsockopt"),
	SANDBOX_CALL("getsockopt"),
	SANDBOX_CALL("getsockname"),
	SANDBOX_CALL("getpeername"),
	SANDBOX_CALL("sendto"),
	SANDBOX_CALL("recvfrom"),
	SANDBOX_CALL("poll"),
	SANDBOX_CALL("ppoll"),
	SANDBOX_CALL("rt_sigpending"),
	SANDBOX_CALL("rt_sigtimedwait"),
	/* TLS files; Landlock says which */
	SANDBOX_CALL("openat"),
	SANDBOX_CALL("open"),
	SANDBOX_CALL("newfstatat"),
	SANDBOX_CALL("fstat"),
	SANDBOX_CALL("stat"),
	SANDBOX_CALL("lstat"),
	SANDBOX_CALL("statx"),
	SANDBOX_CALL("access"),
	SANDBOX_CALL("faccessat"),
	SANDBOX_CALL("faccessat2"),
	SANDBOX_CALL("getdents64"),
	SANDBOX_CALL("lseek"),
	SANDBOX_CALL("pread64"),
	SANDBOX_CALL("geteuid"),
	SANDBOX_CALL("getuid"),
	SANDBOX_CALL("getegid"),
	SANDBOX_CALL("getgid"),
	SANDBOX_CALL("uname"),
	/* qsort(3), which libssl calls, asks how much memory there is */
	SANDBOX_CALL("sysinfo"),
	SANDBOX_CALL("sched_yield"),
	SANDBOX_END
};

static void
path_add(struct sandbox_policy *pol, const char *path, unsigned rights)
{
	struct sandbox_path *p;

	if (pol->npaths == SANDBOX_PATHS)
		fatalx("more files than the sandbox takes; %s is one too many",
		    path);
	p = &pol->path[pol->npaths++];
	if (strlen(path) >= sizeof(p->path))
		fatalx("a path is too long for the sandbox");
	snprintf(p->path, sizeof(p->path), "%s", path);
	p->rights = rights;
}

void
engine_policy_sqlite(struct sandbox_policy *pol, const char *dir)
{
	pol->calls[1] = sqlite_calls;
	pol->nofile = ENGINE_FILES;
	pol->pledge = "stdio rpath wpath cpath flock fattr recvfd";
	path_add(pol, dir, SANDBOX_P_READ | SANDBOX_P_WRITE);
}

void
engine_policy_pgsql(struct sandbox_policy *pol, const struct store *store)
{
	const char *file[SANDBOX_PATHS];
	size_t i, n = 0;

	pol->calls[1] = pgsql_calls;
	pol->nofile = ENGINE_FILES;
	pol->tcp_connect = 1;
	pol->pledge = "stdio rpath inet unix recvfd";
	/* What libssl opens by itself: configuration, the system's roots. */
	path_add(pol, "/etc/ssl", SANDBOX_P_READ);
	path_add(pol, "/usr/lib/ssl", SANDBOX_P_READ);
	if (store != NULL)
		n = store_files(store, file, SANDBOX_PATHS - pol->npaths);
	for (i = 0; i < n; i++)
		path_add(pol, file[i], SANDBOX_P_READ);
}
