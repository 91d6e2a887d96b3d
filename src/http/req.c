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
 * Runs in the worker: what a handler may ask about its request. Strings lie
 * in the connection's buffer, which does not move while a handler has it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/http/conn.h"

struct http_req *
req_new(struct http_conn *c)
{
	struct http_req *r = pool_get(&c->srv->reqs);
	struct buf extra;

	if (r == NULL && (r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	extra = r->extra;		/* its memory is kept */
	memset(r, 0, offsetof(struct http_req, id));
	r->extra = extra;
	r->conn = c;
	r->srv = c->srv;
	r->fields = r->few;
	r->head = c->off;
	c->req = r;
	return r;
}

void
req_free(struct http_req *r)
{
	struct req_chunk *m;

	if (r == NULL)
		return;
	if (r->free_fn != NULL)
		r->free_fn(r->data);
	while ((m = r->mem) != NULL) {
		r->mem = m->next;
		explicit_bzero(m->data, m->size);
		free(m);
	}
	if (r->extra.len > 0)
		explicit_bzero(r->extra.p, r->extra.len);
	if (r->extra.cap > CONN_BUF)
		buf_free(&r->extra);
	else
		buf_reset(&r->extra);
	if (!pool_put(&r->srv->reqs, r)) {
		buf_free(&r->extra);
		free(r);
	}
}

void *
req_alloc(struct http_req *r, size_t n)
{
	struct req_chunk *m = malloc(sizeof(*m) + n);

	if (m == NULL)
		return NULL;
	m->size = n;
	m->next = r->mem;
	r->mem = m;
	return m->data;
}

static const char *
text(const struct http_req *r, uint16_t at)
{
	return (const char *)r->conn->in + r->head + at;
}

/* Joins the fields from i on that have its name; NULL on ENOMEM. */
static const char *
join(struct http_req *r, uint16_t i)
{
	const struct parse_field *f = r->fields, *first = &f[i];
	const char *name = text(r, first->name), *sep = ", ";
	size_t len = 0;
	uint16_t k;
	char *s, *p;

	if (strcmp(name, "cookie") == 0)
		sep = "; ";		/* RFC 6265 section 5.4 */
	for (k = i; k < r->h.nfields; k++)
		len += f[k].vlen + 2U;
	s = p = req_alloc(r, len + 1);
	for (k = i; s != NULL && k < r->h.nfields; k++) {
		if (f[k].nlen != first->nlen ||
		    memcmp(text(r, f[k].name), name, first->nlen) != 0)
			continue;
		if (p != s) {
			memcpy(p, sep, 2);
			p += 2;
		}
		memcpy(p, text(r, f[k].value), f[k].vlen);
		p += f[k].vlen;
		*p = '\0';
	}
	return s;
}

static const char *
lookup(struct http_req *r, const char *name, uint16_t i)
{
	const struct parse_field *f = r->fields;
	size_t len = strlen(name);
	uint16_t first = UINT16_MAX;

	for (; i < r->h.nfields; i++) {
		if (f[i].nlen != len ||
		    memcmp(text(r, f[i].name), name, len) != 0)
			continue;
		if (first != UINT16_MAX)
			return join(r, first);
		first = i;
	}
	return first == UINT16_MAX ? NULL : text(r, f[first].value);
}

const char *
req_known(struct http_req *r, enum parse_name name)
{
	uint16_t i = r->h.first[name];

	if (i == 0)
		return NULL;
	return lookup(r, text(r, r->fields[i - 1].name), (uint16_t)(i - 1));
}

const char *
http_req_header(const struct http_req *r, const char *name)
{
	/* Only the memory behind it changes. */
	return lookup((struct http_req *)(uintptr_t)r, name, 0);
}

enum http_method
http_req_method(const struct http_req *r)
{
	return r->h.method;
}

const char *
http_req_path(const struct http_req *r)
{
	return text(r, r->h.path);
}

const char *
http_req_tenant(const struct http_req *r)
{
	return r->tenant[0] != '\0' ? r->tenant : "default";
}

const char *
http_req_query(const struct http_req *r)
{
	return r->h.query == 0 ? NULL : text(r, r->h.query);
}

const char *
http_req_arg(const struct http_req *cr, unsigned i)
{
	struct http_req *r = (struct http_req *)(uintptr_t)cr;
	size_t n;
	char *s;

	if (i >= r->nargs)
		return NULL;
	if (r->arg[i] == NULL) {
		n = (size_t)(r->args[i].to - r->args[i].from);
		s = req_alloc(r, n + 1);
		if (s == NULL)
			return NULL;
		memcpy(s, text(r, (uint16_t)(r->h.path + r->prefix +
		    r->args[i].from)), n);
		s[n] = '\0';
		r->arg[i] = s;
	}
	return r->arg[i];
}

const uint8_t *
http_req_body(const struct http_req *r, size_t *len)
{
	*len = r->conn->body.len;
	return r->conn->in + r->conn->body.at;
}

const char *
http_req_id(const struct http_req *r)
{
	return r->id;
}

/* Once a request: the peer, or whom a trusted peer names. */
static void
find_ip(struct http_req *r)
{
	const struct http_server *srv = r->srv;
	uint8_t addr[16];
	const char *list;
	int took = 0;

	memcpy(addr, r->conn->peer, sizeof(addr));
	if (srv->ntrust > 0 &&
	    forward_trusted(srv->trust, srv->ntrust, addr)) {
		if ((list = req_known(r, PARSE_F_XFF)) != NULL)
			took = forward_walk(srv->trust, srv->ntrust,
			    FORWARD_XFF, list, addr);
		else if ((list = req_known(r, PARSE_F_FORWARDED)) != NULL)
			took = forward_walk(srv->trust, srv->ntrust,
			    FORWARD_RFC7239, list, addr);
	}
	r->direct = !took && forward_loopback(addr);
	forward_addr_text(r->ip, addr);
}

const char *
http_req_ip(const struct http_req *cr)
{
	struct http_req *r = (struct http_req *)(uintptr_t)cr;

	if (r->ip[0] == '\0')
		find_ip(r);
	return r->ip;
}

int
http_req_loopback(const struct http_req *r)
{
	(void)http_req_ip(r);
	return r->direct;
}

const struct http_route *
http_req_route(const struct http_req *r)
{
	return r->route;
}

struct http_server *
http_req_server(const struct http_req *r)
{
	return r->srv;
}

void *
http_req_data(const struct http_req *r)
{
	return r->data;
}

void
http_req_set_data(struct http_req *r, void *data, void (*free_fn)(void *))
{
	r->data = data;
	r->free_fn = free_fn;
}
