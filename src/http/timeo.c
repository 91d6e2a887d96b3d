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
 * Runs in the worker. Holds no memory of its own: nodes live inside the
 * connections. Called by conn.c, accept.c and server.c.
 */
#include "config.h"

#include <string.h>

#include "src/base/clock.h"
#include "src/http/timeo.h"

#define TIMEO_GRAIN	(CLOCK_SEC / 20)	/* fires at most so late */

static void
arm(struct timeo *t, int64_t at, int64_t now)
{
	struct timeval tv;
	int64_t us = at - now + TIMEO_GRAIN / 2;

	if (t->armed != 0 && t->armed <= at + TIMEO_GRAIN)
		return;
	if (us < 0)
		us = 0;
	tv.tv_sec = (time_t)(us / CLOCK_SEC);
	tv.tv_usec = (suseconds_t)(us % CLOCK_SEC);
	if (event_add(&t->timer, &tv) == 0)
		t->armed = now + us;
}

static void
sweep(evutil_socket_t fd, short what, void *arg)
{
	struct timeo *t = arg;
	struct timeo_node *n;
	int64_t now = clock_mono(), next = 0;
	int k;

	(void)fd;
	(void)what;
	t->armed = 0;
	for (k = TIMEO_IDLE; k < TIMEO__MAX; k++) {
		/* fire() moves or deletes the node, so the head changes. */
		while ((n = TAILQ_FIRST(&t->q[k])) != NULL && n->at <= now)
			t->fire(n, t->arg);
		if (n != NULL && (next == 0 || n->at < next))
			next = n->at;
	}
	if (next != 0)
		arm(t, next, now);
}

void
timeo_init(struct timeo *t, struct event_base *base,
    void (*fire)(struct timeo_node *, void *), void *arg)
{
	int k;

	memset(t, 0, sizeof(*t));
	for (k = 0; k < TIMEO__MAX; k++)
		TAILQ_INIT(&t->q[k]);
	t->fire = fire;
	t->arg = arg;
	evtimer_assign(&t->timer, base, sweep, t);
}

void
timeo_stop(struct timeo *t)
{
	evtimer_del(&t->timer);
	t->armed = 0;
}

void
timeo_add(struct timeo *t, struct timeo_node *n, enum timeo_kind kind,
    int64_t now)
{
	n->kind = (uint8_t)kind;
	n->at = now + t->us[kind];
	TAILQ_INSERT_TAIL(&t->q[kind], n, link);
	if (kind != TIMEO_WORK && (t->armed == 0 || t->armed > n->at))
		arm(t, n->at, now);
}

void
timeo_set(struct timeo *t, struct timeo_node *n, enum timeo_kind kind,
    int64_t now)
{
	TAILQ_REMOVE(&t->q[n->kind], n, link);
	timeo_add(t, n, kind, now);
}

void
timeo_del(struct timeo *t, struct timeo_node *n)
{
	TAILQ_REMOVE(&t->q[n->kind], n, link);
}

void
timeo_shorten(struct timeo *t, enum timeo_kind kind, int64_t us, int64_t now)
{
	struct timeo_node *n;

	if (us >= t->us[kind])
		return;
	t->us[kind] = us;
	n = TAILQ_FIRST(&t->q[kind]);
	if (n == NULL)
		return;
	for (; n != NULL; n = TAILQ_NEXT(n, link)) {
		if (n->at > now + us)
			n->at = now + us;
	}
	arm(t, TAILQ_FIRST(&t->q[kind])->at, now);
}
