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
 * Who: the parent. Holds: state/moatd.sock and its connections. Callers:
 * moatd.c, stop.c. Only root and the parent's own user are heard. Of a request
 * for the engine the parent reads no byte: it looks at the header where it
 * lies and passes the descriptor on.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/child.h"
#include "privsep/parent/control.h"
#include "privsep/parent/keymaker.h"
#include "privsep/parent/reload.h"
#include "privsep/parent/selftest.h"
#include "privsep/parent/supervise.h"
#include "privsep/wall/wire.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define NAME		"moatd.sock"
#define CONNS_MAX	16
#define IDLE_S		10
#define PAUSE_S		1	/* after an accept(2) that failed */

struct ctl {
	LIST_ENTRY(ctl)	 entry;
	struct control	*control;
	int		 fd;		/* until it has a channel */
	struct event	*ev, *idle;
	struct chan	*chan;
	struct selftest	*test;
	struct keyjob	*job;
	uint64_t	 id;		/* of the request under way */
	int		 done;		/* answered: close when written */
};

LIST_HEAD(ctl_list, ctl);

struct control {
	struct moatd	*m;
	int		 fd;
	struct event	*ev, *resume;
	struct ctl_list	 conns;
	unsigned	 nconns;
};

static void
ctl_free(struct ctl *c)
{
	LIST_REMOVE(c, entry);
	c->control->nconns--;
	selftest_free(c->test);
	keyjob_forget(c->job);
	chan_free(c->chan);
	if (c->ev != NULL)
		event_free(c->ev);
	if (c->idle != NULL)
		event_free(c->idle);
	if (c->fd != -1)
		close(c->fd);
	free(c);
}

/* ---- answers ---- */

static void
done(struct ctl *c, uint8_t code, const char *text)
{
	struct msg_ctl_done_res res = { code, text };
	char safe[CAP_LINE];

	log_escape(safe, sizeof(safe), text, strlen(text));
	res.text = safe;
	chan_send(c->chan, IMSG_CTL_DONE_RES, c->id, &res, -1);
}

static uint32_t
queue_of(const struct moatd *m, enum role role, uint32_t index)
{
	const struct shm_engine *b = m->boards.engine;

	if (role == ROLE_ENGINE)
		return (shm_get(&b->store_queue));
	if (index != 0)
		return (0);	/* a role's queue stands at its first process */
	if (role == ROLE_HASHER)
		return (shm_get(&b->hasher_queue));
	return (role == ROLE_VAULT ? shm_get(&b->vault_queue) : 0);
}

static void
send_process(struct ctl *c, const struct shm_proc *p)
{
	const struct moatd *m = c->control->m;
	struct msg_ctl_proc_item_res item;
	int64_t started = shm_get(&p->started);

	memset(&item, 0, sizeof(item));
	item.role = (uint8_t)shm_get(&p->role);
	item.index = shm_get(&p->index);
	item.pid = shm_get(&p->pid);
	item.state = (uint8_t)shm_get(&p->state);
	item.restarts = shm_get(&p->restarts);
	if (item.pid != 0)
		item.uptime_s = (uint64_t)((clock_mono() - started) /
		    CLOCK_SEC);
	item.rss_bytes = shm_get(&p->rss_bytes);
	item.queue = queue_of(m, (enum role)item.role, item.index);
	item.mechanisms = shm_get(&p->mechanisms);
	chan_send(c->chan, IMSG_CTL_PROC_ITEM_RES, c->id, &item, -1);
}

static void
ctl_status(struct ctl *c, const union msg *req, int fd)
{
	struct moatd *m = c->control->m;
	struct msg_ctl_health_res health;
	char text[CAP_LINE] = "";
	size_t i, n = 0;

	(void)req;
	(void)fd;
	boards_memory(m);
	for (i = 0; i < m->listeners.n && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    i > 0 ? " " : "", m->listeners.v[i].name);
	for (i = 0; i < shm_get(&m->boards.parent->nprocs); i++)
		send_process(c, &m->boards.parent->proc[i]);
	memset(&health, 0, sizeof(health));
	health.ready = (uint8_t)shm_get(&m->boards.parent->ready);
	health.database = (uint8_t)m->db_up;
	health.version = PACKAGE_VERSION;
	health.listen = text;
	health.generation = m->generation;
	chan_send(c->chan, IMSG_CTL_HEALTH_RES, c->id, &health, -1);
	done(c, 0, "");
}

