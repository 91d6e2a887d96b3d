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
 * GET /auth/me/grants, DELETE /auth/me/grants/{client_id} (API.md section 3).
 * Run by workers; twins: answer_grants_list() and answer_grant_delete().
 */
#include "config.h"

#include <string.h>

#include "src/api/call.h"
#include "src/rules/role.h"

static void
add_item(struct buf *b, const union msg *m)
{
	const struct msg_grant_item_res *g = &m->grant_item_res;

	buf_adds(b, "{\"client_id\":");
	buf_add_json(b, g->client_id);
	buf_adds(b, ",\"client_name\":");
	buf_add_json(b, g->client_name);
	buf_adds(b, ",\"scope\":");
	buf_add_json(b, g->scope);
	buf_adds(b, ",\"createdAt\":");
	api_add_time(b, g->created_at);
	buf_addc(b, '}');
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_GRANT_ITEM_RES, type, m, last, add_item);
}

void
grants_list(struct http_req *req)
{
	struct msg_grants_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_grants_list_req){ EDGE_CTX(&c->ctx),
	    .bearer = c->bearer, .limit = c->limit, .cursor = c->cursor };
	api_asked(c, ask_edge(api.engine, IMSG_GRANTS_LIST_REQ, &m, listed,
	    c));
}

void
grant_delete(struct http_req *req)
{
	const char *id = http_req_arg(req, 0);
	struct msg_grant_delete_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	if (id == NULL || !client_id_form(id, strlen(id))) {
		api_refuse_checked(c, ST_NOT_FOUND);
		return;
	}
	m = (struct msg_grant_delete_req){ EDGE_CTX(&c->ctx),
	    .bearer = c->bearer, .client_id = id };
	api_asked(c, ask_edge(api.engine, IMSG_GRANT_DELETE_REQ, &m,
	    api_no_content, c));
}
