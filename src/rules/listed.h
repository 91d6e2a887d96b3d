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
 * The list of common passwords, as a filter that the build makes
 * (gen/listed_gen.c): 131,072 buckets of sorted remainders of a 64-bit hash. An
 * entry is always found; another text is taken for one in at most 3 of
 * 10,000,000 cases. Pure.
 */
#ifndef RULES_LISTED_H
#define RULES_LISTED_H

#include <stddef.h>
#include <stdint.h>

#define LISTED_MIN	8	/* bytes of the shortest entry */
#define LISTED_MAX	40	/* and of the longest */
#define LISTED_BUCKETS	131072
#define LISTED_REST	3	/* bytes of a remainder */

int	listed(const char *, size_t);	/* 1: these n bytes are listed */
/* For tests: how many entries there are. */
size_t	listed_count(void);

/* FNV-1a, and the finish of MurmurHash3: all bits matter. */
static inline uint64_t
listed_hash(const char *p, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; n > 0; p++, n--) {
		h ^= (unsigned char)*p;
		h *= UINT64_C(0x100000001b3);
	}
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	return (h ^ h >> 33);
}

static inline uint32_t
listed_bucket(uint64_t h)
{
	return ((uint32_t)(h >> 47));
}

static inline uint32_t
listed_rest(uint64_t h)
{
	return ((uint32_t)(h >> 23) & 0xffffff);
}

#endif
