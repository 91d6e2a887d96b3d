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
 * /mfa: the second factor of a login that waits for it (its ticket is in a
 * cookie of five minutes), or of a session that is to show it again. Run by
 * workers. Twins: answer_mfa_login(), answer_step_up().
 */
#include "src/pages/page.h"

static void
show(struct page *p)
{
	if (*p->cookie[PAGE_C_MFA] != '\0')
		page_set(p, PAGE_S_TICKET, "1");
	page_set_path(p, PAGE_S_LOGIN_URL, "/login");
	page_show(p, p->status, PAGE_H_MFA);
}

static void
visitor(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (!page_expect(p, IMSG_ME_RES, type, m, last))
		return;
	page_set(p, PAGE_S_USERNAME, m->me_res.username);
	if (!m->me_res.mfa)
		page_set(p, PAGE_S_BY_PASSWORD, "1");
	p->again = show;
	show(p);
}

/* Whose session it is tells whether it has a factor to show. */
static void
begin(struct page *p)
{
	if (p->status == 0)
		p->status = 200;
	if (*p->cookie[PAGE_C_MFA] != '\0') {
		show(p);
		return;
	}
	p->login = 1;
	p->again = NULL;
	if (page_needs_login(p))
		page_asked(p, ask_me_get(api.engine, &p->call->ctx,
		    p->bearer, visitor, p));
}

void
mfa_get(struct http_req *req)
{
	page_open(req, begin);
}

static void
done(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	/* the ticket is used up: nothing but a new login helps */
	if (m != NULL && type == IMSG_ERROR_RES &&
	    m->error_res.status == ST_INVALID_TOKEN &&
	    *p->cookie[PAGE_C_MFA] != '\0') {
		page_set_cookie(p, PAGE_C_MFA, "");
		page_set(p, PAGE_S_OVER, "1");
	}
	if (!page_expect(p, IMSG_BROWSER_RES, type, m, last))
		return;
	page_logged_in(p, &m->browser_res);
	page_return(p, "/account");
}

static void
show_factor(struct page *p, struct page_factor *f)
{
	struct msg_mfa_login_req m = { EDGE_CTX(&p->call->ctx) };

	m.ticket = p->cookie[PAGE_C_MFA];
	m.otp = f->otp;
	m.recovery_code = f->recovery;
	m.browser = 1;
	m.cookie = p->cookie[PAGE_C_SESSION];
	m.device = p->cookie[PAGE_C_DEVICE];
	page_asked(p, ask_edge(api.engine, IMSG_MFA_LOGIN_REQ, &m, done, p));
}

static void
mfa(struct page *p)
{
	const char *password = page_field(p, "password");
	struct page_factor f;

	p->again = begin;
	if (*p->cookie[PAGE_C_MFA] != '\0') {
		if (page_factor(p, &f, 1) == 0)
			show_factor(p, &f);
		return;
	}
	p->login = 1;
	if (!page_needs_login(p) ||
	    page_factor(p, &f, *password == '\0') == -1)
		return;
	if (*password != '\0' && (password = page_need(p, "password",
	    CAP_PASSWORD, PAGE_S_BAD_PASSWORD)) == NULL)
		return;
	page_asked(p, ask_step_up(api.engine, &p->call->ctx, p->bearer,
	    password, f.otp, f.recovery, done, p));
}

void
mfa_post(struct http_req *req)
{
	page_open(req, mfa);
}
