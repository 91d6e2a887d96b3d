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
 * REFRESH: rotation of a refresh token. Runs in the engine; holds the
 * successor until the answer left. The vault derives the successor from the
 * token, so a repeat within the grace gets the same one although the database
 * never saw either. Rotation, reuse and grace are one SQL operation.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/op.h"
#include "src/base/b64.h"
#include "src/base/clock.h"

/* Columns of the outcome. */
enum { R_USER, R_ROLE, R_TENANT, R_EPOCH, R_SID, R_AUTH, R_ACR, R_AMR,
    R_SCOPE, R_SESSION_END, R_TOKEN_END };

static void
issued(struct op *op, const union msg *m)
{
	if (!issue_taken(op, m))
		return;
	shm_inc(&op->eng->board->tokens[GRANT_REFRESH]);
	issue_answer(op);
}

static int
take(char *dst, size_t cap, const struct store_result *res, int col)
{
	const char *s = store_text(res, SQL_REFRESH__OUTCOME, 0, col);

	return (s == NULL ? -1 : op_copy(dst, cap, s));
}

static void
rotated(struct op *op, const struct store_result *res)
{
	const int q = SQL_REFRESH__OUTCOME;
	int64_t session_end;

	if (store_rows(res, q) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	if (take(op->user_id, sizeof(op->user_id), res, R_USER) == -1 ||
	    take(op->role, sizeof(op->role), res, R_ROLE) == -1 ||
	    take(op->tenant, sizeof(op->tenant), res, R_TENANT) == -1 ||
	    take(op->sid, sizeof(op->sid), res, R_SID) == -1 ||
	    take(op->acr, sizeof(op->acr), res, R_ACR) == -1 ||
	    take(op->amr, sizeof(op->amr), res, R_AMR) == -1 ||
	    take(op->scope, sizeof(op->scope), res, R_SCOPE) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	issue_custom(op, res, SQL_REFRESH__ROLES);
	op->epoch = store_int(res, q, 0, R_EPOCH);
	op->auth_at = store_int(res, q, 0, R_AUTH);
	op->until = store_int(res, q, 0, R_TOKEN_END);
	session_end = store_int(res, q, 0, R_SESSION_END);
	if (session_end < op->until)
		op->until = session_end;
	issue_ask(op, 0, issued);
}

static void
derived(struct op *op, const union msg *m)
{
	struct engine_conf *c = &op->eng->conf;
	const struct wire_bin *succ = &m->refresh_derive_res.successor;
	struct sql_refresh p;

	if (succ->n != TOKEN_BYTES) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	issue_hash(op->succ_hash, succ->p);
	b64_encode(op->refresh, succ->p, TOKEN_BYTES);
	p = (struct sql_refresh){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.token = db_text(op->hash),
		.succ = db_text(op->succ_hash),
		.client = db_text(ENGINE_CLIENT),
		.grace = db_int(c->grace_s * CLOCK_SEC),
		.idle = db_int(op->now + c->idle_s * CLOCK_SEC),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};
	op_sql(op, SQL_REFRESH, &p, rotated);
}

void
answer_refresh(struct op *op, const union msg *m)
{
	const struct msg_refresh_req *r = &m->refresh_req;
	struct msg_refresh_derive_req *d = &op->ask.refresh_derive_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (b64_decode(op->token, sizeof(op->token), r->token,
	    strlen(r->token)) != TOKEN_BYTES) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	issue_hash(op->hash, op->token);
	memset(d, 0, sizeof(*d));
	d->token.p = op->token;
	d->token.n = TOKEN_BYTES;
	op_ask(op, op->eng->vaults, IMSG_REFRESH_DERIVE_REQ, derived);
}
