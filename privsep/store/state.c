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
 * Is the database there? Runs in the engine; the drivers say what happened,
 * the engine is told of each change and of each new reason.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/store/store_int.h"
#include "src/base/clock.h"

int
store_is_up(const struct store *st)
{
	return (st->up == 1);
}

int
store_wants_restart(const struct store *st)
{
	return (st->names && st->up != 1 && !st->fatal &&
	    clock_mono() - st->down_since >= STORE_RESTART_US);
}

void
store_set_up(struct store *st)
{
	if (st->up == 1)
		return;
	st->up = 1;
	st->go = 0;
	if (st->conf.event != NULL)
		st->conf.event(STORE_UP, "database is up", st->conf.arg);
	store_flush(st);
}

void
store_set_down(struct store *st, const char *why)
{
	if (st->up == 0 && strcmp(st->why, why) == 0)
		return;
	if (st->up != 0)
		st->down_since = clock_mono();
	st->up = 0;
	snprintf(st->why, sizeof(st->why), "%s", why);
	if (st->conf.event != NULL)
		st->conf.event(STORE_DOWN, why, st->conf.arg);
}

void
store_set_fatal(struct store *st, const char *why)
{
	struct timeval tv = { 0, 0 };

	st->up = 0;
	st->fatal = 1;
	migrate_finish(st, -1, why);
	evtimer_add(st->ticker, &tv);
	if (st->conf.event != NULL)
		st->conf.event(STORE_FATAL, why, st->conf.arg);
}
