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
 * /admin/users (API.md section 6). Run by workers; twins: answer_user_*().
 */
#include <stdio.h>
#include <string.h>

#include "src/api/admin.h"
#include "src/base/rnd.h"
#include "src/base/utf8.h"

static void
add_member(struct buf *b, const char *name, const char *value)
{
	buf_adds(b, name);
	buf_add_json(b, value);
}

/* A User. The same fields are in USER_RES and in USER_ITEM_RES. */
static void
add_user(struct buf *b, const struct msg_user_res *u)
{
	add_member(b, "{\"id\":", u->id);
	add_member(b, ",\"username\":", u->username);
	add_member(b, ",\"email\":", u->email);
	buf_adds(b, ",\"email_verified\":");
	api_add_bool(b, u->email_verified);
	add_member(b, ",\"name\":", u->name);
	add_member(b, ",\"role\":", u->role);
	buf_adds(b, ",\"roles\":");
	api_add_words(b, u->roles);
	add_member(b, ",\"status\":", u->status);
	buf_adds(b, ",\"locked\":");
	api_add_bool(b, u->locked);
	buf_adds(b, ",\"mfa\":");
	api_add_bool(b, u->mfa);
	add_member(b, ",\"tenant\":", u->tenant);
	buf_adds(b, ",\"createdAt\":");
	api_add_time(b, u->created_at);
	buf_adds(b, ",\"updatedAt\":");
	api_add_time(b, u->updated_at);
	buf_adds(b, ",\"lastLoginAt\":");
	api_add_time(b, u->last_login_at);
	buf_addc(b, '}');
}

/* One User, with its ETag. */
static void
user_answer(struct api_call *c, const struct msg_user_res *u)
{
	char etag[sizeof("\"\"") + 128];

	snprintf(etag, sizeof(etag), "\"%s\"", u->etag);
	(void)http_reply_header(c->req, "ETag", etag);
	add_user(api_out(), u);
	api_send(c->req, c->op->success, 0);
}

static void
got(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (api_expect(c, IMSG_USER_RES, type, m, last))
		user_answer(c, &m->user_res);
}

/* ---- the list ---- */

static void
add_item(struct buf *b, const union msg *m)
{
	add_user(b, &m->user_res);
}

_Static_assert(sizeof(struct msg_user_res) == sizeof(struct msg_user_item_res),
    "both are a user");

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_USER_ITEM_RES, type, m, last, add_item);
}

/* A parameter of the query, "" when it is absent; 400 when it cannot be one. */
static const char *
parameter(struct api_call *c, const char *name, size_t cap)
{
	const char *v = http_query(c->req, name);

	if (v == NULL)
		return "";
	if (strlen(v) <= cap && utf8_valid(v, strlen(v)))
		return v;
	schema_error_add(&c->errs, name, "is too long, or not text");
	return "";
}

const struct api_op op_admin_users_list = { .id = "listUsers",
    .summary = "Accounts, by their begin, role or status",
    .result = "UserList", .success = 200, .list = 1,
    .query = "q role status" };

void
admin_users_list(struct http_req *req)
{
	struct msg_users_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_users_list_req){ API_ADMIN(c), .limit = c->limit,
	    .cursor = c->cursor, .q = parameter(c, "q", CAP_USERNAME),
	    .role = parameter(c, "role", CAP_ROLE),
	    .state = parameter(c, "status", 16) };
	if (c->errs.n > 0)
		api_refuse_checked(c, ST_INVALID_REQUEST);
	else
		api_asked(c, ask_edge(api.engine, IMSG_USERS_LIST_REQ, &m,
		    listed, c));
}

/* ---- one account ---- */

/* NULL: 404 was or will be sent. */
static const char *
id_of(struct api_call *c)
{
	const char *id = http_req_arg(c->req, 0);

	if (id != NULL && rnd_is_uuid(id))
		return id;
	api_refuse_checked(c, ST_NOT_FOUND);
	return NULL;
}

/* "": none was sent; what can match nothing is sent on as that. */
static const char *
if_match(struct api_call *c)
{
	const char *v = http_req_header(c->req, "if-match");

	if (v == NULL)
		return "";
	return *v != '\0' && strlen(v) <= CAP_ETAG &&
	    utf8_valid(v, strlen(v)) ? v : "?";
}

const struct api_op op_admin_user_get = { .id = "getUser",
    .summary = "An account", .result = "User", .success = 200,
    .own = { 404 } };

