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
 * refresh_token (RFC 6749 section 6) of a client: the same rotation as that of
 * /auth/refresh, with the client's authentication in the same operation. Runs
 * in the engine; holds the successor until the answer left.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/grant.h"
#include "privsep/engine/names.h"
#include "src/base/b64.h"

#define NO_SCOPE	"\\"	/* no scope is called so */

static void
rotated(struct op *op, const struct store_result *res)
{
	const int q = SQL_TOKEN_REFRESH__OUTCOME;

	if (!grant_client_known(op, res, SQL_TOKEN_REFRESH__UNTIL,
	    SQL_TOKEN_REFRESH__CLIENT))
		return;
	if (*grant_ask(op)->refresh_token == '\0') {
		op_fail(op, ST_INVALID_REQUEST);
		return;
	}
	if (store_rows(res, q) == 0) {
		op_fail(op, store_rows(res, SQL_TOKEN_REFRESH__WIDE) > 0 ?
		    ST_INVALID_SCOPE : ST_INVALID_GRANT);
		return;
	}
	if (grant_take(op, res, q, SQL_TOKEN_REFRESH__ROLES) &&
	    grant_narrow(op))
		grant_issue(op);
}

/* What is asked for, word by word. Their number; -1: no memory. */
static int
words(struct buf *names, const char *scope)
{
	char checked[AUTHORIZE_SCOPE_CAP];
	size_t n;
	int count = 0;

	if (*scope != '\0' && scope_reduce(checked, scope, scope) == -1)
		scope = NO_SCOPE;
	for (; *scope != '\0'; scope += scope[n] == ' ' ? n + 1 : n) {
		if ((n = strcspn(scope, " ")) >= NAMES_CELL)
			return (0);	/* fits no list: seen afterwards */
		names_add_one(names, scope, n);
		count++;
	}
	return (names->err ? -1 : count);
}

static void
run(struct op *op)
{
	struct buf names = BUF_INIT;
	int count = words(&names, grant_ask(op)->scope);
	struct sql_token_refresh p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		CLIENT_AUTH_PARAMS(op),
		.token = db_text(op->hash),
		.succ = db_text(op->succ_hash),
		.jkt = db_text(op->jkt),
		.grace = db_int(op->eng->conf.grace_s * CLOCK_SEC),
		.names = db_text(count > 0 ? buf_cstr(&names) : ""),
		.count = db_int(count),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};

	if (count == -1)
		op_fail(op, ST_UNAVAILABLE);
	else
		op_sql(op, SQL_TOKEN_REFRESH, &p, rotated);
	buf_free(&names);
}

static void
derived(struct op *op, const union msg *m)
{
	const struct wire_bin *succ = &m->refresh_derive_res.successor;

	if (succ->n != TOKEN_BYTES) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	issue_hash(op->succ_hash, succ->p);
	b64_encode(op->refresh, succ->p, TOKEN_BYTES);
	run(op);
}

void
grant_refresh(struct op *op)
{
	struct msg_refresh_derive_req *d = &op->ask.refresh_derive_req;
	const char *token = grant_ask(op)->refresh_token;

	if (b64_decode(op->token, sizeof(op->token), token,
	    strlen(token)) != TOKEN_BYTES)
		rnd_bytes(op->token, sizeof(op->token));  /* nobody's */
	issue_hash(op->hash, op->token);
	memset(d, 0, sizeof(*d));
	d->token.p = op->token;
	d->token.n = TOKEN_BYTES;
	op_ask(op, op->eng->vaults, IMSG_REFRESH_DERIVE_REQ, derived);
}
