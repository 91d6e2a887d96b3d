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
 * Runs in the worker: a connection from accept(2) to close(2). Holds the
 * bytes of one request at a time; pipelined ones wait behind it. One read
 * and one write a request, no event_add(3) in between.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/http/conn.h"

static void	on_event(evutil_socket_t, short, void *);

/* What the event waits for: CONN_F_READ, CONN_F_WRITE or nothing. */
static void
wait_for(struct http_conn *c, uint8_t what)
{
	const uint8_t both = CONN_F_READ | CONN_F_WRITE;
	int fd = event_get_fd(&c->ev);
	short ev;

	if ((c->flags & both) == what)
		return;
	if (c->flags & both)
		event_del(&c->ev);
	c->flags = (uint8_t)((c->flags & ~both) | what);
	if (what == 0)
		return;
	ev = (short)((what & CONN_F_READ ? EV_READ : EV_WRITE) | EV_PERSIST);
	event_assign(&c->ev, c->srv->base, fd, ev, on_event, c);
	if (event_add(&c->ev, NULL) == -1)
		c->flags |= CONN_F_DEAD;
}

void
conn_close(struct http_conn *c)
{
	struct http_server *srv = c->srv;
	int fd = event_get_fd(&c->ev), shed = (c->flags & CONN_F_SHED) != 0;

	if (c->flags & (CONN_F_READ | CONN_F_WRITE))
		event_del(&c->ev);
	if (c->req != NULL)
		req_free(c->req);
	body_release(c);
	conn_unpark(c);
	timeo_del(&srv->timeo, &c->tn);
	close(fd);
	free(c);
	server_conn_gone(srv, shed);
}

static void
linger(struct http_conn *c, int64_t now)
{
	body_release(c);
	c->state = CONN_LINGER;
	shutdown(event_get_fd(&c->ev), SHUT_WR);
	timeo_set(&c->srv->timeo, &c->tn, TIMEO_LINGER, now);
	wait_for(c, CONN_F_READ);
}

/* Bytes that nobody will read: only their end matters. */
static void
linger_read(struct http_conn *c)
{
	uint8_t sink[8192];
	ssize_t n;

	n = read(event_get_fd(&c->ev), sink, sizeof(sink));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && (c->drained += (uint32_t)n) < CONN_DRAIN_MAX)
		return;
	conn_close(c);
}

/* The deadline that fits what the connection waits for. */
static void
set_deadline(struct http_conn *c, int64_t now)
{
	int anew = (c->flags & CONN_F_ANEW) != 0;
	enum timeo_kind kind;

	switch (c->state) {
	case CONN_WORK:
	case CONN_STREAM:
		kind = TIMEO_WORK;
		break;
	case CONN_BODY:
	case CONN_SKIP:
		kind = TIMEO_BODY;
		break;
	default:
		kind = c->len > c->off ? TIMEO_HEADER : TIMEO_IDLE;
		break;
	}
	c->flags &= (uint8_t)~CONN_F_ANEW;
	if (anew || c->tn.kind != kind)
		timeo_set(&c->srv->timeo, &c->tn, kind, now);
}

/* After a turn: what to wait for, or the end. */
static void
settle(struct http_conn *c, int64_t now)
{
	if (c->flags & CONN_F_DEAD) {
		conn_close(c);
		return;
	}
	if (c->out != NULL) {
		if (c->tn.kind != TIMEO_WRITE)
			timeo_set(&c->srv->timeo, &c->tn, TIMEO_WRITE, now);
		wait_for(c, CONN_F_WRITE);
		return;
	}
	if (c->state == CONN_CLOSE) {
		if (c->flags & CONN_F_LINGER)
			linger(c, now);
		else
			conn_close(c);
		return;
	}
	if (c->len == c->off && c->state == CONN_HEAD) {
		body_release(c);
		if (c->srv->draining && c->flags & CONN_F_ANEW) {
			conn_close(c);
			return;
		}
	}
	set_deadline(c, now);
	if (c->state != CONN_WORK)
		wait_for(c, CONN_F_READ);
	if (c->flags & CONN_F_DEAD)
		conn_close(c);
}

/* One connection too many: an answer at once, whatever it wants to ask. */
static void
turn_away(struct http_conn *c)
{
	struct http_server *srv = c->srv;
	size_t from = srv->out.len;

	c->state = CONN_CLOSE;
	c->flags |= CONN_F_LINGER;
	reply_shed(srv);
	if (conn_write(c, from) == -1)
		c->flags |= CONN_F_DEAD;
	settle(c, clock_mono());
}

void
conn_new(struct http_server *srv, int fd, uint32_t serve,
    const uint8_t peer[16], int shed)
{
	struct http_conn *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	c->srv = srv;
	c->serve = serve;
	memcpy(c->peer, peer, sizeof(c->peer));
	if (shed) {
		c->flags |= CONN_F_SHED;
		srv->nshed++;
	} else
		srv->nconns++;
	timeo_add(&srv->timeo, &c->tn, TIMEO_IDLE, clock_mono());
	event_assign(&c->ev, srv->base, fd, EV_READ | EV_PERSIST, on_event, c);
	if (event_add(&c->ev, NULL) == -1) {
		conn_close(c);
		return;
	}
	c->flags |= CONN_F_READ;
	if (shed)
		turn_away(c);
}

