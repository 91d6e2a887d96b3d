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
 * AUDIT_LIST, AUDIT_EXPORT: the audit as administrators read it. Runs in the
 * engine; holds one page. What is committed is sealed first, but only for who
 * may read it. An export is asked for by pieces: whoever reads slowly costs
 * nothing here, and whose permission ends gets no further piece.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/audit_export.h"
#include "privsep/engine/audit_seal.h"

#define PERMISSION	"audit:read"
#define LIST_DEFAULT	50
#define PIECE		128		/* entries that are looked at */
#define PIECE_BYTES	32768		/* enough for one */

/* A question to the audit, while it waits for the sealer. */
struct question {
	int64_t		 before, from, to;
	char		 by[CAP_ID + 1], subject[CAP_ID + 1];
	char		 action[65], result[17];
};

static struct db_val
wanted(const char *s)
{
	return (db_text(*s != '\0' ? s : NULL));
}

/* ---- list ---- */

static int
list_item(struct op *op, const struct store_result *res, int row,
    struct buf *line)
{
	const int q = SQL_AUDIT_LIST__ENTRIES;
	struct buf detail = BUF_INIT;
	struct msg_audit_item_res m;
	char at[CLOCK_RFC3339];
	struct chain_entry a;
	int rv = -1;

	buf_reset(line);
	if (seal_entry(&a, res, q, row, at, &detail) == 0) {
		a.seq = store_int(res, q, row, 0);
		a.prev = store_text(res, q, row, 10);
		a.hash = store_text(res, q, row, 11);
		if (chain_line(line, &a) == 0 && line->len > 0) {
			line->p[line->len - 1] = '\0';
			m.json = (const char *)line->p;
			rv = chan_send(op->worker->chan,
			    IMSG_AUDIT_ITEM_RES, op->id, &m, -1);
		}
	}
	buf_free(&detail);
	return (rv);
}

static void
listed(struct op *op, const struct store_result *res)
{
	const int q = SQL_AUDIT_LIST__ENTRIES;
	struct msg_list_end_res end = { "" };
	struct buf line = BUF_INIT;
	char next[24] = "";
	int i, n;

	if (!admin_may(op, res, SQL_AUDIT_LIST__WHO))
		return;
	n = store_rows(res, q);
	if (n > (int)op->limit) {
		n = (int)op->limit;
		snprintf(next, sizeof(next), "%lld",
		    (long long)store_int(res, q, n - 1, 0));
	}
	for (i = 0; i < n; i++)
		if (list_item(op, res, i, &line) == -1)
			break;
	buf_free(&line);
	end.next = next;
	if (i < n)
		op_fail(op, ST_INTERNAL);
	else
		op_answer(op, IMSG_LIST_END_RES, &end);
}

static void
list_run(struct op *op, const struct question *w)
{
	struct sql_audit_list p = {
		ADMIN_READ(op, PERMISSION),
		.before = db_int(w->before),
		.from = db_int(w->from),
		.to = db_int(w->to),
		.by = wanted(w->by),
		.subject = wanted(w->subject),
		.action = wanted(w->action),
		.result = wanted(w->result),
		.limit = db_int((int64_t)op->limit + 1),
	};

	op_sql(op, SQL_AUDIT_LIST, &p, listed);
}

static void
list_sealed(int ok, void *arg)
{
	struct op *op = arg;

	if (!op_resume(op))
		return;
	if (ok)
		list_run(op, op->extra);
	else
		op_fail(op, ST_UNAVAILABLE);
}

static void
list_gated(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_ADMIN_GATE__WHO))
		return;
	op->wait = OP_ELSEWHERE;
	seal_now(op->eng, list_sealed, op);
}

