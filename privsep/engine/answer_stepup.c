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
 * STEP_UP: the bearer's session, proved anew. Runs in the engine; holds the
 * password until the hasher has seen it. With a factor on, the factor is the
 * proof; without one the password is. The session stays, its time of
 * authentication is fresh, and its refresh token, or its cookie, is a new one.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/cookie.h"
#include "privsep/engine/reauth.h"
#include "src/base/clock.h"

#define C_CLIENT	9	/* column of the session's client */

static void
stepped(struct op *op, const struct store_result *res)
{
	const int q = SQL_STEP_UP__OUTCOME;
	int64_t end;

	if (store_rows(res, q) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	if (op->browser) {
		cookie_answer(op, 0);
		return;
	}
	op->until = store_int(res, q, 0, 0);
	end = store_int(res, q, 0, 1);
	if (op->until > end)
		op->until = end;
	shm_inc(&op->eng->board->tokens[GRANT_PASSWORD]);
	issue_answer(op);
}

static void
commit(struct op *op, int64_t idle)
{
	struct sql_step_up p;

	p = (struct sql_step_up){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.version = db_int(op->version),
		.acr = db_text(op->acr),
		.amr = db_text(op->amr),
		.action = db_text(op->mfa ? "login.mfa" : "login.success"),
		.detail = db_text("{\"step_up\":true}"),
		.token = db_text(op->browser ? NULL : op->succ_hash),
		.idle = db_int(idle),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.cookie = db_text(op->browser ? op->succ_hash : NULL),
		.before = db_text(op->before),
	};
	op_sql(op, SQL_STEP_UP, &p, stepped);
}

static void
issued(struct op *op, const union msg *m)
{
	if (issue_taken(op, m))
		commit(op, op->now + op->eng->conf.idle_s * CLOCK_SEC);
}

/* op->scope is the session's. */
static void
proved(struct op *op)
{
	op->auth_at = op->now;
	factor_amr(op);
	if (op->browser) {
		cookie_make(op);
		commit(op, op->now + COOKIE_IDLE_US);
		return;
	}
	issue_ask(op, 1, issued);
}

/* A client's session is proved anew where it came from: its tokens are made by
 * the token endpoint alone. */
static int
is_client(const struct store_result *res)
{
	const char *client = store_text(res, SQL_REAUTH_FIND__USER, 0,
	    C_CLIENT);

	return (client == NULL || strcmp(client, ENGINE_CLIENT) != 0);
}

static void
found(struct op *op, const struct store_result *res)
{
	if (reauth_load(op, res) == -1)
		return;
	if (is_client(res)) {
		op_fail(op, ST_FORBIDDEN);
		return;
	}
	op->reauth_cb = proved;
	if (op->mfa)
		factor_check(op, proved);
	else if (!op->known)
		op_fail_at(op, ST_INVALID_REQUEST, "password", "is missing");
	else {
		op->no_factor = 1;
		reauth_verify(op);
	}
}

void
answer_step_up(struct op *op, const union msg *m)
{
	const struct msg_step_up_req *r = &m->step_up_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	op->act = "login.mfa";
	op->known = r->password[0] != '\0';
	if (factor_take(op, r->otp, r->recovery_code) &&
	    (!op->known || reauth_take(op, r->password)))
		reauth_find(op, found);
}
