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
 * Who: the parent. Holds: a process's channel and log pipe. Callers:
 * supervise.c, selftest.c, keymaker.c. What a child says is dispatched by the
 * table below; what it may not say ends its channel, and then the child.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/child.h"
#include "privsep/parent/keymaker.h"
#include "privsep/parent/logpipe.h"
#include "privsep/parent/setup.h"
#include "privsep/parent/spawn.h"
#include "privsep/parent/superadmin.h"
#include "privsep/parent/supervise.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define START_MS	60000	/* from exec to READY */
#define MIGRATE_MS	900000	/* the engine may have to migrate first */
#define TEST_MS		10000

static void
deadline(evutil_socket_t fd, short what, void *arg)
{
	struct child *c = arg;

	(void)fd;
	(void)what;
	child_kill(c, c->stopping ? "does not go" : c->chan == NULL ?
	    "has closed its channel" : "is not ready in time");
}

static void
arm(struct child *c, unsigned ms)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	if (evtimer_add(c->deadline, &tv) == -1)
		fatal("timer");
}

/* ---- what a child may say ---- */

static void
got_ready(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	c->mechanisms = m->ready.mechanisms;
	c->state = PROC_READY;
	c->ready_at = clock_mono();
	if (!c->stopping)
		evtimer_del(c->deadline);
	chan_set_running(c->chan);
	if (c->slot != NULL)
		supervise_ready(c);
}

static void
got_fail(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	snprintf(c->fail, sizeof(c->fail), "%s", m->fail.reason);
}

static void
got_pubkey(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	keymaker_pubkey(c, &m->pubkey_made);
}

static void
got_key_want(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	keymaker_want(c->m, &m->key_want);
}

static void
got_key_drop(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	keymaker_drop(c->m, m->key_drop.kid);
}

static void
got_fingerprint(struct child *c, uint64_t id, const union msg *m)
{
	const struct msg_fingerprint_made *made = &m->fingerprint_made;
	uint8_t own = c->role == ROLE_VAULT ? SECRET_SEAL : SECRET_PEPPER;

	(void)id;
	if (made->kind != own) {
		chan_violation(c->chan, "fingerprint of a foreign secret");
		return;
	}
	snprintf(c->m->fingerprint[own], sizeof(c->m->fingerprint[own]), "%s",
	    made->value);
}

static void
got_peer_bad(struct child *c, uint64_t id, const union msg *m)
{
	const struct msg_peer_bad *bad = &m->peer_bad;
	struct child *o;

	(void)id;
	/* Whoever holds the engine may end what it talks to, nothing else. */
	o = supervise_find(c->m, (enum role)bad->role, bad->index,
	    bad->generation);
	if (o != NULL && o->role != ROLE_ENGINE)
		child_kill(o, bad->reason);
}

static void
got_db_state(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	superadmin_db_state(c->m, &m->db_state);
	supervise_advance(c->m);
}

static void
got_superadmin(struct child *c, uint64_t id, const union msg *m)
{
	superadmin_created(c->m, id, &m->superadmin_create_res);
	supervise_advance(c->m);
}

/* What only a one-shot vault that was asked for it may send. */
static int
is_maker(struct child *c)
{
	if (c->job != NULL)
		return (1);
	chan_violation(c->chan, "a key from a vault that was not asked to "
	    "make one");
	return (0);
}

static void
got_key(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	if (is_maker(c))
		keymaker_key(c, &m->key_made);
}

static void
got_secret(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	if (is_maker(c))
		keymaker_secret(c, &m->secret_made);
}

static void
got_bundle(struct child *c, uint64_t id, const union msg *m)
{
	(void)id;
	if (is_maker(c))
		keymaker_bundle(c, &m->bundle_made);
}

static const struct {
	uint16_t	  type;
	void		(*got)(struct child *, uint64_t, const union msg *);
} said[] = {
	{ IMSG_READY, got_ready },
	{ IMSG_FAIL, got_fail },
	{ IMSG_PUBKEY_MADE, got_pubkey },
	{ IMSG_FINGERPRINT_MADE, got_fingerprint },
	{ IMSG_PEER_BAD, got_peer_bad },
	{ IMSG_DB_STATE, got_db_state },
	{ IMSG_SUPERADMIN_CREATE_RES, got_superadmin },
	{ IMSG_KEY_WANT, got_key_want },
	{ IMSG_KEY_DROP, got_key_drop },
	{ IMSG_KEY_MADE, got_key },
	{ IMSG_SECRET_MADE, got_secret },
	{ IMSG_BUNDLE_MADE, got_bundle }
};

static void
on_msg(struct chan *chan, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	struct child *c = arg;
	size_t i;

	(void)chan;
	if (fd != -1)
		close(fd);	/* no row from a child has one */
	for (i = 0; i < sizeof(said) / sizeof(*said); i++)
		if (said[i].type == type)
			said[i].got(c, id, m);
}

static void
on_end(struct chan *chan, enum chan_end end, const char *why, void *arg)
{
	struct child *c = arg;

	chan_free(chan);
	c->chan = NULL;
	if (c->exited) {
		supervise_gone(c);
		return;
	}
	if (end != CHAN_EOF)
		child_kill(c, why);
	else
		arm(c, 1000);	/* it is about to exit, or it is stuck */
}

