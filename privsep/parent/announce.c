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
 * Who: the parent. Holds: nothing. Callers: supervise.c, superadmin.c, and
 * moatd.c to go into the background.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "privsep/parent/announce.h"
#include "privsep/parent/notify.h"
#include "privsep/parent/reload.h"
#include "privsep/parent/superadmin.h"
#include "src/base/log.h"

/* The process that was called: returns to the shell when we are ready. */
static void __attribute__((noreturn))
wait_for(int fd, pid_t pid)
{
	char c;
	int status;

	if (read(fd, &c, 1) == 1)
		_exit(0);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status) != 0)
		_exit(WEXITSTATUS(status));
	_exit(1);
}

void
announce_daemonize(struct moatd *m)
{
	int pipefd[2];
	pid_t pid;

	if (m->foreground)
		return;
	if (pipe2(pipefd, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		fatal("cannot go into the background");
	if (pid > 0) {
		close(pipefd[1]);
		wait_for(pipefd[0], pid);
	}
	close(pipefd[0]);
	m->daemon_pipe = pipefd[1];
	if (setsid() == -1)
		fatal("setsid");
}

static void
to_null(int fd)
{
	int null;

	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		return;
	dup2(null, fd);
	close(null);
}

void
announce_detach(struct moatd *m)
{
	if (m->foreground || m->phase == MOATD_STARTING)
		return;
	if (m->daemon_pipe != -1) {
		to_null(STDIN_FILENO);
		to_null(STDERR_FILENO);
		log_to_syslog();
		if (write(m->daemon_pipe, "", 1) == -1)
			log_warn("the caller is gone");
		close(m->daemon_pipe);
		m->daemon_pipe = -1;
	}
	/* A password may still have to be shown. */
	if (m->db_up)
		to_null(STDOUT_FILENO);
}

void
announce_ready(struct moatd *m)
{
	char url[128];

	m->phase = MOATD_SERVING;
	listen_url(&m->listeners, url, sizeof(url));
	printf("moatd: ready on %s\n", url);
	fflush(stdout);
	notify_ready();
	boards_memory(m);
	announce_detach(m);
	if (m->reload_wanted)
		reload_request(m);
}

void
announce_reloaded(struct moatd *m)
{
	if (!m->reloading)
		return;
	m->reloading = 0;
	log_info("configuration %u is in force", m->generation);
	notify_ready();
}
