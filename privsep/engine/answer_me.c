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
 * ME_GET, ME_PATCH: the bearer's own account. Runs in the engine; holds
 * nothing but a password until a hasher has seen it. All read the same
 * columns, after the bearer's condition held in the same operation. Another
 * address takes password and factor, and waits until it is verified.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/link.h"
#include "privsep/engine/outbox.h"
#include "privsep/engine/reauth.h"
#include "privsep/engine/throttle.h"
#include "src/base/clock.h"

enum { M_ID, M_USERNAME, M_EMAIL, M_VERIFIED, M_NAME, M_ROLE, M_STATUS, M_MFA,
    M_TENANT, M_CREATED, M_UPDATED, M_LAST_LOGIN, M_PENDING,
    M_LOCKED };

/* All three have the account, its custom roles, what it may do. */
#define HAS_ROLES(op)							\
	_Static_assert((int)op##__ROLES == (int)op##__ME + 1 &&		\
	    (int)op##__PERMISSIONS == (int)op##__ME + 2, "statements of " #op)
HAS_ROLES(SQL_ME_GET);
HAS_ROLES(SQL_ME_PATCH);
HAS_ROLES(SQL_EMAIL_CHANGE);

/* Words, as many as there is room for. */
static void
add_all(char *list, size_t cap, const struct store_result *res, int stmt)
{
	const char *s;
	int i;

	for (i = 0; i < store_rows(res, stmt); i++)
		if ((s = store_text(res, stmt, i, 0)) == NULL ||
		    issue_add(list, cap, s) == -1)
			break;
}

static void
me_answer(struct op *op, const struct store_result *res, int q)
{
	char permissions[CAP_PERMISSIONS + 1] = "";
	const char *t[M_TENANT + 1], *lower;
	struct msg_me_res m;
	int i;

	if (store_rows(res, q) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	for (i = 0; i <= M_TENANT; i++)
		if ((t[i] = store_text(res, q, 0, i)) == NULL)
			t[i] = "";
	memset(&m, 0, sizeof(m));
	m.id = t[M_ID];
	m.username = t[M_USERNAME];
	m.email = t[M_EMAIL];
	m.email_verified = store_int(res, q, 0, M_VERIFIED) != 0;
	m.name = t[M_NAME];
	m.role = t[M_ROLE];
	lower = issue_roles(m.role);
	(void)op_copy(op->roles, sizeof(op->roles), lower != NULL ? lower :
	    "user");
	add_all(op->roles, sizeof(op->roles), res, q + 1);
	add_all(permissions, sizeof(permissions), res, q + 2);
	m.roles = op->roles;
	m.permissions = permissions;
	m.status = t[M_STATUS];
	m.locked = store_int(res, q, 0, M_LOCKED) != 0;
	m.mfa = store_int(res, q, 0, M_MFA) != 0;
	m.tenant = t[M_TENANT];
	m.pending_email = store_text(res, q, 0, M_PENDING);
	if (m.pending_email == NULL)
		m.pending_email = "";
	m.created_at = store_int(res, q, 0, M_CREATED);
	m.updated_at = store_int(res, q, 0, M_UPDATED);
	m.last_login_at = store_int(res, q, 0, M_LAST_LOGIN);
	op_answer(op, IMSG_ME_RES, &m);
}

static void
got(struct op *op, const struct store_result *res)
{
	me_answer(op, res, SQL_ME_GET__ME);
}

static void
patched(struct op *op, const struct store_result *res)
{
	me_answer(op, res, SQL_ME_PATCH__ME);
}

void
answer_me_get(struct op *op, const union msg *m)
{
	struct sql_me_get p;

	if (!bearer_take(op, m->me_get_req.bearer))
		return;
	p = (struct sql_me_get){
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.password_stop = db_int(throttle_password_stop(op->eng)),
		.otp_stop = db_int(throttle_otp_stop(op->eng)),
	};
	op_sql(op, SQL_ME_GET, &p, got);
}

/* ---- changes ---- */

static void
patch_name(struct op *op)
{
	struct sql_me_patch p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.password_stop = db_int(throttle_password_stop(op->eng)),
		.otp_stop = db_int(throttle_otp_stop(op->eng)),
		.name = db_text(op->name[0] != '\0' ? op->name : NULL),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};

	op_sql(op, SQL_ME_PATCH, &p, patched);
}

static void
changed(struct op *op, const struct store_result *res)
{
	outbox_kick(op->eng);
	me_answer(op, res, SQL_EMAIL_CHANGE__ME);
}

static void
patch_email(struct op *op)
{
	struct sql_email_change p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.version = db_int(op->version),
		.name = db_text(op->has_name ? op->name : NULL),
		.email = db_text(op->wish),
		.email_key = db_text(op->email_key),
		.send = db_int(op->send),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
		.link = db_text(op->link_id),
		.hash = db_text(op->hash),
		.expires = db_int(op->now + LINK_VERIFY_US),
		.password_stop = db_int(throttle_password_stop(op->eng)),
		.otp_stop = db_int(throttle_otp_stop(op->eng)),
	};

	op_sql(op, SQL_EMAIL_CHANGE, &p, changed);
}

static void
patch_link(struct op *op)
{
	link_make(op, LINK_VERIFY, patch_email);
}

static void
patch_mail(struct op *op)
{
	mail_budget(op, patch_link);
}

/* Keeps what is wished; 0: the op ended, or will. */
static int
patch_take(struct op *op, const struct msg_me_patch_req *r)
{
	if (!r->has_name && !r->has_email) {
		bearer_refuse(op, ST_INVALID_REQUEST, "",
		    "has nothing to change");
		return (0);
	}
	op->has_name = r->has_name;
	if (r->has_name && (!name_display_ok(r->name) ||
	    op_copy(op->name, sizeof(op->name), r->name) == -1)) {
		bearer_refuse(op, ST_INVALID_REQUEST, "name",
		    "is not a name that can be shown");
		return (0);
	}
	if (!r->has_email)
		return (1);
	if (!email_check(r->email, op->email_key) ||
	    op_copy(op->wish, sizeof(op->wish), r->email) == -1) {
		bearer_refuse(op, ST_INVALID_REQUEST, "email",
		    "is not a mail address");
		return (0);
	}
	if (!op->eng->conf.mail) {
		bearer_refuse(op, ST_MAIL_UNAVAILABLE, "", "");
		return (0);
	}
	return (1);
}

void
answer_me_patch(struct op *op, const union msg *m)
{
	const struct msg_me_patch_req *r = &m->me_patch_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer) || !patch_take(op, r))
		return;
	op->act = "user.update";
	if (r->has_email)
		reauth(op, r->password, r->otp, r->recovery_code, patch_mail);
	else
		patch_name(op);
}
