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
 * Randomness and ids, from getrandom(2). Run by every process; a leaf.
 * Secrets are read from the kernel each time. Ids that are no secret draw on
 * a small pool, since a request should not cost a system call for its name.
 */
#include "config.h"

#include <sys/random.h>

#include <errno.h>
#include <string.h>

#include "src/base/log.h"
#include "src/base/rnd.h"

#define POOL	256

/* A fork()ed child execs before it needs an id, so no two share a pool. */
static struct {
	uint8_t	p[POOL];
	size_t	left;
} pool;

void
rnd_bytes(void *dst, size_t n)
{
	uint8_t *p = dst;
	ssize_t r;

	while (n > 0) {
		r = getrandom(p, n < 256 ? n : 256, 0);
		if (r == -1) {
			if (errno == EINTR)
				continue;
			fatal("getrandom");
		}
		p += r;
		n -= (size_t)r;
	}
}

static void
from_pool(uint8_t *dst, size_t n)
{
	if (pool.left < n) {
		rnd_bytes(pool.p, sizeof(pool.p));
		pool.left = sizeof(pool.p);
	}
	pool.left -= n;
	memcpy(dst, pool.p + pool.left, n);
	memset(pool.p + pool.left, 0, n);
}

/*
 * The 12 bits behind the milliseconds are the fraction of the millisecond
 * (RFC 9562 section 6.2, method 3), so ids sort as they were made.
 */
void
rnd_uuid7(char dst[UUID_LEN], int64_t now_us)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t u[16];
	uint64_t ms = (uint64_t)now_us / 1000;
	unsigned frac = (unsigned)((uint64_t)now_us % 1000 * 4096 / 1000);
	size_t i, pos = 0;

	for (i = 0; i < 6; i++)
		u[i] = (uint8_t)(ms >> (40 - 8 * i));
	u[6] = (uint8_t)(0x70 | frac >> 8);
	u[7] = (uint8_t)frac;
	from_pool(u + 8, 8);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			dst[pos++] = '-';
		dst[pos++] = hex[u[i] >> 4];
		dst[pos++] = hex[u[i] & 15];
	}
	dst[pos] = '\0';
}

int
rnd_is_uuid(const char *s)
{
	size_t i;

	for (i = 0; i < UUID_LEN - 1; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return (0);
		} else if (!((s[i] >= '0' && s[i] <= '9') ||
		    (s[i] >= 'a' && s[i] <= 'f')))
			return (0);
	}
	return (s[i] == '\0');
}

/* 64 characters: six bits of each random byte, so there is no bias. */
void
rnd_text(char *dst, size_t n)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t i;

	rnd_bytes(dst, n);
	for (i = 0; i < n; i++)
		dst[i] = set[(uint8_t)dst[i] & 63];
	dst[n] = '\0';
}
