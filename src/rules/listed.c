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
 * The filter of common passwords. Run by the engine; constant, and the data
 * is read-only and made by the build.
 */
#include "config.h"

#include "src/rules/listed.h"
/* listed_first: where each bucket begins; listed_rests: 3 bytes an entry */
#include "src/rules/listed_data.h"

int
listed(const char *p, size_t n)
{
	const unsigned char *at, *end;
	uint64_t h;
	uint32_t rest;

	if (n < LISTED_MIN || n > LISTED_MAX)
		return (0);
	h = listed_hash(p, n);
	rest = listed_rest(h);
	at = listed_rests + LISTED_REST * listed_first[listed_bucket(h)];
	end = listed_rests + LISTED_REST * listed_first[listed_bucket(h) + 1];
	for (; at < end; at += LISTED_REST)
		if (((uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2]) ==
		    rest)
			return (1);
	return (0);
}

size_t
listed_count(void)
{
	return (listed_first[LISTED_BUCKETS]);
}