static void
ctl_reload(struct ctl *c, const union msg *m, int fd)
{
	char why[512];

	(void)m;
	(void)fd;
	if (c->control->m->phase != MOATD_SERVING)
		done(c, 1, "moatd is not serving yet");
	else if (reload_now(c->control->m, why, sizeof(why)) == -1)
		done(c, 1, why);
	else
		done(c, 0, "reloaded");
}

static void
test_item(const struct msg_ctl_test_item_res *item, void *arg)
{
	struct ctl *c = arg;

	chan_send(c->chan, IMSG_CTL_TEST_ITEM_RES, c->id, item, -1);
}

static void
test_done(unsigned breaches, unsigned acts, void *arg)
{
	struct ctl *c = arg;
	char text[96];

	snprintf(text, sizeof(text), "%u acts tried, %u breaches", acts,
	    breaches);
	done(c, breaches > 0 ? 4 : 0, text);
}

static void
ctl_selftest(struct ctl *c, const union msg *m, int fd)
{
	(void)m;
	(void)fd;
	if ((c->test = selftest_start(c->control->m, test_item, test_done,
	    c)) == NULL)
		done(c, 1, "a self test is running already");
}

/* ---- keys that move ---- */

static void
keys_moved(int ok, const char *text, void *arg)
{
	struct ctl *c = arg;

	c->job = NULL;
	done(c, ok ? 0 : 1, text);
}

static void
ctl_key_export(struct ctl *c, const union msg *m, int fd)
{
	const char *why;

	if ((c->job = keyjob_export(c->control->m, fd,
	    m->ctl_key_export_req.passphrase, keys_moved, c, &why)) == NULL)
		done(c, 1, why);
}

static void
ctl_key_import(struct ctl *c, const union msg *m, int fd)
{
	const char *why;

	if ((c->job = keyjob_import(c->control->m, fd,
	    m->ctl_key_import_req.passphrase, keys_moved, c, &why)) == NULL)
		done(c, 1, why);
}

static const struct {
	uint16_t	  type;
	void		(*run)(struct ctl *, const union msg *, int fd);
} requests[] = {
	{ IMSG_CTL_STATUS_REQ, ctl_status },
	{ IMSG_CTL_RELOAD_REQ, ctl_reload },
	{ IMSG_CTL_SELFTEST_REQ, ctl_selftest },
	{ IMSG_CTL_KEY_EXPORT_REQ, ctl_key_export },
	{ IMSG_CTL_KEY_IMPORT_REQ, ctl_key_import }
};

/* ---- connections ---- */

static void
on_msg(struct chan *chan, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	struct ctl *c = arg;
	size_t i;

	if (c->test != NULL || c->job != NULL) {
		if (fd != -1)
			close(fd);
		chan_violation(chan, "a request before the answer");
		return;
	}
	evtimer_del(c->idle);
	c->id = id;
	for (i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		if (requests[i].type == type)
			requests[i].run(c, m, fd);	/* fd: theirs */
}

static void
on_end(struct chan *chan, enum chan_end end, const char *why, void *arg)
{
	(void)chan;
	if (end == CHAN_VIOLATION)
		log_warnx("moatctl: %s", why);
	ctl_free(arg);
}

static const struct chan_ops ops = { on_msg, on_end };

/* The whole connection is the engine's from here on. */
static void
pass_on(struct ctl *c)
{
	struct child *engine = supervise_engine(c->control->m);
	struct msg_ctl_done_res res = { 1, "the engine is not running" };
	struct msg_ctl_pass pass = { 0 };
	char skip[MSG_STD];
	int copy = -1;

	/* what is sent is closed even when it could not be sent */
	if (engine != NULL && engine->chan != NULL)
		copy = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	if (copy == -1 || chan_send(engine->chan, IMSG_CTL_PASS, 0, &pass,
	    copy) == -1) {
		while (recv(c->fd, skip, sizeof(skip), MSG_DONTWAIT) > 0)
			;
		chan_send_blocking(c->fd, IMSG_CTL_DONE_RES, 0, &res, -1);
	}
	ctl_free(c);
}

static void
first_bytes(evutil_socket_t fd, short what, void *arg)
{
	struct ctl *c = arg;
	uint8_t head[WIRE_HDR];
	unsigned type;

	(void)what;
	/* moatctl writes its request at once: a piece is not from it. */
	if (recv(fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT) !=
	    (ssize_t)sizeof(head)) {
		ctl_free(c);
		return;
	}
	type = (unsigned)head[0] << 8 | head[1];
	event_free(c->ev);
	c->ev = NULL;
	if (type >= CTL_ENGINE_FIRST) {
		pass_on(c);
		return;
	}
	if ((c->chan = chan_new(c->control->m->base, fd, ROLE_PARENT,
	    ROLE_CTL, 0, &ops, c)) == NULL)
		ctl_free(c);
	else
		c->fd = -1;
}

static void
too_idle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ctl_free(arg);
}

