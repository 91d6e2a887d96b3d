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
 * The engine's board, which workers and the parent read, and the housekeeping
 * that has no request behind it. Runs in the engine, which is the board's only
 * writer.
 */
#include "config.h"

#include "privsep/engine/tenant.h"
#include "privsep/engine/throttle.h"
#include "src/base/clock.h"

#define PURGE_AFTER_US	(24 * 3600 * CLOCK_SEC)
#define SPENT_AFTER_US	(60 * CLOCK_SEC)
#define PURGE_BATCH	500

void
board_beat(struct engine *e)
{
	struct shm_engine *b = e->board;

	shm_set(&b->heartbeat, clock_mono());
	shm_set(&b->hasher_queue, pool_load(e->hashers));
	shm_set(&b->vault_queue, pool_load(e->vaults));
	shm_set(&b->store_queue, (uint32_t)store_queue(e->store));
}

/* A full batch means that there is more: the next one follows at once. */
static void
purged(enum store_status status, const struct store_result *res, void *arg)
{
	struct engine *e = arg;
	int q, more = 0;

	/* tokens come with their sessions */
	for (q = SQL_PURGE__SESSIONS; status == STORE_OK &&
	    q <= SQL_PURGE__ONCE; q++)
		more |= store_changed(res, q) >= PURGE_BATCH;
	e->purging = 0;
	e->purged_at = clock_mono();
	if (more)
		e->purged_at -= ENGINE_PURGE_US;
}

void
purge_run(struct engine *e)
{
	struct sql_purge p = {
		.before = db_int(clock_now() - PURGE_AFTER_US),
		.spent = db_int(clock_now() - SPENT_AFTER_US),
		.batch = db_int(PURGE_BATCH),
	};

	if (e->purging)
		return;
	e->purging = 1;
	store_run(e->store, SQL_PURGE, &p, purged, e);
	throttle_purge(e);
	tenant_sweep(e);
}
