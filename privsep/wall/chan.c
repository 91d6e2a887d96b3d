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
 * A channel. Run by every process that has an event loop; holds one end of a
 * socketpair and the piece of a frame that is not complete yet. Everything a
 * peer may send is checked here, before a handler sees it: direction, phase,
 * permit, size, descriptor, fields.
 *
 * Passwords and keys pass through, so whatever was handled or sent is wiped.
 * The end of a channel is always told from the loop, never from inside a
 * send, and chan_free() may be called from any callback.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/chan_local.h"
#include "privsep/wall/wire.h"

#define CHAN_READ	65536		/* most bytes of one recvmsg(2) */

static void	cb_read(evutil_socket_t, short, void *);
static void	cb_write(evutil_socket_t, short, void *);
static void	cb_later(evutil_socket_t, short, void *);

static void
destroy(struct chan *c)
{
	size_t i;

	if (c->read != NULL)
		event_free(c->read);
	if (c->write != NULL)
		event_free(c->write);
	if (c->later != NULL)
		event_free(c->later);
	if (c->fd != -1)
		close(c->fd);
	for (i = 0; i < c->in_fds; i++)
		close(c->in_fd[i]);
	for (i = 0; i < c->out_fds; i++)
		close(c->out_fd[i].fd);
	free(c->out_fd);
	buf_wipe_free(&c->in);
	buf_wipe_free(&c->out);
	free(c);
}

struct chan *
chan_new(struct event_base *base, int fd, enum role self, enum role peer,
    uint32_t permit, const struct chan_ops *ops, void *arg)
{
	struct chan *c;
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return (NULL);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->fd = -1;			/* still the caller's */
	c->ops = ops;
	c->arg = arg;
	c->self = self;
	c->peer = peer;
	c->permit = permit;
	c->read = event_new(base, fd, EV_READ | EV_PERSIST, cb_read, c);
	c->write = event_new(base, fd, EV_WRITE, cb_write, c);
	c->later = event_new(base, -1, 0, cb_later, c);
	if (c->read == NULL || c->write == NULL || c->later == NULL ||
	    event_add(c->read, NULL) == -1) {
		destroy(c);
		return (NULL);
	}
	c->fd = fd;
	return (c);
}

void
chan_wake(struct chan *c)
{
	if (!c->queued) {
		c->queued = 1;
		event_active(c->later, EV_TIMEOUT, 0);
	}
}

/*
 * The input stays where it is: the handler that found a violation may still
 * look at its message.
 */
