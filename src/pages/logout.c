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
 * /logout: asks, ends the visitor's session with all that was born of it, and
 * says so. Run by workers. Twin: privsep/engine/answer_logout.c.
 */
#include "src/pages/page.h"

static void
show(struct page *p)
{
	if (p->status == 0)
		p->status = 200;
	page_set_path(p, PAGE_S_LOGIN_URL, "/login");
	page_show(p, p->status, *p->bearer != '\0' ? PAGE_H_LOGOUT :
	    PAGE_H_SIGNED_OUT);
}

static void
over(struct page *p)
{
	page_set_cookie(p, PAGE_C_SESSION, "");
	page_go(p, "/logout");
}

static void
done(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	/* a session that is over already is what was wanted */
	if (m != NULL && type == IMSG_ERROR_RES &&
	    (m->error_res.status == ST_INVALID_TOKEN ||
	    m->error_res.status == ST_UNAUTHORIZED))
		over(p);
	else if (page_expect(p, IMSG_DONE_RES, type, m, last))
		over(p);
}

static void
logout(struct page *p)
{
	p->again = show;
	if (*p->bearer == '\0')
		page_go(p, "/logout");
	else
		page_asked(p, ask_logout(api.engine, &p->call->ctx,
		    p->bearer, done, p));
}

void
logout_get(struct http_req *req)
{
	page_open(req, show);
}

void
logout_post(struct http_req *req)
{
	page_open(req, logout);
}
