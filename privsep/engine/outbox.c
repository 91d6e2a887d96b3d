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
 * The outbox. Runs in the engine, called by acts after their commit and by the
 * tick; holds the list of mails that are under way (outbox_mail.c). A row stays
 * until the mail server has the mail, and a lease ends by itself: who dies
 * meanwhile costs a second copy at worst, with the same Message-ID.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/engine/logouts.h"
#include "privsep/engine/op.h"
#include "privsep/engine/outbox.h"
#include "privsep/engine/outbox_mail.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define UNDER_WAY	16		/* mails at a time */
#define LEASE_US	(15 * CLOCK_SEC)
#define RENEW_US	(5 * CLOCK_SEC)
#define FAR_US		(3600 * CLOCK_SEC)	/* more than any back-off */
#define POLL_US		CLOCK_SEC	/* other nodes' mail, at the latest */

enum { M_ID, M_TEMPLATE, M_TO, M_USERNAME, M_IP, M_UA, M_CREATED, M_TRIES,
    M_LINK, M_PURPOSE, M_STALE, M_TENANT };

/*
 * The name that leases are taken in. It stays on the board when an engine
 * dies, and the parent starts the next one only then: that one finds what its
 * predecessor had under way to be its own, and need not wait for its end.
 */
static void
name_self(struct outbox *ob, struct shm_engine *b)
{
	uint64_t n[2];

	if (shm_get(&b->outbox[0]) == 0) {
		rnd_bytes(n, sizeof(n));
		shm_set(&b->outbox[1], n[1]);
		shm_set(&b->outbox[0], n[0] | 1);
	}
	snprintf(ob->self, sizeof(ob->self), "%016llx%016llx",
	    (unsigned long long)shm_get(&b->outbox[0]),
	    (unsigned long long)shm_get(&b->outbox[1]));
}

void
outbox_init(struct engine *e)
{
	struct outbox *ob;

	if (!e->conf.mail && !e->conf.backchannel)
		return;
	if ((ob = calloc(1, sizeof(*ob))) == NULL ||
	    (ob->asker = asker_new(e->base, UNDER_WAY * 4)) == NULL ||
	    (e->conf.backchannel && (ob->logouts = logouts_new(ob)) == NULL))
		fatal("memory for the outbox");
	ob->eng = e;
	TAILQ_INIT(&ob->mails);
	name_self(ob, e->board);
	e->outbox = ob;
}

static struct mail *
mail_find(struct outbox *ob, const char *id)
{
	struct mail *m = NULL;

	TAILQ_FOREACH(m, &ob->mails, entry)
		if (strcmp(m->id, id) == 0)
			return (m);
	return (NULL);
}

static void
take_text(char *dst, size_t cap, const struct store_result *res, int row,
    int col)
{
	const char *s = store_text(res, SQL_OUTBOX_LEASE__MAILS, row, col);

	(void)op_copy(dst, cap, s != NULL ? s : "");
}

static void
mail_take(struct outbox *ob, const struct store_result *res, int row)
{
	const int st = SQL_OUTBOX_LEASE__MAILS;
	const char *id = store_text(res, st, row, M_ID);
	struct mail *m;

	if (id == NULL || mail_find(ob, id) != NULL ||
	    (m = calloc(1, sizeof(*m))) == NULL)
		return;
	m->ob = ob;
	TAILQ_INSERT_TAIL(&ob->mails, m, entry);
	ob->nmails++;
	take_text(m->id, sizeof(m->id), res, row, M_ID);
	take_text(m->name, sizeof(m->name), res, row, M_TEMPLATE);
	take_text(m->to, sizeof(m->to), res, row, M_TO);
	take_text(m->username, sizeof(m->username), res, row, M_USERNAME);
	take_text(m->ip, sizeof(m->ip), res, row, M_IP);
	take_text(m->ua, sizeof(m->ua), res, row, M_UA);
	take_text(m->link_id, sizeof(m->link_id), res, row, M_LINK);
	take_text(m->tenant, sizeof(m->tenant), res, row, M_TENANT);
	m->created_at = store_int(res, st, row, M_CREATED);
	m->tries = store_int(res, st, row, M_TRIES);
	m->purpose = (uint8_t)store_int(res, st, row, M_PURPOSE);
	if (store_int(res, st, row, M_STALE))
		mail_drop(m, "its link is used or has expired");
	else
		mail_begin(m);
}

/* ---- looking ---- */

static void
on_leased(enum store_status status, const struct store_result *res, void *arg)
{
	struct outbox *ob = arg;
	int64_t now = clock_now(), mono = clock_mono(), wait = POLL_US;
	int i, n;

	ob->leasing = 0;
	if (status != STORE_OK) {
		ob->look_at = mono + CLOCK_SEC;
		return;
	}
	if (!store_isnull(res, SQL_OUTBOX_LEASE__NEXT, 0, 0))
		wait = store_int(res, SQL_OUTBOX_LEASE__NEXT, 0, 0) - now;
	wait = wait < 0 ? 0 : wait > POLL_US ? POLL_US : wait;
	ob->look_at = mono + wait;
	n = store_rows(res, SQL_OUTBOX_LEASE__MAILS);
	if (n > 0 && ob->nmails == 0)
		ob->renewed_at = mono;
	for (i = 0; i < n && ob->nmails < UNDER_WAY * 2; i++)
		mail_take(ob, res, i);
	if (ob->again)
		outbox_look(ob);
}

