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
 * Deadlines of connections. Each kind has one duration, so each has one
 * queue in order of expiry, and one timer of the event loop serves them all:
 * a request costs two pointer swaps and no event_add(3).
 */
#ifndef HTTP_TIMEO_H
#define HTTP_TIMEO_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdint.h>
#include <sys/queue.h>

enum timeo_kind {
	TIMEO_WORK,		/* in a handler: no deadline of ours */
	TIMEO_IDLE, TIMEO_HEADER, TIMEO_BODY, TIMEO_WRITE, TIMEO_LINGER,
	TIMEO__MAX
};

struct timeo_node {
	TAILQ_ENTRY(timeo_node) link;
	int64_t		 at;		/* clock_mono() of the deadline */
	uint8_t		 kind;
};
TAILQ_HEAD(timeo_queue, timeo_node);

struct timeo {
	struct timeo_queue q[TIMEO__MAX];
	int64_t		 us[TIMEO__MAX];	/* durations */
	int64_t		 armed;			/* when the timer fires, 0 */
	struct event	 timer;
	void		(*fire)(struct timeo_node *, void *arg);
	void		*arg;
};

void	timeo_init(struct timeo *, struct event_base *,
	    void (*fire)(struct timeo_node *, void *), void *arg);
void	timeo_stop(struct timeo *);
/* A new node; every node is in exactly one queue from here to timeo_del(). */
void	timeo_add(struct timeo *, struct timeo_node *, enum timeo_kind,
	    int64_t now);
/* Moves to (the end of) a kind's queue: its time begins anew. */
void	timeo_set(struct timeo *, struct timeo_node *, enum timeo_kind,
	    int64_t now);
void	timeo_del(struct timeo *, struct timeo_node *);
/* Shortens a kind's duration, for nodes that wait already too. */
void	timeo_shorten(struct timeo *, enum timeo_kind, int64_t us, int64_t now);

#endif
