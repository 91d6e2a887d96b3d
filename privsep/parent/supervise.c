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
 * Who: the parent. Holds: the slots. Callers: moatd.c starts it, child.c and
 * signals drive it, reload.c makes slots stale. At start: vaults, hashers,
 * engine, mailer, workers, each role when the one before is READY, and a child
 * that says that it cannot start ends moatd. Later each slot lives by itself,
 * with a back-off of its own.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/announce.h"
#include "privsep/parent/logpipe.h"
#include "privsep/parent/peers.h"
#include "privsep/parent/stop.h"
#include "privsep/parent/superadmin.h"
#include "privsep/parent/supervise.h"
#include "privsep/wall/proc.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define BACKOFF_FIRST	(CLOCK_SEC / 10)
#define BACKOFF_MOST	(60 * CLOCK_SEC)
#define HEALTHY		(60 * CLOCK_SEC)

static const enum role order[] = { ROLE_VAULT, ROLE_HASHER, ROLE_ENGINE,
    ROLE_MAILER, ROLE_WORKER };
#define NORDER	(sizeof(order) / sizeof(*order))

static void start(struct slot *);

/* ---- slots ---- */

static void
timer(evutil_socket_t fd, short what, void *arg)
{
	struct slot *s = arg;

	(void)fd;
	(void)what;
	if (s->m->phase != MOATD_STOPPING && s->next == NULL &&
	    (s->cur == NULL || (s->stale && child_has_room(s))))
		start(s);
	boards_update(s->m);
}

static void
slot_new(struct moatd *m, enum role role, uint32_t index, uint32_t serve)
{
	struct slot *s;

	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->timer = evtimer_new(m->base, timer, s)) == NULL)
		fatal("memory for a slot");
	s->m = m;
	s->role = role;
	s->index = index;
	s->serve = serve;
	s->backoff_us = BACKOFF_FIRST;
	TAILQ_INSERT_TAIL(&m->slots, s, entry);
}

static void
slot_free(struct slot *s)
{
	struct child *two[2] = { s->cur, s->next };
	size_t i;

	for (i = 0; i < 2; i++) {
		if (two[i] == NULL)
			continue;
		two[i]->slot = NULL;
		child_stop(two[i], MOATD_DRAIN_MS);
	}
	TAILQ_REMOVE(&s->m->slots, s, entry);
	event_free(s->timer);
	free(s);
}

void
supervise_free(struct moatd *m)
{
	struct child *c;
	struct slot *s;

	while ((c = TAILQ_FIRST(&m->children)) != NULL)
		child_free(c);
	while ((s = TAILQ_FIRST(&m->slots)) != NULL) {
		s->cur = s->next = NULL;
		slot_free(s);
	}
}

static void
delay(struct slot *s, int64_t us)
{
	struct timeval tv = { us / CLOCK_SEC, us % CLOCK_SEC };

	if (evtimer_add(s->timer, &tv) == -1)
		fatal("timer");
}

static void
back_off(struct slot *s)
{
	delay(s, s->backoff_us);
	s->backoff_us *= 2;
	if (s->backoff_us > BACKOFF_MOST)
		s->backoff_us = BACKOFF_MOST;
}

static void
start(struct slot *s)
{
	if ((s->next = child_start(s->m, s)) == NULL)
		back_off(s);
}

/* The sets of classes that listeners serve, each once. */
static size_t
serve_sets(const struct listeners *ls, uint32_t set[CONF_LISTENERS])
{
	size_t i, k, n = 0;

	for (i = 0; i < ls->n; i++) {
		for (k = 0; k < n; k++)
			if (set[k] == ls->v[i].serve)
				break;
		if (k == n)
			set[n++] = ls->v[i].serve;
	}
	return (n);
}

/*
 * A worker serves listeners of one `serve` set. A set with `public` in it gets
 * all the workers that are configured, any other set one of its own. Where
 * that is more than there are boards for, each set still gets one.
 */
static size_t
want_workers(const struct moatd *m, uint32_t serve[BOARDS_WORKERS / 2])
{
	uint32_t set[CONF_LISTENERS];
	size_t i, n = 0, more, nsets = serve_sets(&m->listeners, set);

	for (i = 0; i < nsets; i++) {
		more = set[i] & SERVE_PUBLIC ? m->conf->workers : 1;
		for (; more > 0 && n + nsets - i <= BOARDS_WORKERS / 2; more--)
			serve[n++] = set[i];
	}
	return (n);
}

