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
 * Second factors. Runs in the engine, which sees codes and sealed secrets,
 * never an open one. A vault says which time step a code is of; whether that
 * step still counts is decided by compare-and-set in the database, whatever
 * the vault said. A recovery code is known by its SHA-256 and used up in the
 * same way.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/reauth.h"
#include "privsep/engine/throttle.h"
#include "src/base/b64.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define STEP_S		30	/* RFC 6238 */
#define SKEW		1	/* steps to either side */
#define KEEP		(8 * 24 * 3600 / STEP_S)	/* steps on record */
#define RECOVERY_LEN	24	/* letters of a recovery code: 120 bits */

int
recovery_hash(char out[TOKEN_TEXT], const char *code)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	char text[RECOVERY_LEN];
	size_t n = 0;
	char c;

	out[0] = '\0';
	for (; (c = *code) != '\0'; code++) {
		if (c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (n == sizeof(text) || !((c >= 'A' && c <= 'Z') ||
		    (c >= '2' && c <= '7')))
			break;
		text[n++] = c;
	}
	if (n == sizeof(text) && c == '\0') {
		crypto_hash_sha256(digest, (const uint8_t *)text, n);
		b64_encode(out, digest, sizeof(digest));
	}
	sodium_memzero(text, sizeof(text));
	return (out[0] != '\0' ? 0 : -1);
}

int
factor_take(struct op *op, const char *otp, const char *recovery)
{
	static const char path[] = "recovery_code";
	static const char why[] = "comes instead of otp, not with it";

	if (*otp != '\0' && *recovery != '\0') {
		if (op->sid[0] != '\0')
			bearer_refuse(op, ST_INVALID_REQUEST, path, why);
		else
			op_fail_at(op, ST_INVALID_REQUEST, path, why);
		return (0);
	}
	op->factor = *otp != '\0' ? FACTOR_OTP : *recovery != '\0' ?
	    FACTOR_RECOVERY : FACTOR_NONE;
	(void)op_copy(op->otp, sizeof(op->otp), otp);
	/* One that cannot be a code has no hash, and is wrong. */
	(void)recovery_hash(op->recovery, recovery);
	return (1);
}

int
factor_load(struct op *op, const char *sealed, int64_t step)
{
	op->mfa = sealed != NULL;
	op->totp_step = step;
	if (op_copy(op->sealed, sizeof(op->sealed), op->mfa ? sealed : "") ==
	    0)
		return (0);
	op_fail(op, ST_INTERNAL);
	return (-1);
}

void
factor_amr(struct op *op)
{
	const char *amr = "pwd";

	if (op->mfa)
		amr = op->factor == FACTOR_OTP ? "pwd otp mfa" : "pwd mfa";
	(void)op_copy(op->amr, sizeof(op->amr), amr);
	(void)op_copy(op->acr, sizeof(op->acr), op->mfa ? "aal2" : "aal1");
}

static void
refused(struct op *op, const struct store_result *res)
{
	(void)res;
	op_fail(op, op->refusal);
}

void
reauth_refuse(struct op *op, enum msg_status st)
{
	limit_failed(&op->worker->limit, clock_mono());
	if (op->type == IMSG_LOGIN_REQ || op->type == IMSG_MFA_LOGIN_REQ)
		shm_inc(&op->eng->board->logins[LOGIN_FAILURE]);
	op->refusal = st;
	audit_failure(op, op->act, op->sid[0] != '\0' ? op->user_id : NULL,
	    op->user_id, refused);
}

static int64_t
now_step(const struct op *op)
{
	return (op->now / CLOCK_SEC / STEP_S);
}

static void
recovered(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_RECOVERY_USE__OUTCOME) == 0)
		reauth_refuse(op, ST_INVALID_OTP);
	else
		op->reauth_cb(op);
}

static void
recovery_check(struct op *op)
{
	struct sql_recovery_use p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.user = db_text(op->user_id),
		.hash = db_text(op->recovery),
	};

	op_sql(op, SQL_RECOVERY_USE, &p, recovered);
}

static void
counted(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_TOTP_USE__OUTCOME) == 0)
		reauth_refuse(op, ST_INVALID_OTP);
	else
		op->reauth_cb(op);
}

static void
count_step(struct op *op)
{
	struct sql_totp_use p = {
		.op = db_text(op->opid),
		.user = db_text(op->user_id),
		.sealed = db_text(op->sealed),
		.step = db_int(op->totp_step),
		.ahead = db_int(now_step(op) + SKEW),
		.before = db_int(op->totp_step - KEEP),
	};

	op_sql(op, SQL_TOTP_USE, &p, counted);
}

int
totp_took(struct op *op, const union msg *m)
{
	const struct msg_totp_check_res *r = &m->totp_check_res;
	int64_t now = now_step(op);

	sodium_memzero(op->otp, sizeof(op->otp));
	if (r->status != ST_OK) {
		op_fail(op, ST_UNAVAILABLE);
		return (0);
	}
	if (!r->match) {
		reauth_refuse(op, ST_INVALID_OTP);
		return (0);
	}
	if (r->step <= op->totp_step || r->step < now - SKEW ||
	    r->step > now + SKEW) {
		log_warnx("a vault counts a code that does not count");
		op_fail(op, ST_INTERNAL);
		return (0);
	}
	op->totp_step = r->step;
	return (1);
}

void
totp_ask(struct op *op, op_ask_cb cb)
{
	struct msg_totp_check_req *m = &op->ask.totp_check_req;

	/* Counted when the clock was ahead: the database knows which steps
	 * did, and lets the others count. */
	if (op->totp_step > now_step(op) + SKEW) {
		log_warnx("a code of %lld s from now was used: was the clock "
		    "set back?", (long long)((op->totp_step - now_step(op)) *
		    STEP_S));
		op->totp_step = 0;
	}
	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->sealed = op->sealed;
	m->otp = op->otp;
	m->now = op->now / CLOCK_SEC;
	m->last_step = op->totp_step;
	op_ask(op, op->eng->vaults, IMSG_TOTP_CHECK_REQ, cb);
}

static void
checked(struct op *op, const union msg *m)
{
	if (totp_took(op, m))
		count_step(op);
}

static void
compare(struct op *op)
{
	if (op->factor == FACTOR_OTP)
		totp_ask(op, checked);
	else
		recovery_check(op);
}

void
factor_check(struct op *op, reauth_cb next)
{
	op->reauth_cb = next;
	if (!op->mfa)
		next(op);
	else if (op->factor == FACTOR_NONE)
		op_fail(op, ST_MFA_REQUIRED);
	else
		throttle_take(op, THROTTLE_OTP, compare);
}
