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
 * /forgot-password and /reset-password. Run by workers; a link's token and the
 * new password pass through and are wiped with their request. Twins:
 * privsep/engine/answer_forgot.c and answer_reset.c.
 */
#include <string.h>

#include "src/pages/page.h"

static void
forgot_show(struct page *p)
{
	if (p->status == 0)
		p->status = 200;
	page_set(p, PAGE_S_EMAIL, page_field(p, "email"));
	page_set_path(p, PAGE_S_LOGIN_URL, "/login");
	page_show(p, p->status, PAGE_H_FORGOT);
}

void
forgot_get(struct http_req *req)
{
	page_open(req, forgot_show);
}

static void
sent(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_DONE_RES, type, m, last))
		page_go(p, "/login?notice=reset-sent");
}

static void
forgot(struct page *p)
{
	const char *email;

	p->again = forgot_show;
	if ((email = page_need(p, "email", 254, PAGE_S_BAD_EMAIL)) != NULL)
		page_asked(p, ask_password_request(api.engine,
		    &p->call->ctx, email, sent, p));
}

void
forgot_post(struct http_req *req)
{
	page_open(req, forgot);
}

/* ---- the link ---- */

static const char *
link_token(struct page *p)
{
	const char *token = http_req_method(p->req) == HTTP_POST ?
	    page_field(p, "token") : page_param(p, "token");

	/* none of ours is so long; the wall would not carry it */
	if (*token != '\0' && strlen(token) <= CAP_LINK)
		return token;
	p->again = NULL;
	page_fail(p, ST_INVALID_LINK, 0, "", "");
	return NULL;
}

static void
reset_show(struct page *p)
{
	const char *token;

	if (p->status == 0)
		p->status = 200;
	if ((token = link_token(p)) == NULL)
		return;
	page_set(p, PAGE_S_TOKEN, token);
	page_show(p, p->status, PAGE_H_RESET);
}

void
reset_get(struct http_req *req)
{
	page_open(req, reset_show);
}

static void
done(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (m != NULL && type == IMSG_ERROR_RES &&
	    m->error_res.status == ST_INVALID_LINK)
		p->again = NULL;	/* the form would not help */
	if (page_expect(p, IMSG_DONE_RES, type, m, last))
		page_go(p, "/login?notice=reset");
}

static void
reset(struct page *p)
{
	struct page_factor f;
	const char *token, *new;

	if ((token = link_token(p)) == NULL)
		return;
	p->again = reset_show;
	if ((new = page_need(p, "newPassword", CAP_PASSWORD,
	    PAGE_S_BAD_PASSWORD)) != NULL && page_factor(p, &f, 0) == 0)
		page_asked(p, ask_password_reset(api.engine, &p->call->ctx,
		    token, new, f.otp, f.recovery, done, p));
}

void
reset_post(struct http_req *req)
{
	page_open(req, reset);
}