static int
welcome(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == -1)
		return (0);
	return (peer.uid == 0 || peer.uid == geteuid());
}

static void
resume(evutil_socket_t fd, short what, void *arg)
{
	struct control *ct = arg;

	(void)fd;
	(void)what;
	event_add(ct->ev, NULL);
}

/* Out of descriptors, say: who waits stays readable, and must not spin us. */
static void
pause_accepting(struct control *ct)
{
	const struct timeval tv = { PAUSE_S, 0 };

	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	log_warn("moatctl has to wait");
	if (evtimer_add(ct->resume, &tv) == 0)
		event_del(ct->ev);
}

static void
on_accept(evutil_socket_t lfd, short what, void *arg)
{
	const struct timeval idle = { IDLE_S, 0 };
	struct control *ct = arg;
	struct ctl *c;
	int fd;

	(void)what;
	if ((fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC |
	    SOCK_NONBLOCK)) == -1) {
		pause_accepting(ct);
		return;
	}
	if (ct->nconns >= CONNS_MAX || !welcome(fd) ||
	    (c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return;
	}
	c->control = ct;
	c->fd = fd;
	LIST_INSERT_HEAD(&ct->conns, c, entry);
	ct->nconns++;
	if ((c->ev = event_new(ct->m->base, fd, EV_READ, first_bytes,
	    c)) == NULL || event_add(c->ev, NULL) == -1 ||
	    (c->idle = evtimer_new(ct->m->base, too_idle, c)) == NULL ||
	    evtimer_add(c->idle, &idle) == -1)
		ctl_free(c);
}

/* ---- the socket ---- */

static int
bind_socket(const struct custody *cu)
{
	struct sockaddr_un sun;
	mode_t old;
	int fd, n, rv;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	n = snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/" NAME,
	    cu->state);
	if (n < 0 || (size_t)n >= sizeof(sun.sun_path))
		snprintf(sun.sun_path, sizeof(sun.sun_path),
		    "/proc/self/fd/%d/" NAME, cu->lock);
	if (unlinkat(cu->lock, NAME, 0) == -1 && errno != ENOENT)
		fatal("%s/" NAME, cu->state);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1)
		fatal("socket");
	old = umask(0177);
	rv = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	if (rv == -1 || listen(fd, CONNS_MAX) == -1)
		fatal("%s/" NAME, cu->state);
	return (fd);
}

void
control_open(struct moatd *m)
{
	struct control *ct;

	if ((ct = calloc(1, sizeof(*ct))) == NULL)
		fatal("control socket");
	ct->m = m;
	LIST_INIT(&ct->conns);
	ct->fd = bind_socket(m->custody);
	if ((ct->ev = event_new(m->base, ct->fd, EV_READ | EV_PERSIST,
	    on_accept, ct)) == NULL || event_add(ct->ev, NULL) == -1 ||
	    (ct->resume = evtimer_new(m->base, resume, ct)) == NULL)
		fatalx("control socket");
	m->control = ct;
}

void
control_close(struct moatd *m)
{
	struct control *ct = m->control;

	if (ct == NULL)
		return;
	m->control = NULL;
	while (!LIST_EMPTY(&ct->conns))
		ctl_free(LIST_FIRST(&ct->conns));
	unlinkat(m->custody->lock, NAME, 0);
	event_free(ct->ev);
	event_free(ct->resume);
	close(ct->fd);
	free(ct);
}
