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
 * /admin/scopes: what the page of consent says of a tenant's own scopes. Run by
 * workers; twins: answer_scopes_list(), answer_scope_set(),
 * answer_scope_delete().
 */
#include <string.h>

#include "src/api/admin.h"
#include "src/rules/scope.h"

static const struct schema_field set_fields[] = {
	{ .name = "description", .type = SCHEMA_STR, .required = 1, .min = 1,
	    .max = SCOPE_TEXT_MAX },
};
static const struct schema set_body = SCHEMA("ScopeRequest", set_fields, 0);

const struct api_op op_admin_scopes = { .id = "listScopes",
    .summary = "The tenant's own scopes that have a description",
    .result = "ScopeList", .success = 200, .list = 1 };
const struct api_op op_admin_scope_set = { .id = "setScope",
    .summary = "What the page of consent says of a scope",
    .body = &set_body, .result = "Scope", .success = 200, .own = { 404 } };
const struct api_op op_admin_scope_delete = { .id = "deleteScope",
    .summary = "Say nothing of a scope any more", .success = 204,
    .own = { 404 } };

static void
add_scope(struct buf *b, const char *name, const char *description,
    int64_t created_at)
{
	buf_adds(b, "{\"name\":");
	buf_add_json(b, name);
	buf_adds(b, ",\"description\":");
	buf_add_json(b, description);
	buf_adds(b, ",\"createdAt\":");
	api_add_time(b, created_at);
	buf_addc(b, '}');
}

static void
add_item(struct buf *b, const union msg *m)
{
	const struct msg_scope_item_res *i = &m->scope_item_res;

	add_scope(b, i->name, i->description, i->created_at);
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_SCOPE_ITEM_RES, type, m, last, add_item);
}

void
admin_scopes(struct http_req *req)
{
	struct msg_scopes_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_scopes_list_req){ API_ADMIN(c), .limit = c->limit,
	    .cursor = c->cursor };
	api_asked(c, ask_edge(api.engine, IMSG_SCOPES_LIST_REQ, &m, listed,
	    c));
}

/* NULL: 404, once the engine has agreed. */
static const char *
name_of(struct api_call *c)
{
	const char *name = http_req_arg(c->req, 0);

	if (name != NULL && scope_name_ok(name))
		return (name);
	api_refuse_checked(c, ST_NOT_FOUND);
	return (NULL);
}

static void
got(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (!api_expect(c, IMSG_SCOPE_RES, type, m, last))
		return;
	add_scope(api_out(), m->scope_res.name, m->scope_res.description,
	    m->scope_res.created_at);
	api_send(c->req, 200, 0);
}

void
admin_scope_set(struct http_req *req)
{
	struct msg_scope_set_req m;
	struct api_call *c;
	const char *name;

	if ((c = api_begin(req)) == NULL || (name = name_of(c)) == NULL)
		return;
	m = (struct msg_scope_set_req){ API_ADMIN(c), .name = name,
	    .description = schema_str(c->body, "description") };
	api_asked(c, ask_edge(api.engine, IMSG_SCOPE_SET_REQ, &m, got, c));
}

void
admin_scope_delete(struct http_req *req)
{
	struct msg_scope_delete_req m;
	struct api_call *c;
	const char *name;

	if ((c = api_begin(req)) == NULL || (name = name_of(c)) == NULL)
		return;
	m = (struct msg_scope_delete_req){ API_ADMIN(c), .name = name };
	api_asked(c, ask_edge(api.engine, IMSG_SCOPE_DELETE_REQ, &m,
	    api_no_content, c));
}
