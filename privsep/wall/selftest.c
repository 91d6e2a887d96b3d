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
 * `moatctl selftest sandbox`: acts that no confined role may do. Run in a child
 * that has entered its sandbox and does nothing else afterwards; holds nothing.
 * Every act is harmless where it works: it opens and closes, asks without
 * changing, or changes only the process that is about to exit.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#endif

#include "privsep/wall/role.h"
#include "privsep/wall/sandbox.h"
#include "src/base/log.h"

static const char *selftest_state = "";

static int
opens(const char *path, int flags)
{
	int fd;

	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	close(fd);
	return (0);
}

/* A descriptor that ought not to be: 0 and closed, or -1. */
static int
got(long fd)
{
	if (fd < 0)
		return (-1);
	close((int)fd);
	return (0);
}

/* ---- files ---- */

static int
act_passwd(void)
{
	return (opens("/etc/passwd", O_RDONLY));
}

static int
act_keys(void)
{
	char path[1100];

	snprintf(path, sizeof(path), "%s/keys/pepper", selftest_state);
	return (opens(path, O_RDONLY));
}

static int
act_keys_dir(void)
{
	char path[1100];

	snprintf(path, sizeof(path), "%s/keys", selftest_state);
	return (opens(path, O_RDONLY | O_DIRECTORY));
}

static int
act_create(void)
{
	const char *path = "/tmp/.moatd-selftest";

	if (opens(path, O_WRONLY | O_CREAT | O_EXCL) == -1)
		return (-1);
	unlink(path);
	return (0);
}

static int
act_init_environ(void)
{
	return (opens("/proc/1/environ", O_RDONLY));
}

static int
act_self_mem(void)
{
	return (opens("/proc/self/mem", O_RDWR));
}

static int
act_parent_mem(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)getppid());
	return (opens(path, O_RDONLY));
}

static int
act_chmod(void)
{
	return (chmod("/tmp/.moatd-selftest-none", 0777) == -1 &&
	    errno != ENOENT ? -1 : 0);
}

/* ---- network ---- */

static void
loopback(struct sockaddr_in *sin, unsigned port)
{
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = htons((uint16_t)port);
	sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static int
act_connect(void)
{
	struct sockaddr_in sin;
	int fd, r;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	loopback(&sin, 9);
	r = connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	/* Being turned down by the other side is to have reached it. */
	if (r == -1 && errno == ECONNREFUSED)
		r = 0;
	close(fd);
	return (r);
}

static int
act_bind(void)
{
	struct sockaddr_in sin;
	int fd, r;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	loopback(&sin, 0);
	r = bind(fd, (struct sockaddr *)&sin, sizeof(sin));
	close(fd);
	return (r);
}

static int
act_raw_socket(void)
{
	return (got(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)));
}

/* ---- processes ---- */

static int
act_exec(void)
{
	char arg0[] = "sh", arg1[] = "-c", arg2[] = "exit 0";
	char *argv[] = { arg0, arg1, arg2, NULL };
	char *envp[] = { NULL };

	return (execve("/bin/sh", argv, envp));
}

static int
act_fork(void)
{
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid == -1)
		return (-1);
	waitpid(pid, NULL, 0);
	return (0);
}

static int
act_kill(void)
{
	return (kill(getppid(), 0));
}

static int
act_setuid(void)
{
	return (setuid(0));
}

static int
act_chroot(void)
{
	return (chroot("/"));
}

static int
act_rlimit(void)
{
	struct rlimit r = { 1, 1 };

	return (setrlimit(RLIMIT_CORE, &r));
}

/* ---- memory ---- */

static int
act_mmap_exec(void)
{
	void *p;

	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return (p == MAP_FAILED ? -1 : 0);
}

