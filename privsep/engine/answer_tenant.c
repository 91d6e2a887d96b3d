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
 * TENANTS_LIST, TENANT_GET, _CREATE, _PATCH, _DELETE (API.md section 6). Runs
 * in the engine; holds nothing. Tenants are the server's: at the root only,
 * and their acts are in the default tenant's audit chain.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/tenant.h"

#define LIST_DEFAULT	50
#define LEAST		8		/* of password_min */
#define LEAST_PLAIN	15		/* without a second factor */
#define MOST		64

/* ---- one ---- */

enum { N_ID, N_NAME, N_STATE, N_REGISTRATION, N_MFA, N_LEAST, N_CREATED,
    N_SWEEP };

static const char *
text(const struct store_result *res, int stmt, int row, int col)
{
	const char *s = store_text(res, stmt, row, col);

	return (s != NULL ? s : "");
}

/* ITEM_RES and RES have the same fields. */
static void
tenant_row(struct op *op, struct msg_tenant_res *m,
    const struct store_result *res, int stmt, int row)
{
	memset(m, 0, sizeof(*m));
	m->id = text(res, stmt, row, N_ID);
	m->name = text(res, stmt, row, N_NAME);
	m->state = text(res, stmt, row, N_STATE);
	m->registration = text(res, stmt, row, N_REGISTRATION);
	m->require_mfa = store_int(res, stmt, row, N_MFA) != 0;
	m->password_min = store_isnull(res, stmt, row, N_LEAST) ?
	    op->eng->conf.password_min :
	    (uint32_t)store_int(res, stmt, row, N_LEAST);
	m->created_at = store_int(res, stmt, row, N_CREATED);
}

static void
answer_row(struct op *op, const struct store_result *res, int stmt)
{
	struct msg_tenant_res m;

	tenant_row(op, &m, res, stmt, 0);
	op_answer(op, IMSG_TENANT_RES, &m);
}

/* 1: goes on, as one who may ask; not under another tenant. */
static int
begin(struct op *op, const char *bearer)
{
	if (tenant_is_default(op->realm))
		return (admin_take(op, bearer));
	op_fail(op, ST_NOT_FOUND);
	return (0);
}

/* What can be no id is nobody's: it is looked for in vain. */
static void
id_take(struct op *op, const char *id)
{
	if (!tenant_id_ok(id) ||
	    op_copy(op->target, sizeof(op->target), id) == -1)
		op->target[0] = '\0';
}

static void
got(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_TENANT_GET__WHO))
		return;
	if (store_rows(res, SQL_TENANT_GET__TENANT) == 0)
		op_fail(op, ST_NOT_FOUND);
	else
		answer_row(op, res, SQL_TENANT_GET__TENANT);
}

void
answer_tenant_get(struct op *op, const union msg *m)
{
	const struct msg_tenant_get_req *r = &m->tenant_get_req;
	struct sql_tenant_get p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!begin(op, r->bearer))
		return;
	id_take(op, r->id);
	p = (struct sql_tenant_get){
		ADMIN_READ(op, "tenants:read"),
		.id = db_text(op->target),
	};
	op_sql(op, SQL_TENANT_GET, &p, got);
}

/* ---- the list ---- */

static void
listed(struct op *op, const struct store_result *res)
{
	const int q = SQL_TENANTS_LIST__ITEMS;
	struct msg_list_end_res end = { .next = "" };
	struct msg_tenant_res m;
	int i, n;

	if (!admin_may(op, res, SQL_TENANTS_LIST__WHO))
		return;
	if ((n = store_rows(res, q)) > (int)op->limit) {
		n = (int)op->limit;
		end.next = text(res, q, n - 1, N_ID);
	}
	for (i = 0; i < n; i++) {
		tenant_row(op, &m, res, q, i);
		if (chan_send(op->worker->chan, IMSG_TENANT_ITEM_RES, op->id,
		    &m, -1) == -1) {
			op_fail(op, ST_INTERNAL);
			return;
		}
	}
	op_answer(op, IMSG_LIST_END_RES, &end);
}

void
answer_tenants_list(struct op *op, const union msg *m)
{
	const struct msg_tenants_list_req *r = &m->tenants_list_req;
	struct sql_tenants_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!begin(op, r->bearer))
		return;
	if (*r->cursor != '\0' && !tenant_id_ok(r->cursor)) {
		bearer_refuse(op, ST_INVALID_REQUEST, "cursor",
		    "is not one that a list ended with");
		return;
	}
	op->limit = r->limit > 0 ? r->limit : LIST_DEFAULT;
	p = (struct sql_tenants_list){
		ADMIN_READ(op, "tenants:read"),
		.after = db_text(r->cursor),
		.limit = db_int((int64_t)op->limit + 1),
	};
	op_sql(op, SQL_TENANTS_LIST, &p, listed);
}

