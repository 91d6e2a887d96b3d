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
 * GET and DELETE /auth/me/sessions, DELETE /auth/me/sessions/{id} (API.md
 * section 3). Run by workers; twins: answer_sessions_list() and
 * answer_session_end().
 */
#include "src/api/call.h"
#include "src/base/rnd.h"

static void
add_item(struct buf *b, const union msg *m)
{
	const struct msg_session_item_res *s = &m->session_item_res;

	buf_adds(b, "{\"id\":");
	buf_add_json(b, s->id);
	buf_adds(b, ",\"current\":");
	api_add_bool(b, s->current);
	buf_adds(b, ",\"client_id\":");
	buf_add_json(b, s->client_id);
	buf_adds(b, ",\"ip\":");
	buf_add_json(b, s->ip);
	buf_adds(b, ",\"user_agent\":");
	buf_add_json(b, s->user_agent);
	buf_adds(b, ",\"amr\":");
	api_add_words(b, s->amr);
	buf_adds(b, ",\"createdAt\":");
	api_add_time(b, s->created_at);
	buf_adds(b, ",\"lastUsedAt\":");
	api_add_time(b, s->last_used_at);
	buf_adds(b, ",\"expiresAt\":");
	api_add_time(b, s->expires_at);
	buf_addc(b, '}');
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_SESSION_ITEM_RES, type, m, last, add_item);
}

void
sessions_list(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_sessions_list(api.engine, &c->ctx, c->bearer,
	    c->limit, c->cursor, listed, c));
}

void
sessions_end_others(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_session_end(api.engine, &c->ctx, c->bearer, "",
	    api_no_content, c));
}

void
sessions_end_one(struct http_req *req)
{
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL)
		return;
	id = http_req_arg(req, 0);
	/* An id that cannot be one; "" would mean all the others. */
	if (id == NULL || !rnd_is_uuid(id))
		api_refuse_checked(c, ST_NOT_FOUND);
	else
		api_asked(c, ask_session_end(api.engine, &c->ctx, c->bearer,
		    id, api_no_content, c));
}
