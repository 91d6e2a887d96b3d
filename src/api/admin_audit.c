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
 * /admin/audit (API.md section 6). Run by workers; twins: answer_audit_list()
 * and answer_audit_export(). An export goes out as it comes, one piece in this
 * process at a time.
 */
#include <string.h>

#include "src/api/admin.h"
#include "src/base/clock.h"

/* A time of the query, µs; 0 when it is not there. 400s are collected. */
static int64_t
query_time(struct api_call *c, const char *name)
{
	const char *v = http_query(c->req, name);
	int64_t us = 0;

	if (v != NULL && clock_parse(v, &us) == -1)
		schema_error_add(&c->errs, name, "is not an RFC 3339 time");
	return us;
}

static const char *
query_text(struct api_call *c, const char *name, size_t max)
{
	const char *v = http_query(c->req, name);

	if (v == NULL)
		return "";
	if (*v == '\0' || strlen(v) > max)
		schema_error_add(&c->errs, name, "is not valid");
	return v;
}

/* ---- list ---- */

static void
add_entry(struct buf *b, const union msg *m)
{
	buf_adds(b, m->audit_item_res.json);
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_AUDIT_ITEM_RES, type, m, last, add_entry);
}

const struct api_op op_admin_audit_list = { .id = "listAudit",
    .summary = "Entries of the audit chain, newest first",
    .result = "AuditList", .success = 200, .list = 1,
    .query = "from to actor subject action result" };

void
admin_audit_list(struct http_req *req)
{
	struct msg_audit_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_audit_list_req){ API_ADMIN(c), .limit = c->limit,
	    .cursor = c->cursor, .from = query_time(c, "from"),
	    .to = query_time(c, "to"),
	    .actor = query_text(c, "actor", CAP_ID),
	    .subject = query_text(c, "subject", CAP_ID),
	    .action = query_text(c, "action", 64),
	    .result = query_text(c, "result", 16) };
	if (c->errs.n > 0)
		api_refuse_checked(c, ST_INVALID_REQUEST);
	else
		api_asked(c, ask_edge(api.engine, IMSG_AUDIT_LIST_REQ, &m,
		    listed, c));
}

/* ---- export ---- */

static void	on_piece(uint16_t, const union msg *, int, void *);

static int
ask_piece(struct api_call *c)
{
	struct msg_audit_export_req m = { API_ADMIN(c), .from = c->from,
	    .to = c->to, .after = c->after, .upto = c->upto };

	return ask_edge(api.engine, IMSG_AUDIT_EXPORT_REQ, &m, on_piece, c);
}

/* The socket took what there was. */
static void
more(struct http_req *req)
{
	struct api_call *c = http_req_data(req);

	if (c->after >= c->upto)
		http_stream_end(req, 1);
	else if (ask_piece(c) == -1)
		http_stream_end(req, 0);
}

static void
on_piece(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_audit_text_res *r;
	struct api_call *c = arg;

	if (c->streams) {
		if (m == NULL || type != IMSG_AUDIT_TEXT_RES) {
			http_stream_end(c->req, 0);
			return;
		}
	} else if (!api_expect(c, IMSG_AUDIT_TEXT_RES, type, m, last))
		return;
	r = &m->audit_text_res;
	c->after = r->after;
	c->upto = r->upto;
	if (!c->streams) {
		c->streams = 1;
		(void)http_stream(c->req, 200, "application/x-ndjson", more);
	} else if (http_stream_piece(c->req, r->text, strlen(r->text)) == -1)
		http_stream_end(c->req, 0);
}

const struct api_op op_admin_audit_export = { .id = "exportAudit",
    .summary = "The audit chain as NDJSON, oldest first, with signed heads",
    .success = 200, .query = "from to" };

void
admin_audit_export(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	c->from = query_time(c, "from");
	c->to = query_time(c, "to");
	if (c->errs.n > 0)
		api_refuse_checked(c, ST_INVALID_REQUEST);
	else
		api_asked(c, ask_piece(c));
}
