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
 * LOGOUT, SESSIONS_LIST, SESSION_END. Runs in the engine; holds nothing. The
 * bearer's condition is part of each SQL operation.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/op.h"
#include "src/base/log.h"

#define LIST_DEFAULT	50

static void
logged_out(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_LOGOUT__OUTCOME) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else
		op_done(op);
}

void
answer_logout(struct op *op, const union msg *m)
{
	const struct msg_logout_req *r = &m->logout_req;
	struct sql_logout p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take_setup(op, r->bearer))
		return;
	p = (struct sql_logout){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};
	op_sql(op, SQL_LOGOUT, &p, logged_out);
}

/* ---- the list ---- */

enum { S_ID, S_CLIENT, S_IP, S_UA, S_AMR, S_CREATED, S_USED, S_EXPIRES };

static const char *
text(const struct store_result *res, int row, int col)
{
	const char *s = store_text(res, SQL_SESSIONS_LIST__ITEMS, row, col);

	return (s != NULL ? s : "");
}

static int
send_item(struct op *op, const struct store_result *res, int row)
{
	const int q = SQL_SESSIONS_LIST__ITEMS;
	struct msg_session_item_res m;

	memset(&m, 0, sizeof(m));
	m.id = text(res, row, S_ID);
	m.current = strcmp(m.id, op->sid) == 0;
	m.client_id = text(res, row, S_CLIENT);
	m.ip = text(res, row, S_IP);
	m.user_agent = text(res, row, S_UA);
	m.amr = text(res, row, S_AMR);
	m.created_at = store_int(res, q, row, S_CREATED);
	m.last_used_at = store_int(res, q, row, S_USED);
	m.expires_at = store_int(res, q, row, S_EXPIRES);
	return (chan_send(op->worker->chan, IMSG_SESSION_ITEM_RES, op->id, &m,
	    -1));
}

static void
listed(struct op *op, const struct store_result *res)
{
	const int q = SQL_SESSIONS_LIST__ITEMS;
	struct msg_list_end_res end;
	char next[CAP_CURSOR + 1] = "";
	int i, n;

	if (store_rows(res, SQL_SESSIONS_LIST__BEARER) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	n = store_rows(res, q);
	if (n > (int)op->limit) {
		n = (int)op->limit;
		snprintf(next, sizeof(next), "%lld.%s",
		    (long long)store_int(res, q, n - 1, S_CREATED),
		    text(res, n - 1, S_ID));
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

/* "" or what an earlier list ended with: microseconds, a dot, an id. */
static int
cursor_take(struct op *op, const char *cursor)
{
	size_t digits = strspn(cursor, "0123456789");

	if (*cursor == '\0') {
		op->before_at = INT64_MAX;
		return (0);
	}
	if (digits == 0 || digits > 18 || cursor[digits] != '.')
		return (-1);
	op->before_at = strtoll(cursor, NULL, 10);
	if (!rnd_is_uuid(cursor + digits + 1))
		return (-1);
	return (op_copy(op->target, sizeof(op->target), cursor + digits + 1));
}

void
answer_sessions_list(struct op *op, const union msg *m)
{
	const struct msg_sessions_list_req *r = &m->sessions_list_req;
	struct sql_sessions_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	op->limit = r->limit > 0 ? r->limit : LIST_DEFAULT;
	if (cursor_take(op, r->cursor) == -1) {
		bearer_refuse(op, ST_INVALID_REQUEST, "cursor",
		    "is not one that a list ended with");
		return;
	}
	p = (struct sql_sessions_list){
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.before_at = db_int(op->before_at),
		.before_id = db_text(op->target),
		.limit = db_int((int64_t)op->limit + 1),
	};
	op_sql(op, SQL_SESSIONS_LIST, &p, listed);
}

/* ---- the end of one, of all others ---- */

static void
ended(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_SESSION_END__BEARER) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else if (store_rows(res, SQL_SESSION_END__OUTCOME) == 0)
		op_fail(op, ST_NOT_FOUND);
	else
		op_done(op);
}

static void
ended_others(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_SESSIONS_END_OTHERS__BEARER) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else
		op_done(op);
}

static void
end_one(struct op *op)
{
	struct sql_session_end p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.id = db_text(op->target),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};

	op_sql(op, SQL_SESSION_END, &p, ended);
}

static void
end_others(struct op *op)
{
	struct sql_sessions_end_others p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};

	op_sql(op, SQL_SESSIONS_END_OTHERS, &p, ended_others);
}

void
answer_session_end(struct op *op, const union msg *m)
{
	const struct msg_session_end_req *r = &m->session_end_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!bearer_take(op, r->bearer))
		return;
	(void)op_copy(op->target, sizeof(op->target), r->id);
	if (op->target[0] == '\0')
		end_others(op);
	else
		end_one(op);
}
