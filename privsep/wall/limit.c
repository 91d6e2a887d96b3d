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
 * Token buckets of one channel. Run by the engine, one struct limit a worker
 * channel; pure. A bucket holds one second's worth, counted in millionths, so
 * that an elapsed microsecond adds exactly the rate.
 */
#include "config.h"

#include <string.h>

#include "privsep/wall/limit.h"

#define MILLION	INT64_C(1000000)

static int64_t
refill(int64_t left, uint32_t per_second, int64_t elapsed)
{
	int64_t full = (int64_t)per_second * MILLION;

	left += (int64_t)per_second * elapsed;
	return (left < full ? left : full);
}

static void
advance(struct limit *l, int64_t now)
{
	int64_t elapsed = now - l->last;

	if (elapsed <= 0)
		return;
	l->last = now;
	if (elapsed > 2 * MILLION)
		elapsed = 2 * MILLION;
	l->bytes_left = refill(l->bytes_left, l->bytes_ps, elapsed);
	l->fails_left = refill(l->fails_left, l->fails_ps, elapsed);
}

void
limit_init(struct limit *l, uint32_t inflight, uint32_t bytes_ps,
    uint32_t fails_ps, int64_t now)
{
	memset(l, 0, sizeof(*l));
	l->inflight_max = inflight;
	l->bytes_ps = bytes_ps;
	l->fails_ps = fails_ps;
	l->bytes_left = (int64_t)bytes_ps * MILLION;
	l->fails_left = (int64_t)fails_ps * MILLION;
	l->last = now;
}

int
limit_admit(struct limit *l, size_t bytes, int64_t now)
{
	int64_t cost;

	advance(l, now);
	if (l->inflight >= l->inflight_max)
		return (0);
	if (l->bytes_ps != 0) {
		/* one that is larger than a second's worth takes it all */
		if (bytes > l->bytes_ps)
			bytes = l->bytes_ps;
		cost = (int64_t)bytes * MILLION;
		if (cost > l->bytes_left)
			return (0);
		l->bytes_left -= cost;
	}
	l->inflight++;
	return (1);
}

void
limit_done(struct limit *l)
{
	if (l->inflight > 0)
		l->inflight--;
}

int
limit_login(struct limit *l, int64_t now)
{
	advance(l, now);
	return (l->fails_ps == 0 || l->fails_left >= MILLION);
}

/*
 * Logins that were under way together may fail together: the bucket goes
 * below zero then, by no more than a second's worth.
 */
void
limit_failed(struct limit *l, int64_t now)
{
	int64_t least = -(int64_t)l->fails_ps * MILLION;

	advance(l, now);
	l->fails_left -= MILLION;
	if (l->fails_left < least)
		l->fails_left = least;
}
