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
 * The proof of sensitive acts: password, then factor. Runs in the engine;
 * holds the password until the hasher has seen it. The password comes first,
 * so that a refusal of the factor is for those who know it.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/reauth.h"
#include "privsep/engine/throttle.h"
#include "src/base/clock.h"

/* Columns of reauth_find. */
enum { R_USERNAME, R_EMAIL, R_RECORD, R_VERSION, R_ROLE, R_SEALED, R_STEP,
    R_MANDATORY, R_SCOPE };

_Static_assert((int)SQL_REAUTH_FIND__USER == 0, "one statement");

static void
verified(struct op *op, const union msg *m)
{
	const struct msg_pw_verify_res *r = &m->pw_verify_res;

	op_wipe(op);
	if (r->status != ST_OK) {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	if (!r->match) {
		reauth_refuse(op, ST_INVALID_CREDENTIALS);
		return;
	}
	throttle_right(op);
	if (op->no_factor)
		op->reauth_cb(op);
	else
		factor_check(op, op->reauth_cb);
}

static int
take(char *dst, size_t cap, const struct store_result *res, int col)
{
	const char *s = store_text(res, SQL_REAUTH_FIND__USER, 0, col);

	return (op_copy(dst, cap, s != NULL ? s : ""));
}

int
reauth_load(struct op *op, const struct store_result *res)
{
	const int q = SQL_REAUTH_FIND__USER;

	if (store_rows(res, q) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return (-1);
	}
	if (take(op->username, sizeof(op->username), res, R_USERNAME) == -1 ||
	    take(op->email, sizeof(op->email), res, R_EMAIL) == -1 ||
	    take(op->record, sizeof(op->record), res, R_RECORD) == -1 ||
	    take(op->scope, sizeof(op->scope), res, R_SCOPE) == -1 ||
	    take(op->role, sizeof(op->role), res, R_ROLE) == -1) {
		op_fail(op, ST_INTERNAL);
		return (-1);
	}
	issue_custom(op, res, SQL_REAUTH_FIND__ROLES);
	op->version = store_int(res, q, 0, R_VERSION);
	op->mfa_mandatory = store_int(res, q, 0, R_MANDATORY) != 0;
	return (factor_load(op, store_text(res, q, 0, R_SEALED),
	    store_int(res, q, 0, R_STEP)));
}

void
reauth_find(struct op *op, op_sql_cb cb)
{
	struct sql_reauth_find p = {
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.lax = db_int(!op->eng->conf.mfa_admins),
	};

	op_sql(op, SQL_REAUTH_FIND, &p, cb);
}

static void
compare(struct op *op)
{
	struct msg_pw_verify_req *m = &op->ask.pw_verify_req;

	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->record = op->record;
	m->password = op->secret->password;
	op_ask(op, op->eng->hashers, IMSG_PW_VERIFY_REQ, verified);
}

/* The counter is the login's: no other way to ask is one try more. */
void
reauth_verify(struct op *op)
{
	throttle_password(op, compare);
}

static void
found(struct op *op, const struct store_result *res)
{
	if (reauth_load(op, res) == 0)
		reauth_verify(op);
}

int
reauth_take(struct op *op, const char *password)
{
	struct op_secret *s;

	if (!limit_login(&op->worker->limit, clock_mono()) ||
	    pool_full(op->eng->hashers)) {
		op_fail(op, ST_BUSY);
		return (0);
	}
	if ((s = op_secret(op)) == NULL)
		return (0);
	/* One that cannot be normalised is no one's: it will not match. */
	if (password_normalize(password, s->password) == -1)
		s->password[0] = '\0';
	return (1);
}

void
reauth(struct op *op, const char *password, const char *otp,
    const char *recovery, reauth_cb next)
{
	op->reauth_cb = next;
	if (factor_take(op, otp, recovery) && reauth_take(op, password))
		reauth_find(op, found);
}

void
reauth_password(struct op *op, const char *password, reauth_cb next)
{
	op->reauth_cb = next;
	op->no_factor = 1;
	if (reauth_take(op, password))
		reauth_find(op, found);
}
