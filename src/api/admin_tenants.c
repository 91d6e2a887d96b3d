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
 * /admin/tenants (API.md section 6), at the root only. Run by workers; twins:
 * answer_tenants_list() and answer_tenant_*().
 */
#include <string.h>

#include "src/api/admin.h"
#include "src/rules/tenant.h"

/* A Tenant. The same fields are in TENANT_RES and in TENANT_ITEM_RES. */
static void
add_tenant(struct buf *b, const struct msg_tenant_res *t)
{
	buf_adds(b, "{\"id\":");
	buf_add_json(b, t->id);
	buf_adds(b, ",\"name\":");
	buf_add_json(b, t->name);
	buf_adds(b, ",\"status\":");
	buf_add_json(b, t->state);
	buf_adds(b, ",\"registration\":");
	buf_add_json(b, t->registration);
	buf_adds(b, ",\"require_mfa\":");
	api_add_bool(b, t->require_mfa);
	buf_adds(b, ",\"password_min\":");
	buf_addu(b, t->password_min);
	buf_adds(b, ",\"createdAt\":");
	api_add_time(b, t->created_at);
	buf_addc(b, '}');
}

static void
got(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (!api_expect(c, IMSG_TENANT_RES, type, m, last))
		return;
	if (c->op->success == 201)
		admin_location(c, m->tenant_res.id);
	add_tenant(api_out(), &m->tenant_res);
	api_send(c->req, c->op->success, 0);
}

static void
add_item(struct buf *b, const union msg *m)
{
	add_tenant(b, &m->tenant_res);
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_TENANT_ITEM_RES, type, m, last, add_item);
}

const struct api_op op_admin_tenants_list = { .id = "listTenants",
    .summary = "All tenants", .result = "TenantList", .success = 200,
    .list = 1 };

void
admin_tenants_list(struct http_req *req)
{
	struct msg_tenants_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_tenants_list_req){ API_ADMIN(c), .limit = c->limit,
	    .cursor = c->cursor };
	api_asked(c, ask_edge(api.engine, IMSG_TENANTS_LIST_REQ, &m, listed,
	    c));
}

/* NULL: 404 was or will be sent. */
static const char *
id_of(struct api_call *c)
{
	const char *id = http_req_arg(c->req, 0);

	if (id != NULL && tenant_id_ok(id))
		return id;
	api_refuse_checked(c, ST_NOT_FOUND);
	return NULL;
}

const struct api_op op_admin_tenant_get = { .id = "getTenant",
    .summary = "A tenant", .result = "Tenant", .success = 200,
    .own = { 404 } };

void
admin_tenant_get(struct http_req *req)
{
	struct msg_tenant_get_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = id_of(c)) == NULL)
		return;
	m = (struct msg_tenant_get_req){ API_ADMIN(c), .id = id };
	api_asked(c, ask_edge(api.engine, IMSG_TENANT_GET_REQ, &m, got, c));
}

#define MEMBERS								\
	{ .name = "name", .type = SCHEMA_STR, .min = 1, .max = 128,	\
	    .counts = 1 },						\
	{ .name = "status", .type = SCHEMA_STR, .bytes = 16, .counts = 1 }, \
	{ .name = "registration", .type = SCHEMA_STR, .bytes = 16,	\
	    .counts = 1 },						\
	{ .name = "require_mfa", .type = SCHEMA_BOOL, .counts = 1 },	\
	{ .name = "password_min", .type = SCHEMA_INT, .min = 8, .max = 64, \
	    .counts = 1 }

static const struct schema_field create_fields[] = {
	{ .name = "id", .type = SCHEMA_STR, .required = 1, .min = 1,
	    .max = 63 },
	MEMBERS,
};
static const struct schema_field patch_fields[] = { MEMBERS };
static const struct schema create_body =
    SCHEMA("TenantRequest", create_fields, 0);
static const struct schema patch_body =
    SCHEMA("TenantPatchRequest", patch_fields, 1);

static uint32_t
has(const json_t *body)
{
	static const struct {
		const char	*name;
		uint32_t	 bit;
	} rows[] = {
		{ "name", TENANT_HAS_NAME }, { "status", TENANT_HAS_STATE },
		{ "registration", TENANT_HAS_REGISTRATION },
		{ "require_mfa", TENANT_HAS_REQUIRE_MFA },
		{ "password_min", TENANT_HAS_PASSWORD_MIN },
	};
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (schema_has(body, rows[i].name))
			bits |= rows[i].bit;
	return bits;
}

/* Members of both messages, from a body. */
#define WISH(b)								\
	.has = has(b), .name = schema_str(b, "name"),			\
	.state = schema_str(b, "status"),				\
	.registration = schema_str(b, "registration"),			\
	.require_mfa = (uint8_t)schema_bool(b, "require_mfa"),		\
	.password_min = schema_uint(b, "password_min")

const struct api_op op_admin_tenant_create = { .id = "createTenant",
    .summary = "Make a tenant", .body = &create_body, .result = "Tenant",
    .success = 201, .own = { 409 } };

void
admin_tenant_create(struct http_req *req)
{
	struct msg_tenant_create_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_tenant_create_req){ API_ADMIN(c),
	    .id = schema_str(c->body, "id"), WISH(c->body) };
	api_asked(c, ask_edge(api.engine, IMSG_TENANT_CREATE_REQ, &m, got,
	    c));
}

const struct api_op op_admin_tenant_patch = { .id = "patchTenant",
    .summary = "Change a tenant", .body = &patch_body, .result = "Tenant",
    .success = 200, .own = { 404 } };

void
admin_tenant_patch(struct http_req *req)
{
	struct msg_tenant_patch_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = id_of(c)) == NULL)
		return;
	m = (struct msg_tenant_patch_req){ API_ADMIN(c), .id = id,
	    WISH(c->body) };
	api_asked(c, ask_edge(api.engine, IMSG_TENANT_PATCH_REQ, &m, got, c));
}

const struct api_op op_admin_tenant_delete = { .id = "deleteTenant",
    .summary = "Erase a suspended tenant", .success = 204,
    .own = { 404, 409 } };

void
admin_tenant_delete(struct http_req *req)
{
	struct msg_tenant_delete_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = id_of(c)) == NULL)
		return;
	m = (struct msg_tenant_delete_req){ API_ADMIN(c), .id = id };
	api_asked(c, ask_edge(api.engine, IMSG_TENANT_DELETE_REQ, &m,
	    api_no_content, c));
}
