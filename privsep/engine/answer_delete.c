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
 * ME_DELETE: the bearer's account goes, with all that is its own. Runs in the
 * engine; holds the password until a hasher has seen it. Only the audit keeps
 * the account's id, which leads to nobody any more.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/op.h"
#include "privsep/engine/reauth.h"

static void
deleted(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_ME_DELETE__OUTCOME) > 0)
		op_done(op);
	else if (store_rows(res, SQL_ME_DELETE__SUPERADMIN) > 0)
		op_fail(op, ST_SUPERADMIN_PROTECTED);
	else
		op_fail(op, ST_INVALID_TOKEN);
}

static void
delete(struct op *op)
{
	struct sql_me_delete p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.version = db_int(op->version),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};

	op_sql(op, SQL_ME_DELETE, &p, deleted);
}

/* 403 comes before what the route itself has to say. */
static void
found(struct op *op, const struct store_result *res)
{
	if (reauth_load(op, res) == -1)
		return;
	if (strcmp(op->role, "superadmin") == 0)
		op_fail(op, ST_SUPERADMIN_PROTECTED);
	else
		reauth_verify(op);
}

void
answer_me_delete(struct op *op, const union msg *m)
{
	const struct msg_me_delete_req *r = &m->me_delete_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	op->act = "user.delete";
	op->reauth_cb = delete;
	if (factor_take(op, r->otp, r->recovery_code) &&
	    reauth_take(op, r->password))
		reauth_find(op, found);
}
