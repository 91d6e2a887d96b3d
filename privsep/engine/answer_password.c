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
 * PASSWORD_CHANGE. Runs in the engine; holds both passwords until the hasher
 * has seen them. The old one is verified and the new one hashed in one turn;
 * the SQL that stores it has the version that the old one was checked against
 * among its conditions, and ends the account's other sessions.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/outbox.h"
#include "privsep/engine/tenant.h"
#include "privsep/engine/throttle.h"
#include "src/base/clock.h"

/* Columns of password_find. */
enum { P_ID, P_USERNAME, P_EMAIL, P_RECORD, P_VERSION };

static void
refused(struct op *op, const struct store_result *res)
{
	(void)res;
	op_fail(op, ST_INVALID_CREDENTIALS);
}

static void
refuse(struct op *op)
{
	limit_failed(&op->worker->limit, clock_mono());
	audit_failure(op, "password.change", op->user_id, op->user_id,
	    refused);
}

static void
changed(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_PASSWORD_CHANGE__OUTCOME) == 0) {
		refuse(op);
		return;
	}
	if (op->eng->conf.mail)
		outbox_kick(op->eng);
	op_done(op);
}

static void
replaced(struct op *op, const union msg *m)
{
	const struct msg_pw_verify_res *r = &m->pw_verify_res;
	struct sql_password_change p;

	op_wipe(op);
	if (r->status != ST_OK) {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	if (!r->match) {
		refuse(op);
		return;
	}
	throttle_right(op);
	if (r->record[0] == '\0') {
		op_fail(op, ST_INTERNAL);
		return;
	}
	p = (struct sql_password_change){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.version = db_int(op->version),
		.record = db_text(r->record),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.mail = db_int(op->eng->conf.mail),
	};
	op_sql(op, SQL_PASSWORD_CHANGE, &p, changed);
}

static const char *
column(const struct store_result *res, int col)
{
	const char *s = store_text(res, SQL_PASSWORD_FIND__USER, 0, col);

	return (s != NULL ? s : "");
}

static void
replace(struct op *op)
{
	struct msg_pw_replace_req *m = &op->ask.pw_replace_req;

	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->record = op->record;
	m->old = op->secret->old;
	m->password = op->secret->password;
	op_ask(op, op->eng->hashers, IMSG_PW_REPLACE_REQ, replaced);
}

static void
found(struct op *op, const struct store_result *res)
{
	const char *weak;

	if (store_rows(res, SQL_PASSWORD_FIND__USER) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	weak = password_check(op->secret->password,
	    tenant_password_min(op), column(res, P_USERNAME),
	    column(res, P_EMAIL));
	if (weak == NULL &&
	    strcmp(op->secret->password, op->secret->old) == 0)
		weak = "same";
	if (weak != NULL) {
		op_fail_at(op, ST_WEAK_PASSWORD, "", weak);
		return;
	}
	if (op_copy(op->record, sizeof(op->record),
	    column(res, P_RECORD)) == -1 ||
	    op_copy(op->username, sizeof(op->username),
	    column(res, P_USERNAME)) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	op->version = store_int(res, SQL_PASSWORD_FIND__USER, 0, P_VERSION);
	throttle_password(op, replace);
}

static void
find(struct op *op)
{
	struct sql_password_find p = {
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
	};

	op_sql(op, SQL_PASSWORD_FIND, &p, found);
}

void
answer_password_change(struct op *op, const union msg *m)
{
	const struct msg_password_change_req *r = &m->password_change_req;
	struct op_secret *s;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	if (!limit_login(&op->worker->limit, clock_mono()) ||
	    pool_full(op->eng->hashers)) {
		op_fail(op, ST_BUSY);
		return;
	}
	if ((s = op_secret(op)) == NULL)
		return;
	if (password_normalize(r->new, s->password) == -1) {
		bearer_refuse(op, ST_WEAK_PASSWORD, "", "too_long");
		return;
	}
	/* One that cannot be normalised is no one's: it will not match. */
	if (password_normalize(r->old, s->old) == -1)
		s->old[0] = '\0';
	find(op);
}
