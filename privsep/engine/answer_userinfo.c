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
 * USERINFO (OpenID Connect Core 1.0 section 5.3): what a token's scopes say of
 * the account, as it is now. Runs in the engine.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/dpop.h"
#include "src/base/clock.h"

#define PATH	"/oauth2/userinfo"

enum { U_ID, U_USERNAME, U_NAME, U_UPDATED, U_EMAIL, U_VERIFIED, U_ROLE };

static void
add_text(struct buf *b, const char *before, const char *value)
{
	buf_adds(b, before);
	buf_add_json(b, value != NULL ? value : "");
}

static void
add_profile(struct buf *b, const struct store_result *res, int q)
{
	const char *name = store_text(res, q, 0, U_NAME);

	if (name != NULL && *name != '\0')
		add_text(b, ",\"name\":", name);
	add_text(b, ",\"preferred_username\":",
	    store_text(res, q, 0, U_USERNAME));
	buf_addf(b, ",\"updated_at\":%lld",
	    (long long)(store_int(res, q, 0, U_UPDATED) / CLOCK_SEC));
}

/* Words, and rows, as one array. */
static void
add_roles(struct buf *b, const char *words, const struct store_result *res,
    int q)
{
	const char *sep = "";
	size_t n;
	int i;

	buf_adds(b, ",\"roles\":[");
	for (; *words != '\0'; words += words[n] == ' ' ? n + 1 : n) {
		n = strcspn(words, " ");
		buf_adds(b, sep);
		buf_add_json_n(b, words, n);
		sep = ",";
	}
	for (i = 0; i < store_rows(res, q); i++) {
		add_text(b, sep, store_text(res, q, i, 0));
		sep = ",";
	}
	buf_addc(b, ']');
}

static void
compose(const struct op *op, struct buf *b, const struct store_result *res)
{
	const int q = SQL_USERINFO__ACCOUNT;
	const char *role = store_text(res, q, 0, U_ROLE);

	role = role != NULL ? issue_roles(role) : NULL;
	add_text(b, "{\"sub\":", store_text(res, q, 0, U_ID));
	if (op->bearer_scopes & BEARER_PROFILE)
		add_profile(b, res, q);
	if (op->bearer_scopes & BEARER_EMAIL) {
		add_text(b, ",\"email\":", store_text(res, q, 0, U_EMAIL));
		buf_adds(b, store_int(res, q, 0, U_VERIFIED) != 0 ?
		    ",\"email_verified\":true" :
		    ",\"email_verified\":false");
	}
	if (op->bearer_scopes & BEARER_ROLES)
		add_roles(b, role != NULL ? role : "", res,
		    SQL_USERINFO__ROLES);
	buf_addc(b, '}');
}

static void
found(struct op *op, const struct store_result *res)
{
	struct msg_userinfo_res m;
	struct buf b = BUF_INIT;

	if (store_rows(res, SQL_USERINFO__ACCOUNT) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	compose(op, &b, res);
	if (b.err || b.len > CAP_CLAIMS)
		op_fail(op, ST_INTERNAL);
	else {
		m.claims = buf_cstr(&b);
		op_answer(op, IMSG_USERINFO_RES, &m);
	}
	buf_wipe_free(&b);
}

static void
proven(struct op *op)
{
	struct sql_userinfo p;

	if (!bearer_take_scope(op, op->access, BEARER_OPENID))
		return;
	p = (struct sql_userinfo){
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
	};
	op_sql(op, SQL_USERINFO, &p, found);
}

void
answer_userinfo(struct op *op, const union msg *m)
{
	const struct msg_userinfo_req *r = &m->userinfo_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (op_copy(op->access, sizeof(op->access), r->bearer) == -1)
		op_fail(op, ST_INTERNAL);	/* the wall's caps are less */
	else
		dpop_take(op, r->dpop, r->post ? "POST" : "GET", PATH,
		    op->access, proven);
}
