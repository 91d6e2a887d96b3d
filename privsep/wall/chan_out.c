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
 * A channel's output. Run by every process that has an event loop; holds what
 * was sent in this turn of the loop, and what the socket did not take. What
 * is gone is wiped, since passwords and keys pass through.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/chan_local.h"
#include "privsep/wall/wire.h"

#define CHAN_UNSENT	(8U << 20)	/* CHAN_FULL beyond it */
#define CHAN_KEEP	4096		/* buffer that an idle channel keeps */

void
chan_drop_output(struct chan *c)
{
	size_t i;

	for (i = 0; i < c->out_fds; i++)
		close(c->out_fd[i].fd);
	c->out_fds = 0;
	c->sent = 0;
	buf_wipe_free(&c->out);
	event_del(c->write);
}

size_t
chan_pending(const struct chan *c)
{
	return (c->out.len - c->sent);
}

static int
queue_fd(struct chan *c, size_t pos, int fd)
{
	struct out_fd *p;
	size_t cap;

	if (c->out_fds == c->out_fds_cap) {
		cap = c->out_fds_cap > 0 ? c->out_fds_cap * 2 : 4;
		p = realloc(c->out_fd, cap * sizeof(*p));
		if (p == NULL)
			return (-1);
		c->out_fd = p;
		c->out_fds_cap = cap;
	}
	c->out_fd[c->out_fds].pos = pos;
	c->out_fd[c->out_fds++].fd = fd;
	return (0);
}

static int
may_send(struct chan *c, const struct msg_row *row, int fd)
{
	if (c->over || c->deaf) {
		errno = EPIPE;
		return (0);
	}
	if (row == NULL || row->fd != (fd != -1) ||
	    (row->from & ROLE_BIT(c->self)) == 0 ||
	    (row->to & ROLE_BIT(c->peer)) == 0) {
		errno = EINVAL;
		return (0);
	}
	if (chan_pending(c) > CHAN_UNSENT) {
		chan_finish(c, CHAN_FULL, NULL,
		    "does not read what it is sent");
		errno = EPIPE;
		return (0);
	}
	return (1);
}

int
chan_send(struct chan *c, uint16_t type, uint64_t id, const void *msg, int fd)
{
	size_t pos = c->out.len;
	int saved;

	if (!may_send(c, msg_row(type), fd))
		goto fail;
	if (wire_compose(&c->out, type, id, msg) == -1)
		goto fail;
	if (fd != -1 && queue_fd(c, pos, fd) == -1) {
		c->out.len = pos;
		goto fail;
	}
	/* a socket that is full calls by itself */
	if (!event_pending(c->write, EV_WRITE, NULL))
		chan_wake(c);
	return (0);
fail:
	saved = errno;
	if (fd != -1)
		close(fd);
	errno = saved;
	return (-1);
}

/* Moves the unsent rest to the front once it is the smaller part. */
static void
compact(struct chan *c)
{
	size_t i, old = c->out.len;

	if (c->sent < old / 2)
		return;
	buf_drain(&c->out, c->sent);
	explicit_bzero(c->out.p + c->out.len, old - c->out.len);
	for (i = 0; i < c->out_fds; i++)
		c->out_fd[i].pos -= c->sent;
	c->sent = 0;
}

/* One sendmsg(2): up to where the next descriptor goes along. */
static ssize_t
send_some(struct chan *c)
{
	size_t end = c->out.len;
	int fd = -1;
	ssize_t r;

	if (c->out_fds > 0 && c->out_fd[0].pos == c->sent) {
		fd = c->out_fd[0].fd;
		if (c->out_fds > 1)
			end = c->out_fd[1].pos;
	} else if (c->out_fds > 0)
		end = c->out_fd[0].pos;
	r = sock_send(c->fd, c->out.p + c->sent, end - c->sent, fd);
	if (r <= 0)
		return (r);
	c->sent += (size_t)r;
	if (fd != -1) {
		close(fd);
		c->out_fds--;
		memmove(c->out_fd, c->out_fd + 1,
		    c->out_fds * sizeof(*c->out_fd));
	}
	return (r);
}

int
chan_flush(struct chan *c)
{
	if (c->over || c->deaf) {
		errno = EPIPE;
		return (-1);
	}
	while (c->sent < c->out.len) {
		if (send_some(c) > 0)
			continue;
		if (errno == EAGAIN || errno == ENOBUFS) {
			compact(c);
			event_add(c->write, NULL);
			return (0);
		}
		/* its last words may still be there to read: EOF follows */
		c->deaf = 1;
		chan_drop_output(c);
		if (errno != EPIPE && errno != ECONNRESET)
			chan_finish(c, CHAN_ERROR, "write", strerror(errno));
		errno = EPIPE;
		return (-1);
	}
	if (c->out.cap > CHAN_KEEP)
		buf_wipe_free(&c->out);
	else if (c->out.len > 0) {
		explicit_bzero(c->out.p, c->out.len);
		buf_reset(&c->out);
	}
	c->sent = 0;
	return (0);
}
