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
 * What keys need with time. Runs in the engine: each second a look at what
 * other nodes changed, each ten seconds a sign of life, and on the node that
 * leads: keys made ahead, and the rotation that is due. Holds no key.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/engine/admin_key.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define POLL_US		CLOCK_SEC
#define BEAT_US		(10 * CLOCK_SEC)
#define ALIVE_US	(30 * CLOCK_SEC)
#define LOST_US		(3600 * CLOCK_SEC)
#define FORGET_US	(7 * 24 * 3600 * CLOCK_SEC)
/* A start is no time to make keys, and a next key that another node is about
 * to show is not missing. */
#define MISSING_US	(3 * CLOCK_SEC)
#define WANT_US		(3 * CLOCK_SEC)	/* a vault may be at it */
#define BLOCKED_US	(3600 * CLOCK_SEC)
/* The longest that any token lives, and what clocks may differ. */
#define TOKENS_US	((86400 + 60) * CLOCK_SEC)
/* max-age of the JWK Set, and a margin: whoever caches it knows the key. */
#define PUBLISHED_US	((300 + 60) * CLOCK_SEC)

void
keys_node(struct engine *e, const char *state)
{
	char host[64] = "", line[192];

	(void)gethostname(host, sizeof(host) - 1);
	log_escape(line, sizeof(line), state, strlen(state));
	snprintf(e->keys.node, sizeof(e->keys.node), "%s:%s", host, line);
}

int64_t
keys_alive(int64_t now)
{
	return (now - ALIVE_US);
}

int64_t
keys_retire_at(int64_t now)
{
	return (now + TOKENS_US);
}

/* ---- keys made ahead ---- */

/* How many keys an algorithm lacks, for long enough to do something. */
static uint8_t
lacks(const struct engine *e, struct alg_keys *a, int64_t mono)
{
	uint8_t n = (uint8_t)(!a->has_active + !a->has_next);

	if (n == 0)
		a->missing = 0;
	else if (a->missing == 0)
		a->missing = mono;
	/* one that there is nowhere is no other node's to show */
	if (e->keys.eager || e->keys.signing[0] == '\0' || n == 2 ||
	    mono - a->missing >= MISSING_US)
		return (n);
	return (0);
}

static void
want(struct engine *e, int64_t mono)
{
	struct node_keys *k = &e->keys;
	struct msg_key_want m;

	m.es256 = lacks(e, &k->alg[ALG_ES256], mono);
	m.eddsa = lacks(e, &k->alg[ALG_EDDSA], mono);
	m.rs256 = lacks(e, &k->alg[ALG_RS256], mono);
	if (m.es256 + m.eddsa + m.rs256 == 0) {
		k->next_want = 0;
		k->eager = 0;
		return;
	}
	if (!k->leader || mono < k->next_want)
		return;
	k->next_want = mono + WANT_US;
	if (chan_send(e->parent, IMSG_KEY_WANT, 0, &m, -1) == -1)
		log_warn("KEY_WANT");
}

/* ---- rotation that is due ---- */

static void
rotated(struct op *op, const struct store_result *res)
{
	struct engine *e = op->eng;
	struct rotated r;

	e->keys.rotating = 0;
	if (key_rotated(op, res, &r))
		log_info("%s: key %s is active now, %s is retiring",
		    keys_alg_name(r.alg), r.kid, r.retiring);
	else {
		log_warnx("%s: rotation of keys is due and waits: %s",
		    keys_alg_name(r.alg), r.why);
		e->keys.next_rotate = clock_mono() + BLOCKED_US;
	}
	op_end(op);
}

static void
rotate_failed(void *arg, enum msg_status st)
{
	struct engine *e = arg;

	(void)st;
	e->keys.rotating = 0;
	e->keys.next_rotate = clock_mono() + WANT_US;
}

static int
is_due(const struct engine *e, const struct alg_keys *a, int64_t now)
{
	return (a->has_active && a->has_next &&
	    now - a->active_at >= e->conf.rotate_s * CLOCK_SEC &&
	    now - a->next_at >= PUBLISHED_US);
}

static void
schedule(struct engine *e, int64_t mono)
{
	struct node_keys *k = &e->keys;
	int64_t now = clock_now();
	struct op *op;
	uint8_t a;

	if (!k->leader || k->rotating || mono < k->next_rotate ||
	    e->conf.rotate_s == 0)
		return;
	for (a = ALG_ES256; a <= ALG_RS256; a++)
		if (is_due(e, &k->alg[a], now))
			break;
	if (a > ALG_RS256 ||
	    (op = op_own(e, 0, rotate_failed, e)) == NULL)
		return;
	k->rotating = 1;
	op->operator = 1;	/* nobody's bearer */
	key_rotate(op, a, now - PUBLISHED_US, "{\"by\":\"schedule\"}",
	    rotated);
}

/* ---- the tick ---- */

static void
polled(enum store_status status, const struct store_result *res, void *arg)
{
	struct engine *e = arg;
	struct node_keys *k = &e->keys;
	int64_t mono = clock_mono();
	const char *leader;

	k->polling = 0;
	if (status != STORE_OK || !e->sync.ready || e->stopping)
		return;
	keys_choose(e, res, SQL_KEYS_POLL__KEYS);
	keys_sweep(e, res, SQL_KEYS_POLL__KEYS);
	leader = store_text(res, SQL_KEYS_POLL__LEADER, 0, 0);
	k->leader = leader != NULL && strcmp(leader, k->node) == 0;
	if (store_int(res, SQL_KEYS_POLL__NODES, 0, 0) <= 1)
		shm_set(&e->board->alone_at, mono);
	want(e, mono);
	schedule(e, mono);
}

void
keys_poll(struct engine *e)
{
	struct sql_keys_poll p = {
		.alive = db_int(keys_alive(clock_now())),
	};

	if (e->keys.polling) {
		e->keys.next_poll = 0;	/* once more, after that one */
		return;
	}
	e->keys.polling = 1;
	e->keys.next_poll = clock_mono() + POLL_US;
	store_run(e->store, SQL_KEYS_POLL, &p, polled, e);
}

static void
beaten(enum store_status status, const struct store_result *res, void *arg)
{
	struct engine *e = arg;

	(void)res;
	e->keys.beating = 0;
	if (status != STORE_OK)
		e->keys.next_beat = 0;
}

static void
beat(struct engine *e, int64_t mono)
{
	int64_t now = clock_now();
	struct sql_keys_beat p = {
		.now = db_int(now),
		.node = db_text(e->keys.node),
		.signing = db_text(e->keys.signing),
		.until = db_int(keys_retire_at(now)),
		.lost = db_int(now - LOST_US),
		.forget = db_int(now - FORGET_US),
	};

	e->keys.beating = 1;
	e->keys.next_beat = mono + BEAT_US;
	store_run(e->store, SQL_KEYS_BEAT, &p, beaten, e);
}

void
keys_tick(struct engine *e, int64_t mono)
{
	if (!e->sync.ready || e->stopping)
		return;
	if (!e->keys.polling && mono >= e->keys.next_poll)
		keys_poll(e);
	if (!e->keys.beating && mono >= e->keys.next_beat)
		beat(e, mono);
}
