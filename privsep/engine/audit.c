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
 * Audit entries that stand alone: acts that failed. Every other entry is a
 * statement of its act's own operation. Runs in the engine.
 */
#include "config.h"

#include "privsep/engine/op.h"

void
audit_failure(struct op *op, const char *action, const char *actor,
    const char *subject, op_sql_cb cb)
{
	struct sql_audit_add p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.action = db_text(action),
		.result = db_text("failure"),
		.actor = db_text(actor),
		.subject = db_text(subject),
		.client = db_text(ENGINE_CLIENT),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		/* About as long as a subject: the same time. */
		.detail = db_text(subject != NULL ? NULL :
		    "{\"reason\":\"no such account\"}"),
	};

	op_sql(op, SQL_AUDIT_ADD, &p, cb);
}
