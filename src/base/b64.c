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
 * base64url without padding. Run by every process; pure. The decoder accepts
 * exactly one text for each byte string (CASES 7): no padding, no white
 * space, unused bits zero.
 */
#include "config.h"

#include "src/base/b64.h"

static const char alphabet[64] = {
	'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N',
	'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'a', 'b',
	'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p',
	'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3',
	'4', '5', '6', '7', '8', '9', '-', '_'
};

size_t
b64_encode(char *dst, const void *src, size_t n)
{
	const uint8_t *s = src;
	size_t pos = 0;
	uint32_t v;

	for (; n >= 3; n -= 3, s += 3) {
		v = (uint32_t)s[0] << 16 | (uint32_t)s[1] << 8 | s[2];
		dst[pos++] = alphabet[v >> 18];
		dst[pos++] = alphabet[v >> 12 & 63];
		dst[pos++] = alphabet[v >> 6 & 63];
		dst[pos++] = alphabet[v & 63];
	}
	if (n > 0) {
		v = (uint32_t)s[0] << 16 | (n > 1 ? (uint32_t)s[1] << 8 : 0);
		dst[pos++] = alphabet[v >> 18];
		dst[pos++] = alphabet[v >> 12 & 63];
		if (n > 1)
			dst[pos++] = alphabet[v >> 6 & 63];
	}
	dst[pos] = '\0';
	return (pos);
}

/* The value of a character, or 64 and more. */
static uint32_t
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return ((uint32_t)(c - 'A'));
	if (c >= 'a' && c <= 'z')
		return ((uint32_t)(c - 'a') + 26);
	if (c >= '0' && c <= '9')
		return ((uint32_t)(c - '0') + 52);
	if (c == '-')
		return (62);
	return (c == '_' ? 63 : 64);
}

/* Decodes the last 2 or 3 characters to 1 or 2 bytes. 0, or -1. */
static int
decode_tail(uint8_t *d, const char *src, size_t n)
{
	uint32_t a = value(src[0]), b = value(src[1]), c;

	c = n == 3 ? value(src[2]) : 0;
	if ((a | b | c) > 63)
		return (-1);
	if (n == 2 ? (b & 15) != 0 : (c & 3) != 0)
		return (-1);
	d[0] = (uint8_t)(a << 2 | b >> 4);
	if (n == 3)
		d[1] = (uint8_t)(b << 4 | c >> 2);
	return (0);
}

long
b64_decode(void *dst, size_t cap, const char *src, size_t n)
{
	uint8_t *d = dst;
	size_t out, pos = 0;
	uint32_t a, b, c, e;

	if (n % 4 == 1)
		return (-1);
	out = n / 4 * 3 + (n % 4 > 0 ? n % 4 - 1 : 0);
	if (out > cap)
		return (-1);
	for (; n >= 4; n -= 4, src += 4) {
		a = value(src[0]);
		b = value(src[1]);
		c = value(src[2]);
		e = value(src[3]);
		if ((a | b | c | e) > 63)
			return (-1);
		d[pos++] = (uint8_t)(a << 2 | b >> 4);
		d[pos++] = (uint8_t)(b << 4 | c >> 2);
		d[pos++] = (uint8_t)(c << 6 | e);
	}
	if (n > 0 && decode_tail(d + pos, src, n) == -1)
		return (-1);
	return ((long)out);
}