/* ---- changes ---- */

/* What a request says, checked. CREATE_REQ and PATCH_REQ differ in name. */
struct wish {
	uint32_t	 has;
	const char	*id, *name, *state, *registration;
	int		 require_mfa;
	uint32_t	 least;
	char		 detail[160];
};

static int
is_one_of(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(s, *words) == 0)
			return (1);
	return (0);
}

/* NULL: fine; else what is wrong with *path. */
static const char *
wrong(const struct wish *w, const char **path)
{
	static const char *const states[] = { "active", "suspended", NULL };
	static const char *const modes[] = { "open", "verify", "closed", NULL };

	*path = "name";
	if ((w->has & TENANT_HAS_NAME) &&
	    (*w->name == '\0' || !name_display_ok(w->name)))
		return ("must have 1 to 128 characters that can be shown");
	*path = "status";
	if ((w->has & TENANT_HAS_STATE) && !is_one_of(w->state, states))
		return ("must be active or suspended");
	*path = "registration";
	if ((w->has & TENANT_HAS_REGISTRATION) &&
	    !is_one_of(w->registration, modes))
		return ("must be open, verify or closed");
	*path = "password_min";
	if ((w->has & TENANT_HAS_PASSWORD_MIN) &&
	    (w->least < LEAST || w->least > MOST))
		return ("must be from 8 to 64");
	return (NULL);
}

static const char *const short_reason =
    "must be 15 at least unless require_mfa is true";

/* The audit's detail: which members, and that nobody with a token asked. */
static void
detail_make(struct wish *w, const struct op *op)
{
	static const struct {
		uint32_t	 bit;
		const char	*name;
	} members[] = {
		{ TENANT_HAS_NAME, "name" },
		{ TENANT_HAS_STATE, "status" },
		{ TENANT_HAS_REGISTRATION, "registration" },
		{ TENANT_HAS_REQUIRE_MFA, "require_mfa" },
		{ TENANT_HAS_PASSWORD_MIN, "password_min" },
	};
	const char *sep = "";
	size_t i, n = 0, cap = sizeof(w->detail);

	n = (size_t)snprintf(w->detail, cap, "{%s\"members\":[",
	    op->operator ? "\"by\":\"operator\"," : "");
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (w->has & members[i].bit) {
			n += (size_t)snprintf(w->detail + n, cap - n,
			    "%s\"%s\"", sep, members[i].name);
			sep = ",";
		}
	(void)snprintf(w->detail + n, cap - n, "]}");
}

/* 0: refused, but for who holds no token. */
static int
wish_take(struct op *op, struct wish *w)
{
	const char *path, *why;

	id_take(op, w->id);
	if ((why = wrong(w, &path)) != NULL) {
		bearer_refuse(op, ST_INVALID_REQUEST, path, why);
		return (0);
	}
	detail_make(w, op);
	return (1);
}

static struct db_val
maybe_text(const struct wish *w, uint32_t bit, const char *s)
{
	return (db_text((w->has & bit) ? s : NULL));
}

static struct db_val
maybe_int(const struct wish *w, uint32_t bit, int64_t i)
{
	return ((w->has & bit) ? db_int(i) : db_text(NULL));
}

static void
created(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_TENANT_CREATE__WHO))
		return;
	if (store_rows(res, SQL_TENANT_CREATE__OUTCOME) == 0)
		op_fail(op, ST_TENANT_TAKEN);
	else
		answer_row(op, res, SQL_TENANT_CREATE__OUTCOME);
}

static void
create(struct op *op, const struct wish *w)
{
	struct sql_tenant_create p = {
		ADMIN_WRITE(op, "tenants:write"),
		.id = db_text(op->target),
		.name = db_text((w->has & TENANT_HAS_NAME) ? w->name : w->id),
		.status = db_text((w->has & TENANT_HAS_STATE) ? w->state :
		    "active"),
		.registration = db_text((w->has & TENANT_HAS_REGISTRATION) ?
		    w->registration : "open"),
		.mfa = db_int((w->has & TENANT_HAS_REQUIRE_MFA) ?
		    w->require_mfa : 0),
		.least = maybe_int(w, TENANT_HAS_PASSWORD_MIN, w->least),
		.ip = db_text(op->operator ? NULL : op->ip),
		.rid = db_text(op->operator ? NULL : op->rid),
		.detail = db_text(w->detail),
	};

	op_sql(op, SQL_TENANT_CREATE, &p, created);
}

