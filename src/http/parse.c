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
 * Runs in the worker, on bytes that anyone may have sent. Holds nothing but
 * constant tables. Called by conn.c, the unit tests and the fuzzer.
 */
#include "config.h"

#include <string.h>

#include "src/http/fields.h"
#include "src/http/parse.h"

#define C_TOKEN	0x01	/* tchar */
#define C_VALUE	0x02	/* HTAB, SP, VCHAR, obs-text */
#define C_URI	0x04	/* VCHAR but "#" */

#define T	(C_TOKEN | C_VALUE | C_URI)
#define U	(C_VALUE | C_URI)
#define V	C_VALUE
static const uint8_t class[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, V, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	V, T, U, V, T, T, T, T, U, U, T, T, U, T, T, U,
	T, T, T, T, T, T, T, T, T, T, U, U, U, U, U, U,
	U, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
	T, T, T, T, T, T, T, T, T, T, T, U, U, U, T, T,
	T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
	T, T, T, T, T, T, T, T, T, T, T, U, T, U, T, 0,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
	V, V, V, V, V, V, V, V, V, V, V, V, V, V, V, V,
};
#undef T
#undef U
#undef V

static const struct {
	const char		*name;
	size_t			 len;
	enum http_method	 method;
} methods[] = {
	{ "GET", 3, HTTP_GET }, { "POST", 4, HTTP_POST },
	{ "HEAD", 4, HTTP_HEAD }, { "PUT", 3, HTTP_PUT },
	{ "PATCH", 5, HTTP_PATCH }, { "DELETE", 6, HTTP_DELETE },
	{ "OPTIONS", 7, HTTP_OPTIONS },
};

const char *
http_method_name(enum http_method m)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (methods[i].method == m)
			return methods[i].name;
	}
	return "OTHER";
}

static int
all_of(const uint8_t *p, size_t n, uint8_t want)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(class[p[i]] & want))
			return 0;
	}
	return 1;
}

int
parse_token(const char *s, size_t n)
{
	return n > 0 && all_of((const uint8_t *)s, n, C_TOKEN);
}

int
parse_value(const char *s, size_t n)
{
	return all_of((const uint8_t *)s, n, C_VALUE);
}

int
parse_is(const char *s, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint8_t c = (uint8_t)s[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (word[i] == '\0' || c != (uint8_t)word[i])
			return 0;
	}
	return word[n] == '\0';
}

int
parse_list_has(const char *s, size_t n, const char *word)
{
	size_t i = 0, from, to;

	while (i < n) {
		while (i < n && (s[i] == ',' || s[i] == ' ' || s[i] == '\t'))
			i++;
		from = i;
		while (i < n && s[i] != ',')
			i++;
		to = i;
		while (to > from && (s[to - 1] == ' ' || s[to - 1] == '\t'))
			to--;
		if (to > from && parse_is(s + from, to - from, word))
			return 1;
	}
	return 0;
}

/*
 * The bytes from..n of an unfinished head: a control byte, or a CR that no LF
 * follows, need not wait for the end of the head (which may never come).
 */
static int
spoilt(const uint8_t *p, size_t from, size_t n)
{
	size_t i;

	if (from > 0)
		from--;		/* a CR may have been the last byte */
	for (i = from; i < n; i++) {
		if (class[p[i]] & C_VALUE || p[i] == '\n')
			continue;
		if (p[i] != '\r' || (i + 1 < n && p[i + 1] != '\n'))
			return 1;
	}
	return 0;
}

enum parse_err
parse_scan(const uint8_t *p, size_t n, size_t *pos)
{
	size_t from = *pos, i = from, max, at;
	const uint8_t *q;

	max = n < PARSE_HEAD_MAX ? n : PARSE_HEAD_MAX;
	while (i < max && (q = memchr(p + i, '\n', max - i)) != NULL) {
		at = (size_t)(q - p);
		if (at < 2 || p[at - 1] != '\r')
			return PARSE_BAD;
		if (p[at - 2] == '\n') {
			*pos = at + 1;
			return PARSE_OK;
		}
		i = at + 1;
	}
	*pos = max;
	if (spoilt(p, from, max))
		return PARSE_BAD;
	if (n < PARSE_HEAD_MAX)
		return PARSE_MORE;
	return memchr(p, '\n', max) == NULL ? PARSE_URI : PARSE_LONG;
}

/* http://host/path, whose host is ignored (RFC 9112 section 3.2.2). */
static size_t
absolute_form(const uint8_t *p, size_t n)
{
	size_t i = 0, host;

	if (n > 7 && parse_is((const char *)p, 7, "http://"))
		i = 7;
	else if (n > 8 && parse_is((const char *)p, 8, "https://"))
		i = 8;
	if (i == 0)
		return 0;
	for (host = i; i < n && p[i] != '/' && p[i] != '?'; i++)
		;
	if (!fields_host((const char *)p + host, i - host))
		return 0;
	return i;
}

