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
 * USER_ACT, USER_DELETE (API.md section 6). Runs in the engine; holds the
 * token of a link until its digest is stored. Each is one SQL operation, which
 * finds out by itself whether the actor may.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_words.h"
#include "privsep/engine/link.h"
#include "privsep/engine/outbox.h"

enum { S_SUPERADMIN, S_BENEATH, S_UNUSED, S_TAGS };

/* By enum user_act; number: as user_act.sql has it. */
static const struct {
	int		 number;
	const char	*action, *detail, *by_operator;
} acts[USER_ACT__MAX] = {
	[USER_DISABLE] = { 1, "user.disable", NULL,
	    "{\"by\":\"operator\"}" },
	[USER_ENABLE] = { 2, "user.enable", NULL,
	    "{\"by\":\"operator\"}" },
	[USER_UNLOCK] = { 3, "user.unlock", NULL,
	    "{\"by\":\"operator\"}" },
	[USER_RESET_MFA] = { 4, "mfa.reset", NULL,
	    "{\"by\":\"operator\"}" },
	[USER_SEND_RESET] = { 5, "password.request", "{\"by\":\"admin\"}",
	    "{\"by\":\"operator\"}" },
	[USER_REVOKE_SESSIONS] = { 6, "session.end", "{\"session\":\"all\"}",
	    "{\"by\":\"operator\",\"session\":\"all\"}" },
};

/* Nothing is done where there is no way to do it. */
static int
wanted(const struct op *op)
{
	return (op->version != USER_SEND_RESET || op->eng->conf.mail);
}

static void
acted(struct op *op, const struct store_result *res)
{
	const int q = SQL_USER_ACT__STATE;

	if (store_rows(res, SQL_USER_ACT__OUTCOME) > 0) {
		if (store_changed(res, SQL_USER_ACT__MAIL) > 0)
			outbox_kick(op->eng);
		op_done(op);
	} else if (!admin_may(op, res, SQL_USER_ACT__WHO))
		return;
	else if (store_rows(res, q) == 0)
		op_fail(op, ST_NOT_FOUND);
	else if (store_int(res, q, 0, S_SUPERADMIN) != 0 && !op->operator)
		op_fail(op, ST_SUPERADMIN_PROTECTED);
	else if (store_int(res, q, 0, S_BENEATH) != 0)
		op_fail(op, ST_FORBIDDEN);
	else if (!wanted(op))
		op_fail(op, ST_MAIL_UNAVAILABLE);
	else
		op_done(op);	/* it was so already */
}

static void
act_store(struct op *op)
{
	unsigned act = (unsigned)op->version;
	struct sql_user_act p = {
		ADMIN_WRITE(op, "users:write"),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.ua = db_text(op->ua),
		.user = db_text(op->target),
		.key = db_text(admin_key(op)),
		.act = db_int(wanted(op) ? acts[act].number : 0),
		.action = db_text(acts[act].action),
		.detail = db_text(op->operator ? acts[act].by_operator :
		    acts[act].detail),
		.mail = db_int(op->eng->conf.mail),
		.link = db_text(op->link_id),
		.hash = db_text(op->hash),
		.expires = db_int(op->now + LINK_RESET_US),
	};

	op_sql(op, SQL_USER_ACT, &p, acted);
}

void
answer_user_act(struct op *op, const union msg *m)
{
	const struct msg_user_act_req *r = &m->user_act_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	admin_user(op, r->user);
	op->version = r->act;
	if (r->act == USER_SEND_RESET && wanted(op))
		link_make(op, LINK_RESET, act_store);
	else
		act_store(op);
}

/* ---- delete ---- */

static void
deleted(struct op *op, const struct store_result *res)
{
	const int q = SQL_USER_DELETE__STATE;

	if (store_rows(res, SQL_USER_DELETE__OUTCOME) > 0)
		op_done(op);
	else if (!admin_may(op, res, SQL_USER_DELETE__WHO))
		return;
	else if (store_rows(res, q) == 0)
		op_fail(op, ST_NOT_FOUND);
	else if (store_int(res, q, 0, S_SUPERADMIN) != 0)
		op_fail(op, ST_SUPERADMIN_PROTECTED);
	else if (store_int(res, q, 0, S_BENEATH) != 0)
		op_fail(op, ST_FORBIDDEN);
	else if (store_int(res, q, 0, S_TAGS) == 0)
		op_fail(op, ST_PRECONDITION_FAILED);
	else
		op_fail(op, ST_BUSY);
}

void
answer_user_delete(struct op *op, const union msg *m)
{
	const struct msg_user_delete_req *r = &m->user_delete_req;
	struct sql_user_delete p;
	struct tag_words tags;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	admin_user(op, r->user);
	tag_words_take(&tags, r->if_match);
	p = (struct sql_user_delete){
		ADMIN_WRITE(op, "users:write"),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.user = db_text(op->target),
		.key = db_text(admin_key(op)),
		.tags = db_text(tags.words),
		.ntags = db_int(tags.n),
		.detail = db_text(op->operator ? "{\"by\":\"operator\"}" :
		    NULL),
	};
	op_sql(op, SQL_USER_DELETE, &p, deleted);
}
