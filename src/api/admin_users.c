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
user_answer(struct api_call *c, const struct msg_user_res *u, int status)
{
	char etag[sizeof("\"\"") + 128];

	snprintf(etag, sizeof(etag), "\"%s\"", u->etag);
	(void)http_reply_header(c->req, "ETag", etag);
	add_user(api_out(), u);
	api_send(c->req, status, 0);
}

static void
got(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (api_expect(c, IMSG_USER_RES, type, m, last))
		user_answer(c, &m->user_res, 200);
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

const struct api_op op_admin_user_get = { .id = "getUser",
    .summary = "An account", .result = "User", .success = 200,
    .own = { 404 } };

void
admin_user_get(struct http_req *req)
{
	struct msg_user_get_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL)
		return;
	id = http_req_arg(req, 0);
	if (id == NULL || !rnd_is_uuid(id)) {
		api_refuse_checked(c, ST_NOT_FOUND);
		return;
	}
	m = (struct msg_user_get_req){ API_ADMIN(c), .user = id };
	api_asked(c, ask_edge(api.engine, IMSG_USER_GET_REQ, &m, got, c));
}