/* What is asked; 0: the op ended or will. */
static int
list_take(struct op *op, struct question *w, const struct msg_audit_list_req *r)
{
	size_t digits = strspn(r->cursor, "0123456789");

	w->from = r->from;
	w->to = r->to;
	w->before = *r->cursor != '\0' ? strtoll(r->cursor, NULL, 10) :
	    INT64_MAX;
	if (r->cursor[digits] != '\0' || digits > 18) {
		bearer_refuse(op, ST_INVALID_REQUEST, "cursor",
		    "is not one that a list ended with");
		return (0);
	}
	if (*r->result != '\0' && strcmp(r->result, "success") != 0 &&
	    strcmp(r->result, "failure") != 0) {
		bearer_refuse(op, ST_INVALID_REQUEST, "result",
		    "is neither success nor failure");
		return (0);
	}
	if (op_copy(w->by, sizeof(w->by), r->actor) == -1 ||
	    op_copy(w->subject, sizeof(w->subject), r->subject) == -1 ||
	    op_copy(w->action, sizeof(w->action), r->action) == -1 ||
	    op_copy(w->result, sizeof(w->result), r->result) == -1) {
		op_fail(op, ST_INTERNAL);
		return (0);
	}
	return (1);
}

static void
gate(struct op *op, op_sql_cb cb)
{
	struct sql_admin_gate p = { ADMIN_READ(op, PERMISSION) };

	op_sql(op, SQL_ADMIN_GATE, &p, cb);
}

void
answer_audit_list(struct op *op, const union msg *m)
{
	const struct msg_audit_list_req *r = &m->audit_list_req;
	struct question *w;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	op->limit = r->limit > 0 ? r->limit : LIST_DEFAULT;
	if ((w = op_extra(op, sizeof(*w))) == NULL || !list_take(op, w, r))
		return;
	if (*r->cursor != '\0')	/* what it goes on with is sealed */
		list_run(op, w);
	else
		gate(op, list_gated);
}

/* ---- export ---- */

static void
piece_answer(struct op *op, const char *text, int64_t after, int64_t upto)
{
	struct msg_audit_text_res m = { text, after, upto };

	op_answer(op, IMSG_AUDIT_TEXT_RES, &m);
}

static void
piece(struct op *op, const struct store_result *res)
{
	struct buf out = BUF_INIT;
	int64_t at;

	if (!admin_may(op, res, SQL_AUDIT_PIECE__WHO))
		return;
	at = audit_lines(&out, res, SQL_AUDIT_PIECE__ENTRIES,
	    SQL_AUDIT_PIECE__HEADS, PIECE_BYTES, op->until);
	if (at == -1 || buf_cstr(&out) == NULL)
		op_fail(op, ST_INTERNAL);
	else
		piece_answer(op, buf_cstr(&out), at, op->before_at);
	buf_free(&out);
}

static void
begun(int64_t after, int64_t upto, const char *why, void *arg)
{
	struct op *op = arg;

	if (!op_resume(op))
		return;
	if (why != NULL)
		op_fail(op, ST_UNAVAILABLE);
	else
		piece_answer(op, "", after, upto);
}

static void
export_gated(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_ADMIN_GATE__WHO))
		return;
	op->wait = OP_ELSEWHERE;
	audit_export_begin(op->eng, op->realm, op->auth_at, op->until, begun,
	    op);
}

void
answer_audit_export(struct op *op, const union msg *m)
{
	const struct msg_audit_export_req *r = &m->audit_export_req;
	struct sql_audit_piece p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	if (r->upto <= 0) {
		op->auth_at = r->from;
		op->until = r->to;
		gate(op, export_gated);
		return;
	}
	if (r->after < 0 || r->after >= r->upto) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	op->before_at = r->upto;
	op->until = r->upto - r->after > PIECE ? r->after + PIECE : r->upto;
	p = (struct sql_audit_piece){
		ADMIN_READ(op, PERMISSION),
		.after = db_int(r->after),
		.upto = db_int(op->until),
	};
	op_sql(op, SQL_AUDIT_PIECE, &p, piece);
}
