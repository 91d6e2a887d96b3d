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
 * What stands around src/api in a unit test: an HTTP request and reply made of
 * plain members, an asker that remembers, a verifier that knows three tokens
 * by name. Included once in a program.
 */
#ifndef FAKE_EDGE_H
#define FAKE_EDGE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/api/call.h"
#include "src/jose/jws.h"

struct http_req {
	const struct http_route *route;
	const char	*authorization, *if_none_match, *query, *arg, *body;
	const char	*limit, *cursor, *bad, *tenant;
	void		*data;
	void		(*data_free)(void *);
	/* the reply */
	int		 status, replies;
	char		 text[16384], challenge[128], retry[16], etag[64],
			 cache[64];
};

/* the last ask */
static struct {
	int		 count, fail;
	uint16_t	 type;
	ask_cb		 cb;
	void		*arg;
	char		 ua[CAP_UA + 1], first[2048];
} asked;

int
ask(struct asker *a, uint16_t type, const void *msg, unsigned deadline_ms,
    ask_cb cb, void *arg)
{
	const struct msg_bearer_check_req *m = msg;

	(void)a;
	ck_assert_uint_eq(deadline_ms, EDGE_DEADLINE_MS);
	if (asked.fail != 0) {
		errno = asked.fail;
		return -1;
	}
	asked.count++;
	asked.type = type;
	asked.cb = cb;
	asked.arg = arg;
	/* MSG_CTX is the same in every request; behind it comes one text */
	(void)snprintf(asked.ua, sizeof(asked.ua), "%s", m->ua);
	(void)snprintf(asked.first, sizeof(asked.first), "%s", m->bearer);
	return 0;
}

enum at_err
at_verify(const struct jwks *keys, const char *token, size_t len,
    const char *iss, int64_t now, struct at_claims *c)
{
	(void)keys;
	(void)iss;
	(void)now;
	ck_assert_uint_eq(len, strlen(token));
	if (strcmp(token, "good") == 0)
		c->scope = "openid account";
	else if (strcmp(token, "narrow") == 0)
		c->scope = "openid accounts";
	else
		return AT_JWS;
	c->tenant = "default";
	return AT_OK;
}

void
at_free(struct at_claims *c)
{
	(void)c;
}

int
at_has_scope(const char *scope, const char *word)
{
	return strcmp(scope, "openid account") == 0 &&
	    strcmp(word, "account") == 0;
}

const char *
http_method_name(enum http_method m)
{
	static const char *const names[] = { "GET", "HEAD", "POST", "PUT",
	    "PATCH", "DELETE", "OPTIONS", "OTHER" };

	return names[m];
}

const char *
http_req_arg(const struct http_req *r, unsigned n)
{
	return n == 0 ? r->arg : NULL;
}

void *
http_req_data(const struct http_req *r)
{
	return r->data;
}

/* Replies by pieces are tested live. */
int
http_stream(struct http_req *r, int status, const char *ctype,
    void (*more)(struct http_req *))
{
	(void)ctype;
	(void)more;
	r->status = status;
	return 0;
}

int
http_stream_piece(struct http_req *r, const void *p, size_t n)
{
	(void)r;
	(void)p;
	(void)n;
	return 0;
}

void
http_stream_end(struct http_req *r, int whole)
{
	(void)whole;
	r->replies++;
}

const char *
http_req_query(const struct http_req *r)
{
	return r->query;
}

const char *
http_req_header(const struct http_req *r, const char *name)
{
	if (strcmp(name, "authorization") == 0)
		return r->authorization;
	if (strcmp(name, "if-none-match") == 0)
		return r->if_none_match;
	if (strcmp(name, "user-agent") == 0)
		return "te\x01st/1 \xff \xc3\xa4";
	return NULL;
}

const uint8_t *
http_req_body(const struct http_req *r, size_t *len)
{
	*len = r->body != NULL ? strlen(r->body) : 0;
	return (const uint8_t *)r->body;
}

const char *
http_req_id(const struct http_req *r)
{
	(void)r;
	return "rid-1";
}

const char *
http_req_ip(const struct http_req *r)
{
	(void)r;
	return "192.0.2.1";
}

const char *
http_req_tenant(const struct http_req *r)
{
	return r->tenant != NULL ? r->tenant : "default";
}

int
http_req_loopback(const struct http_req *r)
{
	(void)r;
	return 0;
}

const struct http_route *
http_req_route(const struct http_req *r)
{
	return r->route;
}

void
http_req_set_data(struct http_req *r, void *data, void (*free_fn)(void *))
{
	r->data = data;
	r->data_free = free_fn;
}

int
http_query_ok(struct http_req *r, const char **bad)
{
	*bad = r->bad;
	return r->bad != NULL ? -1 : 0;
}

const char *
http_query(struct http_req *r, const char *name)
{
	return strcmp(name, "limit") == 0 ? r->limit : r->cursor;
}

/* Forms are tested live. */
int
http_form_ok(struct http_req *r, const char **bad)
{
	return http_query_ok(r, bad);
}

const char *
http_form(struct http_req *r, const char *name)
{
	return http_query(r, name);
}

int
http_reply_header(struct http_req *r, const char *name, const char *value)
{
	if (strcmp(name, "WWW-Authenticate") == 0)
		(void)snprintf(r->challenge, sizeof(r->challenge), "%s",
		    value);
	else if (strcmp(name, "Retry-After") == 0)
		(void)snprintf(r->retry, sizeof(r->retry), "%s", value);
	else if (strcmp(name, "ETag") == 0)
		(void)snprintf(r->etag, sizeof(r->etag), "%s", value);
	else
		ck_abort_msg("header %s", name);
	return 0;
}

void
http_reply_cache(struct http_req *r, const char *value)
{
	(void)snprintf(r->cache, sizeof(r->cache), "%s", value);
}

void
http_reply(struct http_req *r, int status, const char *ctype,
    const void *body, size_t len)
{
	r->replies++;
	r->status = status;
	ck_assert_int_eq(ctype == NULL, len == 0);
	ck_assert_uint_lt(len, sizeof(r->text));
	if (len > 0)
		memcpy(r->text, body, len);
	r->text[len] = '\0';
	if (r->data != NULL)
		r->data_free(r->data);
	r->data = NULL;
}

void
http_reply_error(struct http_req *r, int status, const char *code,
    const char *message)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
	    "{\"error\":\"%s\",\"message\":\"%s\"}", code, message);
	http_reply(r, status, "application/json", text, strlen(text));
}

#endif
