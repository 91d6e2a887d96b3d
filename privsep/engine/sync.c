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
 * What must be in order between this node and its database before the
 * database counts as up: fingerprints of pepper and seal, key states, a super
 * admin. Runs in the engine, each time the database comes (back) and when a
 * key arrives; one step at a time, from its beginning after any failure.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/engine/tenant.h"
#include "src/base/clock.h"
#include "src/base/log.h"

enum { S_TENANT, S_PEPPER, S_SEAL, S_KEYS, S_SUPERADMIN };

static void	step(struct engine *);

void
sync_tell(struct engine *e, int up, const char *text)
{
	struct msg_db_state m;
	char line[256];

	/* What a database says may be anything. */
	log_escape(line, sizeof(line), text, strlen(text));
	memset(&m, 0, sizeof(m));
	m.up = up != 0;
	m.superadmin = e->sync.superadmin != 0;
	m.text = line;
	e->sync.told = 1;
	if (chan_send(e->parent, IMSG_DB_STATE, 0, &m, -1) == -1)
		log_warn("DB_STATE");
}

void
sync_lost(struct engine *e, const char *why)
{
	int was = e->sync.ready;

	e->sync.ready = 0;
	shm_set(&e->board->db_up, 0);
	if (was)
		sync_tell(e, 0, why);
	else
		snprintf(e->sync.why, sizeof(e->sync.why), "%s", why);
}

/*
 * Tells of a database that was never there, which the store may find before
 * READY has left, and begins anew what failed.
 */
void
sync_tick(struct engine *e)
{
	if (e->sync.ready)
		return;
	if (store_is_up(e->store))
		sync_start(e);
	else if (!e->sync.told && e->sync.why[0] != '\0')
		sync_tell(e, 0, e->sync.why);
}

static void
finish(struct engine *e)
{
	int was = e->sync.ready;

	e->sync.busy = 0;
	if (!store_is_up(e->store))
		return;
	if (e->sync.again) {
		sync_start(e);
		return;
	}
	e->sync.ready = 1;
	shm_set(&e->board->db_up, 1);
	if (!was) {
		sync_tell(e, 1, "database is up");
		tenant_sweep(e);	/* what was left undone */
	}
}

static void
fingerprint_check(struct engine *e, const struct store_result *res, int which)
{
	static const char *const what[] = { "pepper", "seal" };
	const char *theirs;
	char text[256];

	theirs = store_text(res, SQL_SECRETS_SYNC__SECRET, 0, 0);
	if (theirs != NULL && strcmp(theirs, e->fingerprint[which]) == 0)
		return;
	snprintf(text, sizeof(text), "keys/%s is not the one that this "
	    "database was first used with; put that file back, or copy keys/ "
	    "from another node, and start again", what[which]);
	e->fail(e, text);
}

static void
took(struct engine *e, const struct store_result *res)
{
	switch (e->sync.step) {
	case S_PEPPER:
	case S_SEAL:
		fingerprint_check(e, res, e->sync.step - S_PEPPER);
		break;
	case S_KEYS:
		keys_choose(e, res, SQL_KEYS_SYNC__KEYS);
		if (e->sync.key < e->keys.n)
			e->keys.key[e->sync.key].told = 1;
		if (++e->sync.key < e->keys.n)
			return;
		break;
	case S_SUPERADMIN:
		e->sync.superadmin =
		    store_rows(res, SQL_SUPERADMIN_FIND__USER) > 0;
		break;
	}
	e->sync.step++;
}

/* A failure is tried again by the tick, once the store is up. */
static void
on_step(enum store_status status, const struct store_result *res, void *arg)
{
	struct engine *e = arg;

	if (status != STORE_OK) {
		e->sync.busy = 0;
		return;
	}
	took(e, res);
	step(e);
}

static void
step_secret(struct engine *e, const char *kind, int which)
{
	struct sql_secrets_sync p = {
		.now = db_int(clock_now()),
		.kind = db_text(kind),
		.fingerprint = db_text(e->fingerprint[which]),
	};

	store_run(e->store, SQL_SECRETS_SYNC, &p, on_step, e);
}

static void
step_key(struct engine *e)
{
	const struct node_key *k = &e->keys.key[e->sync.key];
	struct sql_keys_sync p = {
		.now = db_int(clock_now()),
		.node = db_text(e->keys.node),
		.kid = db_text(k->kid),
		.alg = db_text(keys_alg_name(k->alg)),
	};

	store_run(e->store, SQL_KEYS_SYNC, &p, on_step, e);
}

static void
step(struct engine *e)
{
	struct sql_tenant_start t = { .now = db_int(clock_now()) };
	struct sql_superadmin_find s;

	memset(&s, 0, sizeof(s));
	/* A key may have gone while we were on our way through the list. */
	if (e->sync.step == S_KEYS && e->sync.key >= e->keys.n)
		e->sync.step++;
	switch (e->sync.step) {
	case S_TENANT:
		store_run(e->store, SQL_TENANT_START, &t, on_step, e);
		break;
	case S_PEPPER:
		step_secret(e, "pepper", 0);
		break;
	case S_SEAL:
		step_secret(e, "seal", 1);
		break;
	case S_KEYS:
		step_key(e);
		break;
	case S_SUPERADMIN:
		store_run(e->store, SQL_SUPERADMIN_FIND, &s, on_step, e);
		break;
	default:
		finish(e);
	}
}

void
sync_start(struct engine *e)
{
	if (e->sync.busy)
		return;
	e->sync.busy = 1;
	e->sync.again = 0;
	e->sync.step = S_TENANT;
	e->sync.key = 0;
	step(e);
}

/* Something was added that the run under way may have passed already. */
void
sync_again(struct engine *e)
{
	if (e->sync.busy)
		e->sync.again = 1;
	else
		sync_start(e);
}