/* There is a mailer where there is a server to talk to. */
static void
layout_mailer(struct moatd *m)
{
	struct slot *s, *mailer = NULL;

	TAILQ_FOREACH(s, &m->slots, entry)
		if (s->role == ROLE_MAILER)
			mailer = s;
	if (m->conf->mailer && mailer == NULL)
		slot_new(m, ROLE_MAILER, 0, 0);
	else if (!m->conf->mailer && mailer != NULL)
		slot_free(mailer);
}

void
supervise_layout(struct moatd *m)
{
	uint32_t serve[BOARDS_WORKERS / 2];
	size_t have = 0, want = want_workers(m, serve);
	struct slot *s, *t;

	layout_mailer(m);
	boards_workers(&m->boards, want);
	for (s = TAILQ_FIRST(&m->slots); s != NULL; s = t) {
		t = TAILQ_NEXT(s, entry);
		if (s->role != ROLE_WORKER)
			continue;
		if (s->index >= want) {
			slot_free(s);
			continue;
		}
		s->serve = serve[s->index];
		have++;
	}
	for (; have < want; have++)
		slot_new(m, ROLE_WORKER, (uint32_t)have, serve[have]);
}

void
supervise_start(struct moatd *m)
{
	uint32_t i;

	for (i = 0; i < m->conf->vaults; i++)
		slot_new(m, ROLE_VAULT, i, 0);
	for (i = 0; i < m->conf->hashers; i++)
		slot_new(m, ROLE_HASHER, i, 0);
	slot_new(m, ROLE_ENGINE, 0, 0);
	supervise_layout(m);
	supervise_advance(m);
}

/* ---- what there is ---- */

static int
is_ready(const struct slot *s)
{
	return (s->cur != NULL && s->cur->state == PROC_READY);
}

/*
 * Mail waits in the outbox for a mailer that starts anew (to look a name up,
 * say): once moatd serves, that is no reason to take it out of service.
 */
static int
role_ready(const struct moatd *m, enum role role)
{
	const struct slot *s;

	if (role == ROLE_MAILER && m->phase != MOATD_STARTING)
		return (1);
	TAILQ_FOREACH(s, &m->slots, entry)
		if (s->role == role && !is_ready(s))
			return (0);
	return (1);
}

int
supervise_all_ready(const struct moatd *m)
{
	size_t i;

	for (i = 0; i < NORDER; i++)
		if (!role_ready(m, order[i]))
			return (0);
	return (!TAILQ_EMPTY(&m->slots));
}

struct child *
supervise_find(struct moatd *m, enum role role, uint32_t peer,
    uint32_t generation)
{
	struct child *c;

	TAILQ_FOREACH(c, &m->children, entry)
		if (c->role == role && c->peer == peer &&
		    c->generation == generation && !c->apart)
			return (c);
	return (NULL);
}

struct child *
supervise_engine(struct moatd *m)
{
	struct slot *s;

	TAILQ_FOREACH(s, &m->slots, entry)
		if (s->role == ROLE_ENGINE && is_ready(s))
			return (s->cur);
	return (NULL);
}

/* ---- what happens ---- */

void
supervise_advance(struct moatd *m)
{
	struct slot *s;
	size_t i;

	if (m->phase == MOATD_STOPPING)
		return;
	for (i = 0; i < NORDER; i++) {
		TAILQ_FOREACH(s, &m->slots, entry)
			if (s->role == order[i] && s->cur == NULL &&
			    s->next == NULL && !evtimer_pending(s->timer, NULL))
				start(s);
		if (m->phase == MOATD_STARTING && !role_ready(m, order[i]))
			break;
	}
	boards_update(m);
	if (m->phase == MOATD_STARTING && supervise_all_ready(m) &&
	    superadmin_settled(m))
		announce_ready(m);
}

void
supervise_ready(struct child *c)
{
	struct slot *s = c->slot;
	struct child *old;

	if (s->next != c)
		return;
	old = s->cur;
	s->next = NULL;
	s->cur = c;
	s->stale = 0;
	boards_measure(c);
	if (old != NULL) {
		old->slot = NULL;
		child_stop(old, MOATD_DRAIN_MS);
	}
	log_debug("%s[%ld]: ready", c->name, (long)c->pid);
	supervise_refresh(c->m);
	supervise_advance(c->m);
}

/*
 * Workers overlap with their successors; of the rest one at a time leaves. A
 * third worker waits until the first one has drained.
 */
