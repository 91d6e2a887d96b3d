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
 * Runs in the worker, inside parse_head(). Holds constant tables only.
 */
#include "config.h"

#include <string.h>

#include "src/http/fields.h"

static const struct name {
	const char	*text;
	uint8_t		 len;
	uint8_t		 name;		/* PARSE_F_* */
	uint8_t		 single;	/* a second one is refused */
} names[] = {
	{ "host", 4, PARSE_F_HOST, 1 },
	{ "cookie", 6, PARSE_F_COOKIE, 0 },
	{ "expect", 6, PARSE_F_EXPECT, 1 },
	{ "origin", 6, PARSE_F_ORIGIN, 1 },
	{ "forwarded", 9, PARSE_F_FORWARDED, 0 },
	{ "connection", 10, PARSE_F_CONNECTION, 0 },
	{ "content-type", 12, PARSE_F_TYPE, 1 },
	{ "x-request-id", 12, PARSE_F_ID, 0 },
	{ "authorization", 13, PARSE_F_AUTH, 1 },
	{ "content-length", 14, PARSE_F_LENGTH, 1 },
	{ "x-forwarded-for", 15, PARSE_F_XFF, 0 },
	{ "transfer-encoding", 17, PARSE_F_CODING, 1 },
};

static const struct name *
find(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].len == len && names[i].text[0] == text[0] &&
		    memcmp(names[i].text, text, len) == 0)
			return &names[i];
	}
	return NULL;
}

/* 1*DIGIT without sign, list or leading zero; saturates. */
static enum parse_err
note_length(struct parse_head *h, const char *s, size_t n)
{
	uint64_t v = 0;
	size_t i;

	if (n == 0 || (n > 1 && s[0] == '0'))
		return PARSE_BAD;
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return PARSE_BAD;
		if (v <= PARSE_BODY_MAX)
			v = v * 10 + (uint64_t)(s[i] - '0');
	}
	h->length = v;
	return PARSE_OK;
}

/*
 * "chunked" alone is understood. A list that ends in anything else after
 * chunked, or holds it twice, is a trick; other codings are unknown.
 */
static enum parse_err
note_coding(struct parse_head *h, const char *s, size_t n)
{
	size_t i = 0, from, to;
	int chunked = 0, other = 0;

	for (;;) {
		while (i < n && (s[i] == ' ' || s[i] == '\t'))
			i++;
		for (from = i; i < n && s[i] != ','; i++)
			;
		to = i;
		while (to > from && (s[to - 1] == ' ' || s[to - 1] == '\t'))
			to--;
		if (!parse_token(s + from, to - from) || chunked)
			return PARSE_BAD;
		if (parse_is(s + from, to - from, "chunked"))
			chunked = 1;
		else
			other = 1;
		if (i == n)
			break;
		i++;
	}
	h->chunked = (uint8_t)chunked;
	return other ? PARSE_CODING : PARSE_OK;
}

enum parse_err
fields_note(const uint8_t *head, struct parse_head *h,
    const struct parse_field *fields, uint16_t i)
{
	const struct parse_field *f = &fields[i];
	const char *value = (const char *)head + f->value;
	const struct name *nm;

	nm = find((const char *)head + f->name, f->nlen);
	if (nm == NULL)
		return PARSE_OK;
	if (h->first[nm->name] != 0) {
		if (nm->single)
			return PARSE_BAD;
	} else
		h->first[nm->name] = (uint16_t)(i + 1);
	switch (nm->name) {
	case PARSE_F_HOST:
		return fields_host(value, f->vlen) ? PARSE_OK : PARSE_BAD;
	case PARSE_F_LENGTH:
		return note_length(h, value, f->vlen);
	case PARSE_F_CONNECTION:
		h->close |= (uint8_t)parse_list_has(value, f->vlen, "close");
		return PARSE_OK;
	case PARSE_F_EXPECT:
		h->expect = parse_is(value, f->vlen, "100-continue") ?
		    PARSE_EXPECT_CONTINUE : PARSE_EXPECT_OTHER;
		return PARSE_OK;
	default:
		return PARSE_OK;
	}
}

enum parse_err
fields_check(const uint8_t *head, struct parse_head *h,
    const struct parse_field *fields)
{
	uint16_t te = h->first[PARSE_F_CODING];

	if (h->minor == 1 && h->first[PARSE_F_HOST] == 0)
		return PARSE_BAD;
	if (te != 0) {
		if (h->minor == 0 || h->length != PARSE_NO_LENGTH)
			return PARSE_BAD;
		/* Last, so that anything ambiguous is 400 and not 501. */
		return note_coding(h,
		    (const char *)head + fields[te - 1].value,
		    fields[te - 1].vlen);
	}
	if (h->minor == 0)
		h->expect = PARSE_EXPECT_NONE;	/* RFC 9110 10.1.1 */
	return PARSE_OK;
}

static int
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

int
fields_host(const char *s, size_t n)
{
	size_t i = 0;

	if (n == 0)
		return 0;
	if (s[0] == '[') {
		for (i = 1; i < n && s[i] != ']'; i++) {
			if (!is_alnum(s[i]) && s[i] != ':' && s[i] != '.')
				return 0;
		}
		if (i == n || i == 1)
			return 0;
		i++;
	} else {
		for (; i < n && s[i] != ':'; i++) {
			if (!is_alnum(s[i]) &&
			    (s[i] == '\0' || strchr("-._~%!$&'()*+,;=", s[i])
			    == NULL))
				return 0;
		}
		if (i == 0)
			return 0;
	}
	if (i == n)
		return 1;
	if (s[i] != ':' || n - i > 6)
		return 0;
	for (i++; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
	}
	return 1;
}

int
fields_type_is(const char *value, const char *type)
{
	size_t n = strcspn(value, ";"), len;
	const char *p = value + n;

	while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
		n--;
	if (!parse_is(value, n, type))
		return 0;
	if (*p == '\0')
		return 1;
	p++;
	p += strspn(p, " \t");
	len = strlen(p);
	return parse_is(p, len, "charset=utf-8") ||
	    parse_is(p, len, "charset=\"utf-8\"");
}

int
fields_id(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || n > 64)
		return 0;
	for (i = 0; i < n; i++) {
		if (!is_alnum(s[i]) && s[i] != '.' && s[i] != '_' &&
		    s[i] != '-')
			return 0;
	}
	return 1;
}