void
admin_user_get(struct http_req *req)
{
	struct msg_user_get_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = id_of(c)) == NULL)
		return;
	m = (struct msg_user_get_req){ API_ADMIN(c), .user = id };
	api_asked(c, ask_edge(api.engine, IMSG_USER_GET_REQ, &m, got, c));
}

/* ---- create, change ---- */

#define ROLES_MAX	32
#define ROLES_TEXT	(ROLES_MAX * (CAP_ROLE + 1) + 1)

#define MEMBERS(needed)							\
	{ .name = "username", .type = SCHEMA_STR, .required = needed,	\
	    .min = 3, .max = 64, .counts = 1 },				\
	{ .name = "email", .type = SCHEMA_STR, .required = needed,	\
	    .min = 1, .max = 254, .counts = 1 },			\
	{ .name = "name", .type = SCHEMA_STR, .max = 128, .counts = 1 }, \
	{ .name = "roles", .type = SCHEMA_STRS, .items = ROLES_MAX,	\
	    .min = 1, .max = CAP_ROLE, .bytes = CAP_ROLE, .counts = 1 }, \
	{ .name = "email_verified", .type = SCHEMA_BOOL, .counts = 1 }

static const struct schema_field create_fields[] = {
	MEMBERS(1),
	{ .name = "password_hash", .type = SCHEMA_STR, .min = 1,
	    .bytes = CAP_FOREIGN },
};
static const struct schema_field patch_fields[] = { MEMBERS(0) };
static const struct schema_field role_fields[] = {
	{ .name = "role", .type = SCHEMA_STR, .required = 1, .min = 1,
	    .bytes = CAP_ROLE },
};
static const struct schema create_body =
    SCHEMA("UserRequest", create_fields, 0);
static const struct schema patch_body =
    SCHEMA("UserPatchRequest", patch_fields, 1);
static const struct schema role_body =
    SCHEMA("UserRoleRequest", role_fields, 0);

/* The roles of a body as words. 0: one cannot be, and 400 will be sent. */
static int
take_roles(struct api_call *c, char words[ROLES_TEXT])
{
	const json_t *list = json_object_get(c->body, "roles"), *e;
	const char *s;
	char path[32];
	size_t i, n = 0, len;

	words[0] = '\0';
	json_array_foreach(list, i, e) {
		s = json_string_value(e);
		len = strlen(s);
		if (strchr(s, ' ') != NULL || n + len + 2 > ROLES_TEXT) {
			snprintf(path, sizeof(path), "roles.%zu", i);
			schema_error_add(&c->errs, path, "is no role");
			api_refuse_checked(c, ST_INVALID_REQUEST);
			return 0;
		}
		if (n > 0)
			words[n++] = ' ';
		memcpy(words + n, s, len + 1);
		n += len;
	}
	return 1;
}

static void
created(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (!api_expect(c, IMSG_USER_RES, type, m, last))
		return;
	admin_location(c, m->user_res.id);
	user_answer(c, &m->user_res);
}

const struct api_op op_admin_user_create = { .id = "createUser",
    .summary = "Make an account; without a hash a link to set a password is "
    "mailed", .body = &create_body, .result = "User", .success = 201,
    .own = { 409 } };

void
admin_user_create(struct http_req *req)
{
	struct msg_user_create_req m;
	char roles[ROLES_TEXT];
	struct api_call *c;

	if ((c = api_begin(req)) == NULL || !take_roles(c, roles))
		return;
	m = (struct msg_user_create_req){ API_ADMIN(c), .roles = roles,
	    .username = schema_str(c->body, "username"),
	    .email = schema_str(c->body, "email"),
	    .name = schema_str(c->body, "name"),
	    .email_verified = (uint8_t)schema_bool(c->body,
	    "email_verified"),
	    .password_hash = schema_str(c->body, "password_hash") };
	api_asked(c, ask_edge(api.engine, IMSG_USER_CREATE_REQ, &m, created,
	    c));
}

const struct api_op op_admin_user_patch = { .id = "patchUser",
    .summary = "Change an account; roles are replaced",
    .body = &patch_body, .result = "User", .success = 200, .if_match = 1,
    .own = { 404, 409, 412 } };

