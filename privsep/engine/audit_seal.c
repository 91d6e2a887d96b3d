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
 * The sealer; audit_seal.h. Runs in the engine, on its own account: nobody
 * waits for it but an export and the engine's end. A round takes a batch, puts
 * it back with seq and hashes, until there is none left; then comes the
 * signing of heads, when its time has come.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/engine/audit_seal.h"
#include "privsep/engine/op.h"
#include "src/base/log.h"

struct seal_waiter {
	STAILQ_ENTRY(seal_waiter) entry;
	seal_cb		 cb;
	void		*arg;
};

enum { A_ID, A_CREATED, A_ACTION, A_RESULT, A_ACTOR, A_SUBJECT, A_CLIENT, A_IP,
    A_RID, A_DETAIL, A_TENANT, A_SEQ, A_HASH };

static void	take(struct sealer *);
static void	head_due(struct sealer *);

struct sealer *
sealer_new(struct engine *e)
{
	struct sealer *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->eng = e;
	rnd_uuid7(s->node, clock_now());
	STAILQ_INIT(&s->now);
	STAILQ_INIT(&s->later);
	s->next_head = clock_mono() + SEAL_HEAD_US;
	return (s);
}

static void
waiters_tell(struct seal_waiters *list, int tell, int ok)
{
	struct seal_waiter *w;

	while ((w = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, entry);
		if (tell)
			w->cb(ok, w->arg);
		free(w);
	}
}

void
sealer_free(struct sealer *s)
{
	if (s == NULL)
		return;
	waiters_tell(&s->now, 0, 0);
	waiters_tell(&s->later, 0, 0);
	free(s);
}

/* ---- a round ---- */

static void
round_begin(struct sealer *s)
{
	s->busy = 1;
	s->tries = 0;
	s->force = s->end == SEAL_ENDS || !STAILQ_EMPTY(&s->later);
	STAILQ_CONCAT(&s->now, &s->later);
	take(s);
}

static void
round_end(struct sealer *s, int ok)
{
	s->busy = 0;
	s->next = clock_mono() + SEAL_EVERY_US;
	if (s->end == SEAL_ENDS && s->force) {
		s->end = SEAL_ENDED;
		event_active(s->eng->tick, EV_TIMEOUT, 0);
	}
	waiters_tell(&s->now, 1, ok);
	if (!s->busy && (!STAILQ_EMPTY(&s->later) || s->end == SEAL_ENDS))
		round_begin(s);
}

/*
 * A round that was forced lets go of the lease at once, for the node that does
 * it usually.
 */
static int64_t
lease_until(const struct sealer *s, int64_t now)
{
	return (s->force ? now : now + SEAL_LEASE_US);
}

static void
sealed(struct sealer *s)
{
	s->heads = 0;
	if (s->end == SEAL_ENDS)
		s->head_after[0] = '\0';
	if (s->end == SEAL_ENDS || clock_mono() >= s->next_head)
		head_due(s);
	else
		round_end(s, 1);
}

/* No row: somebody else moved the chain, or took the lease. */
static void
on_put(enum store_status status, const struct store_result *res, void *arg)
{
	struct sealer *s = arg;

	if (status != STORE_OK)
		round_end(s, 0);
	else if (store_rows(res, SQL_AUDIT_PUT__OUTCOME) > 0 ||
	    (s->force && ++s->tries < SEAL_TRIES))
		take(s);
	else
		round_end(s, 0);
}

int
seal_entry(struct chain_entry *a, const struct store_result *res, int stmt,
    int row, char at[CLOCK_RFC3339], struct buf *detail)
{
	const char *text = store_text(res, stmt, row, A_DETAIL);

	memset(a, 0, sizeof(*a));
	clock_rfc3339(at, store_int(res, stmt, row, A_CREATED));
	a->created_at = at;
	a->action = store_text(res, stmt, row, A_ACTION);
	a->result = store_text(res, stmt, row, A_RESULT);
	a->actor = store_text(res, stmt, row, A_ACTOR);
	a->subject = store_text(res, stmt, row, A_SUBJECT);
	a->client_id = store_text(res, stmt, row, A_CLIENT);
	a->ip = store_text(res, stmt, row, A_IP);
	a->request_id = store_text(res, stmt, row, A_RID);
	buf_reset(detail);
	if (text == NULL)
		return (0);
	if (chain_detail(detail, text) == -1)
		return (-1);
	return ((a->detail = buf_cstr(detail)) != NULL ? 0 : -1);
}

/* What audit_put is given. */
struct batch {
	char	 ids[SEAL_BATCH * SEAL_ID + 1];
	char	 chain[(SEAL_BATCH + 1) * CHAIN_HASH + 1];
	int64_t	 count;
};

/* One entry behind the others; -1: no memory, or an id that is not ours. */
static int
batch_add(struct batch *b, const struct store_result *res, int row,
    int64_t base, struct buf *detail)
{
	const int q = SQL_AUDIT_TAKE__ENTRIES;
	const char *id = store_text(res, q, row, A_ID);
	char at[CLOCK_RFC3339], prev[CHAIN_HASH + 1], *slot;
	struct chain_entry a;
	size_t n = id != NULL ? strlen(id) : 0;

	if (n == 0 || n > SEAL_ID ||
	    seal_entry(&a, res, q, row, at, detail) == -1)
		return (-1);
	slot = b->chain + b->count * CHAIN_HASH;
	memcpy(prev, slot, CHAIN_HASH);
	prev[CHAIN_HASH] = '\0';
	a.seq = base + b->count + 1;
	a.prev = prev;
	if (chain_hash(&a, slot + CHAIN_HASH) == -1)
		return (-1);
	memset(b->ids + b->count * SEAL_ID, ' ', SEAL_ID);
	memcpy(b->ids + b->count * SEAL_ID, id, n);
	b->count++;
	b->ids[b->count * SEAL_ID] = '\0';
	return (0);
}

