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
 * Accounts as administrators see them (API.md section 6). Runs in the engine.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_user.h"
#include "privsep/engine/throttle.h"

enum { U_ID, U_USERNAME, U_EMAIL, U_VERIFIED, U_NAME, U_ROLE, U_STATUS, U_MFA,
    U_TENANT, U_CREATED, U_UPDATED, U_LAST_LOGIN, U_VERSION, U_EPOCH,
    U_LOCKED };

_Static_assert(U_LOCKED + 1 == USER_COLUMNS, "columns of a user");

int
admin_user_row(struct user_row *u, const struct store_result *res, int stmt,
    int row)
{
	const char *t[U_TENANT + 1];
	const char *lower;
	int i;

	for (i = 0; i <= U_TENANT; i++)
		if ((t[i] = store_text(res, stmt, row, i)) == NULL)
			t[i] = "";
	memset(&u->m, 0, sizeof(u->m));
	u->m.id = t[U_ID];
	u->m.username = t[U_USERNAME];
	u->m.email = t[U_EMAIL];
	u->m.email_verified = store_int(res, stmt, row, U_VERIFIED) != 0;
	u->m.name = t[U_NAME];
	u->m.role = t[U_ROLE];
	u->m.status = t[U_STATUS];
	u->m.mfa = store_int(res, stmt, row, U_MFA) != 0;
	u->m.locked = store_int(res, stmt, row, U_LOCKED) != 0;
	u->m.tenant = t[U_TENANT];
	u->m.created_at = store_int(res, stmt, row, U_CREATED);
	u->m.updated_at = store_int(res, stmt, row, U_UPDATED);
	u->m.last_login_at = store_int(res, stmt, row, U_LAST_LOGIN);
	snprintf(u->etag, sizeof(u->etag), "%lld-%lld-%lld",
	    (long long)u->m.updated_at,
	    (long long)store_int(res, stmt, row, U_VERSION),
	    (long long)store_int(res, stmt, row, U_EPOCH));
	u->m.etag = u->etag;
	if ((lower = issue_roles(u->m.role)) == NULL ||
	    op_copy(u->roles, sizeof(u->roles), lower) == -1)
		return (-1);
	u->m.roles = u->roles;
	return (0);
}

int
admin_user_add_role(struct user_row *u, const char *role)
{
	return (issue_add(u->roles, sizeof(u->roles), role));
}

static void
got(struct op *op, const struct store_result *res)
{
	struct user_row u;
	const char *role;
	int i;

	if (!admin_may(op, res, SQL_USER_GET__WHO))
		return;
	if (store_rows(res, SQL_USER_GET__USER) == 0) {
		op_fail(op, ST_NOT_FOUND);
		return;
	}
	if (admin_user_row(&u, res, SQL_USER_GET__USER, 0) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	for (i = 0; i < store_rows(res, SQL_USER_GET__ROLES); i++)
		if ((role = store_text(res, SQL_USER_GET__ROLES, i, 0)) !=
		    NULL)
			(void)admin_user_add_role(&u, role);
	op_answer(op, IMSG_USER_RES, &u.m);
}

void
answer_user_get(struct op *op, const union msg *m)
{
	const struct msg_user_get_req *r = &m->user_get_req;
	struct sql_user_get p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	admin_user(op, r->user);
	p = (struct sql_user_get){
		ADMIN_READ(op, "users:read"),
		.user = db_text(op->target),
		.key = db_text(admin_key(op)),
		.password_stop = db_int(throttle_password_stop(op->eng)),
		.otp_stop = db_int(throttle_otp_stop(op->eng)),
	};
	op_sql(op, SQL_USER_GET, &p, got);
}