static const struct chan_ops ops = { on_msg, on_end };

/* ---- life ---- */

static struct child *
child_new(struct moatd *m, enum role role, uint32_t index)
{
	struct child *c;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->deadline = evtimer_new(m->base, deadline, c)) == NULL)
		fatal("memory for a child");
	c->m = m;
	c->role = role;
	c->index = c->peer = index;
	c->generation = ++m->spawned;
	c->wboard = -1;
	c->state = PROC_STARTING;
	c->started = clock_mono();
	snprintf(c->name, sizeof(c->name), "%s %u", role_name(role), index);
	return (c);
}

static int
launch(struct child *c, unsigned ms)
{
	struct spawned s;

	if (spawn_role(c->role, c->job != NULL, &s) == -1) {
		log_warn("cannot start %s", c->name);
		return (-1);
	}
	c->pid = s.pid;
	/* A self test's complaints are what it is for. */
	c->log = logpipe_new(c->m->base, s.log,
	    c->selftest == 0 || c->m->verbose ? c->name : NULL);
	if ((c->chan = chan_new(c->m->base, s.chan, ROLE_PARENT, c->role, 0,
	    &ops, c)) == NULL)
		fatal("channel of %s", c->name);
	TAILQ_INSERT_TAIL(&c->m->children, c, entry);
	arm(c, ms);
	if (setup_send(c) == -1)
		child_kill(c, "cannot be set up");
	return (0);
}

/* The living workers that write a slot's two boards. */
static void
board_users(const struct slot *s, struct child *used[2])
{
	struct child *c = NULL;
	int base = (int)s->index * 2;

	used[0] = used[1] = NULL;
	TAILQ_FOREACH(c, &s->m->children, entry)
		if (c->role == ROLE_WORKER && c->wboard >= base &&
		    c->wboard < base + 2)
			used[c->wboard - base] = c;
}

int
child_has_room(const struct slot *s)
{
	struct child *used[2];

	if (s->role != ROLE_WORKER)
		return (1);
	board_users(s, used);
	return (used[0] == NULL || used[1] == NULL);
}

/* A board that no living worker of this slot writes. */
static int
choose_board(const struct slot *s)
{
	struct child *c, *used[2];
	int base = (int)s->index * 2;

	board_users(s, used);
	if (used[0] == NULL)
		return (base);
	if (used[1] == NULL)
		return (base + 1);
	/* Two that drain and none that serves: the service comes first. */
	c = used[0]->slot == NULL ? used[0] : used[1];
	child_kill(c, "drains while its slot has no worker");
	return (c->wboard);
}

struct child *
child_start(struct moatd *m, struct slot *s)
{
	struct child *c = child_new(m, s->role, s->index);

	c->slot = s;
	c->serve = s->serve;
	c->restarts = s->restarts;
	if (s->role == ROLE_WORKER) {
		c->wboard = choose_board(s);
		c->peer = (uint32_t)c->wboard;
	}
	if (launch(c, s->role == ROLE_ENGINE ? MIGRATE_MS :
	    START_MS) == -1) {
		child_free(c);
		return (NULL);
	}
	return (c);
}

struct child *
child_test(struct moatd *m, enum role role, uint8_t act,
    void (*done)(struct child *, int, void *), void *arg)
{
	struct child *c = child_new(m, role, act);

	c->selftest = act;
	c->apart = 1;
	c->serve = SERVE_ALL;
	c->tested = done;
	c->tested_arg = arg;
	snprintf(c->name, sizeof(c->name), "%s test %u", role_name(role), act);
	if (launch(c, TEST_MS) == -1) {
		child_free(c);
		return (NULL);
	}
	return (c);
}

struct child *
child_keymaker(struct moatd *m, struct keyjob *job,
    void (*done)(struct child *, int, void *))
{
	struct child *c = child_new(m, ROLE_VAULT, 0);

	c->apart = 1;
	c->job = job;
	c->tested = done;
	c->tested_arg = job;
	snprintf(c->name, sizeof(c->name), "vault -g");
	if (launch(c, START_MS) == -1) {
		child_free(c);
		return (NULL);
	}
	return (c);
}

void
child_stop(struct child *c, unsigned ms)
{
	struct msg_stop stop = { 0 };

	if (c->stopping)
		return;
	c->stopping = 1;
	c->state = PROC_DRAINING;
	arm(c, ms);
	if (c->chan == NULL || chan_send(c->chan, IMSG_STOP, 0, &stop,
	    -1) == -1)
		kill(c->pid, SIGKILL);
}

void
child_kill(struct child *c, const char *why)
{
	if (c->exited)
		return;
	log_warnx("%s[%ld]: killed: %s", c->name, (long)c->pid, why);
	if (kill(c->pid, SIGKILL) == -1)
		log_warn("kill %s (CAP_KILL is missing?)", c->name);
}

void
child_free(struct child *c)
{
	if (c == NULL)
		return;
	if (c->pid > 0)
		TAILQ_REMOVE(&c->m->children, c, entry);
	chan_free(c->chan);
	logpipe_free(c->log);
	event_free(c->deadline);
	free(c);
}
