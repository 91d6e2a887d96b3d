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
 * EMAIL_VERIFY, EMAIL_RESEND: who is reached at an address. Runs in the
 * engine; holds a link's token until it is hashed. Whoever asks for a mail
 * gets the same answer after the same work, whether the address is known or
 * not: one vault, one SQL operation that writes as many rows.
 */
#include "config.h"

#include "privsep/engine/link.h"
#include "privsep/engine/outbox.h"
#include "src/base/clock.h"

static void
verified(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_EMAIL_VERIFY__OUTCOME) > 0)
		op_done(op);
	else if (store_rows(res, SQL_EMAIL_VERIFY__TAKEN) > 0)
		op_fail(op, ST_EMAIL_TAKEN);
	else
		op_fail_at(op, ST_INVALID_LINK, "token", "");
}

void
answer_email_verify(struct op *op, const union msg *m)
{
	const struct msg_email_verify_req *r = &m->email_verify_req;
	struct sql_email_verify p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!link_take(op, r->token))
		return;
	p = (struct sql_email_verify){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.hash = db_text(op->hash),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};
	op_sql(op, SQL_EMAIL_VERIFY, &p, verified);
}

static void
resent(struct op *op, const struct store_result *res)
{
	(void)res;
	outbox_kick(op->eng);
	op_done(op);
}

static void
resend(struct op *op)
{
	struct sql_email_resend p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.email_key = db_text(op->email_key),
		.send = db_int(op->send),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.link = db_text(op->link_id),
		.hash = db_text(op->hash),
		.expires = db_int(op->now + LINK_VERIFY_US),
	};

	op_sql(op, SQL_EMAIL_RESEND, &p, resent);
}

static void
resend_link(struct op *op)
{
	link_make(op, LINK_VERIFY, resend);
}

void
answer_email_resend(struct op *op, const union msg *m)
{
	const struct msg_email_resend_req *r = &m->email_resend_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (mail_asked(op, r->email))
		mail_budget(op, resend_link);
}
