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
 * HTTP/1.1 server (RFC 9110, 9112) on libevent. One request at a time on a
 * connection; pipelined ones wait in its buffer. This header is all that the
 * rooms above need: routes in, requests out, replies in.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH,
    HTTP_DELETE, HTTP_OPTIONS, HTTP_OTHER };

const char *http_method_name(enum http_method);

#define HTTP_PATH_ARGS	3

struct http_server;
struct http_req;
struct http_route;

/* How a route takes its body. */
enum http_body { HTTP_B_NONE,	/* any body is read and dropped */
    HTTP_B_JSON, HTTP_B_FORM,
    HTTP_B_JSON_MAY };		/* JSON, or no body at all */

/*
 * The handler replies now or later, exactly once, with http_reply(). The
 * request stays valid until then, even when its client is gone.
 */
typedef void (*http_handler)(struct http_req *);

struct http_route {
	enum http_method method;	/* GET serves HEAD as well */
	const char	*path;		/* "/auth/me/sessions/{id}" */
	http_handler	 handler;
	enum http_body	 body;
	uint32_t	 serve;		/* SERVE_* of the listener, else 404 */
	uint32_t	 flags;		/* HTTP_R_* and the api's own bits */
	const void	*schema;	/* the api's body schema */
};
#define HTTP_R_BEARER	0x01		/* API.md caller B: for api and spec */
#define HTTP_R_CORS	0x02		/* answers configured CORS origins */
#define HTTP_R_CORS_ANY	0x04		/* Access-Control-Allow-Origin: * */
#define HTTP_R_ADMIN	0x08		/* bearer of scope admin (for api) */
#define HTTP_R_TENANT	0x10		/* under /t/{tenant} as well */
/* Answers people: errors are pages (http_conf.page_error), and a form on one
 * must be able to tell its Origin (Referrer-Policy: same-origin). Not with
 * HTTP_R_CORS. */
#define HTTP_R_PAGE	0x20
/* Errors have the shape and the codes of RFC 6749 (and 8628, 9126 …). */
#define HTTP_R_OAUTH	0x40

struct http_conf {
	uint32_t	 max_conns;
	uint32_t	 header_ms, body_ms, write_ms, idle_ms;
	int		 hsts;		/* issuer is https */
	const char	*const *trust;	/* CIDRs; ends with NULL, may be it */
	const char	*const *cors;	/* origins, NULL-terminated */
	/* After each reply left: for metrics. route is its index in the table
	 * or -1, duration in µs. */
	void		(*done)(int route, enum http_method, int status,
			    int64_t duration_us, void *arg);
	void		*arg;
	/*
	 * Replies with a page, on routes of HTTP_R_PAGE, where the edge or a
	 * handler answers with http_reply_error(); fields such as Retry-After
	 * are set before. The request may have been cut short: neither body
	 * nor form are there. NULL: a page of one sentence.
	 */
	void		(*page_error)(struct http_req *, int status,
			    const char *code, const char *message);
};

/* Routes and conf must outlive the server. NULL: fatal was logged. Call it
 * before the sandbox: it asks for the limit of descriptors. */
struct http_server *http_server_new(struct event_base *,
	    const struct http_route *, size_t nroutes,
	    const struct http_conf *);
/* Takes a bound, listening descriptor. */
int	http_server_listen(struct http_server *, int fd, uint32_t serve);
/*
 * Stops accepting, lets requests finish (with Connection: close) and calls
 * done when the last connection is gone or after drain_ms.
 */
void	http_server_drain(struct http_server *, uint32_t drain_ms,
	    void (*done)(void *), void *arg);
/* Requests that are still with a handler end here, without a reply: their
 * data is freed and they must not be touched again. */
void	http_server_free(struct http_server *);
uint32_t http_server_conns(const struct http_server *);

/* ---- the request ---- */
enum http_method http_req_method(const struct http_req *);
const char *http_req_path(const struct http_req *);	/* as sent */
/* Whose path it is: "default" at the root, else T of /t/T/…, which need not
 * exist. Routes and arguments are those of the rest of the path. */
