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
 * Runs in the worker: composes replies into the server's one buffer. Every
 * name and value that comes from elsewhere is checked here, so that no input
 * can end a field.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/http/conn.h"

#define TEXT(code, text) "HTTP/1.1 " #code " " text "\r\n"
#define LINE(code, text) \
	{ code, sizeof(TEXT(code, text)) - 1, TEXT(code, text) }
static const struct line {
	int		 status;
	size_t		 len;
	const char	*text;
} lines[] = {
	LINE(200, "OK"), LINE(201, "Created"), LINE(202, "Accepted"),
	LINE(204, "No Content"), LINE(303, "See Other"),
	LINE(304, "Not Modified"), LINE(400, "Bad Request"),
	LINE(401, "Unauthorized"), LINE(403, "Forbidden"),
	LINE(404, "Not Found"), LINE(405, "Method Not Allowed"),
	LINE(408, "Request Timeout"), LINE(409, "Conflict"),
	LINE(412, "Precondition Failed"), LINE(413, "Content Too Large"),
	LINE(414, "URI Too Long"), LINE(415, "Unsupported Media Type"),
	LINE(417, "Expectation Failed"), LINE(429, "Too Many Requests"),
	LINE(431, "Request Header Fields Too Large"),
	LINE(500, "Internal Server Error"), LINE(501, "Not Implemented"),
	LINE(502, "Bad Gateway"), LINE(503, "Service Unavailable"),
};
#undef LINE
#undef TEXT

static void
add_status(struct buf *b, int status)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i].status == status) {
			buf_add(b, lines[i].text, lines[i].len);
			return;
		}
	}
	buf_adds(b, "HTTP/1.1 ");
	buf_addu(b, (uint64_t)status);
	buf_adds(b, " \r\n");
}

static void
add_field(struct buf *b, const char *name, const char *value)
{
	buf_adds(b, name);
	buf_add(b, ": ", 2);
	buf_adds(b, value);
	buf_add(b, "\r\n", 2);
}

int
http_reply_header(struct http_req *r, const char *name, const char *value)
{
	if (name == NULL || value == NULL ||
	    !parse_token(name, strlen(name)) ||
	    !parse_value(value, strlen(value))) {
		errno = EINVAL;
		return -1;
	}
	if (strcmp(name, "Referrer-Policy") == 0)
		r->own_referrer = 1;
	add_field(&r->extra, name, value);
	if (r->extra.err) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void
http_reply_cache(struct http_req *r, const char *value)
{
	if (value != NULL && parse_value(value, strlen(value)))
		r->cache = value;
}

#define LIT(b, s)	buf_add(b, s, sizeof(s) - 1)

#define UNKNOWN	SIZE_MAX	/* a length */

static void
add_length(const struct http_req *r, struct buf *b, size_t len)
{
	if (len != UNKNOWN) {
		LIT(b, "Content-Length: ");
		buf_addu(b, len);
		LIT(b, "\r\n");
	} else if (r->h.minor > 0)
		LIT(b, "Transfer-Encoding: chunked\r\n");
}

static void
add_head(struct http_req *r, struct buf *b, int status, const char *ctype,
    size_t len)
{
	struct http_server *srv = r->srv;

	add_status(b, status);
	buf_add(b, srv->block, srv->block_len);
	buf_adds(b, r->id);
	if (r->own_referrer)
		;
	else if (r->route_flags & HTTP_R_PAGE)
		LIT(b, "\r\nReferrer-Policy: same-origin");
	else
		LIT(b, "\r\nReferrer-Policy: no-referrer");
	if (r->cache == NULL)
		LIT(b, "\r\nCache-Control: no-store\r\n");
	else {
		LIT(b, "\r\nCache-Control: ");
		buf_adds(b, r->cache);
		LIT(b, "\r\n");
	}
	if (r->route_flags & (HTTP_R_CORS | HTTP_R_CORS_ANY))
		cors_reply(r, b);
	if (r->extra.len > 0)
		buf_add(b, r->extra.p, r->extra.len);
	if (ctype != NULL && parse_value(ctype, strlen(ctype)))
		add_field(b, "Content-Type", ctype);
	if (status != 204 && status != 304)
		add_length(r, b, len);
	if (r->close)
		LIT(b, "Connection: close\r\n");
	LIT(b, "\r\n");
}

void
reply_stream_head(struct http_req *r, struct buf *b, int status,
    const char *ctype)
{
	add_head(r, b, status, ctype, UNKNOWN);
}

void
http_reply(struct http_req *r, int status, const char *ctype,
    const void *body, size_t len)
{
	struct http_server *srv = r->srv;
	struct buf *b = &srv->out;
	size_t from = b->len;
	int64_t now = clock_mono();
	int route = r->route == NULL ? -1 : (int)(r->route - srv->routes);

	if (now >= srv->block_until)
		block_refresh(srv, now);
	if (srv->draining)
		r->close = 1;
	if (r->extra.err) {
		/* A reply without its fields could be a wrong one. */
		status = 500;
		ctype = NULL;
		len = 0;
		buf_free(&r->extra);
	}
	buf_reserve(b, 1024 + r->extra.len + len);
	add_head(r, b, status, ctype, len);
	if (len > 0 && r->h.method != HTTP_HEAD && status != 204 &&
	    status != 304)
		buf_add(b, body, len);
	if (srv->conf->done != NULL)
		srv->conf->done(route, r->h.method, status,
		    r->since == 0 ? 0 : now - r->since, srv->conf->arg);
	conn_answered(r->conn, from);
}

void
reply_shed(struct http_server *srv)
{
	static const char body[] = "{\"error\":\"unavailable\","
	    "\"message\":\"Too many connections\"}";
	struct buf *b = &srv->out;
	int64_t now = clock_mono();
	char id[REQ_ID];

	if (now >= srv->block_until)
		block_refresh(srv, now);
	block_id(srv, id);
	add_status(b, 503);
	buf_add(b, srv->block, srv->block_len);
	buf_adds(b, id);
	LIT(b, "\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\n"
	    "Retry-After: 1\r\nContent-Type: application/json\r\n"
	    "Content-Length: ");
	buf_addu(b, sizeof(body) - 1);
	LIT(b, "\r\nConnection: close\r\n\r\n");
	buf_add(b, body, sizeof(body) - 1);
	if (srv->conf->done != NULL)
		srv->conf->done(-1, HTTP_OTHER, 503, 0, srv->conf->arg);
}
