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
 * Client authentication by HTTP Basic (RFC 7617, RFC 6749 section 2.3.1). Run
 * by workers. Pure; holds a secret no longer than its caller does.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "src/api/basic.h"

#define RAW_MAX	1024

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c = (char)(c | 0x20);
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* Form decoding. 0; -1: it does not fit, or is not printable ASCII. */
static int
decode(char *dst, size_t cap, const char *s, size_t n)
{
	size_t i, len = 0;
	int c, hi, lo;

	for (i = 0; i < n; i++) {
		c = (unsigned char)s[i];
		if (c == '+')
			c = ' ';
		else if (c == '%') {
			if (i + 2 >= n || (hi = hex(s[i + 1])) == -1 ||
			    (lo = hex(s[i + 2])) == -1)
				return (-1);
			c = hi << 4 | lo;
			i += 2;
		}
		if (c < ' ' || c > '~' || len + 1 >= cap)
			return (-1);
		dst[len++] = (char)c;
	}
	dst[len] = '\0';
	return (0);
}

int
basic_parse(struct basic *b, const char *value)
{
	char raw[RAW_MAX];
	const char *colon, *end;
	size_t n = 0;
	int rv = -1;

	memset(b, 0, sizeof(*b));
	if (value == NULL || strncasecmp(value, "basic", 5) != 0 ||
	    value[5] != ' ')
		return (-1);
	value += 5 + strspn(value + 5, " ");
	if (sodium_base642bin((unsigned char *)raw, sizeof(raw), value,
	    strlen(value), NULL, &n, &end, sodium_base64_VARIANT_ORIGINAL) ==
	    0 && *end == '\0' && (colon = memchr(raw, ':', n)) != NULL)
		rv = decode(b->id, sizeof(b->id), raw,
		    (size_t)(colon - raw)) |
		    decode(b->secret, sizeof(b->secret), colon + 1,
		    n - (size_t)(colon + 1 - raw));
	sodium_memzero(raw, sizeof(raw));
	return (rv);
}
