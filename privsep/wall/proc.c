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
 * The life of a child, the same for every role: set-up messages from the
 * parent, preparation with rights still whole, confinement, READY, the loop,
 * the end. Run by the mains of worker, engine, vault and hasher. Holds the
 * process's one context and nothing secret: set-up messages are wiped as soon
 * as the role has taken its copy.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "privsep/wall/proc.h"
#include "src/base/log.h"

#define PROC_EX_USAGE	64

extern char **environ;

/* What the parent put there was for the dynamic linker alone. */
static void
environment_wipe(void)
{
	char **v;

	for (v = environ; v != NULL && *v != NULL; v++) {
		explicit_bzero(*v, strlen(*v));
		*v = NULL;
	}
}

static void
signals_ignore(void)
{
	/* A terminal's signals are for the parent, who stops us in order. */
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGQUIT,
	    SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU };
	struct sigaction sa;
	sigset_t none;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (sigaction(ignored[i], &sa, NULL) == -1)
			fatal("sigaction");
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		fatal("sigprocmask");
}

/* Started by hand there is no parent on descriptor 3. */
static void
channel_check(void)
{
	struct stat st;

	if (fstat(PROC_FD, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		log_warnx("this program is started by moatd, not by hand");
		exit(PROC_EX_USAGE);
	}
	if (fcntl(PROC_FD, F_SETFD, FD_CLOEXEC) == -1)
		fatal("fcntl");
}

static void
common_take(struct proc *p, const struct msg_conf_common *m)
{
	if (m->role != p->role)
		fatalx("set up as role %u", m->role);
	p->index = m->index;
	p->generation = m->generation;
	p->flags = m->flags;
	p->uid = m->uid;
	p->gid = m->gid;
	p->selftest = m->selftest;
	/* The table's caps are smaller than these arrays or equal. */
	snprintf(p->chroot, sizeof(p->chroot), "%s", m->chroot);
	snprintf(p->state, sizeof(p->state), "%s", m->state);
	snprintf(p->version, sizeof(p->version), "%s", m->version);
	if (strlen(m->chroot) >= sizeof(p->chroot) ||
	    strlen(m->state) >= sizeof(p->state))
		fatalx("a directory's name is too long");
	log_verbose((p->flags & CONF_F_VERBOSE) != 0);
}

/* Reads set-up messages up to START; a STOP before it ends us. */
static void
setup_receive(struct proc *p)
{
	struct buf body = BUF_INIT;
	union msg m;
	uint64_t id;
	uint16_t type = 0;
	int common = 0, fd;

	while (type != IMSG_START) {
		if (chan_recv_blocking(PROC_FD, p->role, ROLE_PARENT, &body,
		    &type, &id, &m, &fd) == -1) {
			if (errno == ECONNRESET)
				exit(0);
			fatal("set-up message");
		}
		if (type == IMSG_STOP)
			exit(0);
		if (type == IMSG_CONF_COMMON) {
			common_take(p, &m.conf_common);
			common = 1;
		} else if (!common)
			fatalx("set-up does not start with CONF_COMMON");
		else if (type != IMSG_START)
			p->ops->setup(p, type, &m, fd);
		if (body.cap != 0)
			explicit_bzero(body.p, body.cap);
	}
	buf_free(&body);
}

static void
base_make(struct proc *p)
{
	struct event_config *cfg;

	cfg = event_config_new();
	if (cfg == NULL)
		fatal("event_config_new");
	/* One thread; and no descriptor of ours is a dup() of another one in
	 * the same base, which the change list could not bear. */
	if (event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK |
	    EVENT_BASE_FLAG_IGNORE_ENV |
	    EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == -1)
		fatalx("event_config_set_flag");
	p->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (p->base == NULL)
		fatalx("event_base_new_with_config");
}

static void
stop(struct proc *p)
{
	if (p->stopping)
		return;
	p->stopping = 1;
	if (p->ops->stop != NULL)
		p->ops->stop(p);
	else
		proc_exit(p, 0);
}

static void
on_term(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	stop(arg);
}

static void
on_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m, int fd,
    void *arg)
{
	struct proc *p = arg;

	(void)c;
	if (type == IMSG_STOP)
		stop(p);
	else if (p->ops->msg != NULL)
		p->ops->msg(p, type, id, m, fd);
	else if (fd != -1)
		close(fd);
}