/* Splits the target at p + from, n bytes; the byte behind it may be changed. */
static enum parse_err
parse_target(uint8_t *p, size_t from, size_t n, struct parse_head *h)
{
	size_t skip = 0;
	uint8_t *q;

	if (n == 0 || !all_of(p + from, n, C_URI))
		return PARSE_BAD;
	if (n == 1 && p[from] == '*') {
		if (h->method != HTTP_OPTIONS)
			return PARSE_BAD;
		h->asterisk = 1;
	} else if (p[from] != '/') {
		skip = absolute_form(p + from, n);
		if (skip == 0)
			return PARSE_BAD;
		/* An empty path is "/": there is always a byte to spare. */
		if (skip == n || p[from + skip] == '?')
			p[from + --skip] = '/';
	}
	from += skip;
	n -= skip;
	p[from + n] = '\0';
	h->path = (uint16_t)from;
	h->path_len = (uint16_t)n;
	q = memchr(p + from, '?', n);
	if (q != NULL) {
		h->path_len = (uint16_t)(q - (p + from));
		h->query = (uint16_t)(q - p + 1);
		h->query_len = (uint16_t)(n - h->path_len - 1);
		*q = '\0';
	}
	return PARSE_OK;
}

/* method SP target SP version CRLF; *end: where the fields begin. */
static enum parse_err
parse_line(uint8_t *p, size_t n, size_t *end, struct parse_head *h)
{
	const uint8_t *eol, *sp, *sp2;
	size_t i, mlen, line;

	eol = memchr(p, '\r', n - 1);
	if (eol == NULL || eol[1] != '\n')
		return PARSE_BAD;
	line = (size_t)(eol - p);
	sp = memchr(p, ' ', line);
	if (sp == NULL)
		return PARSE_BAD;
	mlen = (size_t)(sp - p);
	if (mlen == 0 || !all_of(p, mlen, C_TOKEN))
		return PARSE_BAD;
	h->method = HTTP_OTHER;
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (methods[i].len == mlen &&
		    memcmp(methods[i].name, p, mlen) == 0)
			h->method = methods[i].method;
	}
	sp2 = memchr(sp + 1, ' ', line - mlen - 1);
	if (sp2 == NULL || eol - sp2 != 9 ||
	    memcmp(sp2 + 1, "HTTP/1.", 7) != 0 ||
	    (sp2[8] != '0' && sp2[8] != '1'))
		return PARSE_BAD;
	h->minor = (uint8_t)(sp2[8] - '0');
	*end = line + 2;
	return parse_target(p, mlen + 1, (size_t)(sp2 - sp) - 1, h);
}

/* One field line of n bytes (without CRLF) at p + at. */
static enum parse_err
parse_field(uint8_t *p, size_t at, size_t n, struct parse_field *f)
{
	size_t i, from, to;

	for (i = 0; i < n && class[p[at + i]] & C_TOKEN; i++) {
		if (p[at + i] >= 'A' && p[at + i] <= 'Z')
			p[at + i] |= 0x20;
	}
	/* No white space before the colon, and a fold has no name. */
	if (i == 0 || i == n || p[at + i] != ':')
		return PARSE_BAD;
	f->name = (uint16_t)at;
	f->nlen = (uint16_t)i;
	from = at + i + 1;
	to = at + n;
	while (from < to && (p[from] == ' ' || p[from] == '\t'))
		from++;
	while (to > from && (p[to - 1] == ' ' || p[to - 1] == '\t'))
		to--;
	if (!all_of(p + from, to - from, C_VALUE))
		return PARSE_BAD;
	f->value = (uint16_t)from;
	f->vlen = (uint16_t)(to - from);
	p[at + i] = '\0';
	p[to] = '\0';		/* over OWS or the CR */
	return PARSE_OK;
}

enum parse_err
parse_head(uint8_t *p, size_t n, struct parse_head *h,
    struct parse_field *fields)
{
	enum parse_err err;
	const uint8_t *eol;
	size_t at;

	memset(h, 0, sizeof(*h));
	h->length = PARSE_NO_LENGTH;
	if (n > PARSE_HEAD_MAX)
		return PARSE_LONG;
	if (n < 4 || memcmp(p + n - 4, "\r\n\r\n", 4) != 0)
		return PARSE_BAD;
	err = parse_line(p, n, &at, h);
	while (err == PARSE_OK && at < n - 2) {
		eol = memchr(p + at, '\n', n - at);
		if (eol == NULL || eol == p + at || eol[-1] != '\r' ||
		    h->nfields == PARSE_FIELDS)
			return PARSE_BAD;
		err = parse_field(p, at, (size_t)(eol - p) - 1 - at,
		    &fields[h->nfields]);
		if (err == PARSE_OK)
			err = fields_note(p, h, fields, h->nfields);
		h->nfields++;
		at = (size_t)(eol - p) + 1;
	}
	return err == PARSE_OK ? fields_check(p, h, fields) : err;
}
