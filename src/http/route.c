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
 * Runs in the worker; built once at start and only read afterwards. The hash
 * has no key: a client chooses what is looked up, never what is stored.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "src/http/route.h"

struct route_table {
	const struct http_route	*routes;
	struct route_res	*res;		/* plain ones, then templates */
	size_t			 nres, nplain;
	uint16_t		*slots;		/* index + 1 into res */
	uint32_t		 mask;
};

static uint32_t
hash(const char *s, size_t n)
{
	uint32_t h = UINT32_C(2166136261);
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * UINT32_C(16777619);
	return h ^ (h >> 15);
}

/* Two templates are one resource whatever their arguments are called. */
static int
same_template(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		if (*a == '{' && *b == '{') {
			a += strcspn(a, "}");
			b += strcspn(b, "}");
		}
		if (*a++ != *b++)
			return 0;
	}
	return *a == *b;
}

static int
template_ok(const char *path)
{
	unsigned args = 0;
	const char *p;

	if (path[0] != '/' || strlen(path) > 1024)
		return 0;
	for (p = path; (p = strchr(p, '{')) != NULL; p++) {
		const char *end = strchr(p, '}');

		if (p[-1] != '/' || end == NULL ||
		    (end[1] != '\0' && end[1] != '/') ||
		    ++args > HTTP_PATH_ARGS)
			return 0;
	}
	return 1;
}

static struct route_res *
resource(struct route_table *t, const char *path)
{
	struct route_res *r;
	size_t i;

	for (i = 0; i < t->nres; i++) {
		if (same_template(t->res[i].path, path))
			return &t->res[i];
	}
	r = &t->res[t->nres++];
	r->path = path;
	for (i = 0; i < ROUTE_METHODS; i++)
		r->at[i] = -1;
	return r;
}

/* Collects the routes of one kind of path; 0, or -1 after a log line. */
static int
collect(struct route_table *t, size_t n, int templates)
{
	const struct http_route *rt;
	struct route_res *r;
	size_t i;

	for (i = 0; i < n; i++) {
		rt = &t->routes[i];
		if ((strchr(rt->path, '{') != NULL) != templates)
			continue;
		if (!template_ok(rt->path) || rt->method >= ROUTE_METHODS ||
		    rt->method == HTTP_HEAD || rt->handler == NULL ||
		    ((rt->flags & HTTP_R_PAGE) && (rt->flags &
		    (HTTP_R_CORS | HTTP_R_CORS_ANY | HTTP_R_OAUTH)))) {
			log_warnx("route %s: bad entry", rt->path);
			return -1;
		}
		r = resource(t, rt->path);
		if (r->at[rt->method] != -1) {
			log_warnx("route %s: given twice", rt->path);
			return -1;
		}
		r->at[rt->method] = (int16_t)i;
	}
	return 0;
}

static void
fill_slots(struct route_table *t)
{
	uint32_t h;
	size_t i;

	for (i = 0; i < t->nplain; i++) {
		h = hash(t->res[i].path, strlen(t->res[i].path));
		while (t->slots[h & t->mask] != 0)
			h++;
		t->slots[h & t->mask] = (uint16_t)(i + 1);
	}
}

