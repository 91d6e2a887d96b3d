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
 * / and /login. Run by workers; a password passes through and is wiped with
 * its request. Twin: privsep/engine/answer_login.c.
 */
#include <string.h>

#include "src/pages/page.h"

static const struct {
	const char	*name;
	enum page_text	 text;
} notices[] = {
	{ "registered", PAGE_T_NOTICE_REGISTERED },
	{ "confirm", PAGE_T_NOTICE_CONFIRM },
	{ "verified", PAGE_T_NOTICE_VERIFIED },
	{ "reset-sent", PAGE_T_NOTICE_RESET_SENT },
	{ "reset", PAGE_T_NOTICE_RESET },
	{ "deleted", PAGE_T_NOTICE_DELETED },
};

static void
go_account(struct page *p)
{
	page_return(p, "/account");
}

static void
root(struct page *p)
{
	p->return_to = "";
	go_account(p);
}

void
root_get(struct http_req *req)
{
	page_open(req, root);
}

/* What another page of ours has to say; the address chooses no words. */
static void
add_notice(struct page *p)
{
	const char *name = page_param(p, "notice");
	size_t i;

	for (i = 0; i < sizeof(notices) / sizeof(notices[0]); i++) {
		if (strcmp(notices[i].name, name) == 0)
			page_say(p, PAGE_S_NOTICE, notices[i].text);
	}
}

static void
show(struct page *p)
{
	add_notice(p);
	page_set_path(p, PAGE_S_FORGOT_URL, "/forgot-password");
	page_set_path(p, PAGE_S_REGISTER_URL, "/register");
	page_show(p, p->status, PAGE_H_LOGIN);
}

/* Who is logged in already may go on so, or as somebody else. */
static void
visitor(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (!last)
		return;
	if (m != NULL && type == IMSG_ME_RES) {
		page_set(p, PAGE_S_VISITOR, m->me_res.username);
		page_set(p, PAGE_S_ON_URL, p->return_to);
		if (*p->return_to == '\0')
			page_setf(p, PAGE_S_ON_URL, "%s/account", p->base);
	}
	show(p);
}

/* An authorization request that wants to see a login since would only come
 * back: it is not offered. */
static void
begin(struct page *p)
{
	p->status = 200;
	if (*p->bearer == '\0' || http_param(p->flow, "moatd_since") != NULL)
		show(p);
	else
		page_asked(p, ask_me_get(api.engine, &p->call->ctx,
		    p->bearer, visitor, p));
}

void
login_get(struct http_req *req)
{
	page_open(req, begin);
}

static void
again(struct page *p)
{
	page_set(p, PAGE_S_USERNAME, page_field(p, "username"));
	show(p);
}

static void
done(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (m != NULL && type == IMSG_MFA_TICKET_RES) {
		page_set_cookie(p, PAGE_C_MFA, m->mfa_ticket_res.ticket);
		page_go(p, "/mfa");
		return;
	}
	if (!page_expect(p, IMSG_BROWSER_RES, type, m, last))
		return;
	page_logged_in(p, &m->browser_res);
	if (m->browser_res.setup)
		page_go(p, "/account/2fa");
	else
		go_account(p);
}

static void
login(struct page *p)
{
	struct msg_login_req m = { EDGE_CTX(&p->call->ctx) };

	p->again = again;
	if ((m.username = page_need(p, "username", CAP_USERNAME,
	    PAGE_S_BAD_USERNAME)) == NULL ||
	    (m.password = page_need(p, "password", CAP_PASSWORD,
	    PAGE_S_BAD_PASSWORD)) == NULL)
		return;
	m.browser = 1;
	m.cookie = p->cookie[PAGE_C_SESSION];
	m.device = p->cookie[PAGE_C_DEVICE];
	page_asked(p, ask_edge(api.engine, IMSG_LOGIN_REQ, &m, done, p));
}

void
login_post(struct http_req *req)
{
	page_open(req, login);
}
