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
 * PASSWORD_REQUEST: the way back in for who forgot a password. Runs in the
 * engine. It is answered alike and after the same work whether the address is
 * known or not.
 */
#include "config.h"

#include "privsep/engine/link.h"
#include "privsep/engine/outbox.h"
#include "src/base/clock.h"

static void
requested(struct op *op, const struct store_result *res)
{
	(void)res;
	outbox_kick(op->eng);
	op_done(op);
}

static void
request(struct op *op)
{
	struct sql_password_request p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.email_key = db_text(op->email_key),
		.send = db_int(op->send),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.link = db_text(op->link_id),
		.hash = db_text(op->hash),
		.expires = db_int(op->now + LINK_RESET_US),
	};

	op_sql(op, SQL_PASSWORD_REQUEST, &p, requested);
}

static void
request_link(struct op *op)
{
	link_make(op, LINK_RESET, request);
}

void
answer_password_request(struct op *op, const union msg *m)
{
	const struct msg_password_request_req *r = &m->password_request_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (mail_asked(op, r->email))
		mail_budget(op, request_link);
}
