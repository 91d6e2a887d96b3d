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
 * TOTP_SETUP, TOTP_VERIFY, TOTP_DISABLE: the life of a second factor. Runs in
 * the engine; holds the new secret only until its owner was told. What a vault
 * makes waits sealed in the account for its first right code; that code turns
 * it on, with its recovery codes, in one transaction.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/outbox.h"
#include "privsep/engine/reauth.h"
#include "privsep/engine/throttle.h"
#include "privsep/engine/recovery.h"
#include "src/base/clock.h"

#define PENDING_S	600

/* The aliases' path names a user: only the bearer's own will do. */
static int
own(struct op *op, const char *user_id)
{
	if (*user_id == '\0' || strcmp(user_id, op->user_id) == 0)
		return (1);
	bearer_refuse(op, ST_FORBIDDEN, "", "");
	return (0);
}

/* ---- setup ---- */

static void
pended(struct op *op, const struct store_result *res)
{
	struct msg_totp_res m = {
		.secret = op->made->secret,
		.url = op->made->url,
		.svg = op->made->svg,
		.png = op->made->png,
		.expires_in = PENDING_S,
	};

	if (store_rows(res, SQL_TOTP_PEND__OUTCOME) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else
		op_answer(op, IMSG_TOTP_RES, &m);
}

static int
made_take(struct op *op, const struct msg_totp_make_res *r)
{
	struct op_made *d;

	if (r->status != ST_OK || r->sealed[0] == '\0' ||
	    op_copy(op->sealed, sizeof(op->sealed), r->sealed) == -1) {
		op_fail(op, ST_UNAVAILABLE);
		return (0);
	}
	if ((d = op_made(op)) == NULL)
		return (0);
	(void)op_copy(d->secret, sizeof(d->secret), r->secret);
	(void)op_copy(d->url, sizeof(d->url), r->url);
	(void)op_copy(d->svg, sizeof(d->svg), r->svg);
	(void)op_copy(d->png, sizeof(d->png), r->png);
	return (1);
}

static void
made(struct op *op, const union msg *m)
{
	struct sql_totp_pend p;

	if (!made_take(op, &m->totp_make_res))
		return;
	p = (struct sql_totp_pend){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.version = db_int(op->version),
		.sealed = db_text(op->sealed),
		.until = db_int(op->now + PENDING_S * CLOCK_SEC),
	};
	op_sql(op, SQL_TOTP_PEND, &p, pended);
}

static void
make(struct op *op)
{
	struct msg_totp_make_req *m = &op->ask.totp_make_req;

	if (op->mfa) {
		op_fail(op, ST_MFA_ACTIVE);
		return;
	}
	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->account = op->username;
	m->tenant = op->tenant;
	op_ask(op, op->eng->vaults, IMSG_TOTP_MAKE_REQ, made);
}

void
answer_totp_setup(struct op *op, const union msg *m)
{
	const struct msg_totp_setup_req *r = &m->totp_setup_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take_setup(op, r->bearer) || !own(op, r->user_id))
		return;
	op->act = "mfa.enable";
	reauth_password(op, r->password, make);
}

/* ---- verify ---- */

static void
activated(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_TOTP_ACTIVATE__OUTCOME) == 0) {
		op_fail(op, ST_MFA_NOT_PENDING);
		return;
	}
	outbox_kick(op->eng);
	recovery_answer(op);
}

static void
codes_made(struct op *op, const union msg *m)
{
	struct sql_totp_activate p;

	if (!recovery_taken(op, m))
		return;
	p = (struct sql_totp_activate){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.version = db_int(op->version),
		.sealed = db_text(op->sealed),
		.step = db_int(op->totp_step),
		RECOVERY_PARAMS(op),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.mail = db_int(op->eng->conf.mail),
	};
	op_sql(op, SQL_TOTP_ACTIVATE, &p, activated);
}

static void
checked(struct op *op, const union msg *m)
{
	if (totp_took(op, m))
		recovery_ask(op, codes_made);
}

static void
compare(struct op *op)
{
	totp_ask(op, checked);
}

static void
pending(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_TOTP_PENDING__USER) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	if (store_rows(res, SQL_TOTP_PENDING__PENDING) == 0) {
		op_fail(op, ST_MFA_NOT_PENDING);
		return;
	}
	op->version = store_int(res, SQL_TOTP_PENDING__USER, 0, 0);
	if (factor_load(op, store_text(res, SQL_TOTP_PENDING__USER, 0, 1),
	    0) == 0)
		throttle_take(op, THROTTLE_OTP, compare);
}

void
answer_totp_verify(struct op *op, const union msg *m)
{
	const struct msg_totp_verify_req *r = &m->totp_verify_req;
	struct sql_totp_pending p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take_setup(op, r->bearer) || !own(op, r->user_id))
		return;
	op->act = "mfa.enable";
	if (!factor_take(op, r->otp, ""))
		return;
	p = (struct sql_totp_pending){
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
	};
	op_sql(op, SQL_TOTP_PENDING, &p, pending);
}

/* ---- disable ---- */

static void
disabled(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_TOTP_DISABLE__OUTCOME) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	outbox_kick(op->eng);
	op_done(op);
}

static void
disable(struct op *op)
{
	struct sql_totp_disable p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.version = db_int(op->version),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.mail = db_int(op->eng->conf.mail),
	};

	if (!op->mfa)
		op_fail(op, ST_MFA_NOT_ACTIVE);
	else
		op_sql(op, SQL_TOTP_DISABLE, &p, disabled);
}

/* 403 comes before what the route itself has to say. */
static void
found(struct op *op, const struct store_result *res)
{
	if (reauth_load(op, res) == -1)
		return;
	if (op->mfa_mandatory)
		op_fail(op, ST_MFA_MANDATORY);
	else
		reauth_verify(op);
}

void
answer_totp_disable(struct op *op, const union msg *m)
{
	const struct msg_totp_disable_req *r = &m->totp_disable_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	op->act = "mfa.disable";
	op->reauth_cb = disable;
	if (factor_take(op, r->otp, r->recovery_code) &&
	    reauth_take(op, r->password))
		reauth_find(op, found);
}
