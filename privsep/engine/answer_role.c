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
 * Roles and permissions, to look at (API.md section 6). Runs in the engine.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_role.h"
#include "src/base/buf.h"
#include "src/rules/role.h"

#define LIST_DEFAULT	50

enum { R_NAME, R_DESCRIPTION, R_BUILTIN, R_CREATED };
enum { P_ROLE, P_PERMISSION };

static const char *
text(const struct store_result *res, int stmt, int row, int col)
{
	const char *s = store_text(res, stmt, row, col);

	return (s != NULL ? s : "");
}

/* Its permissions stand together; *row is where the last role's ended. */
static void
add_permissions(struct buf *b, const struct store_result *res, int stmt,
    const char *role, int *row)
{
	int i = *row, n = store_rows(res, stmt);

	if (i < n && strcmp(text(res, stmt, i, P_ROLE), role) != 0)
		for (i = 0; i < n; i++)
			if (strcmp(text(res, stmt, i, P_ROLE), role) == 0)
				break;
	for (; i < n; i++) {
		if (strcmp(text(res, stmt, i, P_ROLE), role) != 0)
			break;
		if (b->len > 0)
			buf_addc(b, ' ');
		buf_adds(b, text(res, stmt, i, P_PERMISSION));
		*row = i + 1;
	}
}

static void
role_row(struct msg_role_res *m, const struct store_result *res, int stmt,
    int row)
{
	memset(m, 0, sizeof(*m));
	m->name = text(res, stmt, row, R_NAME);
	m->description = text(res, stmt, row, R_DESCRIPTION);
	m->builtin = store_int(res, stmt, row, R_BUILTIN) != 0;
	m->created_at = store_int(res, stmt, row, R_CREATED);
}

void
admin_role_answer(struct op *op, const struct store_result *res, int stmt,
    int permissions)
{
	struct buf b = BUF_INIT;
	struct msg_role_res m;
	int row = 0;

	role_row(&m, res, stmt, 0);
	add_permissions(&b, res, permissions, m.name, &row);
	m.permissions = buf_cstr(&b);
	if (m.permissions == NULL)
		op_fail(op, ST_INTERNAL);
	else
		op_answer(op, IMSG_ROLE_RES, &m);
	buf_free(&b);
}

static void
got(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_ROLE_GET__WHO))
		return;
	if (store_rows(res, SQL_ROLE_GET__ROLE) == 0)
		op_fail(op, ST_NOT_FOUND);
	else
		admin_role_answer(op, res, SQL_ROLE_GET__ROLE,
		    SQL_ROLE_GET__PERMISSIONS);
}

void
answer_role_get(struct op *op, const union msg *m)
{
	const struct msg_role_get_req *r = &m->role_get_req;
	struct sql_role_get p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	p = (struct sql_role_get){
		ADMIN_READ(op, "roles:read"),
		.name = db_text(r->name),
	};
	op_sql(op, SQL_ROLE_GET, &p, got);
}

/* ---- lists; a cursor is the last name ---- */

static void
list_end(struct op *op, const char *next)
{
	struct msg_list_end_res end = { .next = next };

	op_answer(op, IMSG_LIST_END_RES, &end);
}

static int
send_role(struct op *op, const struct store_result *res, int row, int *at,
    struct buf *b)
{
	struct msg_role_res m;
	struct msg_role_item_res item;

	role_row(&m, res, SQL_ROLES_LIST__ITEMS, row);
	buf_reset(b);
	add_permissions(b, res, SQL_ROLES_LIST__PERMISSIONS, m.name, at);
	if ((m.permissions = buf_cstr(b)) == NULL)
		return (-1);
	item = (struct msg_role_item_res){ .name = m.name,
	    .description = m.description, .permissions = m.permissions,
	    .builtin = m.builtin, .created_at = m.created_at };
	return (chan_send(op->worker->chan, IMSG_ROLE_ITEM_RES, op->id, &item,
	    -1));
}

static void
listed(struct op *op, const struct store_result *res)
{
	const int q = SQL_ROLES_LIST__ITEMS;
	struct buf b = BUF_INIT;
	const char *next = "";
	int i, n, at = 0;

	if (!admin_may(op, res, SQL_ROLES_LIST__WHO))
		return;
	n = store_rows(res, q);
	if (n > (int)op->limit) {
		n = (int)op->limit;
		next = text(res, q, n - 1, R_NAME);
	}
	for (i = 0; i < n; i++)
		if (send_role(op, res, i, &at, &b) == -1)
			break;
	buf_free(&b);
	if (i < n)
		op_fail(op, ST_INTERNAL);
	else
		list_end(op, next);
}

/* 1; 0: the op ends, since the cursor is none of ours. */
static int
list_take(struct op *op, uint32_t limit, const char *cursor,
    int (*ok)(const char *))
{
	op->limit = limit > 0 ? limit : LIST_DEFAULT;
	if (*cursor == '\0' || ok(cursor))
		return (1);
	bearer_refuse(op, ST_INVALID_REQUEST, "cursor",
	    "is not one that a list ended with");
	return (0);
}

void
answer_roles_list(struct op *op, const union msg *m)
{
	const struct msg_roles_list_req *r = &m->roles_list_req;
	struct sql_roles_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) ||
	    !list_take(op, r->limit, r->cursor, role_name_ok))
		return;
	p = (struct sql_roles_list){
		ADMIN_READ(op, "roles:read"),
		.after = db_text(r->cursor),
		.limit = db_int((int64_t)op->limit + 1),
	};
	op_sql(op, SQL_ROLES_LIST, &p, listed);
}

static void
listed_permissions(struct op *op, const struct store_result *res)
{
	const int q = SQL_PERMISSIONS_LIST__ITEMS;
	struct msg_permission_item_res m;
	const char *next = "";
	int i, n;

	if (!admin_may(op, res, SQL_PERMISSIONS_LIST__WHO))
		return;
	n = store_rows(res, q);
	if (n > (int)op->limit) {
		n = (int)op->limit;
		next = text(res, q, n - 1, 0);
	}
	for (i = 0; i < n; i++) {
		m.name = text(res, q, i, 0);
		if (chan_send(op->worker->chan, IMSG_PERMISSION_ITEM_RES,
		    op->id, &m, -1) == -1) {
			op_fail(op, ST_INTERNAL);
			return;
		}
	}
	list_end(op, next);
}

void
answer_permissions_list(struct op *op, const union msg *m)
{
	const struct msg_permissions_list_req *r = &m->permissions_list_req;
	struct sql_permissions_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) ||
	    !list_take(op, r->limit, r->cursor, permission_ok))
		return;
	p = (struct sql_permissions_list){
		ADMIN_READ(op, "roles:read"),
		.after = db_text(r->cursor),
		.limit = db_int((int64_t)op->limit + 1),
	};
	op_sql(op, SQL_PERMISSIONS_LIST, &p, listed_permissions);
}
