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
 * Who: the parent. Holds: nothing. Callers: signals, supervise.c. Workers go
 * first, so that what they accepted is still answered; then who answered.
 */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "privsep/parent/child.h"
#include "privsep/parent/control.h"
#include "privsep/parent/notify.h"
#include "privsep/parent/stop.h"
#include "src/base/log.h"

static const struct {
	enum role	role;
	unsigned	ms;		/* until SIGKILL */
} steps[] = {
	{ ROLE_WORKER, MOATD_DRAIN_MS }, { ROLE_ENGINE, 3000 },
	{ ROLE_MAILER, 2000 },
	{ ROLE_HASHER, 2000 }, { ROLE_VAULT, 2000 }
};
#define NSTEPS	((int)(sizeof(steps) / sizeof(*steps)))

void
stop_advance(struct moatd *m)
{
	struct child *c;
	int alive;

	for (; m->stop_step < NSTEPS; m->stop_step++) {
		alive = 0;
		TAILQ_FOREACH(c, &m->children, entry) {
			if (c->role != steps[m->stop_step].role)
				continue;
			alive = 1;
			child_stop(c, steps[m->stop_step].ms);
		}
		if (alive)
			break;
	}
	boards_update(m);
	if (m->stop_step == NSTEPS)
		event_base_loopexit(m->base, NULL);
}

/* A self test has nothing to finish, and no one may wait for it. */
static void
kill_tests(struct moatd *m)
{
	struct child *c;

	TAILQ_FOREACH(c, &m->children, entry)
		if (c->apart) {
			c->tested = NULL;
			c->stopping = 1;
			kill(c->pid, SIGKILL);
		}
}

void
stop_begin(struct moatd *m)
{
	struct child *c;
	struct slot *s;

	if (m->phase == MOATD_STOPPING) {
		TAILQ_FOREACH(c, &m->children, entry)
			kill(c->pid, SIGKILL);
		return;
	}
	log_info("stops");
	notify_stopping();
	m->phase = MOATD_STOPPING;
	TAILQ_FOREACH(s, &m->slots, entry)
		evtimer_del(s->timer);
	control_close(m);
	listen_close(&m->listeners);
	kill_tests(m);
	stop_advance(m);
}
