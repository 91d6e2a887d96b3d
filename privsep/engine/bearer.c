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
 * Bearer tokens. Runs in the engine, which trusts no worker's verdict: the
 * signature and the claims are checked again here, and what only the database
 * knows (session, account, epoch) is a condition of each operation's SQL.
 *
 * bearer_check() is the one place where a board of revocations will be asked
 * before the database is.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/op.h"
#include "src/base/clock.h"

/* Copies what the operations need of the claims. 0; -1: not one of ours. */
static int
claims_take(struct op *op, const struct at_claims *at)
{
	if (at->sid == NULL || at->sid[0] == '\0' || at->epoch < 0)
		return (-1);
	op->epoch = at->epoch;
	if (op_copy(op->user_id, sizeof(op->user_id), at->sub) == -1 ||
	    op_copy(op->sid, sizeof(op->sid), at->sid) == -1 ||
	    op_copy(op->tenant, sizeof(op->tenant), at->tenant) == -1)
		return (-1);
	return (0);
}

int
bearer_take(struct op *op, const char *bearer)
{
	struct at_claims at;
	int bad, narrow;

	memset(&at, 0, sizeof(at));
	if (at_verify(op->eng->jwks, bearer, strlen(bearer),
	    op->eng->conf.issuer, op->now / CLOCK_SEC, &at) != AT_OK) {
		at_free(&at);
		op_fail(op, ST_INVALID_TOKEN);
		return (0);
	}
	bad = claims_take(op, &at);
	narrow = !at_has_scope(at.scope, "account");
	at_free(&at);
	if (bad) {
		op_fail(op, ST_INVALID_TOKEN);
		return (0);
	}
	if (narrow) {
		bearer_refuse(op, ST_INSUFFICIENT_SCOPE, "", "");
		return (0);
	}
	return (1);
}

/* The database's half alone, for what needs no operation of its own. */
static void
bearer_check(struct op *op, op_sql_cb cb)
{
	struct sql_bearer_check p = {
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
	};

	op_sql(op, SQL_BEARER_CHECK, &p, cb);
}

static void
refuse_checked(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_BEARER_CHECK__BEARER) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else
		op_fail_at(op, op->refusal, op->refusal_path,
		    op->refusal_reason);
}

void
bearer_refuse(struct op *op, enum msg_status st, const char *path,
    const char *reason)
{
	op->refusal = st;
	op->refusal_path = path;
	op->refusal_reason = reason;
	bearer_check(op, refuse_checked);
}

static void
checked(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_BEARER_CHECK__BEARER) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else
		op_done(op);
}

void
answer_bearer_check(struct op *op, const union msg *m)
{
	if (bearer_take(op, m->bearer_check_req.bearer))
		bearer_check(op, checked);
}
