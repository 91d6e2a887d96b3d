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
 * /account/sessions: where somebody is logged in, and the end of that. Run by
 * workers. Twins: answer_sessions_list(), answer_session_end().
 */
#include <string.h>

#include "src/base/rnd.h"
#include "src/pages/account.h"
#include "src/pages/agent.h"

#define LIST	50

static void
say_what(struct page *p, const char *user_agent)
{
	const char *browser = agent_browser(user_agent);
	const char *os = agent_system(user_agent);

	if (browser == NULL && os == NULL) {
		page_say(p, PAGE_S_WHAT, PAGE_T_SESSIONS_UNKNOWN);
		return;
	}
	page_set(p, PAGE_S_WHAT, browser != NULL ? browser : os);
	if (browser == NULL || os == NULL)
		return;
	page_set(p, PAGE_S_BROWSER, browser);
	page_set(p, PAGE_S_SYSTEM, os);
	page_say(p, PAGE_S_WHAT, PAGE_T_SESSIONS_WHAT);
}

static void
add(struct page *p, const struct msg_session_item_res *s)
{
	struct tmpl_row *row = page_row(p, PAGE_L_SESSIONS);
	const char *v;

	page_put(p, row, PAGE_S_ID, s->id);
	if (s->current)
		page_put(p, row, PAGE_S_CURRENT, "1");
	if (strstr(s->amr, "mfa") != NULL)
		page_put(p, row, PAGE_S_FACTOR, "1");
	page_put(p, row, PAGE_S_IP, s->ip);
	page_put(p, row, PAGE_S_USER_AGENT, s->user_agent);
	account_put_time(p, row, PAGE_S_SINCE, PAGE_S_SINCE_ISO,
	    s->created_at);
	account_put_time(p, row, PAGE_S_USED, PAGE_S_USED_ISO,
	    s->last_used_at);
	if (strcmp(s->client_id, "moatd") == 0)
		say_what(p, s->user_agent);
	else {
		page_set(p, PAGE_S_WHAT, s->client_id);
		page_put(p, row, PAGE_S_APPLICATION, "1");
	}
	if ((v = p->v.value[PAGE_S_WHAT]) != NULL)
		page_put(p, row, PAGE_S_WHAT, v);
	page_say(p, PAGE_S_END_LABEL, PAGE_T_SESSIONS_END_THIS);
	if ((v = p->v.value[PAGE_S_END_LABEL]) != NULL)
		page_put(p, row, PAGE_S_END_LABEL, v);
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (m != NULL && type == IMSG_SESSION_ITEM_RES) {
		add(p, &m->session_item_res);
		return;
	}
	if (!page_expect(p, IMSG_LIST_END_RES, type, m, last))
		return;
	account_next(p, "/account/sessions", m->list_end_res.next);
	account_show(p, PAGE_H_SESSIONS, PAGE_S_AT_SESSIONS);
}

static void
show(struct page *p)
{
	p->login = 1;
	p->again = NULL;
	page_asked(p, ask_sessions_list(api.engine, &p->call->ctx, p->bearer,
	    LIST, account_cursor(p), listed, p));
}

static void
begin(struct page *p)
{
	p->status = 200;
	if (page_needs_login(p))
		show(p);
}

void
page_sessions_get(struct http_req *req)
{
	page_open(req, begin);
}

static void
ended(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_DONE_RES, type, m, last))
		page_go(p, *page_field(p, "id") != '\0' ?
		    "/account/sessions?notice=ended" :
		    "/account/sessions?notice=others");
}

/* One of them, or with action "others" all but this one. */
static void
end(struct page *p)
{
	const char *id = page_field(p, "id");

	if (!account_begin(p, show))
		return;
	if (*id != '\0' ? !rnd_is_uuid(id) :
	    strcmp(page_field(p, "action"), "others") != 0)
		page_fail(p, *id != '\0' ? ST_NOT_FOUND : ST_INVALID_REQUEST,
		    0, "id", "");
	else
		page_asked(p, ask_session_end(api.engine, &p->call->ctx,
		    p->bearer, id, ended, p));
}

void
page_sessions_post(struct http_req *req)
{
	page_open(req, end);
}
