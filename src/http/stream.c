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
 * Runs in the worker: replies that are too long for one piece. The handler is
 * asked for the next piece when the socket took the one before it, so a slow
 * reader costs one piece of memory and nothing behind the wall.
 */
#include "config.h"

#include <string.h>

#include "src/base/clock.h"
#include "src/http/conn.h"

static void
done(struct http_req *r)
{
	struct http_server *srv = r->srv;

	if (srv->conf->done != NULL)
		srv->conf->done((int)(r->route - srv->routes), r->h.method,
		    r->stream_status, r->since == 0 ? 0 :
		    clock_mono() - r->since, srv->conf->arg);
}

void
stream_more(struct http_conn *c)
{
	if (c->req->stream_more != NULL)
		c->req->stream_more(c->req);
}

/* What stands in the server's buffer from `from` on leaves. */
static int
push(struct http_req *r, size_t from)
{
	struct http_conn *c = r->conn;

	if (conn_write(c, from) == -1)
		c->flags |= CONN_F_DEAD;
	if (c->flags & CONN_F_DEAD)
		return -1;
	conn_streaming(c);
	if (c->out == NULL)
		stream_more(c);
	return 0;
}

int
http_stream(struct http_req *r, int status, const char *ctype,
    void (*more)(struct http_req *))
{
	struct http_server *srv = r->srv;
	size_t from = srv->out.len;

	if (r->h.method == HTTP_HEAD || r->extra.err) {
		http_reply(r, r->extra.err ? 500 : status, ctype, NULL, 0);
		return -1;
	}
	if (clock_mono() >= srv->block_until)
		block_refresh(srv, clock_mono());
	if (srv->draining)
		r->close = 1;
	r->stream_more = more;
	r->stream_status = status;
	r->conn->state = CONN_STREAM;
	reply_stream_head(r, &srv->out, status, ctype);
	if (push(r, from) == 0)
		return 0;
	http_stream_end(r, 0);
	return -1;
}

int
http_stream_piece(struct http_req *r, const void *p, size_t n)
{
	struct buf *b = &r->srv->out;
	size_t from = b->len;
	char size[24];
	size_t i = sizeof(size), left = n;

	if (n == 0) {
		stream_more(r->conn);
		return 0;
	}
	if (r->h.minor > 0) {
		for (; left > 0; left >>= 4)
			size[--i] = "0123456789abcdef"[left & 15];
		buf_add(b, size + i, sizeof(size) - i);
		buf_adds(b, "\r\n");
	}
	buf_add(b, p, n);
	if (r->h.minor > 0)
		buf_adds(b, "\r\n");
	return push(r, from);
}

void
http_stream_end(struct http_req *r, int whole)
{
	struct buf *b = &r->srv->out;
	size_t from = b->len;

	r->stream_more = NULL;
	done(r);
	if (whole && r->h.minor > 0)
		buf_adds(b, "0\r\n\r\n");
	if (!whole)
		r->close = 1;
	conn_answered(r->conn, from);
}
