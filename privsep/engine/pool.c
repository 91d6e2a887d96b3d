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
 * The hashers and the vaults: channels of one kind, what was asked of each,
 * and the queue in front of them. Runs in the engine; holds no secret of its
 * own (what waits is in its op). Called by op.c and peers.c.
 *
 * A peer that dies takes along only what it held: that is asked of another
 * where asking twice does no harm (the vaults), else it fails. What waits in
 * the queue is not touched.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "privsep/engine/op.h"
#include "privsep/wall/ask.h"
#include "src/base/clock.h"
#include "src/base/log.h"

struct pool_peer {
	TAILQ_ENTRY(pool_peer) entry;
	struct pool	*pool;
	struct chan	*chan;		/* NULL: dying */
	struct asker	*asker;
	uint32_t	 index, generation;
};

struct pool {
	struct engine	*eng;
	enum role	 role;
	unsigned	 inflight;	/* asked of one peer at a time */
	uint32_t	 queue_each;
	int64_t		 deadline;	/* µs */
	int		 retries;
	TAILQ_HEAD(pool_peers, pool_peer) peers;
	unsigned	 npeers, most;	/* most: that there ever were */
	struct op_list	 queue;		/* in order of their deadlines */
	unsigned	 nqueue, nasked;
};

/* What an honest peer answers. */
static const struct {
	uint16_t	req, res;
} answers[] = {
	{ IMSG_TOKEN_ISSUE_REQ,		IMSG_TOKEN_ISSUE_RES },
	{ IMSG_REFRESH_DERIVE_REQ,	IMSG_REFRESH_DERIVE_RES },
	{ IMSG_HEAD_SIGN_REQ,		IMSG_HEAD_SIGN_RES },
	{ IMSG_LOGOUT_SIGN_REQ,		IMSG_LOGOUT_SIGN_RES },
	{ IMSG_LINK_DERIVE_REQ,		IMSG_LINK_DERIVE_RES },
	{ IMSG_PW_HASH_REQ,		IMSG_PW_HASH_RES },
	{ IMSG_PW_VERIFY_REQ,		IMSG_PW_VERIFY_RES },
	{ IMSG_PW_REPLACE_REQ,		IMSG_PW_VERIFY_RES },
	{ IMSG_TOTP_MAKE_REQ,		IMSG_TOTP_MAKE_RES },
	{ IMSG_TOTP_CHECK_REQ,		IMSG_TOTP_CHECK_RES },
	{ IMSG_RECOVERY_MAKE_REQ,	IMSG_RECOVERY_MAKE_RES },
	{ IMSG_LINK_DERIVE_REQ,		IMSG_LINK_DERIVE_RES },
	{ IMSG_HEAD_SIGN_REQ,		IMSG_HEAD_SIGN_RES },
	{ IMSG_PW_IMPORT_REQ,		IMSG_PW_IMPORT_RES },
};

static void	pool_kick(struct pool *);

struct pool *
pool_new(struct engine *e, enum role role, unsigned inflight,
    uint32_t queue_each, uint32_t deadline_ms, int retries)
{
	struct pool *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (NULL);
	p->eng = e;
	p->role = role;
	p->inflight = inflight;
	p->queue_each = queue_each;
	p->deadline = (int64_t)deadline_ms * 1000;
	p->retries = retries;
	TAILQ_INIT(&p->peers);
	TAILQ_INIT(&p->queue);
	return (p);
}

static void
peer_free(struct pool_peer *pp)
{
	struct chan *c = pp->chan;

	pp->chan = NULL;
	TAILQ_REMOVE(&pp->pool->peers, pp, entry);
	pp->pool->npeers--;
	asker_free(pp->asker);		/* fails what it held */
	chan_free(c);
	free(pp);
}

void
pool_free(struct pool *p)
{
	struct pool_peer *pp;

	if (p == NULL)
		return;
	p->retries = 0;
	while ((pp = TAILQ_FIRST(&p->peers)) != NULL)
		peer_free(pp);
	free(p);
}

unsigned
pool_load(const struct pool *p)
{
	return (p->nqueue + p->nasked);
}

/* The least-loaded peer that takes one more. */
static struct pool_peer *
peer_pick(struct pool *p)
{
	struct pool_peer *pp, *best = NULL;
	unsigned n, least = p->inflight;

	for (pp = TAILQ_FIRST(&p->peers); pp != NULL;
	    pp = TAILQ_NEXT(pp, entry)) {
		n = asker_inflight(pp->asker);
		if (n < least) {
			least = n;
			best = pp;
		}
	}
	return (best);
}

int
pool_full(struct pool *p)
{
	unsigned n = p->most > 0 ? p->most : 1;

	return (p->nqueue >= (uint64_t)p->queue_each * n &&
	    peer_pick(p) == NULL);
}

static void
pool_queue(struct pool *p, struct op *op, int front)
{
	op->pool = p;
	op->peer = NULL;
	op->wait = OP_QUEUED;
	if (front)
		TAILQ_INSERT_HEAD(&p->queue, op, queued);
	else
		TAILQ_INSERT_TAIL(&p->queue, op, queued);
	p->nqueue++;
}