void
supervise_refresh(struct moatd *m)
{
	struct slot *s = NULL, *one;
	size_t i;
	int left = 0;

	for (i = 0; i < NORDER; i++) {
		one = NULL;
		TAILQ_FOREACH(s, &m->slots, entry) {
			if (s->role != order[i] || !s->stale)
				continue;
			left++;
			if (s->role != ROLE_WORKER)
				one = one != NULL ? one : s;
			else if (s->next == NULL && child_has_room(s) &&
			    !evtimer_pending(s->timer, NULL))
				start(s);
		}
		if (one != NULL && one->cur != NULL &&
		    role_ready(m, order[i]))
			child_stop(one->cur, MOATD_DRAIN_MS);
	}
	if (left == 0)
		announce_reloaded(m);
}

void
supervise_give_up(struct moatd *m)
{
	m->exit_code = 1;
	stop_begin(m);
}

static void
describe(const struct child *c, int status, char *dst, size_t n)
{
	if (WIFSIGNALED(status))
		snprintf(dst, n, "killed by signal %d (%s)%s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)),
		    WTERMSIG(status) == SIGSYS ? ": a system call that its "
		    "sandbox forbids" : "");
	else if (c->fail[0] != '\0')
		snprintf(dst, n, "cannot run: %s", c->fail);
	else
		snprintf(dst, n, "exited with code %d", WEXITSTATUS(status));
}

/* A restart would be no help: it said so, or it ended by itself at start. */
static int
hopeless(const struct child *c, int status)
{
	if (c->m->phase != MOATD_STARTING || c->stopping)
		return (0);
	if (c->fail[0] != '\0')
		return (1);
	return (WIFEXITED(status) && (WEXITSTATUS(status) == PROC_EX_FAIL ||
	    (WEXITSTATUS(status) == 1 && c->ready_at == 0)));
}

/* When the slot gets a new process. */
static void
restart_later(struct slot *s, const struct child *c, int status)
{
	if (c->stopping) {
		delay(s, 0);
		return;
	}
	s->restarts++;
	shm_inc(&s->m->boards.parent->restarts[s->role]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == PROC_EX_TEMP &&
	    c->ready_at != 0) {
		delay(s, 0);
		return;
	}
	if (c->ready_at != 0 && clock_mono() - c->ready_at >= HEALTHY)
		s->backoff_us = BACKOFF_FIRST;
	log_info("%s: starts again in %lld ms", c->name,
	    (long long)s->backoff_us / 1000);
	back_off(s);
}

/* It served nobody; whoever wanted to know may be gone himself. */
static void
test_gone(struct child *c, int status)
{
	struct moatd *m = c->m;

	if (c->tested != NULL)
		c->tested(c, status, c->tested_arg);
	child_free(c);
	if (m->phase == MOATD_STOPPING)
		stop_advance(m);
}

void
supervise_gone(struct child *c)
{
	struct moatd *m = c->m;
	struct slot *s = c->slot;
	int status = c->status, quiet, give_up;
	char how[384];

	logpipe_free(c->log);	/* its last words come before ours */
	c->log = NULL;
	if (c->apart) {
		test_gone(c, status);
		return;
	}
	quiet = (c->stopping || m->phase == MOATD_STOPPING) &&
	    WIFEXITED(status) && WEXITSTATUS(status) == 0;
	describe(c, status, how, sizeof(how));
	if (!quiet)
		log_warnx("%s[%ld]: %s", c->name, (long)c->pid, how);
	peers_gone(c);
	if (c->role == ROLE_ENGINE) {
		superadmin_engine_gone(m);
		boards_engine_gone(&m->boards);
	}
	give_up = hopeless(c, status);
	if (s != NULL) {
		if (s->cur == c)
			s->cur = NULL;
		if (s->next == c)
			s->next = NULL;
		if (m->phase != MOATD_STOPPING && !give_up)
			restart_later(s, c, status);
	}
	child_free(c);
	if (give_up)
		supervise_give_up(m);
	else if (m->phase == MOATD_STOPPING)
		stop_advance(m);
	else {
		supervise_advance(m);
		if (s == NULL)		/* somebody may have waited for that */
			supervise_refresh(m);
	}
}

void
supervise_reap(struct moatd *m)
{
	struct child *c, *it;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		c = NULL;
		TAILQ_FOREACH(it, &m->children, entry)
			if (it->pid == pid)
				c = it;
		if (c == NULL)
			continue;	/* an orphan, when we are process 1 */
		c->exited = 1;
		c->status = status;
		/* What it said last may still wait in its channel. */
		if (c->chan == NULL)
			supervise_gone(c);
	}
}
