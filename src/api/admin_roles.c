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
 * /admin/roles, /admin/permissions (API.md section 6). Run by workers; twins:
 * answer_role_*(), answer_roles_list(), answer_permissions_list().
 */
#include <stdio.h>
#include <string.h>

#include "src/api/admin.h"
#include "src/rules/role.h"

static const struct schema_field create_fields[] = {
	{ .name = "name", .type = SCHEMA_STR, .required = 1, .min = 2,
	    .max = ROLE_NAME_MAX },
	{ .name = "description", .type = SCHEMA_STR, .max = 256 },
	{ .name = "permissions", .type = SCHEMA_STRS, .required = 1, .min = 1,
	    .items = PERMISSIONS_MAX },
};
static const struct schema_field patch_fields[] = {
	{ .name = "description", .type = SCHEMA_STR, .max = 256,
	    .counts = 1 },
	{ .name = "permissions", .type = SCHEMA_STRS, .min = 1,
	    .items = PERMISSIONS_MAX, .counts = 1 },
};
static const struct schema create_body =
    SCHEMA("RoleRequest", create_fields, 0);
static const struct schema patch_body =
    SCHEMA("RolePatchRequest", patch_fields, 1);

const struct api_op op_admin_permissions = { .id = "listPermissions",
    .summary = "Every permission there is", .result = "PermissionList",
    .success = 200, .list = 1 };
const struct api_op op_admin_roles = { .id = "listRoles",
    .summary = "The roles", .result = "RoleList", .success = 200,
    .list = 1 };
const struct api_op op_admin_role_create = { .id = "createRole",
    .summary = "A new role", .body = &create_body, .result = "Role",
    .success = 201, .own = { 409 } };
const struct api_op op_admin_role_get = { .id = "getRole",
    .summary = "A role", .result = "Role", .success = 200, .own = { 404 } };
const struct api_op op_admin_role_patch = { .id = "patchRole",
    .summary = "Change a role; its permissions are replaced",
    .body = &patch_body, .result = "Role", .success = 200, .own = { 404 } };
const struct api_op op_admin_role_delete = { .id = "deleteRole",
    .summary = "End a role; who holds it loses it", .success = 204,
    .own = { 404 } };

/* ---- answers ---- */

static void
add_role(struct buf *b, const struct msg_role_res *r)
{
	buf_adds(b, "{\"name\":");
	buf_add_json(b, r->name);
	buf_adds(b, ",\"description\":");
	buf_add_json(b, r->description);
	buf_adds(b, ",\"permissions\":");
	api_add_words(b, r->permissions);
	buf_adds(b, ",\"builtin\":");
	api_add_bool(b, r->builtin);
	buf_adds(b, ",\"createdAt\":");
	api_add_time(b, r->created_at);
	buf_addc(b, '}');
}

static void
add_role_item(struct buf *b, const union msg *m)
{
	const struct msg_role_item_res *i = &m->role_item_res;
	const struct msg_role_res r = { .name = i->name,
	    .description = i->description, .permissions = i->permissions,
	    .builtin = i->builtin, .created_at = i->created_at };

	add_role(b, &r);
}

static void
add_permission(struct buf *b, const union msg *m)
{
	buf_adds(b, "{\"name\":");
	buf_add_json(b, m->permission_item_res.name);
	buf_addc(b, '}');
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_ROLE_ITEM_RES, type, m, last, add_role_item);
}

static void
listed_permissions(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_PERMISSION_ITEM_RES, type, m, last,
	    add_permission);
}

static void
got(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (!api_expect(c, IMSG_ROLE_RES, type, m, last))
		return;
	if (c->op->success == 201)
		admin_location(c, m->role_res.name);
	add_role(api_out(), &m->role_res);
	api_send(c->req, c->op->success, 0);
}

/* ---- requests ---- */

/* The body's permissions as words, in b; 400s are collected. */
static const char *
permissions(struct api_call *c, struct buf *b)
{
	admin_words(c, b, "permissions", role_permission_ok,
	    "is no permission of a role");
	return (buf_cstr(b));
}

