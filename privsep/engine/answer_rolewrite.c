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
 * Roles, to make, change and end (API.md sections 4 and 6). Runs in the
 * engine. What is refused is found out by the SQL that would write.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_role.h"
#include "privsep/engine/names.h"
#include "src/base/utf8.h"
#include "src/rules/role.h"

#define DESCRIPTION_MAX	256	/* code points */
#define WRITE		"roles:write"

/* What a role is given, as the SQL takes it; the implied ones behind. */
struct given {
	struct buf	 names;
	int		 count, given;
};

/* 0; -1: not what an honest worker lets pass, or no memory. */
static int
given_take(struct given *g, const char *permissions)
{
	char name[NAMES_CELL];
	const char *implied, *p;
	size_t len;

	buf_init(&g->names);
	g->given = names_add(&g->names, permissions, PERMISSIONS_MAX,
	    role_permission_ok);
	if ((g->count = g->given) == -1)
		return (-1);
	for (p = permissions; *p != '\0'; p += p[len] == ' ' ? len + 1 : len) {
		len = strcspn(p, " ");
		memcpy(name, p, len);
		name[len] = '\0';
		if ((implied = permission_implied(name)) == NULL)
			continue;
		names_add_one(&g->names, implied, strlen(implied));
		g->count++;
	}
	return (buf_cstr(&g->names) == NULL ? -1 : 0);
}

/* {"by":"operator","members":…}; its members begin with a comma. NULL: no
 * memory. */
static const char *
detail_end(struct op *op, struct buf *b)
{
	struct buf all = BUF_INIT;
	const char *members = buf_cstr(b);

	if (members == NULL)
		return (NULL);
	if (op->operator)
		buf_adds(&all, ",\"by\":\"operator\"");
	buf_adds(&all, members);
	buf_addc(&all, '}');
	if (all.len > 1 && all.p != NULL)
		all.p[0] = '{';
	buf_reset(b);
	buf_add(b, all.p, all.len);
	b->err |= all.err;
	buf_free(&all);
	return (buf_cstr(b));
}

static int
description_ok(const char *s)
{
	return (utf8_length(s, strlen(s)) <= DESCRIPTION_MAX);
}

static void
refuse(struct op *op, const char *path)
{
	bearer_refuse(op, ST_INVALID_REQUEST, path, "is not valid");
}

/* Answers with the refusal that a result has, if any: 1. */
static int
refused(struct op *op, const struct store_result *res, int unknown,
    int lacking)
{
	char path[32];

	if (store_rows(res, unknown) > 0) {
		snprintf(path, sizeof(path), "permissions.%d",
		    (int)store_int(res, unknown, 0, 0));
		op_fail_at(op, ST_INVALID_REQUEST, path,
		    "is no permission that exists");
		return (1);
	}
	if (store_rows(res, lacking) > 0) {
		op_fail(op, ST_FORBIDDEN);
		return (1);
	}
	return (0);
}

/* ---- create ---- */

static void
created(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_ROLE_CREATE__WHO) ||
	    refused(op, res, SQL_ROLE_CREATE__UNKNOWN,
	    SQL_ROLE_CREATE__LACKING))
		return;
	/* none of it: another one was made at the same time */
	if (store_rows(res, SQL_ROLE_CREATE__TAKEN) > 0 ||
	    store_rows(res, SQL_ROLE_CREATE__ROLE) == 0)
		op_fail(op, ST_ROLE_TAKEN);
	else
		admin_role_answer(op, res, SQL_ROLE_CREATE__ROLE,
		    SQL_ROLE_CREATE__PERMISSIONS);
}

static void
create(struct op *op, const struct msg_role_create_req *r,
    const struct given *g, const char *detail)
{
	struct sql_role_create p = {
		ADMIN_WRITE(op, WRITE),
		.name = db_text(r->name),
		.description = db_text(r->description),
		.names = db_text((const char *)g->names.p),
		.count = db_int(g->count),
		.given = db_int(g->given),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.detail = db_text(detail),
	};

	op_sql(op, SQL_ROLE_CREATE, &p, created);
}

