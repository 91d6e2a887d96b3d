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
 * Growable byte buffer. Run by every process; a leaf. Passwords and tokens
 * pass through these buffers, so memory that is outgrown is wiped before it
 * goes back to the allocator (realloc(3) would leave a copy behind).
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"

#define BUF_FIRST	128	/* the first allocation */

void
buf_init(struct buf *b)
{
	memset(b, 0, sizeof(*b));
}

void
buf_free(struct buf *b)
{
	free(b->p);
	buf_init(b);
}

void
buf_wipe_free(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_free(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->err = 0;
}

int
buf_reserve(struct buf *b, size_t more)
{
	uint8_t *p;
	size_t cap;

	if (b->err)
		goto fail;
	if (more <= b->cap - b->len)
		return (0);
	if (more > SIZE_MAX / 4 - b->len)
		goto fail;
	cap = b->cap > 0 ? b->cap : BUF_FIRST;
	while (cap - b->len < more)
		cap *= 2;
	if ((p = malloc(cap)) == NULL)
		goto fail;
	if (b->p != NULL) {
		memcpy(p, b->p, b->len);
		explicit_bzero(b->p, b->cap);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return (0);
fail:
	b->err = 1;
	errno = ENOMEM;
	return (-1);
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	if (buf_reserve(b, n) == -1)
		return (-1);
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	return (0);
}

int
buf_adds(struct buf *b, const char *s)
{
	return (buf_add(b, s, strlen(s)));
}

int
buf_addc(struct buf *b, char c)
{
	return (buf_add(b, &c, 1));
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	size_t room;
	int n;

	if (buf_reserve(b, 1) == -1)
		return (-1);
	room = b->cap - b->len;
	va_start(ap, fmt);
	n = vsnprintf((char *)b->p + b->len, room, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->err = 1;
		return (-1);
	}
	if ((size_t)n >= room) {
		if (buf_reserve(b, (size_t)n + 1) == -1)
			return (-1);
		room = b->cap - b->len;
		va_start(ap, fmt);
		n = vsnprintf((char *)b->p + b->len, room, fmt, ap);
		va_end(ap);
		if (n < 0 || (size_t)n >= room) {
			b->err = 1;
			return (-1);
		}
	}
	b->len += (size_t)n;
	return (0);
}

int
buf_addu(struct buf *b, uint64_t v)
{
	char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return (buf_add(b, p, (size_t)(digits + sizeof(digits) - p)));
}

int
buf_add_json(struct buf *b, const char *s)
{
	return (buf_add_json_n(b, s, strlen(s)));
}

/* The two-character escapes; 'u' stands for \u00XX. 0: as it is. */
static char
json_escape(uint8_t c)
{
	static const char below[32] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";

	if (c < 0x20)
		return (below[c]);
	return (c == '"' || c == '\\' ? (char)c : 0);
}

int
buf_add_json_n(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t i, start = 0;
	uint8_t c;
	char e, seq[6] = "\\u00";

	buf_addc(b, '"');
	for (i = 0; i < n; i++) {
		c = (uint8_t)s[i];
		if ((e = json_escape(c)) == 0)
			continue;
		buf_add(b, s + start, i - start);
		start = i + 1;
		if (e != 'u') {
			buf_addc(b, '\\');
			buf_addc(b, e);
			continue;
		}
		seq[4] = hex[c >> 4];
		seq[5] = hex[c & 15];
		buf_add(b, seq, sizeof(seq));
	}
	buf_add(b, s + start, n - start);
	return (buf_addc(b, '"'));
}

void
buf_drain(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
}

char *
buf_cstr(struct buf *b)
{
	if (buf_reserve(b, 1) == -1)
		return (NULL);
	b->p[b->len] = '\0';
	return ((char *)b->p);
}