static int
act_mprotect_exec(void)
{
	void *p;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (-1);
	return (mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

#ifdef __linux__
static int
act_ptrace(void)
{
	/* SEIZE does not stop the other; our exit detaches. */
	return (ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == -1 ? -1 : 0);
}

static int
act_vm_read(void)
{
	struct iovec l, r;
	char c;

	l.iov_base = r.iov_base = &c;	/* after fork+exec: some address */
	l.iov_len = r.iov_len = 1;
	if (process_vm_readv(getppid(), &l, 1, &r, 1, 0) == -1 &&
	    errno != EFAULT)
		return (-1);
	return (0);
}

static int
act_dumpable(void)
{
	return (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int
act_mount(void)
{
	return (mount("none", "/", "tmpfs", MS_REMOUNT | MS_BIND, NULL));
}

static int
act_unshare(void)
{
	return (unshare(CLONE_NEWUSER | CLONE_NEWNS));
}

static int
act_module(void)
{
	/* With the right to do it the name would not be found. */
	return (syscall(SYS_delete_module, "moatd_selftest", O_NONBLOCK) ==
	    -1 && errno != ENOENT ? -1 : 0);
}

static int
act_swapoff(void)
{
	return (swapoff("/tmp/.moatd-selftest-none") == -1 &&
	    errno != ENOENT ? -1 : 0);
}

static int
act_reboot(void)
{
	/* Wrong magic: EINVAL for whoever may, EPERM for others. */
	return (syscall(SYS_reboot, 1, 2, 3, NULL) == -1 &&
	    errno != EINVAL ? -1 : 0);
}

static int
act_perf(void)
{
	/* An attribute of no known size: E2BIG or EFAULT once inside. */
	return (syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0) == -1 &&
	    errno != EFAULT && errno != E2BIG ? -1 : 0);
}

static int
act_bpf(void)
{
	return (syscall(SYS_bpf, 0, NULL, 0) == -1 && errno != EINVAL &&
	    errno != EFAULT ? -1 : 0);
}

static int
act_io_uring(void)
{
	return (syscall(SYS_io_uring_setup, 1, NULL) == -1 &&
	    errno != EFAULT ? -1 : 0);
}

static int
act_userfaultfd(void)
{
	return (got(syscall(SYS_userfaultfd, O_CLOEXEC)));
}

static int
act_memfd(void)
{
	return (got(syscall(SYS_memfd_create, "moatd-selftest", 1U)));
}

static int
act_keyctl(void)
{
	/* KEYCTL_GET_KEYRING_ID of the session's keyring */
	return (syscall(SYS_keyctl, 0, -3, 0) == -1 ? -1 : 0);
}

static int
act_handle(void)
{
	return (syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY) ==
	    -1 && errno != EFAULT ? -1 : 0);
}

static int
act_personality(void)
{
	return (syscall(SYS_personality, 0xffffffffUL) == -1 ? -1 : 0);
}

static int
act_tty(void)
{
	char c = '\n';

	/* TIOCSTI on the log pipe: ENOTTY once ioctl(2) got through */
	return (ioctl(2, TIOCSTI, &c) == -1 && errno != ENOTTY ? -1 : 0);
}
#endif

/* The engine may reach its database, the mailer its server. */
static const struct selftest_act acts[] = {
	{ "open /etc/passwd", 0, act_passwd },
	{ "open keys/pepper", 0, act_keys },
	{ "list keys/", 0, act_keys_dir },
	{ "create a file in /tmp", 0, act_create },
	{ "read /proc/1/environ", 0, act_init_environ },
	{ "open /proc/self/mem", 0, act_self_mem },
	{ "open the parent's /proc/PID/mem", 0, act_parent_mem },
	{ "chmod", 0, act_chmod },
	{ "connect to 127.0.0.1", ROLE_BIT(ROLE_ENGINE) |
	    ROLE_BIT(ROLE_MAILER), act_connect },
	{ "bind 127.0.0.1", 0, act_bind },
	{ "raw socket", 0, act_raw_socket },
	{ "execve /bin/sh", 0, act_exec },
	{ "fork", 0, act_fork },
	{ "signal the parent", 0, act_kill },
	{ "setuid 0", 0, act_setuid },
	{ "chroot", 0, act_chroot },
	{ "allow core files", 0, act_rlimit },
	{ "mmap executable", 0, act_mmap_exec },
	{ "mprotect executable", 0, act_mprotect_exec },
#ifdef __linux__
	{ "ptrace the parent", 0, act_ptrace },
	{ "process_vm_readv of the parent", 0, act_vm_read },
	{ "become dumpable", 0, act_dumpable },
	{ "mount", 0, act_mount },
	{ "unshare", 0, act_unshare },
	{ "delete_module", 0, act_module },
	{ "swapoff", 0, act_swapoff },
	{ "reboot", 0, act_reboot },
	{ "perf_event_open", 0, act_perf },
	{ "bpf", 0, act_bpf },
	{ "io_uring_setup", 0, act_io_uring },
	{ "userfaultfd", 0, act_userfaultfd },
	{ "memfd_create", 0, act_memfd },
	{ "keyctl", 0, act_keyctl },
	{ "open_by_handle_at", 0, act_handle },
	{ "personality", 0, act_personality },
	{ "ioctl TIOCSTI", 0, act_tty },
#endif
};

#define NACTS	(sizeof(acts) / sizeof(acts[0]))

size_t
selftest_acts(const struct selftest_act **out)
{
	*out = acts;
	return (NACTS);
}

int
selftest_run(unsigned n, const char *state)
{
	if (n < 1 || n > NACTS)
		return (SELFTEST_NO_ACT);
	selftest_state = state;
	if (acts[n - 1].act() == -1) {
		log_warn("%s", acts[n - 1].name);
		return (SELFTEST_REFUSED);
	}
	return (SELFTEST_WORKED);
}