void
answer_role_create(struct op *op, const union msg *m)
{
	const struct msg_role_create_req *r = &m->role_create_req;
	struct buf detail = BUF_INIT;
	struct given g;
	const char *text;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	if (!role_name_ok(r->name)) {
		refuse(op, "name");
		return;
	}
	if (!description_ok(r->description)) {
		refuse(op, "description");
		return;
	}
	if (given_take(&g, r->permissions) == -1)
		refuse(op, "permissions");
	else {
		names_detail(&detail, "permissions", r->permissions);
		if ((text = detail_end(op, &detail)) == NULL)
			op_fail(op, ST_INTERNAL);
		else
			create(op, r, &g, text);
	}
	buf_free(&detail);
	buf_free(&g.names);
}

/* ---- change ---- */

/* Answers where there is no such role, or none that may be changed: 1. */
static int
protected(struct op *op, const struct store_result *res, int found,
    int beneath)
{
	enum msg_status st = ST_OK;

	if (store_rows(res, found) == 0)
		st = ST_NOT_FOUND;
	else if (store_int(res, found, 0, 0) != 0)
		st = ST_BUILTIN_ROLE;
	else if (store_rows(res, beneath) > 0)
		st = ST_FORBIDDEN;
	if (st != ST_OK)
		op_fail(op, st);
	return (st != ST_OK);
}

static void
patched(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_ROLE_PATCH__WHO) ||
	    protected(op, res, SQL_ROLE_PATCH__FOUND,
	    SQL_ROLE_PATCH__BENEATH) ||
	    refused(op, res, SQL_ROLE_PATCH__UNKNOWN,
	    SQL_ROLE_PATCH__LACKING))
		return;
	if (store_rows(res, SQL_ROLE_PATCH__ROLE) == 0)
		op_fail(op, ST_NOT_FOUND);	/* ended at the same time */
	else
		admin_role_answer(op, res, SQL_ROLE_PATCH__ROLE,
		    SQL_ROLE_PATCH__PERMISSIONS);
}

static void
patch(struct op *op, const struct msg_role_patch_req *r,
    const struct given *g, const char *detail)
{
	struct sql_role_patch p = {
		ADMIN_WRITE(op, WRITE),
		.name = db_text(r->name),
		.has_description = db_int(r->has_description),
		.description = db_text(r->description),
		.has_permissions = db_int(r->has_permissions),
		.names = db_text((const char *)g->names.p),
		.count = db_int(g->count),
		.given = db_int(g->given),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.detail = db_text(detail),
	};

	op_sql(op, SQL_ROLE_PATCH, &p, patched);
}

static const char *
patch_detail(struct op *op, const struct msg_role_patch_req *r,
    struct buf *b)
{
	names_detail(b, "members",
	    r->has_description && r->has_permissions ?
	    "description permissions" :
	    r->has_description ? "description" : "permissions");
	if (r->has_permissions)
		names_detail(b, "permissions", r->permissions);
	return (detail_end(op, b));
}

void
answer_role_patch(struct op *op, const union msg *m)
{
	const struct msg_role_patch_req *r = &m->role_patch_req;
	struct buf detail = BUF_INIT;
	struct given g;
	const char *text;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	if (!r->has_description && !r->has_permissions) {
		refuse(op, "");
		return;
	}
	if (r->has_description && !description_ok(r->description)) {
		refuse(op, "description");
		return;
	}
	if (given_take(&g, r->has_permissions ? r->permissions : "") == -1)
		refuse(op, "permissions");
	else if ((text = patch_detail(op, r, &detail)) == NULL)
		op_fail(op, ST_INTERNAL);
	else
		patch(op, r, &g, text);
	buf_free(&detail);
	buf_free(&g.names);
}

/* ---- end ---- */

static void
deleted(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_ROLE_DELETE__WHO))
		return;
	if (store_rows(res, SQL_ROLE_DELETE__OUTCOME) > 0)
		op_done(op);
	else if (!protected(op, res, SQL_ROLE_DELETE__FOUND,
	    SQL_ROLE_DELETE__BENEATH))
		op_fail(op, ST_NOT_FOUND);	/* ended at the same time */
}

void
answer_role_delete(struct op *op, const union msg *m)
{
	const struct msg_role_delete_req *r = &m->role_delete_req;
	struct sql_role_delete p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	p = (struct sql_role_delete){
		ADMIN_WRITE(op, WRITE),
		.name = db_text(r->name),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.detail = db_text(op->operator ? "{\"by\":\"operator\"}" :
		    NULL),
	};
	op_sql(op, SQL_ROLE_DELETE, &p, deleted);
}
