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
 * MFA_LOGIN: the second half of a login. Runs in the engine; holds nothing. A
 * try is counted before its code is looked at; the ticket is used up by the
 * SQL that completes the login, so two right answers make one session. It is
 * bound to the account as it was when the password was right.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/cookie.h"
#include "privsep/engine/login.h"
#include "privsep/engine/reauth.h"
#include "src/base/b64.h"
#include "src/base/clock.h"

/* Columns of mfa_find. */
enum { F_ID, F_USERNAME, F_ROLE, F_VERSION, F_EPOCH, F_SEALED, F_STEP };

static int
take(char *dst, size_t cap, const struct store_result *res, int col)
{
	const char *s = store_text(res, SQL_MFA_FIND__USER, 0, col);

	return (s == NULL ? -1 : op_copy(dst, cap, s));
}

static void
found(struct op *op, const struct store_result *res)
{
	const int q = SQL_MFA_FIND__USER;

	if (store_rows(res, q) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	if (take(op->user_id, sizeof(op->user_id), res, F_ID) == -1 ||
	    take(op->role, sizeof(op->role), res, F_ROLE) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	issue_custom(op, res, SQL_MFA_FIND__ROLES);
	op->version = store_int(res, q, 0, F_VERSION);
	op->epoch = store_int(res, q, 0, F_EPOCH);
	if (factor_load(op, store_text(res, q, 0, F_SEALED),
	    store_int(res, q, 0, F_STEP)) == 0)
		factor_check(op, login_issue);
}

void
answer_mfa_login(struct op *op, const union msg *m)
{
	const struct msg_mfa_login_req *r = &m->mfa_login_req;
	struct sql_mfa_find p;

	op_context(op, r->rid, r->ip, r->ua);
	op->act = "login.mfa";
	cookie_login(op, r->browser, r->cookie, r->device);
	if (!factor_take(op, r->otp, r->recovery_code))
		return;
	if (op->factor == FACTOR_NONE) {
		op_fail_at(op, ST_INVALID_REQUEST, "otp", "is missing");
		return;
	}
	if (!limit_login(&op->worker->limit, clock_mono())) {
		op_fail(op, ST_BUSY);
		return;
	}
	if (b64_decode(op->token, sizeof(op->token), r->ticket,
	    strlen(r->ticket)) != TOKEN_BYTES) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	issue_hash(op->hash, op->token);
	p = (struct sql_mfa_find){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.hash = db_text(op->hash),
		.tries = db_int(TICKET_TRIES),
	};
	op_sql(op, SQL_MFA_FIND, &p, found);
}
