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
 * Runs in the worker: the checks between the parser and a handler, in the
 * order of API.md section 1 (syntax, 431, 404, 405, 413, 415, 417), and the
 * answers to requests that never reach a handler.
 */
#include "config.h"

#include <string.h>

#include "src/base/clock.h"
#include "src/http/conn.h"
#include "src/http/fields.h"

static const struct {
	int		 status;
	const char	*code, *message;
} faults[] = {
	[PARSE_BAD] = { 400, "invalid_request", "Malformed request" },
	[PARSE_URI] = { 414, "uri_too_long", "Request target too long" },
	[PARSE_LONG] = { 431, "headers_too_large",
	    "Request header fields too large" },
	[PARSE_CODING] = { 501, "not_implemented", "Unknown transfer coding" },
	[PARSE_LARGE] = { 413, "payload_too_large", "Request body too large" },
};

/*
 * An answer before the body was read. The body is read and dropped behind
 * it, unless it is too long for that, or the client may never send it.
 */
static void
early(struct http_req *r, int status, const char *code, const char *message)
{
	if (!r->conn->body.done && (r->h.expect != PARSE_EXPECT_NONE ||
	    (!r->h.chunked && r->h.length > PARSE_BODY_MAX)))
		r->close = 1;
	http_reply_error(r, status, code, message);
}

/* The connection's framing is lost or in doubt: answer and close. */
static void
fail(struct http_req *r, enum parse_err err)
{
	r->close = r->linger = 1;
	http_reply_error(r, faults[err].status, faults[err].code,
	    faults[err].message);
}

void
edge_fail(struct http_conn *c, enum parse_err err)
{
	struct http_req *r = c->req;

	if (r == NULL) {
		if ((r = req_new(c)) == NULL) {
			c->flags |= CONN_F_DEAD;
			return;
		}
		memset(&c->body, 0, sizeof(c->body));
		block_id(c->srv, r->id);
	}
	fail(r, err);
}

void
edge_timeout(struct http_conn *c)
{
	struct http_req *r = c->req;

	if (r == NULL) {
		if ((r = req_new(c)) == NULL) {
			conn_close(c);
			return;
		}
		memset(&c->body, 0, sizeof(c->body));
		block_id(c->srv, r->id);
	}
	r->close = r->linger = 1;
	http_reply_error(r, 408, "request_timeout",
	    "The request was not complete in time");
}

static void
note_id(struct http_req *r)
{
	const char *id = req_known(r, PARSE_F_ID);
	size_t n;

	if (id != NULL && fields_id(id, n = strlen(id)))
		memcpy(r->id, id, n + 1);
	else
		block_id(r->srv, r->id);
}

/* 404, OPTIONS and 405. 1: the request has its route. */
static int
find_route(struct http_req *r)
{
	struct http_server *srv = r->srv;
	uint32_t serve = r->conn->serve;
	const struct route_res *res;
	struct buf allow = BUF_INIT;
	uint32_t need;
	int i;

	if (r->h.asterisk) {
		http_reply_header(r, "Allow",
		    "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
		http_reply(r, 204, NULL, NULL, 0);
		return 0;
	}
	r->prefix = route_tenant(http_req_path(r), r->h.path_len, r->tenant);
	need = r->prefix > 0 ? HTTP_R_TENANT : 0;
	res = route_find(srv->table, http_req_path(r) + r->prefix,
	    r->h.path_len - r->prefix, r->args, &r->nargs);
	if (res != NULL && (i = route_method(srv->table, res, r->h.method,
	    serve, need)) != -1) {
		r->route = &srv->routes[i];
		r->route_flags = r->route->flags;
		return 1;
	}
	if (res == NULL ||
	    route_allow(srv->table, res, serve, need, &allow) == 0) {
		early(r, 404, "not_found", "Not found");
	} else {
		r->route_flags = route_flags(srv->table, res, serve, need);
		http_reply_header(r, "Allow", buf_cstr(&allow));
		if (r->h.method == HTTP_OPTIONS)
			cors_options(r, res);
		else
			early(r, 405, "method_not_allowed",
			    "Method not allowed");
	}
	buf_free(&allow);
	return 0;
}

static int
needs_json(const struct http_req *r, const char *type)
{
	if (r->route->body == HTTP_B_JSON_MAY)
		return type != NULL || r->h.chunked ||
		    (r->h.length != PARSE_NO_LENGTH && r->h.length > 0);
	return r->route->body == HTTP_B_JSON;
}

/* 413, 415 (JSON) and 400 (forms), 417. 1: the body may come. */
static int
check_body(struct http_req *r)
{
	const char *type;

	if (!r->h.chunked && r->h.length != PARSE_NO_LENGTH &&
	    r->h.length > PARSE_BODY_MAX) {
		fail(r, PARSE_LARGE);
		return 0;
	}
	type = req_known(r, PARSE_F_TYPE);
	if (needs_json(r, type) &&
	    (type == NULL || !fields_type_is(type, "application/json"))) {
		early(r, 415, "unsupported_media_type",
		    "Content-Type must be application/json");
		return 0;
	}
	if (r->route->body == HTTP_B_FORM && r->h.method == HTTP_POST &&
	    (type == NULL || !fields_type_is(type,
	    "application/x-www-form-urlencoded"))) {
		early(r, 400, "invalid_request", "Content-Type must be "
		    "application/x-www-form-urlencoded");
		return 0;
	}
	if (r->h.expect == PARSE_EXPECT_OTHER) {
		r->close = 1;
		early(r, 417, "expectation_failed", "Unknown expectation");
		return 0;
	}
	return 1;
}

void
edge_head(struct http_conn *c, size_t headlen, int64_t now)
{
	struct http_server *srv = c->srv;
	struct http_req *r;
	enum parse_err err;

	r = req_new(c);
	if (r == NULL) {
		c->flags |= CONN_F_DEAD;
		return;
	}
	r->since = now;
	err = parse_head(c->in + c->off, headlen, &r->h, srv->fields);
	c->off += (uint32_t)headlen;
	if (err == PARSE_OK && r->h.nfields > REQ_FIELDS) {
		r->fields = req_alloc(r, r->h.nfields * sizeof(*r->fields));
		if (r->fields == NULL) {
			c->flags |= CONN_F_DEAD;
			return;
		}
	}
	if (err != PARSE_OK) {
		memset(&r->h, 0, sizeof(r->h));
		memset(&c->body, 0, sizeof(c->body));
		block_id(srv, r->id);
		fail(r, err);
		return;
	}
	memcpy(r->fields, srv->fields, r->h.nfields * sizeof(*r->fields));
	note_id(r);
	r->close = r->h.close || r->h.minor == 0 || srv->draining;
	body_start(c, &r->h, 0);
	if (!find_route(r) || !check_body(r))
		return;
	c->body.keep = r->route->body != HTTP_B_NONE;
	c->state = CONN_BODY;
	if (r->h.expect == PARSE_EXPECT_CONTINUE && !c->body.done &&
	    c->len == c->off)
		buf_adds(&srv->out, "HTTP/1.1 100 Continue\r\n\r\n");
}

void
edge_body(struct http_conn *c)
{
	c->state = CONN_WORK;
	c->req->route->handler(c->req);
}
