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
 * Runs in the worker: the input buffer of a connection and the body inside
 * it. Bodies carry passwords, so a buffer is wiped before it is given back.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/http/conn.h"

void
body_start(struct http_conn *c, const struct parse_head *h, int keep)
{
	struct conn_body *b = &c->body;

	memset(b, 0, sizeof(*b));
	b->at = c->off;
	b->chunked = h->chunked;
	b->keep = (uint8_t)keep;
	if (!h->chunked && h->length != PARSE_NO_LENGTH)
		b->left = (uint32_t)h->length;
	b->done = !h->chunked && b->left == 0;
}

static enum parse_err
take_chunked(struct http_conn *c)
{
	struct conn_body *b = &c->body;
	size_t used, kept;
	enum parse_err err;

	err = chunk_feed(&b->chunk, c->in + c->off, c->len - c->off, &used,
	    c->in + b->at + b->len, &kept);
	c->off += (uint32_t)used;
	if (b->keep)
		b->len += (uint32_t)kept;
	return err;
}

static enum parse_err
take_length(struct http_conn *c)
{
	struct conn_body *b = &c->body;
	uint32_t n = c->len - c->off;

	if (n > b->left)
		n = b->left;
	if (b->keep)
		b->len += n;
	c->off += n;
	b->left -= n;
	return b->left == 0 ? PARSE_OK : PARSE_MORE;
}

/*
 * Moves what was read from the unparsed bytes to the body. Once all were
 * used, the next read begins right behind the kept part.
 */
enum parse_err
body_take(struct http_conn *c)
{
	struct conn_body *b = &c->body;
	enum parse_err err = PARSE_OK;

	if (!b->done)
		err = b->chunked ? take_chunked(c) : take_length(c);
	if (err == PARSE_OK)
		b->done = 1;
	else if (err == PARSE_MORE)
		c->off = c->len = b->at + b->len;
	return err;
}

/* The request and its body keep their places behind the first used byte. */
static uint32_t
first_used(const struct http_conn *c)
{
	if (c->state == CONN_BODY && c->req != NULL)
		return c->req->head;
	if (c->state == CONN_SKIP)
		return c->body.at;
	return c->off;
}

static void
compact(struct http_conn *c)
{
	uint32_t by = first_used(c);

	if (by == 0)
		return;
	memmove(c->in, c->in + by, c->len - by);
	c->off -= by;
	c->len -= by;
	if (c->state == CONN_BODY || c->state == CONN_SKIP)
		c->body.at -= by;
	if (c->req != NULL)
		c->req->head -= by;
}

/* A larger buffer; the old one is wiped, as realloc(3) would not. */
static int
grow(struct http_conn *c, size_t cap)
{
	uint32_t off = c->off, len = c->len;
	uint8_t *p;

	if ((cap > CONN_BUF && c->srv->held + cap > CONN_HELD_MAX) ||
	    (p = malloc(cap)) == NULL)
		return -1;
	if (c->in != NULL) {
		memcpy(p, c->in, len);
		body_release(c);
	}
	c->in = p;
	c->off = off;
	c->len = c->high = len;
	c->cap = (uint32_t)cap;
	if (cap > CONN_BUF)
		c->srv->held += cap;
	return 0;
}

int
body_room(struct http_conn *c)
{
	size_t want = CONN_ROOM;

	if (c->in == NULL) {
		c->off = c->len = 0;
		c->in = pool_get(&c->srv->bufs);
		c->cap = CONN_BUF;
		if (c->in != NULL)
			return 0;
		c->cap = 0;
		return grow(c, CONN_BUF);
	}
	if (c->state == CONN_BODY && c->body.keep && !c->body.chunked)
		want = c->body.left;
	if (c->cap - c->len >= want && c->cap > c->len)
		return 0;
	compact(c);
	if (c->cap - c->len >= want && c->cap > c->len)
		return 0;
	if (c->body.keep && c->state == CONN_BODY)
		want = want > c->cap ? want : c->cap;
	return grow(c, c->len + want);
}

void
body_release(struct http_conn *c)
{
	if (c->in == NULL)
		return;
	explicit_bzero(c->in, c->high);
	if (c->cap > CONN_BUF)
		c->srv->held -= c->cap;
	if (c->cap != CONN_BUF || !pool_put(&c->srv->bufs, c->in))
		free(c->in);
	c->in = NULL;
	c->off = c->len = c->cap = c->high = 0;
}
