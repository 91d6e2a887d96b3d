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
 * Back-channel logout; logouts.h. Runs in the engine, called by the outbox's
 * tick; holds the list of logout tokens that are under way. A row stays until
 * the client has taken its token; a lease ends by itself, so that who dies
 * meanwhile costs a second token at worst.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/logouts.h"
#include "privsep/engine/op.h"
#include "privsep/engine/outbox_mail.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define UNDER_WAY	16
#define EACH		4		/* of one client */
#define BATCH		100		/* sessions that ended, at a time */
#define LEASE_US	(90 * CLOCK_SEC)	/* more than a try takes */
#define MAILER_MS	60000
#define FAR_US		(3600 * CLOCK_SEC)	/* more than any back-off */
#define POLL_US		(2 * CLOCK_SEC)	/* other nodes', at the latest */
#define BACKOFF_S	900		/* 1 s, doubling to that */
#define KEEP_US		(86400 * CLOCK_SEC)

enum { L_ID, L_TENANT, L_CLIENT, L_URL, L_SUB, L_SID, L_CREATED, L_TRIES,
    L_ALG };

struct logout {
	TAILQ_ENTRY(logout) entry;
	struct logouts	*lo;
	int64_t		 created_at, tries, due;
	int		 over;		/* 1: delete the row; 2: due again */
	int		 storing;
	uint8_t		 alg;
	char		 id[CAP_ID + 1], tenant[TENANT_CAP];
	char		 client[CAP_CLIENT + 1], url[CAP_URL + 1];
	char		 sub[CAP_ID + 1], sid[CAP_ID + 1];
};

struct logouts {
	struct outbox	*ob;
	TAILQ_HEAD(logout_list, logout) list;
	unsigned	 n;
	int		 leasing, again;
	int64_t		 look_at;	/* monotonic */
};

static void
logout_free(struct logout *l)
{
	TAILQ_REMOVE(&l->lo->list, l, entry);
	l->lo->n--;
	free(l);
}

/* ---- how it ended ---- */

/* The database was away: the tick tries again. */
static void
on_stored(enum store_status status, const struct store_result *res, void *arg)
{
	struct logout *l = arg;

	(void)res;
	l->storing = 0;
	if (status == STORE_UNAVAILABLE)
		return;
	if (l->lo->again)
		l->lo->look_at = 0;
	logout_free(l);
}

static void
logout_store(struct logout *l)
{
	struct engine *e = l->lo->ob->eng;
	struct sql_logouts_done done = { .id = db_text(l->id) };
	struct sql_logouts_retry retry = {
		.self = db_text(l->lo->ob->self),
		.id = db_text(l->id),
		.due = db_int(l->due),
	};

	if (e->tick == NULL)
		return;		/* the process ends */
	l->storing = 1;
	if (l->over == 1)
		store_run(e->store, SQL_LOGOUTS_DONE, &done, on_stored, l);
	else
		store_run(e->store, SQL_LOGOUTS_RETRY, &retry, on_stored, l);
}

static void
logout_over(struct logout *l, const char *why)
{
	if (why != NULL)
		log_warnx("client %s (tenant %s) is not told of the end of "
		    "session %s, after %lld tries: %s", l->client, l->tenant,
		    l->sid, (long long)l->tries, why);
	l->over = 1;
	logout_store(l);
}

static void
logout_retry(struct logout *l, const char *why)
{
	struct logouts *lo = l->lo;
	int64_t s = l->tries < 1 ? 1 : l->tries > 10 ? BACKOFF_S :
	    INT64_C(1) << (l->tries - 1);
	int64_t at;

	if (clock_now() - l->created_at >= KEEP_US) {
		logout_over(l, why);
		return;
	}
	if (s > BACKOFF_S)
		s = BACKOFF_S;
	if (l->tries == 1 || s == BACKOFF_S)
		log_warnx("logout of client %s (tenant %s) waits: %s",
		    l->client, l->tenant, why);
	l->due = clock_now() + s * CLOCK_SEC;
	at = clock_mono() + s * CLOCK_SEC;
	if (at < lo->look_at)
		lo->look_at = at;
	l->over = 2;
	logout_store(l);
}

static void
on_answer(uint16_t type, const union msg *msg, int last, void *arg)
{
	const struct msg_mail_send_res *r;
	struct logout *l = arg;

	(void)last;
	if (msg == NULL || type != IMSG_MAIL_SEND_RES) {
		logout_retry(l, "the mailer did not answer");
		return;
	}
	r = &msg->mail_send_res;
	if (r->result == MAIL_RETRY)
		logout_retry(l, r->reason);
	else
		logout_over(l, r->result == MAIL_SENT ? NULL : r->reason);
}

/* ---- one on its way ---- */

static void
sign_failed(void *arg, enum msg_status st)
{
	(void)st;
	logout_retry(arg, "no vault signed its token");
}

static void
signed_(struct op *op, const union msg *msg)
{
	const struct msg_logout_sign_res *r = &msg->logout_sign_res;
	struct logout *l = op->failed_arg;
	struct msg_logout_send_req q = { .id = l->id, .url = l->url };

	if (r->status != ST_OK || r->jws[0] == '\0') {
		op_fail(op, ST_INTERNAL);
		return;
	}
	q.token = r->jws;
	if (ask(l->lo->ob->asker, IMSG_LOGOUT_SEND_REQ, &q, MAILER_MS,
	    on_answer, l) == -1)
		logout_retry(l, "the mailer cannot be asked");
	op_end(op);
}

