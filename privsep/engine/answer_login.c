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
 * LOGIN. Runs in the engine; holds the password until the hasher has seen it.
 * An unknown name, a wrong password, a disabled and a suspended account take
 * the same way: one charge with the look-up in it (throttle.h), one hash (of a
 * dummy record where there is none to compare), one audit row. What was true
 * before the hash is a condition of the SQL that completes the login. An
 * account with a second factor gets a ticket for its right password, unless the
 * factor came along.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/cookie.h"
#include "privsep/engine/device.h"
#include "privsep/engine/login.h"
#include "privsep/engine/outbox.h"
#include "privsep/engine/reauth.h"
#include "privsep/engine/throttle.h"
#include "src/base/b64.h"
#include "src/base/clock.h"

static void
refused(struct op *op, const struct store_result *res)
{
	(void)res;
	op_fail(op, op->refusal);
}

void
login_refuse(struct op *op, enum msg_status st)
{
	limit_failed(&op->worker->limit, clock_mono());
	shm_inc(&op->eng->board->logins[LOGIN_FAILURE]);
	throttle_count(op->eng, 1);
	op->refusal = st;
	audit_failure(op, "login.failure", NULL,
	    op->user_id[0] != '\0' ? op->user_id : NULL, refused);
}

static void
refuse(struct op *op)
{
	login_refuse(op, op->type == IMSG_LOGIN_REQ ? ST_INVALID_CREDENTIALS :
	    ST_INVALID_TOKEN);
}

static void
committed(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_LOGIN_COMMIT__OUTCOME) == 0) {
		refuse(op);
		return;
	}
	shm_inc(&op->eng->board->logins[LOGIN_SUCCESS]);
	throttle_count(op->eng, 0);
	throttle_right(op);
	if (store_changed(res, SQL_LOGIN_COMMIT__NOTICE) > 0)
		outbox_kick(op->eng);
	if (op->browser) {
		cookie_answer(op, store_int(res,
		    SQL_LOGIN_COMMIT__OUTCOME, 0, 1) != 0);
		return;
	}
	shm_inc(&op->eng->board->tokens[GRANT_PASSWORD]);
	issue_answer(op);
}

/* What leaves is made: op->succ_hash is a refresh token's, or a cookie's. */
static void
commit(struct op *op, int64_t idle, int64_t end)
{
	struct engine_conf *c = &op->eng->conf;
	struct sql_login_commit p;
	char device[TOKEN_TEXT], fresh[TOKEN_TEXT];

	device_digest(device, op->ip, op->ua);
	if (op->browser)
		cookie_make_device(op, fresh);
	op->until = idle < end ? idle : end;
	p = (struct sql_login_commit){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.version = db_int(op->version),
		.epoch = db_int(op->epoch),
		.record = db_text(op->record[0] != '\0' ? op->record : NULL),
		.sid = db_text(op->sid),
		.client = db_text(ENGINE_CLIENT),
		.scope = db_text(op->scope),
		.acr = db_text(op->acr),
		.amr = db_text(op->amr),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.token = db_text(op->browser ? NULL : op->succ_hash),
		.idle = db_int(idle),
		.expires = db_int(end),
		.mfa = db_int(op->mfa),
		.ticket = db_text(op->hash[0] != '\0' ? op->hash : NULL),
		.device = db_text(device),
		.fresh = db_int(op->now - DEVICE_FRESH_US),
		.mail = db_int(c->mail),
		.source = db_text(throttle_known(op)),
		.lax = db_int(!c->mfa_admins),
		.cookie = db_text(op->browser ? op->succ_hash : NULL),
		.before = db_text(op->before[0] != '\0' ? op->before : NULL),
		.browser = db_text(op->device[0] != '\0' ? op->device : NULL),
		.fresh_browser = db_text(op->browser ? fresh : NULL),
		.known_until = db_int(op->now + DEVICE_KNOWN_US),
		.known_most = db_int(DEVICE_KNOWN),
	};
	op_sql(op, SQL_LOGIN_COMMIT, &p, committed);
}

static void
issued(struct op *op, const union msg *m)
{
	const struct engine_conf *c = &op->eng->conf;

	if (issue_taken(op, m))
		commit(op, op->now + c->idle_s * CLOCK_SEC,
		    op->now + c->abs_s * CLOCK_SEC);
}

void
login_issue(struct op *op)
{
	const char *scope = op->mfa_mandatory && !op->mfa ?
	    ENGINE_SCOPE_SETUP : ENGINE_SCOPE;

	rnd_uuid7(op->sid, op->now);
	op->auth_at = op->now;
	(void)op_copy(op->scope, sizeof(op->scope), scope);
	factor_amr(op);
	if (op->browser) {
		cookie_make(op);
		commit(op, op->now + COOKIE_IDLE_US, op->now + COOKIE_ABS_US);
		return;
	}
	issue_ask(op, 1, issued);
}

