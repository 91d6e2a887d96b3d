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
 * UTF-8 (RFC 3629). Run by every process on whatever a client or a peer sent;
 * pure. One decoder decides what is valid, everything else asks it.
 */
#include "config.h"

#include <string.h>

#include "src/base/utf8.h"

/* The tail bytes of a sequence. 1, or 0 when one is no continuation. */
static int
tail(const uint8_t *p, size_t n, uint32_t *cp)
{
	size_t i;

	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return (0);
		*cp = *cp << 6 | (p[i] & 0x3f);
	}
	return (1);
}

size_t
utf8_next(const void *src, size_t n, uint32_t *cp)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = src;
	size_t len;

	if (n == 0)
		return (0);
	if (p[0] < 0x80) {
		*cp = p[0];
		return (1);
	}
	if (p[0] >= 0xc2 && p[0] < 0xe0)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] < 0xf0)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] < 0xf5)
		len = 4;
	else
		return (0);
	if (len > n)
		return (0);
	*cp = p[0] & (0xffU >> (len + 1));
	if (!tail(p, len, cp) || *cp < least[len] || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp < 0xe000))
		return (0);
	return (len);
}

int
utf8_valid(const void *src, size_t n)
{
	const uint8_t *p = src;
	uint64_t word;
	uint32_t cp;
	size_t used;

	while (n > 0) {
		/* eight ASCII bytes at a time, which is nearly all of it */
		if (n >= 8) {
			memcpy(&word, p, 8);
			if ((word & UINT64_C(0x8080808080808080)) == 0) {
				p += 8;
				n -= 8;
				continue;
			}
		}
		if ((used = utf8_next(p, n, &cp)) == 0)
			return (0);
		p += used;
		n -= used;
	}
	return (1);
}

size_t
utf8_length(const char *s, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += ((uint8_t)s[i] & 0xc0) != 0x80;
	return (count);
}

size_t
utf8_cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return (n);
	while (max > 0 && ((uint8_t)s[max] & 0xc0) == 0x80)
		max--;
	return (max);
}