void
answer_tenant_create(struct op *op, const union msg *m)
{
	const struct msg_tenant_create_req *r = &m->tenant_create_req;
	struct wish w = { r->has, r->id, r->name, r->state, r->registration,
	    r->require_mfa, r->password_min, "" };

	op_context(op, r->rid, r->ip, r->ua);
	if (!begin(op, r->bearer) || !wish_take(op, &w))
		return;
	if (op->target[0] == '\0')
		bearer_refuse(op, ST_INVALID_REQUEST, "id",
		    "must be 1 to 63 of a-z, 0-9 and -, no - in front");
	else if ((w.has & TENANT_HAS_PASSWORD_MIN) && w.least < LEAST_PLAIN &&
	    !((w.has & TENANT_HAS_REQUIRE_MFA) && w.require_mfa))
		bearer_refuse(op, ST_INVALID_REQUEST, "password_min",
		    short_reason);
	else
		create(op, &w);
}

static void
patched(struct op *op, const struct store_result *res)
{
	const int q = SQL_TENANT_PATCH__OUTCOME;

	if (!admin_may(op, res, SQL_TENANT_PATCH__WHO))
		return;
	if (store_rows(res, q) > 0) {
		tenant_forget(op->eng, op->target);
		if (store_int(res, q, 0, N_SWEEP))
			tenant_sweep(op->eng);
		answer_row(op, res, q);
	} else if (store_rows(res, SQL_TENANT_PATCH__THERE) == 0)
		op_fail(op, ST_NOT_FOUND);
	else if (op->limit != 0 && tenant_is_default(op->target))
		op_fail(op, ST_BUILTIN_TENANT);
	else
		op_fail_at(op, ST_INVALID_REQUEST, "password_min",
		    short_reason);
}

void
answer_tenant_patch(struct op *op, const union msg *m)
{
	const struct msg_tenant_patch_req *r = &m->tenant_patch_req;
	struct wish w = { r->has, r->id, r->name, r->state, r->registration,
	    r->require_mfa, r->password_min, "" };
	struct sql_tenant_patch p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!begin(op, r->bearer) || !wish_take(op, &w))
		return;
	/* suspends */
	op->limit = (w.has & TENANT_HAS_STATE) &&
	    strcmp(w.state, "suspended") == 0;
	p = (struct sql_tenant_patch){
		ADMIN_WRITE(op, "tenants:write"),
		.id = db_text(op->target),
		.name = maybe_text(&w, TENANT_HAS_NAME, w.name),
		.status = maybe_text(&w, TENANT_HAS_STATE, w.state),
		.registration = maybe_text(&w, TENANT_HAS_REGISTRATION,
		    w.registration),
		.mfa = maybe_int(&w, TENANT_HAS_REQUIRE_MFA, w.require_mfa),
		.least = maybe_int(&w, TENANT_HAS_PASSWORD_MIN, w.least),
		.batch = db_int(TENANT_BATCH),
		.ip = db_text(op->operator ? NULL : op->ip),
		.rid = db_text(op->operator ? NULL : op->rid),
		.detail = db_text(w.detail),
	};
	op_sql(op, SQL_TENANT_PATCH, &p, patched);
}

static void
deleted(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_TENANT_DELETE__WHO))
		return;
	if (store_rows(res, SQL_TENANT_DELETE__OUTCOME) > 0) {
		tenant_forget(op->eng, op->target);
		tenant_sweep(op->eng);
		op_done(op);
	} else if (store_rows(res, SQL_TENANT_DELETE__THERE) == 0)
		op_fail(op, ST_NOT_FOUND);
	else
		op_fail(op, tenant_is_default(op->target) ?
		    ST_BUILTIN_TENANT : ST_TENANT_ACTIVE);
}

void
answer_tenant_delete(struct op *op, const union msg *m)
{
	const struct msg_tenant_delete_req *r = &m->tenant_delete_req;
	struct sql_tenant_delete p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!begin(op, r->bearer))
		return;
	id_take(op, r->id);
	p = (struct sql_tenant_delete){
		ADMIN_WRITE(op, "tenants:write"),
		.id = db_text(op->target),
		.ip = db_text(op->operator ? NULL : op->ip),
		.rid = db_text(op->operator ? NULL : op->rid),
		.detail = db_text(op->operator ? "{\"by\":\"operator\"}" :
		    NULL),
	};
	op_sql(op, SQL_TENANT_DELETE, &p, deleted);
}