void
pool_drop(struct pool *p, struct op *op)
{
	TAILQ_REMOVE(&p->queue, op, queued);
	p->nqueue--;
	op->wait = OP_RUNS;
}

static uint16_t
answer_to(uint16_t req)
{
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].req == req)
			return (answers[i].res);
	return (0);
}

static void
on_answer(uint16_t type, const union msg *m, int last, void *arg)
{
	struct op *op = arg;
	struct pool *p = op->pool;
	struct pool_peer *pp = op->peer;
	int died = pp->chan == NULL;

	(void)last;
	p->nasked--;
	op->peer = NULL;
	if (m != NULL && type != answer_to(op->ask_type)) {
		chan_violation(pp->chan, "answers something else");
		m = NULL;
	}
	if (m == NULL && died && op->ask_tries++ < p->retries &&
	    !op_stale(op) && op->ask_by > clock_mono()) {
		pool_queue(p, op, 1);
		return;
	}
	if (m == NULL)
		op_pool_failed(op);
	else if (op_resume(op))
		op->ask_cb(op, m);
	if (!died)
		pool_kick(p);
}

/* 0: asked, or ended. -1: no peer takes it now. */
static int
pool_send(struct pool *p, struct op *op)
{
	struct pool_peer *pp;
	int64_t left = op->ask_by - clock_mono();

	if ((pp = peer_pick(p)) == NULL)
		return (-1);
	op->pool = p;
	op->peer = pp;
	op->wait = OP_ASKED;
	if (ask(pp->asker, op->ask_type, &op->ask,
	    left > 1000 ? (unsigned)(left / 1000) : 1, on_answer, op) == 0) {
		p->nasked++;
		return (0);
	}
	op->peer = NULL;
	op->wait = OP_RUNS;
	if (errno != EINVAL)
		return (-1);
	/* It will never encode: it must not stand in front of the queue. */
	log_warnx("message %u to a %s does not encode", op->ask_type,
	    role_name(p->role));
	op_fail(op, ST_INTERNAL);
	return (0);
}

static void
pool_kick(struct pool *p)
{
	struct op *op;

	while ((op = TAILQ_FIRST(&p->queue)) != NULL &&
	    peer_pick(p) != NULL) {
		pool_drop(p, op);
		if (pool_send(p, op) == -1) {
			pool_queue(p, op, 1);
			return;
		}
	}
}

int
pool_put(struct pool *p, struct op *op)
{
	op->ask_by = clock_mono() + p->deadline;
	if (p->nqueue == 0 && pool_send(p, op) == 0)
		return (0);
	if (pool_full(p))
		return (-1);
	pool_queue(p, op, 0);
	return (0);
}

void
pool_expire(struct pool *p, int64_t mono)
{
	struct op *op;

	while ((op = TAILQ_FIRST(&p->queue)) != NULL && op->ask_by <= mono) {
		pool_drop(p, op);
		op_pool_failed(op);
	}
}

/* ---- channels ---- */

static void
on_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m, int fd,
    void *arg)
{
	struct pool_peer *pp = arg;

	(void)fd;		/* no row from here carries one */
	if (asker_answer(pp->asker, type, id, m) == -1)
		chan_violation(c, "answers what was not asked");
}

static void
on_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	struct pool_peer *pp = arg;
	struct pool *p = pp->pool;

	(void)c;
	peer_bad(p->eng, p->role, pp->index, pp->generation, end, why);
	peer_free(pp);
	pool_kick(p);
}

static const struct chan_ops peer_ops = { on_msg, on_end };

void
pool_add(struct pool *p, uint32_t index, uint32_t generation, int fd)
{
	struct pool_peer *pp;

	if ((pp = calloc(1, sizeof(*pp))) == NULL)
		fatal("calloc");
	pp->pool = p;
	pp->index = index;
	pp->generation = generation;
	pp->asker = asker_new(p->eng->base, p->inflight);
	pp->chan = chan_new(p->eng->base, fd, ROLE_ENGINE, p->role, 0,
	    &peer_ops, pp);
	if (pp->asker == NULL || pp->chan == NULL)
		fatal("channel to %s %u", role_name(p->role), index);
	chan_set_running(pp->chan);
	asker_set_chan(pp->asker, pp->chan);
	TAILQ_INSERT_TAIL(&p->peers, pp, entry);
	if (++p->npeers > p->most)
		p->most = p->npeers;
	pool_kick(p);
}

void
pool_remove(struct pool *p, uint32_t index, uint32_t generation)
{
	struct pool_peer *pp, *next;

	for (pp = TAILQ_FIRST(&p->peers); pp != NULL; pp = next) {
		next = TAILQ_NEXT(pp, entry);
		if (pp->index == index && pp->generation == generation)
			peer_free(pp);
	}
	pool_kick(p);
}
