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
 * One mail on its way. Runs in the engine, begun by outbox.c with a row that it
 * leased; holds the row's values and, until it is sent, the link. The link is
 * derived, the mailer asked; what was sent is deleted, what was not is due
 * again.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/op.h"
#include "privsep/engine/outbox_mail.h"
#include "src/base/b64.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define BACKOFF_S	900		/* 1 s, doubling to that */
#define REFUSALS	5		/* that give a mail up */
#define KEEP_US		(3 * 86400 * CLOCK_SEC)
#define MAILER_MS	180000

void
mail_free(struct mail *m)
{
	TAILQ_REMOVE(&m->ob->mails, m, entry);
	m->ob->nmails--;
	sodium_memzero(m->link, sizeof(m->link));
	free(m);
}

/* ---- how it ended ---- */

/* The database was away: the tick tries again. */
static void
on_stored(enum store_status status, const struct store_result *res, void *arg)
{
	struct mail *m = arg;
	struct outbox *ob = m->ob;

	(void)res;
	m->storing = 0;
	if (status == STORE_UNAVAILABLE)
		return;
	mail_free(m);
	if (ob->again)
		outbox_look(ob);
}

void
mail_store(struct mail *m)
{
	struct sql_outbox_done done = { .id = db_text(m->id) };
	struct sql_outbox_retry retry = {
		.self = db_text(m->ob->self),
		.id = db_text(m->id),
		.due = db_int(m->due),
	};

	if (m->ob->eng->tick == NULL)
		return;		/* the process ends */
	m->storing = 1;
	if (m->over == 1)
		store_run(m->ob->eng->store, SQL_OUTBOX_DONE, &done,
		    on_stored, m);
	else
		store_run(m->ob->eng->store, SQL_OUTBOX_RETRY, &retry,
		    on_stored, m);
}

static void
mail_sent(struct mail *m)
{
	log_debug("mail %s (%s) was sent", m->id, m->name);
	m->over = 1;
	mail_store(m);
}

void
mail_drop(struct mail *m, const char *why)
{
	log_warnx("mail %s (%s) is given up after %lld tries: %s", m->id,
	    m->name, (long long)m->tries, why);
	m->over = 1;
	mail_store(m);
}

static void
mail_retry(struct mail *m, const char *why)
{
	struct outbox *ob = m->ob;
	int64_t s = m->tries < 1 ? 1 : m->tries > 10 ? BACKOFF_S :
	    INT64_C(1) << (m->tries - 1);
	int64_t at;

	if (clock_now() - m->created_at >= KEEP_US) {
		mail_drop(m, why);
		return;
	}
	if (s > BACKOFF_S)
		s = BACKOFF_S;
	if (m->tries == 1 || s == BACKOFF_S)
		log_warnx("mail %s (%s) waits: %s", m->id, m->name, why);
	m->due = clock_now() + s * CLOCK_SEC;
	at = clock_mono() + s * CLOCK_SEC;
	if (at < ob->look_at)
		ob->look_at = at;
	m->over = 2;
	mail_store(m);
}

static void
on_answer(uint16_t type, const union msg *msg, int last, void *arg)
{
	const struct msg_mail_send_res *r;
	struct mail *m = arg;

	(void)last;
	if (msg == NULL || type != IMSG_MAIL_SEND_RES) {
		mail_retry(m, "the mailer did not answer");
		return;
	}
	r = &msg->mail_send_res;
	if (r->result == MAIL_SENT)
		mail_sent(m);
	else if (r->result == MAIL_REFUSED && m->tries >= REFUSALS)
		mail_drop(m, r->reason);
	else
		mail_retry(m, r->reason);
}

/* ---- a mail on its way ---- */

static void
mail_send(struct mail *m)
{
	struct msg_mail_send_req q = {
		.id = m->id, .name = m->name, .to = m->to,
		.username = m->username, .link = m->link, .ip = m->ip,
		.user_agent = m->ua, .time = m->created_at,
	};

	if (ask(m->ob->asker, IMSG_MAIL_SEND_REQ, &q, MAILER_MS, on_answer,
	    m) == -1)
		mail_retry(m, "the mailer cannot be asked");
}

static void
link_failed(void *arg, enum msg_status st)
{
	(void)st;
	mail_retry(arg, "no vault derived its link");
}

static void
link_derived(struct op *op, const union msg *msg)
{
	const struct msg_link_derive_res *r = &msg->link_derive_res;
	struct mail *m = op->failed_arg;
	char token[TOKEN_TEXT], issuer[CAP_URL + 1 + TENANT_ISSUER];

	if (r->status != ST_OK || r->token.n != TOKEN_BYTES) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	op_end(op);
	b64_encode(token, r->token.p, r->token.n);
	if (tenant_issuer(issuer, sizeof(issuer), m->ob->eng->conf.issuer,
	    m->tenant) == -1)
		issuer[0] = '\0';
	snprintf(m->link, sizeof(m->link), "%.950s/%s?token=%s", issuer,
	    m->purpose == LINK_VERIFY ? "verify-email" : "reset-password",
	    token);
	sodium_memzero(token, sizeof(token));
	mail_send(m);
}

void
mail_begin(struct mail *m)
{
	struct engine *e = m->ob->eng;
	struct op *op;

	if (m->purpose == 0) {
		(void)tenant_issuer(m->link, sizeof(m->link), e->conf.issuer,
		    m->tenant);
		mail_send(m);
		return;
	}
	if ((op = op_own(e, IMSG_LINK_DERIVE_REQ, link_failed, m)) == NULL) {
		mail_retry(m, "no memory");
		return;
	}
	memset(&op->ask.link_derive_req, 0, sizeof(op->ask.link_derive_req));
	op->ask.link_derive_req.purpose = m->purpose;
	op->ask.link_derive_req.id = m->link_id;
	op_ask(op, e->vaults, IMSG_LINK_DERIVE_REQ, link_derived);
}