void
admin_user_patch(struct http_req *req)
{
	struct msg_user_patch_req m;
	char roles[ROLES_TEXT];
	struct api_call *c;
	const json_t *b;
	const char *id;

	if ((c = api_begin(req)) == NULL || !take_roles(c, roles) ||
	    (id = id_of(c)) == NULL)
		return;
	b = c->body;
	m = (struct msg_user_patch_req){ API_ADMIN(c), .user = id,
	    .if_match = if_match(c), .roles = roles,
	    .has_username = (uint8_t)schema_has(b, "username"),
	    .username = schema_str(b, "username"),
	    .has_email = (uint8_t)schema_has(b, "email"),
	    .email = schema_str(b, "email"),
	    .has_name = (uint8_t)schema_has(b, "name"),
	    .name = schema_str(b, "name"),
	    .has_roles = (uint8_t)schema_has(b, "roles"),
	    .has_verified = (uint8_t)schema_has(b, "email_verified"),
	    .email_verified = (uint8_t)schema_bool(b, "email_verified") };
	api_asked(c, ask_edge(api.engine, IMSG_USER_PATCH_REQ, &m, got, c));
}

/* 200 with a message and nothing else. */
static void
told(struct api_call *c, const char *text)
{
	struct buf *b = api_out();

	add_member(b, "{\"message\":", text);
	buf_addc(b, '}');
	api_send(c->req, 200, 0);
}

static void
role_put(uint16_t type, const union msg *m, int last, void *arg)
{
	if (api_expect(arg, IMSG_USER_RES, type, m, last))
		told(arg, "User role updated successfully");
}

const struct api_op op_admin_user_put = { .id = "putUserRole",
    .summary = "Make an account an administrator, or not; its own roles stay",
    .body = &role_body, .result = "Message", .success = 200, .if_match = 1,
    .own = { 404, 412 } };

void
admin_user_put(struct http_req *req)
{
	struct msg_user_role_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = id_of(c)) == NULL)
		return;
	m = (struct msg_user_role_req){ API_ADMIN(c), .user = id,
	    .if_match = if_match(c), .role = schema_str(c->body, "role") };
	api_asked(c, ask_edge(api.engine, IMSG_USER_ROLE_REQ, &m, role_put,
	    c));
}

static void
deleted(uint16_t type, const union msg *m, int last, void *arg)
{
	if (api_expect(arg, IMSG_DONE_RES, type, m, last))
		told(arg, "User deleted successfully");
}

const struct api_op op_admin_user_delete = { .id = "deleteUser",
    .summary = "Erase an account", .result = "Message", .success = 200,
    .if_match = 1, .own = { 404, 412 } };

void
admin_user_delete(struct http_req *req)
{
	struct msg_user_delete_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = id_of(c)) == NULL)
		return;
	m = (struct msg_user_delete_req){ API_ADMIN(c), .user = id,
	    .if_match = if_match(c) };
	api_asked(c, ask_edge(api.engine, IMSG_USER_DELETE_REQ, &m, deleted,
	    c));
}

/* ---- acts ---- */

const struct api_op op_admin_user_act[USER_ACT__MAX] = {
	[USER_DISABLE] = { .id = "disableUser", .success = 204,
	    .summary = "No logins any more; sessions end", .own = { 404 } },
	[USER_ENABLE] = { .id = "enableUser", .success = 204,
	    .summary = "Undo that", .own = { 404 } },
	[USER_UNLOCK] = { .id = "unlockUser", .success = 204,
	    .summary = "Lift what failures did", .own = { 404 } },
	[USER_RESET_MFA] = { .id = "resetUserMfa", .success = 204,
	    .summary = "Take the second factor away; sessions end",
	    .own = { 404 } },
	[USER_SEND_RESET] = { .id = "sendUserReset", .success = 204,
	    .summary = "Mail a link that sets a new password",
	    .own = { 404 } },
	[USER_REVOKE_SESSIONS] = { .id = "revokeUserSessions",
	    .summary = "End all sessions", .success = 204, .own = { 404 } },
};

/* Which it is stands in the table of routes. */
void
admin_user_act(struct http_req *req)
{
	struct msg_user_act_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = id_of(c)) == NULL)
		return;
	m = (struct msg_user_act_req){ API_ADMIN(c), .user = id,
	    .act = (uint8_t)(c->op - op_admin_user_act) };
	api_asked(c, ask_edge(api.engine, IMSG_USER_ACT_REQ, &m,
	    api_no_content, c));
}
