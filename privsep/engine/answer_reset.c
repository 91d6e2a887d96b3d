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
 * PASSWORD_RESET: a new password by the link in a mail, or by one that an
 * operator handed over. Runs in the engine; holds the password until a hasher
 * has seen it. The link is checked twice: before the hash, so that only who
 * has a good one can ask for it, and in the SQL that stores it.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/account.h"
#include "privsep/engine/link.h"
#include "privsep/engine/outbox.h"
#include "privsep/engine/reauth.h"
#include "privsep/engine/tenant.h"

static void
reset(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_PASSWORD_RESET__OUTCOME) == 0) {
		op_fail_at(op, ST_INVALID_LINK, "token", "");
		return;
	}
	if (op->eng->conf.mail)
		outbox_kick(op->eng);
	op_done(op);
}

static void
hashed(struct op *op, const union msg *m)
{
	struct sql_password_reset p;

	if (!account_hashed(op, m))
		return;
	p = (struct sql_password_reset){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.user = db_text(op->user_id),
		.version = db_int(op->version),
		.hash = db_text(op->hash),
		.record = db_text(op->record),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.mail = db_int(op->eng->conf.mail),
	};
	op_sql(op, SQL_PASSWORD_RESET, &p, reset);
}

static void
hash(struct op *op)
{
	struct msg_pw_hash_req *m = &op->ask.pw_hash_req;

	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->password = op->secret->password;
	op_ask(op, op->eng->hashers, IMSG_PW_HASH_REQ, hashed);
}

static void
compared(struct op *op, const union msg *m)
{
	const struct msg_pw_verify_res *r = &m->pw_verify_res;

	if (r->status != ST_OK)
		op_fail(op, ST_UNAVAILABLE);
	else if (r->match)
		op_fail_at(op, ST_WEAK_PASSWORD, "", "same");
	else
		hash(op);
}

/* Is it the one that was forgotten? Only who passed the factor learns it. */
static void
compare(struct op *op)
{
	struct msg_pw_verify_req *m = &op->ask.pw_verify_req;

	if (op->record[0] == '\0') {
		hash(op);
		return;
	}
	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->record = op->record;
	m->password = op->secret->password;
	op_ask(op, op->eng->hashers, IMSG_PW_VERIFY_REQ, compared);
}

/* Columns of reset_find. */
enum { R_ID, R_USERNAME, R_EMAIL, R_RECORD, R_VERSION, R_EPOCH, R_TENANT,
    R_SEALED, R_STEP };

static const char *
column(const struct store_result *res, int col)
{
	const char *s = store_text(res, SQL_RESET_FIND__USER, 0, col);

	return (s != NULL ? s : "");
}

static int
user_take(struct op *op, const struct store_result *res)
{
	const int q = SQL_RESET_FIND__USER;

	op->version = store_int(res, q, 0, R_VERSION);
	op->epoch = store_int(res, q, 0, R_EPOCH);
	return (op_copy(op->user_id, sizeof(op->user_id),
	    column(res, R_ID)) == 0 &&
	    op_copy(op->tenant, sizeof(op->tenant),
	    column(res, R_TENANT)) == 0 &&
	    op_copy(op->record, sizeof(op->record),
	    column(res, R_RECORD)) == 0);
}

static void
found(struct op *op, const struct store_result *res)
{
	const int q = SQL_RESET_FIND__USER;
	const char *weak;

	if (store_rows(res, q) == 0) {
		op_fail_at(op, ST_INVALID_LINK, "token", "");
		return;
	}
	if (!user_take(op, res)) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	weak = op->secret->password[0] == '\0' ? "too_long" :
	    password_check(op->secret->password, tenant_password_min(op),
	    column(res, R_USERNAME), column(res, R_EMAIL));
	if (weak != NULL) {
		op_fail_at(op, ST_WEAK_PASSWORD, "", weak);
		return;
	}
	if (factor_load(op, store_text(res, q, 0, R_SEALED),
	    store_int(res, q, 0, R_STEP)) == 0)
		factor_check(op, compare);
}

void
answer_password_reset(struct op *op, const union msg *m)
{
	const struct msg_password_reset_req *r = &m->password_reset_req;
	struct sql_reset_find p;
	struct op_secret *s;

	op_context(op, r->rid, r->ip, r->ua);
	op->act = "password.reset";
	if (!factor_take(op, r->otp, r->recovery_code))
		return;
	if (!link_take(op, r->token))
		return;
	if (pool_full(op->eng->hashers)) {
		op_fail(op, ST_BUSY);
		return;
	}
	if ((s = op_secret(op)) == NULL)
		return;
	/* What is empty now was too long; the link is looked at first. */
	if (password_normalize(r->new, s->password) == -1)
		s->password[0] = '\0';
	p = (struct sql_reset_find){
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.hash = db_text(op->hash),
	};
	op_sql(op, SQL_RESET_FIND, &p, found);
}
