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
 * Tells when somebody set the wall clock. Runs in the engine at each turn;
 * holds nothing: how far the two clocks were apart is on the board, so that a
 * step is seen although the engine was away when it came. A clock that is made
 * faster or slower moves less than this from one turn to the next.
 */
#include "config.h"

#include <stdlib.h>

#include "privsep/engine/clockwatch.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define STEP_US		(5 * CLOCK_SEC)
#define PAUSE_US	(CLOCK_SEC / 2)

int64_t
clockwatch(struct shm_engine *b)
{
	int64_t before = clock_boot(), now = clock_now();
	int64_t offset = now - before, last = shm_get(&b->clock_offset);
	int64_t half = offset < last ? -CLOCK_SEC / 2 : CLOCK_SEC / 2;

	/* We were stopped in between: the next turn can tell. */
	if (clock_boot() - before > PAUSE_US)
		return (0);
	shm_set(&b->clock_offset, offset);
	if (last == 0 || llabs(offset - last) < STEP_US)
		return (0);
	shm_inc(&b->clock_steps);
	log_warnx("clock stepped by %+lld s: lifetimes, codes and throttles "
	    "go by it; if it is wrong now, see to this host's time service",
	    (long long)((offset - last + half) / CLOCK_SEC));
	return (offset - last);
}
