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
 * DEVICE_CODE, DEVICE_GET, DEVICE_DECIDE (RFC 8628). Runs in the engine; holds
 * a new device code until its answer left. A user code is short: each that is
 * typed is charged to the account and the source, and given back when a device
 * waits for it.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/authorize.h"
#include "privsep/engine/client_auth.h"
#include "privsep/engine/cookie.h"
#include "privsep/engine/throttle.h"
#include "src/base/b64.h"
#include "src/base/buf.h"
#include "src/rules/authorize.h"
#include "src/rules/client.h"
#include "src/rules/usercode.h"

#define LIFETIME_S	600
#define INTERVAL_S	5
#define TRIES		5

/* ---- a device asks ---- */

static void	make(struct op *);

static void
made(struct op *op, const struct store_result *res)
{
	char shown[USER_CODE_SHOWN];
	struct msg_device_code_res m = {
		.device_code = op->refresh, .user_code = shown,
		.expires_in = LIFETIME_S, .interval = INTERVAL_S,
	};

	if (store_rows(res, SQL_DEVICE_MAKE__OUTCOME) > 0) {
		user_code_show(shown, op->key);
		op_answer(op, IMSG_DEVICE_CODE_RES, &m);
	} else if (++op->again < TRIES)
		make(op);
	else
		op_fail(op, ST_BUSY);
}

static void
make(struct op *op)
{
	uint8_t rnd[32];
	struct sql_device_make p;

	do
		rnd_bytes(rnd, sizeof(rnd));
	while (user_code_make(op->key, rnd, sizeof(rnd)) == -1);
	p = (struct sql_device_make){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(op->client->id),
		.device = db_text(op->succ_hash),
		.code = db_text(op->key),
		.scope = db_text(op->scope),
		.interval = db_int(INTERVAL_S),
		.expires = db_int(op->now + LIFETIME_S * CLOCK_SEC),
	};
	op_sql(op, SQL_DEVICE_MAKE, &p, made);
}

/* No scope asked for: all of the client's, but never what reaches accounts. */
static int
scope_take(struct op *op)
{
	char all[AUTHORIZE_SCOPE_CAP], *word, *rest = all;

	(void)op_copy(all, sizeof(all), op->scope);
	if (all[0] != '\0')
		return (scope_reduce(op->scope, all, op->client->scope));
	(void)op_copy(all, sizeof(all), op->client->scope);
	while ((word = strsep(&rest, " ")) != NULL)
		if (!client_is_sensitive(word))
			(void)issue_add(op->scope, sizeof(op->scope), word);
	return (0);
}

static void
authenticated(struct op *op)
{
	if (!client_may(op, CLIENT_GRANT_DEVICE))
		op_fail(op, ST_UNAUTHORIZED_CLIENT);
	else if (scope_take(op) == -1 || op->scope[0] == '\0')
		op_fail(op, ST_INVALID_SCOPE);
	else if (client_admit(op)) {
		rnd_bytes(op->token, sizeof(op->token));
		b64_encode(op->refresh, op->token, sizeof(op->token));
		issue_hash(op->succ_hash, op->token);
		make(op);
	}
}

void
answer_device_code(struct op *op, const union msg *m)
{
	const struct msg_device_code_req *r = &m->device_code_req;
	const struct client_proof by = CLIENT_PROOF(r);

	op_context(op, r->rid, r->ip, r->ua);
	(void)op_copy(op->scope, sizeof(op->scope), r->scope);
	client_auth(op, &by, authenticated);
}

/* ---- its user answers ---- */

enum { D_CLIENT, D_NAME, D_SCOPE };

static void
described(struct op *op, const struct store_result *res)
{
	struct buf lines = BUF_INIT;
	struct msg_consent_res m = { .client_id = op->target,
	    .client_name = op->name, .redirect_uri = "",
	    .username = op->username };

	consent_scopes(&lines, op->scope, res);
	if ((m.scopes = buf_cstr(&lines)) == NULL)
		op_fail(op, ST_UNAVAILABLE);
	else
		op_answer(op, IMSG_CONSENT_RES, &m);
	buf_free(&lines);
}

