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
 * Runs in the worker: replies to the socket. What does not fit is copied out
 * of the server's buffer and waits for EV_WRITE.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/http/conn.h"

#define OUT_KEPT	(256 * 1024)	/* a bigger buffer is given back */

/* Bytes written; -1 when the connection is beyond help. */
static ssize_t
put(struct http_conn *c, const uint8_t *p, size_t n)
{
	ssize_t w;

	do
		w = write(event_get_fd(&c->ev), p, n);
	while (w == -1 && errno == EINTR);
	if (w == -1 && errno == EAGAIN)
		return 0;
	return w;
}

void
conn_unpark(struct http_conn *c)
{
	if (c->out == NULL)
		return;
	explicit_bzero(c->out, c->out_len);
	free(c->out);
	c->srv->held -= c->out_len;
	c->out = NULL;
	c->out_off = c->out_len = 0;
}

/* Keeps n bytes until there is room; 0, or -1: no memory for that. */
static int
park(struct http_conn *c, const uint8_t *p, size_t n)
{
	uint8_t *more;
	size_t left = c->out_len - c->out_off;

	if (c->srv->held + n > CONN_HELD_MAX ||
	    (more = malloc(left + n)) == NULL)
		return -1;
	if (left > 0)
		memcpy(more, c->out + c->out_off, left);
	memcpy(more + left, p, n);
	conn_unpark(c);
	c->out = more;
	c->out_len = left + n;
	c->srv->held += c->out_len;
	return 0;
}

int
conn_write(struct http_conn *c, size_t from)
{
	struct buf *b = &c->srv->out;
	size_t n = b->len - from;
	ssize_t w = 0;
	int ret = -1;

	if (c->out == NULL && !b->err)
		w = put(c, b->p + from, n);
	if (w >= 0 && !b->err) {
		ret = 0;
		if ((size_t)w < n)
			ret = park(c, b->p + from + w, n - (size_t)w);
	}
	/* Replies hold tokens: they do not stay behind in memory. */
	if (n > 0)
		explicit_bzero(b->p + from, n);
	b->len = from;
	if (from == 0 && (b->cap > OUT_KEPT || b->err))
		buf_free(b);
	return ret;
}

int
conn_flush(struct http_conn *c)
{
	ssize_t w;

	w = put(c, c->out + c->out_off, c->out_len - c->out_off);
	if (w == -1)
		return -1;
	c->out_off += (size_t)w;
	if (c->out_off < c->out_len)
		return 1;
	conn_unpark(c);
	return 0;
}
