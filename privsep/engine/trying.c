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
 * Passwords that are being tried. A charge is taken before a password is
 * compared, so a person's sixth login at the same moment would be refused for
 * five that are about to turn out right. It waits for them instead: nothing is
 * compared meanwhile, and who guesses gains no try. Runs in the engine; holds
 * two lists of ops. Called by throttle.c and op.c.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/throttle.h"
#include "src/base/log.h"

#define PARKED_MAX	1024

/* Do they charge a counter in common? */
static int
same(const struct op *a, const struct op *b)
{
	if (!a->loopback && !b->loopback && strcmp(a->source, b->source) == 0)
		return (1);
	return (a->pw_kind == b->pw_kind && a->pw_kind != NULL &&
	    strcmp(a->pw_subject, b->pw_subject) == 0 &&
	    strcmp(a->tenant, b->tenant) == 0);
}

void
trying_add(struct op *op)
{
	op->try = TRY_RUNS;
	TAILQ_INSERT_TAIL(&op->eng->trying, op, tried);
}

static int
is_tried(const struct op *op)
{
	const struct op *t;

	TAILQ_FOREACH(t, &op->eng->trying, tried)
		if (same(t, op))
			return (1);
	return (0);
}

int
trying_park(struct op *op)
{
	struct engine *e = op->eng;

	if (e->nparked >= PARKED_MAX || e->stopping || !is_tried(op))
		return (0);
	op->try = TRY_PARKED;
	op->again = 0;
	op->wait = OP_PARKED;
	TAILQ_INSERT_TAIL(&e->parked, op, tried);
	e->nparked++;
	return (1);
}

static void
unpark(struct op *op)
{
	TAILQ_REMOVE(&op->eng->parked, op, tried);
	op->eng->nparked--;
	op->try = TRY_NONE;
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;
	struct op *op, *next;

	(void)fd;
	(void)what;
	e->waking = 0;
	for (op = TAILQ_FIRST(&e->parked); op != NULL; op = next) {
		next = TAILQ_NEXT(op, tried);
		if (!op->woken)
			continue;
		unpark(op);
		op->woken = 0;
		op->wait = OP_RUNS;
		throttle_retry(op);
	}
}

/* From the loop: an op that ends may be in the middle of anything. */
static void
wake(struct engine *e)
{
	struct timeval now = { 0, 0 };

	if (e->waking || e->stopping)
		return;
	e->waking = 1;
	if (event_base_once(e->base, -1, EV_TIMEOUT, on_wake, e, &now) == -1)
		log_warn("event for parked logins");
}

/* As many as one right password gives back; all when none is left to wait
 * for. */
static void
mark(struct op *op, int right)
{
	struct engine *e = op->eng;
	uint32_t n = e->conf.password_free;
	struct op *p;

	TAILQ_FOREACH(p, &e->parked, tried) {
		if (p->woken || !same(p, op))
			continue;
		if (!(right && n > 0) && is_tried(p))
			continue;
		if (right && n > 0)
			n--;
		p->woken = 1;
		wake(e);
	}
}

void
trying_end(struct op *op, int right)
{
	enum op_try was = op->try;

	op->try = TRY_NONE;
	if (was == TRY_PARKED) {
		TAILQ_REMOVE(&op->eng->parked, op, tried);
		op->eng->nparked--;
	} else if (was == TRY_RUNS) {
		TAILQ_REMOVE(&op->eng->trying, op, tried);
		mark(op, right);
	}
}
