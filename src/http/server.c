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
 * Runs in the worker: the server as a whole, its start, its drain, its end,
 * and the free lists. Called by worker.c.
 */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/http/conn.h"

#define DRAIN_IDLE_US	(CLOCK_SEC / 2)	/* for a request on its way */

void *
pool_get(struct pool *p)
{
	return p->n > 0 ? p->at[--p->n] : NULL;
}

int
pool_put(struct pool *p, void *item)
{
	if (p->n == CONN_POOL)
		return 0;
	p->at[p->n++] = item;
	return 1;
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval second = { 1, 0 };
	struct http_server *srv = arg;

	(void)fd;
	(void)what;
	accept_resume(srv);
	if (srv->paused)
		evtimer_add(&srv->retry, &second);
}

static void
drain_done(struct http_server *srv)
{
	void (*done)(void *) = srv->drained;

	if (done == NULL)
		return;
	srv->drained = NULL;
	evtimer_del(&srv->deadline);
	done(srv->drained_arg);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drain_done(arg);
}

static int
load_trust(struct http_server *srv)
{
	const char *const *t = srv->conf->trust;
	size_t n = 0;

	while (t != NULL && t[n] != NULL)
		n++;
	if (n == 0)
		return 0;
	srv->trust = calloc(n, sizeof(*srv->trust));
	if (srv->trust == NULL)
		return -1;
	for (; srv->ntrust < n; srv->ntrust++) {
		if (forward_net_parse(&srv->trust[srv->ntrust],
		    t[srv->ntrust]) == -1) {
			log_warnx("trust proxy %s: not a network",
			    t[srv->ntrust]);
			return -1;
		}
	}
	return 0;
}

static void
set_times(struct timeo *t, const struct http_conf *conf)
{
	t->us[TIMEO_IDLE] = (int64_t)conf->idle_ms * 1000;
	t->us[TIMEO_HEADER] = (int64_t)conf->header_ms * 1000;
	t->us[TIMEO_BODY] = (int64_t)conf->body_ms * 1000;
	t->us[TIMEO_WRITE] = (int64_t)conf->write_ms * 1000;
	t->us[TIMEO_LINGER] = CONN_LINGER_US;
}

struct http_server *
http_server_new(struct event_base *base, const struct http_route *routes,
    size_t nroutes, const struct http_conf *conf)
{
	struct http_server *srv = calloc(1, sizeof(*srv));

	if (srv == NULL) {
		log_warn("http");
		return NULL;
	}
	srv->base = base;
	srv->conf = conf;
	srv->routes = routes;
	srv->rnd_at = sizeof(srv->rnd);
	TAILQ_INIT(&srv->listeners);
	buf_init(&srv->out);
	timeo_init(&srv->timeo, base, conn_fire, srv);
	set_times(&srv->timeo, conf);
	evtimer_assign(&srv->retry, base, on_retry, srv);
	evtimer_assign(&srv->deadline, base, on_deadline, srv);
	srv->fd_cap = accept_fd_cap(conf->max_conns);
	srv->table = route_new(routes, nroutes);
	if (srv->table == NULL || load_trust(srv) == -1) {
		http_server_free(srv);
		return NULL;
	}
	signal(SIGPIPE, SIG_IGN);	/* a client that is gone is EPIPE */
	return srv;
}

static void
close_all(struct http_server *srv)
{
	struct timeo_node *n;
	int k;

	for (k = 0; k < TIMEO__MAX; k++) {
		while ((n = TAILQ_FIRST(&srv->timeo.q[k])) != NULL)
			conn_close((void *)((char *)n -
			    offsetof(struct http_conn, tn)));
	}
}

void
http_server_free(struct http_server *srv)
{
	struct http_req *r;
	void *p;

	if (srv == NULL)
		return;
	srv->draining = 1;
	srv->drained = NULL;
	accept_stop(srv);
	evtimer_del(&srv->deadline);
	close_all(srv);
	timeo_stop(&srv->timeo);
	while ((p = pool_get(&srv->bufs)) != NULL)
		free(p);
	while ((r = pool_get(&srv->reqs)) != NULL) {
		buf_free(&r->extra);
		free(r);
	}
	buf_free(&srv->out);
	route_free(srv->table);
	free(srv->trust);
	free(srv);
}

uint32_t
http_server_conns(const struct http_server *srv)
{
	return srv->nconns;
}

/*
 * Called as the last act of a connection's end, or when the drain begins; the
 * server may be freed by the callback, so nothing comes after it.
 */
void
server_conn_gone(struct http_server *srv, int shed)
{
	if (shed)
		srv->nshed--;
	else
		srv->nconns--;
	if (srv->paused)
		accept_resume(srv);
	if (srv->drained != NULL && srv->nconns == 0 && srv->nshed == 0)
		event_active(&srv->deadline, EV_TIMEOUT, 0);
}

void
http_server_drain(struct http_server *srv, uint32_t drain_ms,
    void (*done)(void *), void *arg)
{
	struct timeval tv;

	srv->draining = 1;
	srv->drained = done;
	srv->drained_arg = arg;
	accept_stop(srv);
	if (srv->nconns == 0 && srv->nshed == 0)
		drain_ms = 0;
	tv.tv_sec = drain_ms / 1000;
	tv.tv_usec = (suseconds_t)(drain_ms % 1000) * 1000;
	evtimer_add(&srv->deadline, &tv);
	/* Idle ones get a moment: their next answer says close. */
	timeo_shorten(&srv->timeo, TIMEO_IDLE, DRAIN_IDLE_US, clock_mono());
}
