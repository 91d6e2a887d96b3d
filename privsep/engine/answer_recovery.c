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
 * RECOVERY_NEW, and the recovery codes of a factor that is turned on. Runs in
 * the engine; holds the codes until their owner was told. The database gets
 * only their SHA-256.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/outbox.h"
#include "privsep/engine/reauth.h"
#include "privsep/engine/recovery.h"

_Static_assert(RECOVERY_CODES == 10, "RECOVERY_PARAMS has ten");

void
recovery_ask(struct op *op, op_ask_cb cb)
{
	op->ask.recovery_make_req.unused = 0;
	op_ask(op, op->eng->vaults, IMSG_RECOVERY_MAKE_REQ, cb);
}

/* Hashes one word of the list; what is behind it, or NULL. */
static const char *
hash_one(char out[TOKEN_TEXT], const char *codes)
{
	char one[CAP_RCODE + 1];
	size_t n = strcspn(codes, " ");
	int ok;

	if (n >= sizeof(one))
		return (NULL);
	memcpy(one, codes, n);
	one[n] = '\0';
	ok = recovery_hash(out, one);
	sodium_memzero(one, sizeof(one));
	if (ok == -1)
		return (NULL);
	return (codes + n + (codes[n] == ' '));
}

int
recovery_taken(struct op *op, const union msg *m)
{
	const struct msg_recovery_make_res *r = &m->recovery_make_res;
	const char *p = r->codes;
	struct op_made *d;
	int i;

	if (r->status != ST_OK) {
		op_fail(op, ST_UNAVAILABLE);
		return (0);
	}
	if ((d = op_made(op)) == NULL)
		return (0);
	for (i = 0; i < RECOVERY_CODES && p != NULL; i++)
		p = hash_one(d->hash[i], p);
	if (p == NULL || *p != '\0' ||
	    op_copy(d->codes, sizeof(d->codes), r->codes) == -1) {
		op_fail(op, ST_INTERNAL);
		return (0);
	}
	return (1);
}

void
recovery_answer(struct op *op)
{
	struct msg_recovery_res m = { .codes = op->made->codes };

	op_answer(op, IMSG_RECOVERY_RES, &m);
}

static void
replaced(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_RECOVERY_REPLACE__OUTCOME) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	outbox_kick(op->eng);
	recovery_answer(op);
}

static void
made(struct op *op, const union msg *m)
{
	struct sql_recovery_replace p;

	if (!recovery_taken(op, m))
		return;
	p = (struct sql_recovery_replace){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.version = db_int(op->version),
		RECOVERY_PARAMS(op),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.mail = db_int(op->eng->conf.mail),
	};
	op_sql(op, SQL_RECOVERY_REPLACE, &p, replaced);
}

static void
proved(struct op *op)
{
	if (!op->mfa)
		op_fail(op, ST_MFA_NOT_ACTIVE);
	else
		recovery_ask(op, made);
}

void
answer_recovery_new(struct op *op, const union msg *m)
{
	const struct msg_recovery_new_req *r = &m->recovery_new_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	op->act = "mfa.recovery";
	reauth(op, r->password, r->otp, "", proved);
}
