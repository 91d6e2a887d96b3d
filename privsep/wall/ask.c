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
 * Asking over a channel. Run by whoever asks (worker, engine); holds the
 * requests that wait for their answer, in a pool that never shrinks.
 *
 * An id is the entry's number in its low 16 bits and, above them, how often
 * that entry was used: finding a request is one look-up, and a late answer
 * can be told from one that nobody ever asked for. Requests wait in order of
 * their deadlines, so one timer serves them all.
 */
#include "config.h"

#include <sys/queue.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/wall/ask.h"
#include "src/base/clock.h"

#define ID_BITS		16
#define ID_MASK		((UINT64_C(1) << ID_BITS) - 1)
#define POOL_STEP	64	/* entries that are allocated at a time */

struct entry {
	TAILQ_ENTRY(entry) link;	/* waiting, or free */
	uint64_t	 id;		/* of its latest use */
	int64_t		 deadline;	/* µs, monotonic */
	ask_cb		 cb;		/* NULL: free */
	void		*arg;
};

TAILQ_HEAD(entries, entry);

struct asker {
	struct chan	*chan;		/* not owned; NULL: no peer */
	struct event	*timer;
	struct entries	 waiting;	/* earliest deadline first */
	struct entries	 idle;
	struct entry	**steps;	/* POOL_STEP entries each */
	size_t		 nsteps;
	unsigned	 max, inflight;
	int64_t		 armed;		/* when the timer fires; 0: never */
	int		 busy;		/* inside callbacks */
	int		 freed;		/* asker_free() while busy */
};

static void	cb_timer(evutil_socket_t, short, void *);

static void
destroy(struct asker *a)
{
	size_t i;

	if (a->timer != NULL)
		event_free(a->timer);
	for (i = 0; i < a->nsteps; i++)
		free(a->steps[i]);
	free(a->steps);
	free(a);
}

struct asker *
asker_new(struct event_base *base, unsigned max)
{
	struct asker *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (NULL);
	TAILQ_INIT(&a->waiting);
	TAILQ_INIT(&a->idle);
	a->max = max < ID_MASK ? max : (unsigned)ID_MASK;
	if ((a->timer = evtimer_new(base, cb_timer, a)) == NULL) {
		destroy(a);
		return (NULL);
	}
	return (a);
}

unsigned
asker_inflight(const struct asker *a)
{
	return (a->inflight);
}

/* Takes the entry off before its callback, which may ask again. */
static void
end_entry(struct asker *a, struct entry *e, struct entries *from,
    uint16_t type, const union msg *m)
{
	ask_cb cb = e->cb;
	void *arg = e->arg;

	TAILQ_REMOVE(from, e, link);
	e->cb = NULL;
	e->arg = NULL;
	TAILQ_INSERT_HEAD(&a->idle, e, link);
	a->inflight--;
	cb(type, m, 1, arg);
}

static void
leave(struct asker *a)
{
	if (--a->busy == 0 && a->freed)
		destroy(a);
}

/* Fails what waits now; what a callback asks anew is not touched. */
static void
fail_all(struct asker *a)
{
	struct entries old = TAILQ_HEAD_INITIALIZER(old);

	TAILQ_CONCAT(&old, &a->waiting, link);
	while (!TAILQ_EMPTY(&old))
		end_entry(a, TAILQ_FIRST(&old), &old, 0, NULL);
}

void
asker_free(struct asker *a)
{
	if (a == NULL || a->freed)
		return;
	a->chan = NULL;
	a->busy++;
	fail_all(a);
	a->freed = 1;
	leave(a);
}

void
asker_set_chan(struct asker *a, struct chan *c)
{
	if (a->chan == c)
		return;
	a->chan = c;
	a->busy++;
	fail_all(a);
	leave(a);
}

/* ---- deadlines ---- */

