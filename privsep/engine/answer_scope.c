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
 * Scopes of a tenant's own: what the page of consent says of them. Runs in the
 * engine. A scope needs none of this to be asked for and given.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/admin.h"
#include "src/rules/scope.h"

#define LIST_DEFAULT	50
#define BY_OPERATOR	"{\"by\":\"operator\"}"

enum { X_NAME, X_DESCRIPTION, X_CREATED };

static void
row(struct msg_scope_item_res *m, const struct store_result *res, int q,
    int i)
{
	const char *s;

	m->name = (s = store_text(res, q, i, X_NAME)) != NULL ? s : "";
	m->description = (s = store_text(res, q, i, X_DESCRIPTION)) != NULL ?
	    s : "";
	m->created_at = store_int(res, q, i, X_CREATED);
}

/* ---- the list; a cursor is the last name ---- */

static void
listed(struct op *op, const struct store_result *res)
{
	const int q = SQL_SCOPES_LIST__ITEMS;
	struct msg_list_end_res end = { .next = "" };
	struct msg_scope_item_res m = { .name = "" };
	int i, n;

	if (!admin_may(op, res, SQL_SCOPES_LIST__WHO))
		return;
	n = store_rows(res, q);
	if (n > (int)op->limit)
		n = (int)op->limit;
	for (i = 0; i < n; i++) {
		row(&m, res, q, i);
		if (chan_send(op->worker->chan, IMSG_SCOPE_ITEM_RES, op->id,
		    &m, -1) == -1) {
			op_fail(op, ST_INTERNAL);
			return;
		}
	}
	if (n < store_rows(res, q))
		end.next = m.name;
	op_answer(op, IMSG_LIST_END_RES, &end);
}

void
answer_scopes_list(struct op *op, const union msg *m)
{
	const struct msg_scopes_list_req *r = &m->scopes_list_req;
	struct sql_scopes_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	op->limit = r->limit > 0 ? r->limit : LIST_DEFAULT;
	if (*r->cursor != '\0' && !scope_name_ok(r->cursor)) {
		admin_refuse(op, ST_INVALID_REQUEST, "cursor",
		    "is not one that a list ended with");
		return;
	}
	p = (struct sql_scopes_list){
		ADMIN_READ(op, "clients:read"),
		.after = db_text(r->cursor),
		.limit = db_int(op->limit + 1),
	};
	op_sql(op, SQL_SCOPES_LIST, &p, listed);
}

/* ---- one of them ---- */

static void
set(struct op *op, const struct store_result *res)
{
	const int q = SQL_SCOPE_SET__SCOPE;
	struct msg_scope_item_res i;
	struct msg_scope_res m;

	if (!admin_may(op, res, SQL_SCOPE_SET__WHO))
		return;
	if (store_rows(res, q) == 0) {
		op_fail(op, ST_NOT_FOUND);
		return;
	}
	row(&i, res, q, 0);
	m = (struct msg_scope_res){ .name = i.name,
	    .description = i.description, .created_at = i.created_at };
	op_answer(op, IMSG_SCOPE_RES, &m);
}

/* What is built in is nobody's to describe; what no scope can be called is not
 * there. 1; 0: refused. */
static int
name_may(struct op *op, const char *name)
{
	if (scope_is_builtin(name))
		admin_refuse(op, ST_FORBIDDEN, "", "");
	else if (!scope_name_ok(name))
		admin_refuse(op, ST_NOT_FOUND, "", "");
	else
		return (1);
	return (0);
}

void
answer_scope_set(struct op *op, const union msg *m)
{
	const struct msg_scope_set_req *r = &m->scope_set_req;
	struct sql_scope_set p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	if (!scope_description_ok(r->description)) {
		admin_refuse(op, ST_INVALID_REQUEST, "description",
		    "must have 1 to 256 characters that can be seen");
		return;
	}
	if (!name_may(op, r->name))
		return;
	p = (struct sql_scope_set){
		ADMIN_WRITE(op, "clients:write"),
		.name = db_text(r->name),
		.description = db_text(r->description),
		.ip = db_text(op->operator ? NULL : op->ip),
		.rid = db_text(op->operator ? NULL : op->rid),
		.detail = db_text(op->operator ? BY_OPERATOR : NULL),
	};
	op_sql(op, SQL_SCOPE_SET, &p, set);
}

static void
ended(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_SCOPE_DELETE__WHO))
		return;
	if (store_rows(res, SQL_SCOPE_DELETE__OUTCOME) > 0)
		op_done(op);
	else
		op_fail(op, ST_NOT_FOUND);
}

void
answer_scope_delete(struct op *op, const union msg *m)
{
	const struct msg_scope_delete_req *r = &m->scope_delete_req;
	struct sql_scope_delete p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) || !name_may(op, r->name))
		return;
	p = (struct sql_scope_delete){
		ADMIN_WRITE(op, "clients:write"),
		.name = db_text(r->name),
		.ip = db_text(op->operator ? NULL : op->ip),
		.rid = db_text(op->operator ? NULL : op->rid),
		.detail = db_text(op->operator ? BY_OPERATOR : NULL),
	};
	op_sql(op, SQL_SCOPE_DELETE, &p, ended);
}
