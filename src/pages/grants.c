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
 * /account/grants: what applications may do in somebody's name, and the end of
 * that. Run by workers. Twins: answer_grants_list(), answer_grant_delete().
 */
#include <string.h>

#include "src/pages/account.h"

#define LIST	50

/* What they mean, one behind the other. */
static void
put_scopes(struct page *p, struct tmpl_row *row, const char *scope)
{
	struct buf b = BUF_INIT;
	const char *name, *text;
	size_t n;

	for (; *(scope += strspn(scope, " ")) != '\0'; scope += n) {
		n = strcspn(scope, " ");
		page_set(p, PAGE_S_SCOPE_TEXT, "");
		if ((name = page_copy(p, scope, n)) == NULL)
			break;
		page_scope(p, NULL, name, "");
		text = p->v.value[PAGE_S_SCOPE_TEXT];
		buf_adds(&b, b.len > 0 ? "; " : "");
		buf_adds(&b, text != NULL && *text != '\0' ? text : name);
	}
	if ((text = buf_cstr(&b)) != NULL)
		page_put(p, row, PAGE_S_SCOPE_TEXT, text);
	buf_free(&b);
}

static void
add(struct page *p, const struct msg_grant_item_res *g)
{
	struct tmpl_row *row = page_row(p, PAGE_L_GRANTS);
	const char *v;

	page_set(p, PAGE_S_SOME, "1");
	page_put(p, row, PAGE_S_CLIENT_ID, g->client_id);
	page_put(p, row, PAGE_S_CLIENT_NAME, *g->client_name != '\0' ?
	    g->client_name : g->client_id);
	put_scopes(p, row, g->scope);
	account_put_time(p, row, PAGE_S_SINCE, PAGE_S_SINCE_ISO,
	    g->created_at);
	page_set(p, PAGE_S_WHAT, *g->client_name != '\0' ? g->client_name :
	    g->client_id);
	page_say(p, PAGE_S_END_LABEL, PAGE_T_GRANTS_END_THIS);
	if ((v = p->v.value[PAGE_S_END_LABEL]) != NULL)
		page_put(p, row, PAGE_S_END_LABEL, v);
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (m != NULL && type == IMSG_GRANT_ITEM_RES) {
		add(p, &m->grant_item_res);
		return;
	}
	if (!page_expect(p, IMSG_LIST_END_RES, type, m, last))
		return;
	account_next(p, "/account/grants", m->list_end_res.next);
	account_show(p, PAGE_H_GRANTS, PAGE_S_AT_GRANTS);
}

static void
show(struct page *p)
{
	struct msg_grants_list_req m = { EDGE_CTX(&p->call->ctx),
	    .bearer = p->bearer, .limit = LIST, .cursor = account_cursor(p) };

	p->login = 1;
	p->again = NULL;
	page_asked(p, ask_edge(api.engine, IMSG_GRANTS_LIST_REQ, &m, listed,
	    p));
}

static void
begin(struct page *p)
{
	p->status = 200;
	if (page_needs_login(p))
		show(p);
}

void
page_grants_get(struct http_req *req)
{
	page_open(req, begin);
}

static void
ended(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_DONE_RES, type, m, last))
		page_go(p, "/account/grants?notice=revoked");
}

static void
end(struct page *p)
{
	struct msg_grant_delete_req m = { EDGE_CTX(&p->call->ctx),
	    .bearer = p->bearer };

	if (account_begin(p, show) && (m.client_id = page_need(p,
	    "client_id", CAP_CLIENT, PAGE_S_NONE)) != NULL)
		page_asked(p, ask_edge(api.engine, IMSG_GRANT_DELETE_REQ, &m,
		    ended, p));
}

void
page_grants_post(struct http_req *req)
{
	page_open(req, end);
}