static void
hang_up(struct chan *c)
{
	c->over = 1;
	event_del(c->read);
	chan_drop_output(c);
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

void
chan_finish(struct chan *c, enum chan_end end, const char *what,
    const char *why)
{
	if (c->over)
		return;
	c->end = end;
	if (what != NULL)
		snprintf(c->why, sizeof(c->why), "%s: %s", what, why);
	else
		snprintf(c->why, sizeof(c->why), "%s", why);
	hang_up(c);
	chan_wake(c);
}

void
chan_free(struct chan *c)
{
	if (c == NULL)
		return;
	if (!c->busy) {
		destroy(c);
		return;
	}
	c->freed = 1;
	if (!c->over)
		hang_up(c);
}

void
chan_violation(struct chan *c, const char *why)
{
	chan_finish(c, CHAN_VIOLATION, NULL, why);
}

void
chan_set_running(struct chan *c)
{
	c->running = 1;
}

void *
chan_arg(struct chan *c)
{
	return (c->arg);
}

static void
cb_write(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	chan_flush(arg);
}

/* Behind the handlers of this turn: sends what they left, or tells the end. */
static void
cb_later(evutil_socket_t fd, short what, void *arg)
{
	struct chan *c = arg;

	(void)fd;
	(void)what;
	c->queued = 0;
	if (!c->over) {
		chan_flush(c);
		return;
	}
	buf_wipe_free(&c->in);
	if (c->told)
		return;
	c->told = 1;
	c->busy = 1;
	c->ops->end(c, c->end, c->why, c->arg);
	c->busy = 0;
	if (c->freed)
		destroy(c);
}

/* ---- input ---- */

/* NULL: this peer may send it now. Otherwise why not. */
static const char *
refuse(const struct chan *c, const struct msg_row *row)
{
	if ((row->from & ROLE_BIT(c->peer)) == 0 ||
	    (row->to & ROLE_BIT(c->self)) == 0)
		return ("not this way");
	if (row->phase != PH_ANY &&
	    row->phase != (c->running ? PH_RUN : PH_SETUP))
		return ("not now");
	if ((row->class & c->permit) != row->class)
		return ("not permitted to this channel");
	return (NULL);
}

static int
pop_fd(struct chan *c)
{
	int fd = c->in_fd[0];

	c->in_fds--;
	memmove(c->in_fd, c->in_fd + 1, c->in_fds * sizeof(int));
	return (fd);
}

/* A whole frame, its header checked. */
static void
deliver(struct chan *c, const struct msg_row *row, const struct wire_hdr *h,
    const uint8_t *body)
{
	union msg m;
	enum wire_err e;
	int fd = -1;

	if (row->fd && c->in_fds == 0) {
		chan_finish(c, CHAN_VIOLATION, row->name,
		    "descriptor is missing");
		return;
	}
	e = wire_parse(h->type, body, h->len, &m);
	if (e != WIRE_OK) {
		chan_finish(c, CHAN_VIOLATION, row->name, wire_strerror(e));
		return;
	}
	if (row->fd)
		fd = pop_fd(c);
	c->ops->msg(c, h->type, h->id, &m, fd, c->arg);
}

/*
 * An honest peer sends a descriptor with the first byte of its frame, so each
 * one that is here belongs to a frame that is here, at least in part. Looked
 * at before the first of them is handled.
 */
static int
fds_make_sense(const struct chan *c, const uint8_t *p, size_t n)
{
	struct wire_hdr h;
	size_t pos = 0, wanted = 0;

	if (c->in_fds == 0)
		return (1);
	while (n - pos >= WIRE_HDR) {
		if (wire_header(p + pos, &h) != WIRE_OK)
			return (1);	/* handle() will find it, too */
		wanted += h.flags == WIRE_F_FD;
		if (h.len > n - pos - WIRE_HDR)
			return (c->in_fds <= wanted);
		pos += WIRE_HDR + h.len;
	}
	return (c->in_fds <= wanted + (pos < n));
}

/* Handles the whole frames of p; returns the bytes that they took. */
static size_t
handle(struct chan *c, const uint8_t *p, size_t n)
{
	const struct msg_row *row;
	struct wire_hdr h;
	enum wire_err e;
	const char *why;
	size_t pos = 0;

	if (!fds_make_sense(c, p, n))
		chan_finish(c, CHAN_VIOLATION, NULL, "unwanted descriptor");
	while (!c->over && n - pos >= WIRE_HDR) {
		e = wire_header(p + pos, &h);
		if ((row = msg_row(h.type)) == NULL) {
			chan_finish(c, CHAN_VIOLATION, NULL, wire_strerror(e));
			break;
		}
		why = e != WIRE_OK ? wire_strerror(e) : refuse(c, row);
		if (why != NULL) {
			chan_finish(c, CHAN_VIOLATION, row->name, why);
			break;
		}
		if (h.len > n - pos - WIRE_HDR)
			break;
		deliver(c, row, &h, p + pos + WIRE_HDR);
		pos += WIRE_HDR + h.len;
	}
	return (pos);
}

/* Frames that came whole are read where they lie; a piece is kept. */
static void
take(struct chan *c, const uint8_t *p, size_t n)
{
	size_t used, old;

	if (c->in.len == 0) {
		used = handle(c, p, n);
		if (!c->over && used < n &&
		    buf_add(&c->in, p + used, n - used) == -1)
			chan_finish(c, CHAN_ERROR, NULL, "out of memory");
		return;
	}
	if (buf_add(&c->in, p, n) == -1) {
		chan_finish(c, CHAN_ERROR, NULL, "out of memory");
		return;
	}
	old = c->in.len;
	used = handle(c, c->in.p, old);
	if (c->over)
		return;
	if (used == old) {
		buf_wipe_free(&c->in);
		return;
	}
	buf_drain(&c->in, used);
	explicit_bzero(c->in.p + c->in.len, used);
}

static int
keep_fds(struct chan *c, const int *fds, size_t n)
{
	size_t i;
	int fits = n <= SOCK_FDS - c->in_fds;

	for (i = 0; i < n; i++) {
		if (fits)
			c->in_fd[c->in_fds++] = fds[i];
		else
			close(fds[i]);
	}
	return (fits);
}

static void
read_failed(struct chan *c, ssize_t r)
{
	if (r == 0 || errno == ECONNRESET)
		chan_finish(c, CHAN_EOF, NULL, c->in.len > 0 ?
		    "closed within a message" : "closed");
	else if (errno == EPROTO)
		chan_finish(c, CHAN_VIOLATION, NULL, "too many descriptors");
	else if (errno != EAGAIN)
		chan_finish(c, CHAN_ERROR, "read", strerror(errno));
}

/* One recvmsg(2) a turn, so that no peer starves the others. */
static void
cb_read(evutil_socket_t fd, short what, void *arg)
{
	static uint8_t scratch[CHAN_READ];	/* wiped before return */
	struct chan *c = arg;
	int fds[SOCK_FDS];
	size_t nfds;
	ssize_t r;

	(void)what;
	r = sock_recv(fd, scratch, sizeof(scratch), fds, &nfds);
	if (!keep_fds(c, fds, nfds)) {
		r = -1;
		errno = EPROTO;
	}
	if (r <= 0) {
		read_failed(c, r);
		return;
	}
	c->busy = 1;
	take(c, scratch, (size_t)r);
	c->busy = 0;
	explicit_bzero(scratch, (size_t)r);
	if (c->freed)
		destroy(c);
}
