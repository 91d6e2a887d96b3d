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
 * GET, PATCH and DELETE /auth/me (API.md section 3). Run by workers; twins:
 * answer_me_get(), answer_me_patch() and answer_me_delete().
 */
#include "src/api/call.h"

static void
add_member(struct buf *b, const char *name, const char *value)
{
	buf_adds(b, name);
	buf_add_json(b, value);
}

static void
add_flag(struct buf *b, const char *name, int on)
{
	buf_adds(b, name);
	api_add_bool(b, on);
}

static void
add_time(struct buf *b, const char *name, int64_t us)
{
	buf_adds(b, name);
	api_add_time(b, us);
}

static void
add_me(struct buf *b, const struct msg_me_res *m)
{
	add_member(b, "{\"id\":", m->id);
	add_member(b, ",\"username\":", m->username);
	add_member(b, ",\"email\":", m->email);
	add_flag(b, ",\"email_verified\":", m->email_verified);
	add_member(b, ",\"name\":", m->name);
	add_member(b, ",\"role\":", m->role);
	buf_adds(b, ",\"roles\":");
	api_add_words(b, m->roles);
	add_member(b, ",\"status\":", m->status);
	add_flag(b, ",\"locked\":", m->locked);
	add_flag(b, ",\"mfa\":", m->mfa);
	add_member(b, ",\"tenant\":", m->tenant);
	add_time(b, ",\"createdAt\":", m->created_at);
	add_time(b, ",\"updatedAt\":", m->updated_at);
	add_time(b, ",\"lastLoginAt\":", m->last_login_at);
	buf_adds(b, ",\"permissions\":");
	api_add_words(b, m->permissions);
	buf_adds(b, ",\"pending_email\":");
	if (*m->pending_email != '\0')
		buf_add_json(b, m->pending_email);
	else
		buf_adds(b, "null");
	buf_addc(b, '}');
}

static void
me(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (!api_expect(c, IMSG_ME_RES, type, m, last))
		return;
	add_me(api_out(), &m->me_res);
	api_send(c->req, 200, 0);
}

void
me_get(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_me_get(api.engine, &c->ctx, c->bearer, me, c));
}

static const char *
member(const struct api_call *c, const char *name)
{
	return json_object_get(c->body, name) != NULL ?
	    schema_str(c->body, name) : NULL;
}

void
me_patch(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_me_patch(api.engine, &c->ctx, c->bearer,
	    member(c, "name"), member(c, "email"),
	    schema_str(c->body, "password"), schema_str(c->body, "otp"),
	    schema_str(c->body, "recovery_code"), me, c));
}

void
me_delete(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_me_delete(api.engine, &c->ctx, c->bearer,
	    schema_str(c->body, "password"), schema_str(c->body, "otp"),
	    schema_str(c->body, "recovery_code"), api_no_content, c));
}
