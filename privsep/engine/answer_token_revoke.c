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
 * TOKEN_REVOKE (RFC 7009): a client ends its own token, and with it the grant:
 * the session that it is of, and what was born of that. A client's own token
 * has none; it is remembered until it would have ended. Runs in the engine.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/client_auth.h"
#include "privsep/engine/token_kind.h"

/* Clocks of nodes differ by less: no token outlives its row. */
#define DEAD_KEEP_US	(120 * CLOCK_SEC)

/* That it was unknown is no failure (section 2.2). */
static void
revoked(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_TOKEN_REVOKE__FOREIGN) > 0)
		op_fail(op, ST_INVALID_GRANT);
	else
		op_done(op);
}

static void
authenticated(struct op *op)
{
	struct token_kind *k = op->extra;
	struct sql_token_revoke p;

	if (token_kind(op, op->access, k, NULL) == -1) {
		op_done(op);
		return;
	}
	if (k->hash[0] == '\0' && strcmp(k->client, op->client->id) != 0) {
		op_fail(op, ST_INVALID_GRANT);
		return;
	}
	p = (struct sql_token_revoke){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(op->client->id),
		.sid = db_text(k->sid),
		.jti = db_text(k->machine ? k->jti : ""),
		.until = db_int(k->exp * CLOCK_SEC + DEAD_KEEP_US),
		.hash = db_text(k->hash),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};
	op_sql(op, SQL_TOKEN_REVOKE, &p, revoked);
}

void
answer_token_revoke(struct op *op, const union msg *m)
{
	const struct msg_token_revoke_req *r = &m->token_revoke_req;
	const struct client_proof proof = CLIENT_PROOF(r);

	op_context(op, r->rid, r->ip, r->ua);
	if (op_extra(op, sizeof(struct token_kind)) == NULL)
		return;
	if (*r->token == '\0')
		op_fail_at(op, ST_INVALID_REQUEST, "token", "is missing");
	else if (op_copy(op->access, sizeof(op->access), r->token) == -1)
		op_fail(op, ST_INTERNAL);	/* the wall's caps are less */
	else
		client_auth(op, &proof, authenticated);
}
