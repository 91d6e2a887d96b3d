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
 * REGISTER: a new account. Runs in the engine; holds the password until it is
 * hashed. Rules, then the hasher, then one SQL operation whose outcome is a
 * row or none (the name is taken). A known address registers like a new one,
 * after the same work; who has verified it gets the mail in place of the link.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/account.h"
#include "privsep/engine/link.h"
#include "privsep/engine/outbox.h"
#include "privsep/engine/tenant.h"
#include "privsep/engine/throttle.h"
#include "src/base/clock.h"

static void
stored(struct op *op, const struct store_result *res)
{
	struct msg_register_res m;

	if (store_rows(res, SQL_REGISTER__OUTCOME) == 0) {
		op_fail(op, store_rows(res, SQL_REGISTER__THERE) > 0 ?
		    ST_USERNAME_TAKEN : ST_NOT_FOUND);
		return;
	}
	if (op->eng->conf.mail)
		outbox_kick(op->eng);
	memset(&m, 0, sizeof(m));
	m.user_id = op->user_id;
	m.pending = tenant_registration(op) == REGISTRATION_VERIFY;
	op_answer(op, IMSG_REGISTER_RES, &m);
}

static void
store(struct op *op)
{
	const struct engine_conf *c = &op->eng->conf;
	struct sql_register p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.user = db_text(op->user_id),
		.username = db_text(op->username),
		.key = db_text(op->key),
		.email = db_text(op->email),
		.email_key = db_text(op->email_key),
		.name = db_text(op->name[0] != '\0' ? op->name : NULL),
		.record = db_text(op->record),
		.status = db_text(tenant_registration(op) ==
		    REGISTRATION_VERIFY ? "pending" : "active"),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.mail = db_int(c->mail),
		.send = db_int(op->send),
		.link = db_text(op->link_id),
		.hash = db_text(op->hash),
		.expires = db_int(op->now + LINK_VERIFY_US),
	};

	op_sql(op, SQL_REGISTER, &p, stored);
}

static void
link_wanted(struct op *op)
{
	link_make(op, LINK_VERIFY, store);
}

static void
hashed(struct op *op, const union msg *m)
{
	if (!account_hashed(op, m))
		return;
	if (op->eng->conf.mail)
		mail_address_budget(op, link_wanted);
	else
		store(op);
}

static void
admitted(struct op *op)
{
	account_hash(op, hashed);
}

void
answer_register(struct op *op, const union msg *m)
{
	const struct msg_register_req *r = &m->register_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!account_check(op, r->username, r->email))
		return;
	if (!name_display_ok(r->name) ||
	    op_copy(op->name, sizeof(op->name), r->name) == -1) {
		op_fail_at(op, ST_INVALID_REQUEST, "name",
		    "is not a name that can be shown");
		return;
	}
	if (!account_password(op, r->password))
		return;
	if (tenant_registration(op) == REGISTRATION_CLOSED) {
		op_fail(op, ST_REGISTRATION_CLOSED);
		return;
	}
	if (tenant_registration(op) == REGISTRATION_VERIFY &&
	    !op->eng->conf.mail) {
		op_fail(op, ST_MAIL_UNAVAILABLE);
		return;
	}
	throttle_take(op, THROTTLE_REGISTER, admitted);
}