const char *http_req_tenant(const struct http_req *);
const char *http_req_arg(const struct http_req *, unsigned);	/* {id} … */
const char *http_req_query(const struct http_req *);	/* NULL: none */
/* A field's value; name in lower case. NULL: absent. Repeated fields are
 * joined by ", " except where that is not allowed (400 before). */
const char *http_req_header(const struct http_req *, const char *name);
const uint8_t *http_req_body(const struct http_req *, size_t *len);
const char *http_req_id(const struct http_req *);	/* X-Request-Id */
/* The client's address, after `trust proxy`. loopback: direct loopback. */
const char *http_req_ip(const struct http_req *);
int	http_req_loopback(const struct http_req *);
const struct http_route *http_req_route(const struct http_req *);
struct http_server *http_req_server(const struct http_req *);
void	*http_req_data(const struct http_req *);	/* the api's own */
void	http_req_set_data(struct http_req *, void *, void (*free_fn)(void *));

/* ---- the query and forms ---- */
/* Value of one parameter, percent-decoded into the request's memory. NULL:
 * absent. The first call parses; -1 from http_query_ok() means a repeated,
 * undecodable, non-UTF-8 or NUL-holding parameter: answer 400. */
int	http_query_ok(struct http_req *, const char **badname);
const char *http_query(struct http_req *, const char *name);
/* The same for a body of HTTP_B_FORM. */
int	http_form_ok(struct http_req *, const char **badname);
const char *http_form(struct http_req *, const char *name);
/* The same for a query that stands elsewhere, as in a parameter of this one.
 * It lives as long as the request; NULL: what http_query_ok() calls bad. */
struct req_params;
struct req_params *http_params(struct http_req *, const char *);
const char *http_param(const struct req_params *, const char *name);

/* ---- the reply ---- */
/* Adds a field; refuses (-1, EINVAL) CR, LF, NUL and bad names. */
int	http_reply_header(struct http_req *, const char *name,
	    const char *value);
/* Replaces the default Cache-Control: no-store. */
void	http_reply_cache(struct http_req *, const char *value);
/*
 * Sends and ends the request (it is invalid afterwards). ctype NULL: no
 * content. The body is copied. HEAD sends no body but its length.
 */
void	http_reply(struct http_req *, int status, const char *ctype,
	    const void *body, size_t len);
/*
 * A reply of pieces, of a length that nobody knows (chunked; to an HTTP/1.0
 * client up to the end of the connection). `more` asks for the next piece, when
 * the one before it has left: then, or later, http_stream_piece() or
 * http_stream_end(). A client that goes away while none is asked for ends the
 * request, with its data. Not from inside the handler itself: an answer of the
 * engine must lie between. -1: the request is over (HEAD, or nobody is there);
 * -1 of a piece: it must be ended, nobody reads it. whole 0: what was sent is
 * not all, and the client is shown that by the missing end.
 */
int	http_stream(struct http_req *, int status, const char *ctype,
	    void (*more)(struct http_req *));
int	http_stream_piece(struct http_req *, const void *, size_t);
void	http_stream_end(struct http_req *, int whole);
/*
 * {"error":code,"message":text}, as the edge itself answers 404 and the like
 * (on HTTP_R_OAUTH routes error_description, and codes as RFC 6749 has them; on
 * HTTP_R_PAGE ones a page). A 400 gets "errors" with the one item ("",
 * message): use one of the next two to be more precise.
 */
void	http_reply_error(struct http_req *, int status, const char *code,
	    const char *message);
/* With "errors":[{"path","msg"}]: member or parameter, "a.0", "" the body. */
void	http_reply_error_at(struct http_req *, int status, const char *code,
	    const char *message, const char *path, const char *msg);
struct http_error_item {
	const char	*path, *msg;
};
void	http_reply_errors(struct http_req *, int status, const char *code,
	    const char *message, const struct http_error_item *, size_t n);

#endif