/* Its token has the algorithm of the client's ID tokens. */
static void
logout_begin(struct logout *l)
{
	struct engine *e = l->lo->ob->eng;
	struct msg_logout_sign_req *m;
	const char *kid = "";
	struct op *op;

	if (l->alg != ALG_NONE)
		kid = e->keys.alg[l->alg].signing;
	if (*kid == '\0')
		kid = e->keys.signing;
	if (*kid == '\0' || (op = op_own(e, IMSG_LOGOUT_SIGN_REQ,
	    sign_failed, l)) == NULL) {
		logout_retry(l, "there is no key or no memory");
		return;
	}
	m = &op->ask.logout_sign_req;
	memset(m, 0, sizeof(*m));
	m->kid = kid;
	m->client_id = l->client;
	m->sub = l->sub;
	m->sid = l->sid;
	m->tenant = l->tenant;
	op_ask(op, e->vaults, IMSG_LOGOUT_SIGN_REQ, signed_);
}

/* ---- looking ---- */

static struct logout *
logout_find(struct logouts *lo, const char *id)
{
	struct logout *l = NULL;

	TAILQ_FOREACH(l, &lo->list, entry)
		if (strcmp(l->id, id) == 0)
			return (l);
	return (NULL);
}

static void
take_text(char *dst, size_t cap, const struct store_result *res, int row,
    int col)
{
	const char *s = store_text(res, SQL_LOGOUTS_LEASE__LOGOUTS, row, col);

	(void)op_copy(dst, cap, s != NULL ? s : "");
}

static void
logout_take(struct logouts *lo, const struct store_result *res, int row)
{
	const int q = SQL_LOGOUTS_LEASE__LOGOUTS;
	const char *id = store_text(res, q, row, L_ID), *alg;
	struct logout *l;

	if (id == NULL || logout_find(lo, id) != NULL ||
	    (l = calloc(1, sizeof(*l))) == NULL)
		return;
	l->lo = lo;
	TAILQ_INSERT_TAIL(&lo->list, l, entry);
	lo->n++;
	take_text(l->id, sizeof(l->id), res, row, L_ID);
	take_text(l->tenant, sizeof(l->tenant), res, row, L_TENANT);
	take_text(l->client, sizeof(l->client), res, row, L_CLIENT);
	take_text(l->url, sizeof(l->url), res, row, L_URL);
	take_text(l->sub, sizeof(l->sub), res, row, L_SUB);
	take_text(l->sid, sizeof(l->sid), res, row, L_SID);
	l->created_at = store_int(res, q, row, L_CREATED);
	l->tries = store_int(res, q, row, L_TRIES);
	alg = store_text(res, q, row, L_ALG);
	l->alg = alg != NULL ? keys_alg(alg) : ALG_NONE;
	logout_begin(l);
}

static void
on_leased(enum store_status status, const struct store_result *res, void *arg)
{
	struct logouts *lo = arg;
	int64_t mono = clock_mono(), wait = POLL_US;
	int i, n;

	lo->leasing = 0;
	if (status != STORE_OK) {
		lo->look_at = mono + CLOCK_SEC;
		return;
	}
	if (!store_isnull(res, SQL_LOGOUTS_LEASE__NEXT, 0, 0))
		wait = store_int(res, SQL_LOGOUTS_LEASE__NEXT, 0, 0) -
		    clock_now();
	wait = wait < 0 ? 0 : wait > POLL_US ? POLL_US : wait;
	if (lo->again || store_changed(res, SQL_LOGOUTS_LEASE__TOLD) >= BATCH)
		wait = 0;
	lo->again = 0;
	lo->look_at = mono + wait;
	n = store_rows(res, SQL_LOGOUTS_LEASE__LOGOUTS);
	for (i = 0; i < n && lo->n < UNDER_WAY * 2; i++)
		logout_take(lo, res, i);
}

static void
logouts_look(struct logouts *lo)
{
	struct engine *e = lo->ob->eng;
	struct sql_logouts_lease p = {
		.self = db_text(lo->ob->self),
		.now = db_int(clock_now()),
		.until = db_int(clock_now() + LEASE_US),
		.far = db_int(clock_now() + FAR_US),
		.batch = db_int(BATCH),
		.room = db_int(lo->n < UNDER_WAY ? UNDER_WAY - lo->n : 0),
		.each = db_int(EACH),
	};

	lo->again = 1;
	if (lo->leasing || lo->ob->chan == NULL || e->stopping)
		return;
	lo->again = 0;
	lo->leasing = 1;
	store_run(e->store, SQL_LOGOUTS_LEASE, &p, on_leased, lo);
}

void
logouts_tick(struct logouts *lo, int64_t mono)
{
	struct logout *l;

	TAILQ_FOREACH(l, &lo->list, entry)
		if (l->over != 0 && !l->storing)
			logout_store(l);
	if (mono >= lo->look_at)
		logouts_look(lo);
}

/* It is called while the database answers somebody: only noted. */
void
logouts_kick(struct engine *e)
{
	if (e->outbox != NULL && e->outbox->logouts != NULL) {
		e->outbox->logouts->look_at = 0;
		e->outbox->logouts->again |= e->outbox->logouts->leasing;
	}
}

int
logouts_busy(const struct logouts *lo)
{
	return (lo->n > 0 || lo->leasing);
}

struct logouts *
logouts_new(struct outbox *ob)
{
	struct logouts *lo = calloc(1, sizeof(*lo));

	if (lo == NULL)
		return (NULL);
	lo->ob = ob;
	TAILQ_INIT(&lo->list);
	return (lo);
}

void
logouts_free(struct logouts *lo)
{
	struct logout *l;

	if (lo == NULL)
		return;
	while ((l = TAILQ_FIRST(&lo->list)) != NULL)
		logout_free(l);
	free(lo);
}
