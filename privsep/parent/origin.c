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
 * The one look at what an issuer or a CORS origin may be. Pure; the parent
 * alone calls it, on its configuration.
 */
#include "config.h"

#include <string.h>

#include "privsep/parent/origin.h"

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define DIGITS	"0123456789"

/* The length of the host at p, 0 when there is none. */
static size_t
host(const char *p)
{
	size_t n;

	if (*p == '[') {
		n = strspn(p + 1, DIGITS "abcdef:.");
		return (n > 0 && p[1 + n] == ']' ? n + 2 : 0);
	}
	n = strspn(p, LOWER DIGITS ".-");
	if (n == 0 || *p == '.' || *p == '-' || p[n - 1] == '-' ||
	    memmem(p, n, "..", 2) != NULL)
		return (0);
	return (n);
}

static int
port(const char *p)
{
	unsigned long v = 0;
	size_t i, n = strlen(p);

	if (n == 0 || n > 5 || *p == '0' || strspn(p, DIGITS) != n)
		return (0);
	for (i = 0; i < n; i++)
		v = v * 10 + (unsigned long)(p[i] - '0');
	return (v <= 65535);
}

int
origin_ok(const char *url)
{
	const char *p;
	size_t n;

	if (strlen(url) > 255)
		return (0);
	if (strncmp(url, "https://", 8) == 0)
		p = url + 8;
	else if (strncmp(url, "http://", 7) == 0)
		p = url + 7;
	else
		return (0);
	if ((n = host(p)) == 0)
		return (0);
	return (p[n] == '\0' || (p[n] == ':' && port(p + n + 1)));
}
