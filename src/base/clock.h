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

/* Time. Unit is the microsecond everywhere inside moatd. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_SEC	INT64_C(1000000)
#define CLOCK_RFC3339	25	/* "2026-01-31T12:00:00.000Z" and NUL */

int64_t	clock_now(void);		/* CLOCK_REALTIME, µs since 1970 */
int64_t	clock_mono(void);		/* CLOCK_MONOTONIC, µs */
int64_t	clock_boot(void);		/* the same, and goes on in suspend */
void	clock_rfc3339(char dst[CLOCK_RFC3339], int64_t us);
/*
 * "2026-01-31", the same with "T12:00:00Z", or with milliseconds as above, to
 * µs since 1970. 0; -1: none of these, or no such day.
 */
int	clock_parse(const char *, int64_t *us);
/* IMF-fixdate (RFC 9110 section 5.6.7), for the Date header; 30 bytes. */
void	clock_http_date(char dst[30], int64_t us);

#endif
