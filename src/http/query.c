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
 * Runs in the worker: parameters of a query or of a form, percent-decoded
 * once into the request's memory. Every name may stand once (API.md
 * section 1), and their number is bounded as an object's members are.
 */
#include "config.h"

#include <string.h>

#include "src/base/utf8.h"
#include "src/http/conn.h"

#define PARAMS_MAX	128

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes n bytes; dst gets a NUL. Returns 0, or -1 for what is refused. */
static int
decode(char *dst, const char *s, size_t n)
{
	size_t i, o = 0;
	int hi, lo;

	for (i = 0; i < n; i++) {
		if (s[i] == '+') {
			dst[o++] = ' ';
			continue;
		}
		if (s[i] != '%') {
			dst[o++] = s[i];
			continue;
		}
		if (n - i < 3 || (hi = hex(s[i + 1])) == -1 ||
		    (lo = hex(s[i + 2])) == -1)
			return -1;
		dst[o++] = (char)(hi * 16 + lo);
		i += 2;
	}
	dst[o] = '\0';
	return memchr(dst, '\0', o) == NULL && utf8_valid(dst, o) ? 0 : -1;
}

static int
repeated(const struct req_params *q, const char *name)
{
	size_t i;

	for (i = 0; i < q->n; i++) {
		if (strcmp(q->pairs[i].name, name) == 0)
			return 1;
	}
	return 0;
}

/* One "name=value" of n > 0 bytes; mem has room for n + 2. */
static int
add_pair(struct req_params *q, const char *s, size_t n, char *mem)
{
	const char *eq = memchr(s, '=', n);
	size_t len = eq == NULL ? n : (size_t)(eq - s);
	struct req_pair *p;
	char *value = mem + len + 1;

	q->bad = "";
	if (q->n == PARAMS_MAX || decode(mem, s, len) == -1)
		return -1;
	q->bad = mem;
	if (repeated(q, mem))
		return -1;
	value[0] = '\0';
	if (eq != NULL && decode(value, eq + 1, n - len - 1) == -1)
		return -1;
	p = &q->pairs[q->n++];
	p->name = mem;
	p->value = value;
	return 0;
}

static int
parse(struct http_req *r, struct req_params *q, const char *s, size_t n)
{
	const char *amp;
	size_t i, len;
	char *mem;

	/* Each piece of len bytes takes at most len + 2. */
	mem = req_alloc(r, 2 * n + 2);
	q->pairs = req_alloc(r, PARAMS_MAX * sizeof(*q->pairs));
	q->bad = "";
	if (mem == NULL || q->pairs == NULL)
		return -1;
	for (i = 0; i < n; i += len + 1) {
		amp = memchr(s + i, '&', n - i);
		len = amp == NULL ? n - i : (size_t)(amp - (s + i));
		if (len == 0)
			continue;
		if (add_pair(q, s + i, len, mem) == -1)
			return -1;
		mem += len + 2;
	}
	return 0;
}

static int
ok(struct http_req *r, struct req_params *q, const char *s, size_t n,
    const char **bad)
{
	if (q->state == 0)
		q->state = n == 0 || parse(r, q, s, n) == 0 ? 1 : 2;
	if (q->state == 1)
		return 0;
	if (bad != NULL)
		*bad = q->bad;
	return -1;
}

static const char *
get(const struct req_params *q, const char *name)
{
	size_t i;

	for (i = 0; i < q->n; i++) {
		if (strcmp(q->pairs[i].name, name) == 0)
			return q->pairs[i].value;
	}
	return NULL;
}

int
http_query_ok(struct http_req *r, const char **bad)
{
	const char *s = http_req_query(r);

	return ok(r, &r->query, s, s == NULL ? 0 : r->h.query_len, bad);
}

const char *
http_query(struct http_req *r, const char *name)
{
	return http_query_ok(r, NULL) == -1 ? NULL : get(&r->query, name);
}

int
http_form_ok(struct http_req *r, const char **bad)
{
	const uint8_t *s;
	size_t n;

	s = http_req_body(r, &n);
	return ok(r, &r->form, (const char *)s, n, bad);
}

const char *
http_form(struct http_req *r, const char *name)
{
	return http_form_ok(r, NULL) == -1 ? NULL : get(&r->form, name);
}

struct req_params *
http_params(struct http_req *r, const char *s)
{
	struct req_params *q = req_alloc(r, sizeof(*q));
	size_t n = strlen(s);

	if (q == NULL)
		return NULL;
	memset(q, 0, sizeof(*q));
	return ok(r, q, s, n, NULL) == 0 ? q : NULL;
}

const char *
http_param(const struct req_params *q, const char *name)
{
	return q == NULL ? NULL : get(q, name);
}