/* Not more than there is room for; on_stored() looks again. */
void
outbox_look(struct outbox *ob)
{
	struct engine *e = ob->eng;
	struct sql_outbox_lease p = {
		.self = db_text(ob->self),
		.now = db_int(clock_now()),
		.until = db_int(clock_now() + LEASE_US),
		.far = db_int(clock_now() + FAR_US),
		.batch = db_int(UNDER_WAY - (int64_t)ob->nmails),
	};

	ob->again = 1;
	if (ob->leasing || ob->chan == NULL || !e->sync.ready || e->stopping ||
	    ob->nmails >= UNDER_WAY || !e->conf.mail)
		return;
	ob->again = 0;
	ob->leasing = 1;
	store_run(e->store, SQL_OUTBOX_LEASE, &p, on_leased, ob);
}

void
outbox_kick(struct engine *e)
{
	if (e->outbox != NULL)
		outbox_look(e->outbox);
}

static void
on_renewed(enum store_status status, const struct store_result *res,
    void *arg)
{
	struct outbox *ob = arg;

	(void)status;
	(void)res;
	ob->renewing = 0;
}

static void
renew(struct outbox *ob, int64_t mono)
{
	struct sql_outbox_renew p = {
		.self = db_text(ob->self),
		.until = db_int(clock_now() + LEASE_US),
	};

	ob->renewed_at = mono;
	ob->renewing = 1;
	store_run(ob->eng->store, SQL_OUTBOX_RENEW, &p, on_renewed, ob);
}

void
outbox_tick(struct engine *e, int64_t mono)
{
	struct outbox *ob = e->outbox;
	struct mail *m;

	if (ob == NULL || !e->sync.ready)
		return;
	TAILQ_FOREACH(m, &ob->mails, entry)
		if (m->over != 0 && !m->storing)
			mail_store(m);
	if (ob->nmails > 0 && !ob->renewing &&
	    mono - ob->renewed_at >= RENEW_US)
		renew(ob, mono);
	if (mono >= ob->look_at)
		outbox_look(ob);
	if (ob->logouts != NULL)
		logouts_tick(ob->logouts, mono);
}

int
outbox_busy(const struct engine *e)
{
	const struct outbox *ob = e->outbox;

	return (ob != NULL && (ob->nmails > 0 || ob->leasing ||
	    (ob->logouts != NULL && logouts_busy(ob->logouts))));
}

/* ---- the mailer's channel ---- */

static void
on_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m, int fd,
    void *arg)
{
	struct outbox *ob = arg;

	(void)fd;		/* no row from here carries one */
	if (asker_answer(ob->asker, type, id, m) == -1)
		chan_violation(c, "answers what was not asked");
}

static void
disconnect(struct outbox *ob)
{
	struct chan *c = ob->chan;

	ob->chan = NULL;
	asker_set_chan(ob->asker, NULL);	/* fails what it held */
	chan_free(c);
}

static void
on_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	struct outbox *ob = arg;

	peer_bad(ob->eng, ROLE_MAILER, ob->index, ob->generation, end, why);
	if (ob->chan == c)
		disconnect(ob);
	else
		chan_free(c);
}

static const struct chan_ops mailer_ops = { on_msg, on_end };

void
outbox_peer(struct engine *e, const struct msg_peer_set *m, int fd)
{
	struct outbox *ob = e->outbox;

	if (ob == NULL) {
		close(fd);
		return;
	}
	if (ob->chan != NULL)
		disconnect(ob);
	ob->index = m->index;
	ob->generation = m->generation;
	ob->chan = chan_new(e->base, fd, ROLE_ENGINE, ROLE_MAILER, 0,
	    &mailer_ops, ob);
	if (ob->chan == NULL)
		fatal("channel to the mailer");
	chan_set_running(ob->chan);
	asker_set_chan(ob->asker, ob->chan);
	outbox_look(ob);
}

void
outbox_peer_gone(struct engine *e, const struct msg_peer_gone *m)
{
	struct outbox *ob = e->outbox;

	if (ob != NULL && ob->chan != NULL && ob->index == m->index &&
	    ob->generation == m->generation)
		disconnect(ob);
}

/* At the end of the process, or of a test: nothing calls back any more. */
void
outbox_clear(struct engine *e)
{
	struct outbox *ob = e->outbox;
	struct mail *m;

	if (ob == NULL)
		return;
	asker_free(ob->asker);
	e->outbox = NULL;
	while ((m = TAILQ_FIRST(&ob->mails)) != NULL)
		mail_free(m);
	logouts_free(ob->logouts);
	chan_free(ob->chan);
	free(ob);
}