struct route_table *
route_new(const struct http_route *routes, size_t n)
{
	struct route_table *t;

	if (n > 4096 || (t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->routes = routes;
	t->mask = 15;
	while (t->mask < n * 2)
		t->mask = t->mask * 2 + 1;
	t->res = calloc(n + 1, sizeof(*t->res));
	t->slots = calloc(t->mask + 1, sizeof(*t->slots));
	if (t->res == NULL || t->slots == NULL || collect(t, n, 0) == -1)
		goto fail;
	t->nplain = t->nres;
	if (collect(t, n, 1) == -1)
		goto fail;
	fill_slots(t);
	return t;
fail:
	route_free(t);
	return NULL;
}

void
route_free(struct route_table *t)
{
	if (t == NULL)
		return;
	free(t->res);
	free(t->slots);
	free(t);
}

/*
 * Ids, names and kids are made of unreserved characters, so an escape in an
 * argument can only be an attempt at another path: it matches nothing.
 */
static int
arg_ok(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || (s[0] == '.' && (n == 1 || (n == 2 && s[1] == '.'))))
		return 0;
	for (i = 0; i < n; i++) {
		if (s[i] == '%' || s[i] == '\\')
			return 0;
	}
	return 1;
}

static int
match(const char *tmpl, const char *path, size_t len,
    struct route_arg args[HTTP_PATH_ARGS], unsigned *nargs)
{
	size_t at = 0, from;
	const char *p;

	*nargs = 0;
	for (p = tmpl; *p != '\0'; p++) {
		if (*p != '{') {
			if (at == len || path[at++] != *p)
				return 0;
			continue;
		}
		for (from = at; at < len && path[at] != '/'; at++)
			;
		if (!arg_ok(path + from, at - from))
			return 0;
		args[*nargs].from = (uint16_t)from;
		args[(*nargs)++].to = (uint16_t)at;
		p = strchr(p, '}');
	}
	return at == len;
}

const struct route_res *
route_find(const struct route_table *t, const char *path, size_t len,
    struct route_arg args[HTTP_PATH_ARGS], unsigned *nargs)
{
	const struct route_res *r;
	uint32_t h = hash(path, len);
	uint16_t slot;
	size_t i;

	*nargs = 0;
	for (; (slot = t->slots[h & t->mask]) != 0; h++) {
		r = &t->res[slot - 1];
		if (strncmp(r->path, path, len) == 0 && r->path[len] == '\0')
			return r;
	}
	for (i = t->nplain; i < t->nres; i++) {
		if (match(t->res[i].path, path, len, args, nargs))
			return &t->res[i];
	}
	*nargs = 0;
	return NULL;
}

size_t
route_tenant(const char *path, size_t len, char tenant[ROUTE_TENANT])
{
	size_t n, at;
	char c;

	tenant[0] = '\0';
	if (len < 5 || memcmp(path, "/t/", 3) != 0 || path[3] == '-')
		return 0;
	for (at = 3; at < len && path[at] != '/'; at++) {
		c = path[at];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-'))
			return 0;
	}
	n = at - 3;
	if (n == 0 || n >= ROUTE_TENANT || at == len ||
	    (n == 7 && memcmp(path + 3, "default", n) == 0))
		return 0;
	memcpy(tenant, path + 3, n);
	tenant[n] = '\0';
	return at;
}

int
route_method(const struct route_table *t, const struct route_res *r,
    enum http_method m, uint32_t serve, uint32_t flags)
{
	if (m == HTTP_HEAD)
		m = HTTP_GET;
	if (m >= ROUTE_METHODS || r->at[m] == -1 ||
	    !(t->routes[r->at[m]].serve & serve) ||
	    (t->routes[r->at[m]].flags & flags) != flags)
		return -1;
	return r->at[m];
}

unsigned
route_allow(const struct route_table *t, const struct route_res *r,
    uint32_t serve, uint32_t flags, struct buf *b)
{
	unsigned n = 0;
	int m, i;

	for (m = 0; m < ROUTE_METHODS; m++) {
		i = route_method(t, r, (enum http_method)m, serve, flags);
		if (i == -1)
			continue;
		n++;
		buf_adds(b, http_method_name((enum http_method)m));
		buf_adds(b, ", ");
	}
	buf_adds(b, "OPTIONS");
	return n;
}

uint32_t
route_flags(const struct route_table *t, const struct route_res *r,
    uint32_t serve, uint32_t need)
{
	uint32_t flags = 0;
	int m, i;

	for (m = 0; m < ROUTE_METHODS; m++) {
		i = route_method(t, r, (enum http_method)m, serve, need);
		if (i != -1)
			flags |= t->routes[i].flags;
	}
	return flags;
}
