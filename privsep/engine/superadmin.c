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
 * The first super admin, on the parent's word. Runs in the engine; holds the
 * password until it is hashed. The database's own index lets only one in: of
 * two that are made at once, one is told that there is one already.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/account.h"
#include "src/base/log.h"

static void
stored(struct op *op, const struct store_result *res)
{
	struct msg_superadmin_create_res m;
	struct engine *e = op->eng;

	if (store_rows(res, SQL_SUPERADMIN_CREATE__OUTCOME) > 0) {
		memset(&m, 0, sizeof(m));
		m.status = ST_OK;
		m.reason = "created";
		op_answer(op, IMSG_SUPERADMIN_CREATE_RES, &m);
	} else if (store_rows(res, SQL_SUPERADMIN_CREATE__HOLDER) > 0)
		op_fail_at(op, ST_FORBIDDEN, "",
		    "there is a super admin already");
	else {
		op_fail_at(op, ST_USERNAME_TAKEN, "",
		    "another account has that username; choose another");
		return;
	}
	e->sync.superadmin = 1;
	sync_tell(e, 1, "there is a super admin");
}

void
superadmin_insert(struct op *op, op_sql_cb cb)
{
	struct sql_superadmin_create p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.user = db_text(op->user_id),
		.username = db_text(op->username),
		.key = db_text(op->key),
		.email = db_text(op->email),
		.email_key = db_text(op->email_key),
		.record = db_text(op->record),
	};

	op_sql(op, SQL_SUPERADMIN_CREATE, &p, cb);
}

static void
hashed(struct op *op, const union msg *m)
{
	if (account_hashed(op, m))
		superadmin_insert(op, stored);
}

void
superadmin_create(struct engine *e, uint64_t id,
    const struct msg_superadmin_create_req *r)
{
	struct op *op;

	op = op_internal(e, id, IMSG_SUPERADMIN_CREATE_REQ);
	if (op == NULL) {
		log_warn("the super admin is not made");
		return;
	}
	if (!account_check(op, r->username, r->email))
		return;
	if (!account_password(op, r->password))
		return;
	account_hash(op, hashed);
}
