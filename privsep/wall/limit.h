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
 * What one channel may ask of the engine in a second: token buckets. Over a
 * limit the request is answered BUSY (503); the channel stays.
 */
#ifndef WALL_LIMIT_H
#define WALL_LIMIT_H

#include <stddef.h>
#include <stdint.h>

struct limit {
	uint32_t	inflight_max, inflight;
	uint32_t	bytes_ps;	/* 0: no limit */
	uint32_t	fails_ps;	/* failed logins; 0: no limit */
	int64_t		bytes_left, fails_left;	/* in millionths */
	int64_t		last;		/* µs, monotonic */
};

void	limit_init(struct limit *, uint32_t inflight, uint32_t bytes_ps,
	    uint32_t fails_ps, int64_t mono_us);
/* 1: admitted, and counted as in flight; 0: BUSY. */
int	limit_admit(struct limit *, size_t bytes, int64_t mono_us);
void	limit_done(struct limit *);		/* one answer left */
/* A login may be tried (failures of the last second are under the limit). */
int	limit_login(struct limit *, int64_t mono_us);
void	limit_failed(struct limit *, int64_t mono_us);

#endif
