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
 * Who: the parent, and for a few system calls its new child. Holds: nothing.
 * Callers: child.c, keygen.c, selftest.c. After fork alone the child would
 * still have the parent's memory; only exec takes the secrets away.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/spawn.h"
#include "privsep/wall/proc.h"
#include "src/base/log.h"

const char *
spawn_dir(void)
{
	static char dir[PATH_MAX];
	char probe[PATH_MAX + 16];
	char *slash;
	ssize_t n;

	if (dir[0] != '\0')
		return (dir);
	if ((n = readlink("/proc/self/exe", dir, sizeof(dir) - 1)) > 0) {
		dir[n] = '\0';
		if ((slash = strrchr(dir, '/')) != NULL)
			*slash = '\0';
		snprintf(probe, sizeof(probe), "%s/config.status", dir);
		if (access(probe, F_OK) == 0)
			return (dir);
	}
	snprintf(dir, sizeof(dir), "%s", MOATD_LIBEXECDIR);
	return (dir);
}

static void
close_from(int first)
{
	long fd, most;

	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
		return;
	most = sysconf(_SC_OPEN_MAX);
	for (fd = first; fd < (most > 0 ? most : 1024); fd++)
		close((int)fd);
}

/* Between fork and exec: only what is safe there. */
static void __attribute__((noreturn))
become(const char *path, const char *name, int generate, int chan, int log)
{
	char *const argv[] = { (char *)(uintptr_t)name,
	    generate ? (char *)(uintptr_t)"-g" : NULL, NULL };
	/* A library that is bound call by call saves all registers on the
	 * stack at each first call: copies of secrets that nobody wipes. */
	char *const envp[] = { (char *)(uintptr_t)"LD_BIND_NOW=1", NULL };
	static const char failed[] = "cannot be executed\n";
	sigset_t none;
	int null, sig;

	for (sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Out of the way of the numbers that they are given below. */
	if ((chan = fcntl(chan, F_DUPFD, 10)) == -1 ||
	    (log = fcntl(log, F_DUPFD, 10)) == -1 ||
	    (null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 ||
	    dup2(log, STDERR_FILENO) == -1 || dup2(chan, PROC_FD) == -1)
		_exit(PROC_EX_TEMP);
	close_from(PROC_FD + 1);
	execve(path, argv, envp);
	if (write(STDERR_FILENO, failed, sizeof(failed) - 1) == -1)
		_exit(PROC_EX_FAIL);
	_exit(PROC_EX_FAIL);
}

int
spawn_role(enum role role, int generate, struct spawned *s)
{
	int pair[2] = { -1, -1 }, pipefd[2] = { -1, -1 }, saved;
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/%s", spawn_dir(), role_name(role));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1 ||
	    pipe2(pipefd, O_CLOEXEC) == -1 ||
	    fcntl(pipefd[0], F_SETFL, O_NONBLOCK) == -1 ||
	    (s->pid = fork()) == -1) {
		saved = errno;
		close(pair[0]);
		close(pair[1]);
		close(pipefd[0]);
		close(pipefd[1]);
		errno = saved;
		return (-1);
	}
	if (s->pid == 0)
		become(path, role_name(role), generate, pair[1], pipefd[1]);
	close(pair[1]);
	close(pipefd[1]);
	s->chan = pair[0];
	s->log = pipefd[0];
	return (0);
}