static int
step_head(struct http_conn *c, int64_t now)
{
	uint8_t *p = c->in + c->off;
	size_t n = c->len - c->off, pos;
	enum parse_err err;

	if (n >= 2 && !(c->flags & CONN_F_BLANK)) {
		c->flags |= CONN_F_BLANK;
		if (p[0] == '\r' && p[1] == '\n') {
			c->off += 2;	/* RFC 9112 section 2.2 */
			c->scan = 0;
			return 1;
		}
	}
	if (n == 0)
		return 0;
	pos = c->scan;
	err = parse_scan(p, n, &pos);
	c->scan = (uint32_t)pos;
	if (err == PARSE_MORE)
		return 0;
	if (err != PARSE_OK)
		edge_fail(c, err);
	else
		edge_head(c, pos, now);
	return 1;
}

static int
step_body(struct http_conn *c)
{
	enum parse_err err = body_take(c);

	if (err == PARSE_MORE)
		return 0;
	if (c->state == CONN_SKIP) {
		c->state = err == PARSE_OK ? CONN_HEAD : CONN_CLOSE;
		c->flags |= err == PARSE_OK ? CONN_F_ANEW : CONN_F_LINGER;
	} else if (err != PARSE_OK)
		edge_fail(c, err);
	else
		edge_body(c);
	return 1;
}

static int
step(struct http_conn *c, int64_t now)
{
	switch (c->state) {
	case CONN_HEAD:
		return step_head(c, now);
	case CONN_BODY:
	case CONN_SKIP:
		return step_body(c);
	default:
		return 0;
	}
}

/*
 * Handles whatever lies in the buffer; the replies of pipelined requests are
 * gathered and leave in one write.
 */
void
conn_run(struct http_conn *c, int64_t now)
{
	struct http_server *srv = c->srv;
	size_t from = srv->out.len;

	c->flags |= CONN_F_LOOP;
	while (c->out == NULL && step(c, now)) {
		if (srv->out.len - from >= CONN_BATCH &&
		    conn_write(c, from) == -1)
			c->flags |= CONN_F_DEAD;
		if (c->flags & CONN_F_DEAD)
			break;
	}
	c->flags &= (uint8_t)~CONN_F_LOOP;
	if (srv->out.len > from && conn_write(c, from) == -1)
		c->flags |= CONN_F_DEAD;
	settle(c, now);
}

void
conn_streaming(struct http_conn *c)
{
	int64_t now = clock_mono();

	if (c->out == NULL) {
		set_deadline(c, now);
		wait_for(c, 0);
		return;
	}
	if (c->tn.kind != TIMEO_WRITE)
		timeo_set(&c->srv->timeo, &c->tn, TIMEO_WRITE, now);
	wait_for(c, CONN_F_WRITE);
}

void
conn_answered(struct http_conn *c, size_t from)
{
	struct http_req *r = c->req;

	c->req = NULL;
	c->flags |= CONN_F_ANEW;
	c->flags &= (uint8_t)~CONN_F_BLANK;
	c->scan = 0;
	if (r->close) {
		c->state = CONN_CLOSE;
		if (r->linger || !c->body.done || c->len > c->off)
			c->flags |= CONN_F_LINGER;
	} else if (c->body.done)
		c->state = CONN_HEAD;
	else {
		c->state = CONN_SKIP;
		c->body.keep = 0;
		c->body.at = c->off;
		c->body.len = 0;
	}
	req_free(r);
	if (c->flags & CONN_F_LOOP)
		return;
	/* The handler took its time: the answer leaves now, and pipelined
	 * requests get their turn from the event loop. */
	if (conn_write(c, from) == -1)
		c->flags |= CONN_F_DEAD;
	else if (c->out == NULL && c->len > c->off && c->state != CONN_CLOSE) {
		wait_for(c, CONN_F_READ);
		event_active(&c->ev, EV_TIMEOUT, 0);
	}
	settle(c, clock_mono());
}

/* Returns 0 when the turn is over. */
static int
fill(struct http_conn *c)
{
	ssize_t n;

	if (body_room(c) == -1) {
		c->flags |= CONN_F_DEAD;
		return 1;
	}
	n = read(event_get_fd(&c->ev), c->in + c->len, c->cap - c->len);
	if (n > 0) {
		c->len += (uint32_t)n;
		if (c->high < c->len)
			c->high = c->len;
		return 1;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
		if (c->len == c->off && c->state == CONN_HEAD)
			body_release(c);
		return 0;
	}
	c->flags |= CONN_F_DEAD;	/* the end, or an error */
	return 1;
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct http_conn *c = arg;

	(void)fd;
	if (c->state == CONN_LINGER) {
		linger_read(c);
		return;
	}
	if (what & EV_WRITE) {
		switch (conn_flush(c)) {
		case 1:
			return;
		case -1:
			c->flags |= CONN_F_DEAD;
			break;
		}
		if (c->state == CONN_STREAM && !(c->flags & CONN_F_DEAD)) {
			conn_streaming(c);
			stream_more(c);
			return;
		}
	} else if (c->state == CONN_WORK) {
		/* More bytes, or the end: both can wait for the answer. */
		wait_for(c, 0);
		return;
	} else if (what & EV_READ && !fill(c))
		return;
	if (c->flags & CONN_F_DEAD) {
		conn_close(c);
		return;
	}
	conn_run(c, clock_mono());
}

void
conn_fire(struct timeo_node *n, void *arg)
{
	struct http_conn *c;

	(void)arg;
	c = (void *)((char *)n - offsetof(struct http_conn, tn));
	if ((n->kind == TIMEO_HEADER || n->kind == TIMEO_BODY) &&
	    c->state != CONN_SKIP && !(c->flags & CONN_F_SHED))
		edge_timeout(c);
	else
		conn_close(c);
}
