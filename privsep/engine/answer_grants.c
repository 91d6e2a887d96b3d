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
 * GRANTS_LIST, GRANT_DELETE: what a user allowed applications (API.md section
 * 3). Runs in the engine; holds nothing. The bearer's condition is part of each
 * SQL operation.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/op.h"
#include "src/rules/role.h"

#define LIST_DEFAULT	50

enum { G_CLIENT, G_NAME, G_SCOPE, G_CREATED };

static const char *
text(const struct store_result *res, int row, int col)
{
	const char *s = store_text(res, SQL_GRANTS_LIST__ITEMS, row, col);

	return (s != NULL ? s : "");
}

static int
send_item(struct op *op, const struct store_result *res, int row)
{
	struct msg_grant_item_res m = {
		.client_id = text(res, row, G_CLIENT),
		.client_name = text(res, row, G_NAME),
		.scope = text(res, row, G_SCOPE),
		.created_at = store_int(res, SQL_GRANTS_LIST__ITEMS, row,
		    G_CREATED),
	};

	return (chan_send(op->worker->chan, IMSG_GRANT_ITEM_RES, op->id, &m,
	    -1));
}

static void
listed(struct op *op, const struct store_result *res)
{
	const int q = SQL_GRANTS_LIST__ITEMS;
	struct msg_list_end_res end;
	char next[CAP_CURSOR + 1] = "";
	int i, n;

	if (store_rows(res, SQL_GRANTS_LIST__BEARER) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	n = store_rows(res, q);
	if (n > (int)op->limit) {
		n = (int)op->limit;
		snprintf(next, sizeof(next), "%lld.%s",
		    (long long)store_int(res, q, n - 1, G_CREATED),
		    text(res, n - 1, G_CLIENT));
	}
	for (i = 0; i < n; i++)
		if (send_item(op, res, i) == -1) {
			op_fail(op, ST_INTERNAL);
			return;
		}
	memset(&end, 0, sizeof(end));
	end.next = next;
	op_answer(op, IMSG_LIST_END_RES, &end);
}

/* "" or what an earlier list ended with: microseconds, a dot, a client. */
static int
cursor_take(struct op *op, const char *cursor)
{
	size_t digits = strspn(cursor, "0123456789");
	const char *id = cursor + digits + 1;

	op->target[0] = '\0';
	if (*cursor == '\0') {
		op->before_at = INT64_MAX;
		return (0);
	}
	if (digits == 0 || digits > 18 || cursor[digits] != '.' ||
	    !client_id_form(id, strlen(id)))
		return (-1);
	op->before_at = strtoll(cursor, NULL, 10);
	return (op_copy(op->target, sizeof(op->target), id));
}

void
answer_grants_list(struct op *op, const union msg *m)
{
	const struct msg_grants_list_req *r = &m->grants_list_req;
	struct sql_grants_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	op->limit = r->limit > 0 ? r->limit : LIST_DEFAULT;
	if (cursor_take(op, r->cursor) == -1) {
		bearer_refuse(op, ST_INVALID_REQUEST, "cursor",
		    "is not one that a list ended with");
		return;
	}
	p = (struct sql_grants_list){
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.before_at = db_int(op->before_at),
		.before_id = db_text(op->target),
		.limit = db_int((int64_t)op->limit + 1),
	};
	op_sql(op, SQL_GRANTS_LIST, &p, listed);
}

static void
deleted(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_GRANT_DELETE__BEARER) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else if (store_rows(res, SQL_GRANT_DELETE__OUTCOME) == 0)
		op_fail(op, ST_NOT_FOUND);
	else
		op_done(op);
}

void
answer_grant_delete(struct op *op, const union msg *m)
{
	const struct msg_grant_delete_req *r = &m->grant_delete_req;
	struct sql_grant_delete p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	p = (struct sql_grant_delete){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.client = db_text(r->client_id),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};
	op_sql(op, SQL_GRANT_DELETE, &p, deleted);
}