static void
ticket_made(struct op *op, const struct store_result *res)
{
	struct msg_mfa_ticket_res m = {
		.ticket = op->refresh,
		.expires_in = TICKET_US / CLOCK_SEC,
	};

	if (store_rows(res, SQL_MFA_TICKET__OUTCOME) == 0) {
		refuse(op);
		return;
	}
	shm_inc(&op->eng->board->logins[LOGIN_MFA]);
	op_answer(op, IMSG_MFA_TICKET_RES, &m);
}

/* The password was right; the factor comes with a request of its own. */
static void
ticket_make(struct op *op)
{
	struct sql_mfa_ticket p;

	rnd_bytes(op->token, sizeof(op->token));
	b64_encode(op->refresh, op->token, sizeof(op->token));
	issue_hash(op->hash, op->token);
	p = (struct sql_mfa_ticket){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.version = db_int(op->version),
		.epoch = db_int(op->epoch),
		.record = db_text(op->record[0] != '\0' ? op->record : NULL),
		.hash = db_text(op->hash),
		.expires = db_int(op->now + TICKET_US),
		.client = db_text(ENGINE_CLIENT),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};
	op_sql(op, SQL_MFA_TICKET, &p, ticket_made);
}

static void
verified(struct op *op, const union msg *m)
{
	const struct msg_pw_verify_res *r = &m->pw_verify_res;

	op_wipe(op);
	if (r->status != ST_OK) {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	if (!r->match || !op->known) {
		refuse(op);
		return;
	}
	if (op_copy(op->record, sizeof(op->record), r->record) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	throttle_right(op);
	if (op->mfa && op->factor == FACTOR_NONE)
		ticket_make(op);
	else
		factor_check(op, login_issue);
}

/* Columns of throttle_password's login. */
enum { F_ID, F_RECORD, F_VERSION, F_EPOCH, F_STATUS, F_ROLE,
    F_SEALED, F_STEP, F_MANDATORY };

static int
user_take(struct op *op, const struct store_result *res)
{
	const int q = SQL_THROTTLE_PASSWORD__LOGIN;
	const char *id, *record, *role, *sealed, *status;

	if (store_rows(res, q) == 0)
		return (0);
	id = store_text(res, q, 0, F_ID);
	record = store_text(res, q, 0, F_RECORD);
	role = store_text(res, q, 0, F_ROLE);
	status = store_text(res, q, 0, F_STATUS);
	if (id == NULL || op_copy(op->user_id, sizeof(op->user_id), id) == -1)
		return (0);
	op->version = store_int(res, q, 0, F_VERSION);
	op->epoch = store_int(res, q, 0, F_EPOCH);
	op->totp_step = store_int(res, q, 0, F_STEP);
	op->mfa_mandatory = store_int(res, q, 0, F_MANDATORY) != 0;
	sealed = store_text(res, q, 0, F_SEALED);
	op->mfa = sealed != NULL;
	issue_custom(op, res, SQL_THROTTLE_PASSWORD__ROLES);
	return (*id != '\0' && record != NULL && role != NULL &&
	    status != NULL && strcmp(status, "active") == 0 &&
	    op_copy(op->record, sizeof(op->record), record) == 0 &&
	    op_copy(op->sealed, sizeof(op->sealed),
	    sealed != NULL ? sealed : "") == 0 &&
	    op_copy(op->role, sizeof(op->role), role) == 0);
}

static void
found(struct op *op, const struct store_result *res)
{
	struct msg_pw_verify_req *m = &op->ask.pw_verify_req;

	op->known = user_take(op, res) && !op->suspended;
	if (!op->known)
		op->record[0] = '\0';
	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->record = op->record;
	m->password = op->secret->password;
	m->raw = op->secret->raw;
	op_ask(op, op->eng->hashers, IMSG_PW_VERIFY_REQ, verified);
}

void
answer_login(struct op *op, const union msg *m)
{
	const struct msg_login_req *r = &m->login_req;
	struct op_secret *s;

	op_context(op, r->rid, r->ip, r->ua);
	op->act = "login.mfa";
	cookie_login(op, r->browser, r->cookie, r->device);
	if (!factor_take(op, r->otp, r->recovery_code))
		return;
	if (!limit_login(&op->worker->limit, clock_mono()) ||
	    pool_full(op->eng->hashers)) {
		op_fail(op, ST_BUSY);
		return;
	}
	if ((s = op_secret(op)) == NULL)
		return;
	/* One that cannot be normalised is wrong, in the same time. */
	if (password_normalize(r->password, s->password) == -1)
		s->password[0] = '\0';
	/* Imported hashes were made of what was typed. */
	if (strcmp(r->password, s->password) != 0)
		(void)op_copy(s->raw, sizeof(s->raw), r->password);
	if (name_key(r->username, op->key) != 0)
		op->key[0] = '\0';
	if (!email_check(r->username, op->email_key))
		op->email_key[0] = '\0';
	throttle_login(op, r->username, found);
}