/* The parent is gone, or mad: there is nobody to drain for. */
static void
on_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	(void)c;
	(void)arg;
	if (end == CHAN_EOF)
		exit(0);
	fatalx("the parent's channel: %s", why);
}

static const struct chan_ops parent_ops = { on_msg, on_end };

static void
confine(struct proc *p)
{
	struct sandbox_policy *pol;

	pol = calloc(1, sizeof(*pol));
	if (pol == NULL)
		fatal("calloc");
	pol->calls[0] = sandbox_base;
	if (p->ops->policy != NULL)
		p->ops->policy(p, pol);
	p->mechanisms = sandbox_enter(pol, p->flags, p->uid, p->gid,
	    p->chroot);
	free(pol);
}

/* Everything that was queued for the parent leaves, even if it waits. */
static void
parent_flush(struct proc *p)
{
	int fl;

	if (p->parent == NULL || chan_pending(p->parent) == 0)
		return;
	fl = fcntl(PROC_FD, F_GETFL);
	if (fl != -1)
		(void)fcntl(PROC_FD, F_SETFL, fl & ~O_NONBLOCK);
	(void)chan_flush(p->parent);
}

static void
ready_send(struct proc *p)
{
	struct msg_ready m;

	memset(&m, 0, sizeof(m));
	m.mechanisms = p->mechanisms;
	if (chan_send(p->parent, IMSG_READY, 0, &m, -1) == -1 ||
	    chan_flush(p->parent) == -1)
		fatal("READY");
	chan_set_running(p->parent);
}

static struct event *
term_watch(struct proc *p)
{
	struct event *term;

	term = evsignal_new(p->base, SIGTERM, on_term, p);
	if (term == NULL || event_add(term, NULL) == -1)
		fatalx("event for SIGTERM");
	return (term);
}

void
proc_main(const struct proc_ops *ops, int argc, char *argv[])
{
	static struct proc ctx;
	struct proc *p = &ctx;
	struct event *term;

	(void)argc;
	(void)argv;
	p->role = ops->role;
	p->ops = ops;
	log_init(role_name(p->role));
	channel_check();
	environment_wipe();
	sandbox_early();
	umask(077);
	signals_ignore();
	setup_receive(p);
	tzset();		/* localtime(3) may open no file later */
	base_make(p);
	term = term_watch(p);
	if (ops->prepare != NULL && (p->flags & CONF_F_SELFTEST) == 0)
		ops->prepare(p);
	confine(p);
	if (p->flags & CONF_F_SELFTEST)
		_exit(selftest_run(p->selftest, p->state));

	p->parent = chan_new(p->base, PROC_FD, p->role, ROLE_PARENT, 0,
	    &parent_ops, p);
	if (p->parent == NULL)
		fatal("chan_new");
	if (ops->run != NULL)
		ops->run(p);
	ready_send(p);
	if (event_base_dispatch(p->base) == -1)
		fatalx("event loop");
	parent_flush(p);
	event_free(term);
	exit(p->exit_code);
}

void
proc_fail(struct proc *p, const char *fmt, ...)
{
	struct msg_fail m;
	char text[CAP_LINE / 4], reason[CAP_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warnx("%s", text);
	/* A file's name may hold anything; a message's text is UTF-8. */
	log_escape(reason, sizeof(reason), text, strlen(text));
	memset(&m, 0, sizeof(m));
	m.reason = reason;
	if (p->parent != NULL) {
		(void)chan_send(p->parent, IMSG_FAIL, 0, &m, -1);
		parent_flush(p);
	} else
		(void)chan_send_blocking(PROC_FD, IMSG_FAIL, 0, &m, -1);
	exit(PROC_EX_FAIL);
}

void
proc_exit(struct proc *p, int code)
{
	p->exit_code = code;
	if (event_base_loopexit(p->base, NULL) == -1)
		exit(code);
}