static int
batch_fill(struct batch *b, const struct store_result *res, int64_t base,
    const char *prev)
{
	const int q = SQL_AUDIT_TAKE__ENTRIES;
	struct buf detail = BUF_INIT;
	int i, rc = 0;

	b->count = 0;
	if (prev == NULL || strlen(prev) != CHAIN_HASH)
		return (-1);
	memcpy(b->chain, prev, CHAIN_HASH + 1);
	for (i = 0; i < store_rows(res, q) && i < SEAL_BATCH; i++)
		if (batch_add(b, res, i, base, &detail) == -1)
			rc = -1;
	buf_free(&detail);
	return (b->count > 0 ? rc : -1);
}

static void
put(struct sealer *s, const struct batch *b, const char *tenant, int64_t base,
    const char *prev)
{
	char op[UUID_LEN] = "";
	struct sql_audit_put p = {
		.op = db_text(op),
		.node = db_text(s->node),
		.tenant = db_text(tenant),
		.base = db_int(base),
		.prev = db_text(prev),
		.count = db_int(b->count),
		.last = db_text(b->chain + b->count * CHAIN_HASH),
		.ids = db_text(b->ids),
		.chain = db_text(b->chain),
	};

	rnd_uuid7(op, clock_now());
	store_run(s->eng->store, SQL_AUDIT_PUT, &p, on_put, s);
}

static void
on_take(enum store_status status, const struct store_result *res, void *arg)
{
	const int q = SQL_AUDIT_TAKE__ENTRIES;
	struct sealer *s = arg;
	const char *prev;
	struct batch b;
	int64_t base;

	if (status != STORE_OK) {
		round_end(s, 0);
		return;
	}
	if (store_rows(res, q) == 0) {
		sealed(s);
		return;
	}
	base = store_int(res, q, 0, A_SEQ);
	prev = store_text(res, q, 0, A_HASH);
	if (batch_fill(&b, res, base, prev) == -1 && !s->warned++)
		log_warnx("the audit chain of tenant %s, or an entry of it, "
		    "is damaged", store_text(res, q, 0, A_TENANT));
	if (b.count > 0)
		put(s, &b, store_text(res, q, 0, A_TENANT), base, prev);
	else
		round_end(s, 0);
}

static void
take(struct sealer *s)
{
	int64_t now = clock_now();
	struct sql_audit_take p = {
		.now = db_int(now),
		.node = db_text(s->node),
		.until = db_int(lease_until(s, now)),
		.far = db_int(now + SEAL_FAR_US),
		.force = db_int(s->force),
		.limit = db_int(SEAL_BATCH),
	};

	store_run(s->eng->store, SQL_AUDIT_TAKE, &p, on_take, s);
}

/* ---- signed heads ---- */

static void
on_head(int ok, void *arg)
{
	struct sealer *s = arg;

	if (ok && s->end != SEAL_ENDS && ++s->heads >= SEAL_HEADS) {
		/* many tenants: entries are sealed in between */
		s->next_head = clock_mono();
		round_end(s, 1);
	} else if (ok)
		head_due(s);
	else {
		s->next_head = clock_mono() + SEAL_HEAD_US / 12;
		round_end(s, 0);
	}
}

static void
on_due(enum store_status status, const struct store_result *res, void *arg)
{
	const int q = SQL_AUDIT_HEAD_DUE__HEADS;
	struct sealer *s = arg;

	if (status == STORE_OK && store_rows(res, q) > 0 &&
	    op_copy(s->head_after, sizeof(s->head_after),
	    store_text(res, q, 0, 0)) == 0) {
		seal_head(s->eng, s->head_after, store_int(res, q, 0, 1),
		    store_text(res, q, 0, 2), on_head, s);
		return;
	}
	s->head_after[0] = '\0';
	s->next_head = clock_mono() + SEAL_HEAD_US;
	round_end(s, status == STORE_OK);
}

static void
head_due(struct sealer *s)
{
	int64_t now = clock_now();
	struct sql_audit_head_due p = {
		.now = db_int(now),
		.node = db_text(s->node),
		.until = db_int(lease_until(s, now)),
		.far = db_int(now + SEAL_FAR_US),
		.force = db_int(s->force),
		.after = db_text(s->head_after),
	};

	store_run(s->eng->store, SQL_AUDIT_HEAD_DUE, &p, on_due, s);
}

/* ---- from outside ---- */

void
seal_tick(struct engine *e, int64_t mono)
{
	struct sealer *s = e->sealer;

	if (!s->busy && s->end == SEAL_RUNS && e->sync.ready &&
	    mono >= s->next)
		round_begin(s);
}

void
seal_now(struct engine *e, seal_cb cb, void *arg)
{
	struct sealer *s = e->sealer;
	struct seal_waiter *w;

	if ((w = malloc(sizeof(*w))) == NULL)
		fatalx("out of memory");
	w->cb = cb;
	w->arg = arg;
	STAILQ_INSERT_TAIL(&s->later, w, entry);
	if (!s->busy)
		round_begin(s);
}

int
seal_over(struct engine *e, int64_t mono)
{
	struct sealer *s = e->sealer;

	if (s->end == SEAL_RUNS) {
		s->end = SEAL_ENDS;
		s->end_by = mono + SEAL_FINAL_US;
	}
	if (!e->sync.ready || s->end == SEAL_ENDED || mono >= s->end_by)
		return (1);
	if (!s->busy)
		round_begin(s);
	return (0);
}