/* 1; 0: answered, or will be. */
static int
body_good(struct api_call *c, const char *words)
{
	if (c->errs.n > 0)
		api_refuse_checked(c, ST_INVALID_REQUEST);
	else if (words == NULL)
		api_fail(c, ST_INTERNAL, 0, "", "");
	return (c->errs.n == 0 && words != NULL);
}

/* The role of the path; NULL: it can be none, and that will be answered. */
static const char *
role_of(struct api_call *c)
{
	const char *name = http_req_arg(c->req, 0);

	if (name != NULL && role_name_ok(name))
		return (name);
	api_refuse_checked(c, ST_NOT_FOUND);
	return (NULL);
}

void
admin_permissions(struct http_req *req)
{
	struct msg_permissions_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_permissions_list_req){ API_ADMIN(c),
	    .limit = c->limit, .cursor = c->cursor };
	api_asked(c, ask_edge(api.engine, IMSG_PERMISSIONS_LIST_REQ, &m,
	    listed_permissions, c));
}

void
admin_roles(struct http_req *req)
{
	struct msg_roles_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_roles_list_req){ API_ADMIN(c), .limit = c->limit,
	    .cursor = c->cursor };
	api_asked(c, ask_edge(api.engine, IMSG_ROLES_LIST_REQ, &m, listed,
	    c));
}

void
admin_role_create(struct http_req *req)
{
	struct msg_role_create_req m;
	struct buf b = BUF_INIT;
	struct api_call *c;
	const char *words;

	if ((c = api_begin(req)) == NULL)
		return;
	if (!role_name_ok(schema_str(c->body, "name")))
		schema_error_add(&c->errs, "name", "must be a lower case "
		    "letter, then letters, digits and ._-");
	words = permissions(c, &b);
	if (body_good(c, words)) {
		m = (struct msg_role_create_req){ API_ADMIN(c),
		    .name = schema_str(c->body, "name"),
		    .description = schema_str(c->body, "description"),
		    .permissions = words };
		api_asked(c, ask_edge(api.engine, IMSG_ROLE_CREATE_REQ, &m,
		    got, c));
	}
	buf_free(&b);
}

void
admin_role_get(struct http_req *req)
{
	struct msg_role_get_req m;
	struct api_call *c;
	const char *name;

	if ((c = api_begin(req)) == NULL || (name = role_of(c)) == NULL)
		return;
	m = (struct msg_role_get_req){ API_ADMIN(c), .name = name };
	api_asked(c, ask_edge(api.engine, IMSG_ROLE_GET_REQ, &m, got, c));
}

void
admin_role_patch(struct http_req *req)
{
	struct msg_role_patch_req m;
	struct buf b = BUF_INIT;
	struct api_call *c;
	const char *words, *name;

	if ((c = api_begin(req)) == NULL)
		return;
	words = permissions(c, &b);
	if (body_good(c, words) && (name = role_of(c)) != NULL) {
		m = (struct msg_role_patch_req){ API_ADMIN(c), .name = name,
		    .has_description =
		    json_object_get(c->body, "description") != NULL,
		    .description = schema_str(c->body, "description"),
		    .has_permissions =
		    json_object_get(c->body, "permissions") != NULL,
		    .permissions = words };
		api_asked(c, ask_edge(api.engine, IMSG_ROLE_PATCH_REQ, &m,
		    got, c));
	}
	buf_free(&b);
}

void
admin_role_delete(struct http_req *req)
{
	struct msg_role_delete_req m;
	struct api_call *c;
	const char *name;

	if ((c = api_begin(req)) == NULL || (name = role_of(c)) == NULL)
		return;
	m = (struct msg_role_delete_req){ API_ADMIN(c), .name = name };
	api_asked(c, ask_edge(api.engine, IMSG_ROLE_DELETE_REQ, &m,
	    api_no_content, c));
}