static void
arm(struct asker *a, int64_t now)
{
	struct entry *e = TAILQ_FIRST(&a->waiting);
	struct timeval tv;
	int64_t left;

	/* a timer that fires too early costs less than moving it each time */
	if (e == NULL || (a->armed != 0 && a->armed <= e->deadline))
		return;
	left = e->deadline > now ? e->deadline - now : 0;
	tv.tv_sec = (time_t)(left / CLOCK_SEC);
	tv.tv_usec = (suseconds_t)(left % CLOCK_SEC);
	if (evtimer_add(a->timer, &tv) == 0)
		a->armed = e->deadline;
}

static void
cb_timer(evutil_socket_t fd, short what, void *arg)
{
	struct asker *a = arg;
	struct entry *e;
	int64_t now = clock_mono();

	(void)fd;
	(void)what;
	a->armed = 0;
	a->busy++;
	while ((e = TAILQ_FIRST(&a->waiting)) != NULL && e->deadline <= now)
		end_entry(a, e, &a->waiting, 0, NULL);
	if (!a->freed)
		arm(a, now);
	leave(a);
}

/* Nearly always to the end: most requests have the same deadline. */
static void
wait_in_order(struct asker *a, struct entry *e)
{
	struct entry *before = TAILQ_LAST(&a->waiting, entries);

	while (before != NULL && before->deadline > e->deadline)
		before = TAILQ_PREV(before, entries, link);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&a->waiting, e, link);
	else
		TAILQ_INSERT_AFTER(&a->waiting, before, e, link);
}

/* ---- asking ---- */

static int
grow(struct asker *a)
{
	struct entry **steps, *e;
	size_t i;

	if (a->nsteps * POOL_STEP > ID_MASK) {
		errno = EAGAIN;
		return (-1);
	}
	steps = realloc(a->steps, (a->nsteps + 1) * sizeof(*steps));
	if (steps == NULL)
		return (-1);
	a->steps = steps;
	if ((e = calloc(POOL_STEP, sizeof(*e))) == NULL)
		return (-1);
	for (i = 0; i < POOL_STEP; i++) {
		e[i].id = a->nsteps * POOL_STEP + i;
		TAILQ_INSERT_TAIL(&a->idle, &e[i], link);
	}
	a->steps[a->nsteps++] = e;
	return (0);
}

int
ask(struct asker *a, uint16_t type, const void *msg, unsigned deadline_ms,
    ask_cb cb, void *arg)
{
	struct entry *e;
	int64_t now;

	if (a->chan == NULL || a->freed) {
		errno = ENOTCONN;
		return (-1);
	}
	if (a->inflight >= a->max) {
		errno = EAGAIN;
		return (-1);
	}
	if (TAILQ_EMPTY(&a->idle) && grow(a) == -1)
		return (-1);
	e = TAILQ_FIRST(&a->idle);
	if (chan_send(a->chan, type, e->id + ID_MASK + 1, msg, -1) == -1) {
		if (errno == EPIPE)
			errno = ENOTCONN;
		return (-1);
	}
	now = clock_mono();
	TAILQ_REMOVE(&a->idle, e, link);
	e->id += ID_MASK + 1;
	e->deadline = now + (int64_t)deadline_ms * 1000;
	e->cb = cb;
	e->arg = arg;
	a->inflight++;
	wait_in_order(a, e);
	arm(a, now);
	return (0);
}

int
asker_answer(struct asker *a, uint16_t type, uint64_t id, const union msg *m)
{
	const struct msg_row *row = msg_row(type);
	struct entry *e;
	size_t number = (size_t)(id & ID_MASK);

	if (row == NULL || number >= a->nsteps * POOL_STEP || id <= ID_MASK)
		return (-1);
	e = &a->steps[number / POOL_STEP][number % POOL_STEP];
	if (id > e->id)
		return (-1);
	if (id != e->id || e->cb == NULL)
		return (0);		/* late */
	a->busy++;
	if (msg_is_item(row))
		e->cb(type, m, 0, e->arg);
	else
		end_entry(a, e, &a->waiting, type, m);
	leave(a);
	return (0);
}
