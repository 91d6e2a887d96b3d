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
 * Runs in the worker: listeners to connections. Over the configured cap a
 * client is told 503; when descriptors run out the listeners rest until one
 * is free, so that the event loop never spins and the backlog keeps clients
 * for other workers.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/http/conn.h"

#define ACCEPT_BATCH	16	/* at one readiness, to share with others */
#define FD_RESERVE	32	/* for listeners, the wall, a new engine */

/*
 * Connections that the descriptor limit leaves room for. The reserve matters:
 * without it a flood of clients would keep a restarted engine's socket out.
 */
uint32_t
accept_fd_cap(uint32_t max_conns)
{
	struct rlimit rl;
	rlim_t cap;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return UINT32_MAX;
	if (rl.rlim_cur < rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max;	/* 1024 is for select(2) */
		if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
			getrlimit(RLIMIT_NOFILE, &rl);
	}
	if (rl.rlim_cur == RLIM_INFINITY)
		return UINT32_MAX;
	cap = rl.rlim_cur > 2 * FD_RESERVE ? rl.rlim_cur - FD_RESERVE :
	    rl.rlim_cur / 2;
	if (cap < (rlim_t)max_conns + CONN_SHED)
		log_info("descriptor limit %llu leaves room for %llu of %u "
		    "connections", (unsigned long long)rl.rlim_cur,
		    (unsigned long long)cap, max_conns);
	return cap > UINT32_MAX ? UINT32_MAX : (uint32_t)cap;
}

static void
pause_all(struct http_server *srv)
{
	static const struct timeval second = { 1, 0 };
	struct http_listener *l;

	if (srv->paused)
		return;
	srv->paused = 1;
	TAILQ_FOREACH(l, &srv->listeners, link)
		event_del(&l->ev);
	/* Others in this process may free one without telling us. */
	evtimer_add(&srv->retry, &second);
}

void
accept_resume(struct http_server *srv)
{
	struct http_listener *l;

	if (!srv->paused || srv->draining ||
	    srv->nconns + srv->nshed >= srv->fd_cap)
		return;
	srv->paused = 0;
	evtimer_del(&srv->retry);
	TAILQ_FOREACH(l, &srv->listeners, link)
		event_add(&l->ev, NULL);
}

/* It may come and go with each client: one line a minute. */
static void
warn_once(struct http_server *srv, int err)
{
	int64_t now = clock_mono();

	if (srv->warned != 0 && now - srv->warned < 60 * CLOCK_SEC)
		return;
	srv->warned = now;
	log_warnx("cannot accept connections for now: %s", strerror(err));
}

/* 1: try again, 0: enough for now. */
static int
accept_one(struct http_listener *l)
{
	struct http_server *srv = l->srv;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint8_t peer[16];
	int fd, shed;

	if (srv->nconns + srv->nshed >= srv->fd_cap) {
		pause_all(srv);
		return 0;
	}
	memset(&ss, 0, sizeof(ss));
	fd = accept4(l->fd, (struct sockaddr *)&ss, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		switch (errno) {
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM:
			warn_once(srv, errno);
			pause_all(srv);
			return 0;
		case EAGAIN:
			return 0;
		default:	/* the client has gone already */
			return 1;
		}
	}
	shed = srv->nconns >= srv->conf->max_conns;
	if (shed && srv->nshed >= CONN_SHED) {
		close(fd);
		return 1;
	}
	forward_from_sockaddr(peer, (struct sockaddr *)&ss);
	conn_new(srv, fd, l->serve, peer, shed);
	return 1;
}

static void
on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct http_listener *l = arg;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < ACCEPT_BATCH && accept_one(l); i++)
		;
}

int
http_server_listen(struct http_server *srv, int fd, uint32_t serve)
{
	struct http_listener *l = calloc(1, sizeof(*l));
	int on = 1, flags;

	if (l == NULL)
		return -1;
	flags = fcntl(fd, F_GETFL);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1) {
		free(l);
		return -1;
	}
	/* Accepted sockets inherit it; a local socket has no such thing. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->srv = srv;
	l->fd = fd;
	l->serve = serve;
	event_assign(&l->ev, srv->base, fd, EV_READ | EV_PERSIST, on_accept,
	    l);
	if (event_add(&l->ev, NULL) == -1) {
		free(l);
		return -1;
	}
	TAILQ_INSERT_TAIL(&srv->listeners, l, link);
	return 0;
}

void
accept_stop(struct http_server *srv)
{
	struct http_listener *l;

	evtimer_del(&srv->retry);
	while ((l = TAILQ_FIRST(&srv->listeners)) != NULL) {
		TAILQ_REMOVE(&srv->listeners, l, link);
		event_del(&l->ev);
		close(l->fd);
		free(l);
	}
}
