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
 * Who runs this: the engine, when it seals audit entries, and moatctl, when it
 * checks them. Holds: nothing. Pure.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/json/canon.h"
#include "src/json/json.h"

#define INT_LIMIT	INT64_C(9007199254740991)	/* 2^53 - 1 */

static int	value(struct buf *, const json_t *, int depth);

static int
integer(struct buf *b, json_int_t n)
{
	if (n > INT_LIMIT || n < -INT_LIMIT)
		return (-1);
	if (n < 0)
		buf_addc(b, '-');
	return (buf_addu(b, (uint64_t)(n < 0 ? -n : n)));
}

static int
by_name(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

static int
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s > 0x7e)
			return (0);
	return (1);
}

/* RFC 8785 wants the order of UTF-16 units: in ASCII that of bytes. */
static int
object(struct buf *b, const json_t *o, int depth)
{
	const char *name[JSON_MAX_MEMBERS];
	json_t *any = (json_t *)(uintptr_t)o, *v;
	const char *key;
	size_t i, n = 0;

	if (json_object_size(o) > JSON_MAX_MEMBERS)
		return (-1);
	json_object_foreach(any, key, v) {
		if (!is_ascii(key))
			return (-1);
		name[n++] = key;
	}
	qsort(name, n, sizeof(*name), by_name);
	buf_addc(b, '{');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(b, ',');
		buf_add_json(b, name[i]);
		buf_addc(b, ':');
		if (value(b, json_object_get(o, name[i]), depth) == -1)
			return (-1);
	}
	return (buf_addc(b, '}'));
}

static int
array(struct buf *b, const json_t *a, int depth)
{
	size_t i;

	buf_addc(b, '[');
	for (i = 0; i < json_array_size(a); i++) {
		if (i > 0)
			buf_addc(b, ',');
		if (value(b, json_array_get(a, i), depth) == -1)
			return (-1);
	}
	return (buf_addc(b, ']'));
}

static int
value(struct buf *b, const json_t *v, int depth)
{
	if (v == NULL || depth == JSON_CANON_DEPTH)
		return (-1);
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return (object(b, v, depth + 1));
	case JSON_ARRAY:
		return (array(b, v, depth + 1));
	case JSON_STRING:
		return (buf_add_json_n(b, json_string_value(v),
		    json_string_length(v)));
	case JSON_INTEGER:
		return (integer(b, json_integer_value(v)));
	case JSON_TRUE:
		return (buf_adds(b, "true"));
	case JSON_FALSE:
		return (buf_adds(b, "false"));
	case JSON_NULL:
		return (buf_adds(b, "null"));
	case JSON_REAL:
		break;
	}
	return (-1);
}

int
json_canon(struct buf *b, const json_t *v)
{
	size_t len = b->len;

	if (value(b, v, 0) == 0 && !b->err)
		return (0);
	if (!b->err)
		b->len = len;
	return (-1);
}