static int
keep(char *dst, size_t cap, const struct store_result *res, int q, int col)
{
	const char *s = store_text(res, q, 0, col);

	return (s == NULL ? -1 : op_copy(dst, cap, s));
}

static void
show(struct op *op, const struct store_result *res)
{
	const int q = SQL_DEVICE_GET__DEVICE;

	if ((keep(op->target, sizeof(op->target), res, q, D_CLIENT) |
	    keep(op->name, sizeof(op->name), res, q, D_NAME) |
	    keep(op->scope, sizeof(op->scope), res, q, D_SCOPE) |
	    keep(op->username, sizeof(op->username), res,
	    SQL_DEVICE_GET__ANSWERER, 0)) != 0)
		op_fail(op, ST_INTERNAL);
	else
		consent_describe(op, op->scope, described);
}

static void
decided(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_DEVICE_DECIDE__OUTCOME) == 0)
		op_fail(op, ST_NOT_FOUND);	/* another was quicker */
	else
		op_done(op);
}

static void
decide(struct op *op, const struct store_result *res)
{
	const int g = SQL_DEVICE_GET__GRANTED;
	const char *scope = store_text(res, SQL_DEVICE_GET__DEVICE, 0,
	    D_SCOPE);
	char granted[AUTHORIZE_SCOPE_CAP];
	struct buf detail = BUF_INIT;
	struct sql_device_decide p;

	/* what does not fit together any more is asked again */
	if (scope_join(granted,
	    store_rows(res, g) > 0 ? store_text(res, g, 0, 0) : "",
	    scope) == -1)
		(void)op_copy(granted, sizeof(granted), scope);
	buf_adds(&detail, "{\"by\":\"device\",\"scope\":");
	buf_add_json(&detail, scope);
	buf_addc(&detail, '}');
	p = (struct sql_device_decide){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.code = db_text(op->key),
		.allow = db_int(op->send),
		.granted = db_text(granted),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.detail = db_text(buf_cstr(&detail)),
	};
	if (detail.err)
		op_fail(op, ST_UNAVAILABLE);
	else
		op_sql(op, SQL_DEVICE_DECIDE, &p, decided);
	buf_free(&detail);
}

static void
found(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_DEVICE_GET__ANSWERER) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else if (store_rows(res, SQL_DEVICE_GET__DEVICE) == 0)
		op_fail(op, ST_NOT_FOUND);	/* and keeps its charge */
	else {
		throttle_give(op, THROTTLE_USER_CODE);
		if (op->type == IMSG_DEVICE_GET_REQ)
			show(op, res);
		else
			decide(op, res);
	}
}

static void
charged(struct op *op)
{
	struct sql_device_get p = {
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.code = db_text(op->key),
	};

	op_sql(op, SQL_DEVICE_GET, &p, found);
}

/* The session was looked up by cookie_enter(). */
static void
take(struct op *op, const char *user_code)
{
	if (!op->browser) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	(void)op_copy(op->tenant, sizeof(op->tenant), op->realm);
	if (!bearer_take(op, ""))
		return;
	if (user_code_take(op->key, user_code) == -1)
		op_fail(op, ST_NOT_FOUND);
	else
		throttle_take(op, THROTTLE_USER_CODE, charged);
}

void
answer_device_get(struct op *op, const union msg *m)
{
	const struct msg_device_get_req *r = &m->device_get_req;

	op_context(op, r->rid, r->ip, r->ua);
	take(op, r->user_code);
}

void
answer_device_decide(struct op *op, const union msg *m)
{
	const struct msg_device_decide_req *r = &m->device_decide_req;

	op_context(op, r->rid, r->ip, r->ua);
	op->send = r->allow;
	take(op, r->user_code);
}
