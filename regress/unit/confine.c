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


/* Children that enter a policy and try one act. */
#include "config.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/confine.h"
#include "src/base/log.h"

struct sandbox_policy policy;
uint32_t flags, mechanisms;
const char *chroot_dir = "";

void
confine_reset(void)
{
	log_init("test");
	memset(&policy, 0, sizeof(policy));
	flags = 0;
	chroot_dir = "";
}

static int
status_of(pid_t pid)
{
	int st;

	ck_assert_int_eq(waitpid(pid, &st, 0), pid);
	if (WIFSIGNALED(st))
		return (OUT_SIG + WTERMSIG(st));
	return (WEXITSTATUS(st));
}

int
outcome(int (*act)(void))
{
	pid_t pid;

	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		sandbox_early();
		policy.calls[0] = sandbox_base;
		mechanisms = sandbox_enter(&policy, flags, NOBODY, NOBODY,
		    chroot_dir);
		errno = 0;
		_exit(act() == 0 ? 0 : errno);
	}
	return (status_of(pid));
}

int
unconfined(int (*act)(void))
{
	pid_t pid;

	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		errno = 0;
		_exit(act() == 0 ? 0 : errno);
	}
	return (status_of(pid));
}
