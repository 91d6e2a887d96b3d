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
 * The engine without its main: what engine.c and the tests set up alike, and
 * the tick that finds what is too old. Runs in the engine.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/engine/audit_seal.h"
#include "privsep/engine/clockwatch.h"
#include "privsep/engine/logouts.h"
#include "privsep/engine/dpop.h"
#include "privsep/engine/tenant.h"
#include "privsep/engine/outbox.h"
#include "privsep/wall/proc.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define HASHER_INFLIGHT	2	/* one runs, the next is there already */
#define VAULT_INFLIGHT	256
#define VAULT_QUEUE	4096
#define DRAIN_US	(5 * CLOCK_SEC)
#define MAIL_DRAIN_US	(CLOCK_SEC * 3 / 2)

void
engine_init(struct engine *e)
{
	TAILQ_INIT(&e->workers);
	TAILQ_INIT(&e->active);
	TAILQ_INIT(&e->spare);
	TAILQ_INIT(&e->trying);
	TAILQ_INIT(&e->parked);
	e->hashers = pool_new(e, ROLE_HASHER, HASHER_INFLIGHT,
	    e->conf.hash_queue, e->conf.hasher_ms, 0);
	e->vaults = pool_new(e, ROLE_VAULT, VAULT_INFLIGHT, VAULT_QUEUE,
	    e->conf.vault_ms, 2);
	e->sealer = sealer_new(e);
	if (e->hashers == NULL || e->vaults == NULL || e->sealer == NULL)
		fatal("calloc");
	if (e->jwks == NULL && (e->jwks = jwks_new()) == NULL)
		fatalx("out of memory for public keys");
	outbox_init(e);
}

static void
stop_check(struct engine *e, int64_t mono)
{
	int mail = outbox_busy(e) &&
	    mono < e->stop_by - DRAIN_US + MAIL_DRAIN_US;

	if (e->stopping && ((e->nops == 0 && !mail && seal_over(e, mono)) ||
	    mono >= e->stop_by))
		e->leave(e, 0);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;
	int64_t mono = clock_mono();

	(void)fd;
	(void)what;
	pool_expire(e->hashers, mono);
	pool_expire(e->vaults, mono);
	op_expire(e, mono);
	board_beat(e);
	(void)clockwatch(e->board);
	sync_tick(e);
	keys_tick(e, mono);
	seal_tick(e, mono);
	outbox_tick(e, mono);
	if (e->sync.ready && mono - e->purged_at >= ENGINE_PURGE_US)
		purge_run(e);
	if (store_wants_restart(e->store)) {
		log_warnx("no database server answers; starting again to "
		    "look its names up anew");
		e->leave(e, PROC_EX_TEMP);
	}
	stop_check(e, mono);
}

int
engine_start(struct engine *e)
{
	struct timeval tv = { 0, ENGINE_TICK_MS * 1000 };

	e->tick = event_new(e->base, -1, EV_PERSIST, on_tick, e);
	if (e->tick == NULL || event_add(e->tick, &tv) == -1)
		return (-1);
	e->purged_at = clock_mono();
	(void)clockwatch(e->board);
	board_beat(e);
	return (0);
}

void
engine_stop(struct engine *e)
{
	int64_t mono = clock_mono();

	e->stopping = 1;
	e->stop_by = mono + DRAIN_US;
	stop_check(e, mono);
}

void
engine_clear(struct engine *e)
{
	if (e->tick != NULL)
		event_free(e->tick);
	e->tick = NULL;
	peers_clear(e);
	pool_free(e->hashers);	/* ends what was asked of it */
	pool_free(e->vaults);
	outbox_clear(e);
	ops_clear(e);
	tenants_clear(e);
	tenants_clear(e);
	bearer_forget(e);
	dpop_forget(e);
	sealer_free(e->sealer);
	e->sealer = NULL;
	jwks_free(e->jwks);
	e->hashers = e->vaults = NULL;
	e->jwks = NULL;
}

/* What workers remember of who may do what holds no longer (shm.h). */
void
engine_store_ended(void *arg)
{
	struct engine *e = arg;

	shm_add(&e->board->revision, 1);
	logouts_kick(e);
}

void
engine_store_event(enum store_event ev, const char *text, void *arg)
{
	struct engine *e = arg;

	switch (ev) {
	case STORE_UP:
		log_info("%s", text);
		engine_store_ended(e);	/* an engine before may have been cut */
		sync_start(e);
		break;
	case STORE_DOWN:
		log_warnx("database is down: %s", text);
		sync_lost(e, text);
		break;
	case STORE_FATAL:
		e->fail(e, text);
		break;
	}
}
