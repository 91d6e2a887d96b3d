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
 * Who runs this: worker (bodies), engine (tokens), vault (nothing yet).
 * Holds: nothing. Who may call it: anyone who has text from outside.
 * A scan that allocates nothing refuses what jansson would accept, or would
 * accept only after it had built it: depth, members, lone surrogates, NUL.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/rnd.h"
#include "src/base/utf8.h"
#include "src/base/wipe.h"
#include "src/json/json.h"

struct scan {
	const char	*p;		/* next byte */
	const char	*end;
	const char	*why;		/* what is wrong; NULL: nothing */
	int		 depth;
	uint16_t	 members[JSON_MAX_DEPTH + 1];	/* of open containers */
};

static int
hexval(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind \u; -1 when they are none. */
static long
hex4(struct scan *s)
{
	long v = 0;
	int i, d;

	if (s->end - s->p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		if ((d = hexval(s->p[i])) == -1)
			return -1;
		v = v * 16 + d;
	}
	s->p += 4;
	return v;
}

/* Behind a backslash and u. */
static void
scan_unicode(struct scan *s)
{
	long u = hex4(s);

	if (u == -1)
		s->why = "malformed escape";
	else if (u == 0)
		s->why = "U+0000 in a string";
	else if (u >= 0xdc00 && u <= 0xdfff)
		s->why = "lone surrogate";
	else if (u >= 0xd800 && u <= 0xdbff) {
		if (s->end - s->p < 6 || s->p[0] != '\\' || s->p[1] != 'u') {
			s->why = "lone surrogate";
			return;
		}
		s->p += 2;
		u = hex4(s);
		if (u < 0xdc00 || u > 0xdfff)
			s->why = "lone surrogate";
	}
}

/* Behind the opening quote; ends behind the closing one. */
static void
scan_string(struct scan *s)
{
	unsigned char c;

	while (s->why == NULL && s->p < s->end) {
		c = (unsigned char)*s->p++;
		if (c == '"')
			return;
		if (c < 0x20)
			s->why = "control character in a string";
		else if (c == '\\') {
			if (s->p == s->end)
				break;
			if (*s->p++ == 'u')
				scan_unicode(s);
		}
	}
	if (s->why == NULL)
		s->why = "unterminated string";
}

static void
scan_byte(struct scan *s, char c)
{
	switch (c) {
	case '"':
		scan_string(s);
		break;
	case '[':
	case '{':
		if (++s->depth > JSON_MAX_DEPTH)
			s->why = "nested too deeply";
		else
			s->members[s->depth] = 0;
		break;
	case ']':
	case '}':
		if (--s->depth < 0)
			s->why = "malformed JSON";
		break;
	case ':':
		if (++s->members[s->depth] > JSON_MAX_MEMBERS)
			s->why = "too many members";
		break;
	default:
		break;
	}
}

/* NULL when jansson may see the text; jansson judges the grammar. */
static const char *
scan_text(const char *text, size_t len)
{
	struct scan s = { .p = text, .end = text + len };

	if (!utf8_valid(text, len))
		return "invalid UTF-8";
	if (memchr(text, '\0', len) != NULL)
		return "NUL byte";
	while (s.why == NULL && s.p < s.end) {
		char c = *s.p++;

		scan_byte(&s, c);
	}
	return s.why;
}

/*
 * jansson keys its hash tables at the first object: from /dev/urandom, which
 * a confined process cannot open. getrandom(2) serves it as well. It copies
 * what it reads more than once, and passwords are read here.
 */
void
json_seed(void)
{
	static int done;
	size_t seed;

	if (done)
		return;
	do {
		rnd_bytes(&seed, sizeof(seed));
	} while ((uint32_t)seed == 0);
	json_object_seed(seed);
	json_set_alloc_funcs(malloc, wipe_free);
	done = 1;
}

static const char *
reason(const json_error_t *e)
{
	switch (json_error_code(e)) {
	case json_error_duplicate_key:
		return "duplicate key";
	case json_error_numeric_overflow:
		return "number out of range";
	case json_error_end_of_input_expected:
		return "bytes behind the value";
	case json_error_out_of_memory:
		return "out of memory";
	default:
		return "malformed JSON";
	}
}

json_t *
json_strict(const char *text, size_t len, const char **why)
{
	const char *unused;
	json_error_t e;
	json_t *j;

	if (why == NULL)
		why = &unused;
	if (len == 0)
		text = "";	/* may be NULL, which memchr(3) may not take */
	json_seed();
	if ((*why = scan_text(text, len)) != NULL)
		return NULL;
	j = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
	    &e);
	if (j == NULL)
		*why = reason(&e);
	return j;
}

json_t *
json_strict_object(const char *text, size_t len, const char **why)
{
	json_t *j = json_strict(text, len, why);

	if (j == NULL || json_is_object(j))
		return j;
	json_decref(j);
	if (why != NULL)
		*why = "not an object";
	return NULL;
}
