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
 * New accounts: rules, id, hash. Runs in the engine, for registrations and for
 * the first super admin. A worker checks form only; the meaning of names and
 * passwords is decided here.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/account.h"
#include "privsep/engine/tenant.h"

int
account_check(struct op *op, const char *username, const char *email)
{
	enum name_err e;

	e = name_check(username, op->username, op->key);
	if (e != NAME_OK) {
		op_fail_at(op, ST_INVALID_REQUEST, "username",
		    name_strerror(e));
		return (0);
	}
	if (!email_check(email, op->email_key) ||
	    op_copy(op->email, sizeof(op->email), email) == -1) {
		op_fail_at(op, ST_INVALID_REQUEST, "email",
		    "is not a mail address");
		return (0);
	}
	return (1);
}

int
account_password(struct op *op, const char *password)
{
	struct op_secret *s;
	const char *weak;

	if ((s = op_secret(op)) == NULL)
		return (0);
	if (password_normalize(password, s->password) == -1)
		weak = "too_long";
	else
		weak = password_check(s->password, tenant_password_min(op),
		    op->username, op->email);
	if (weak == NULL)
		return (1);
	op_fail_at(op, ST_WEAK_PASSWORD, "", weak);
	return (0);
}

void
account_hash(struct op *op, op_ask_cb cb)
{
	struct msg_pw_hash_req *m = &op->ask.pw_hash_req;

	rnd_uuid7(op->user_id, op->now);
	memset(m, 0, sizeof(*m));
	m->user_id = op->user_id;
	m->password = op->secret->password;
	op_ask(op, op->eng->hashers, IMSG_PW_HASH_REQ, cb);
}

int
account_hashed(struct op *op, const union msg *m)
{
	const struct msg_pw_hash_res *r = &m->pw_hash_res;

	op_wipe(op);
	if (r->status != ST_OK || r->record[0] == '\0' ||
	    op_copy(op->record, sizeof(op->record), r->record) == -1) {
		op_fail(op, r->status == ST_OK ? ST_INTERNAL :
		    ST_UNAVAILABLE);
		return (0);
	}
	return (1);
}
