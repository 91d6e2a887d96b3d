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
 * /register and /verify-email. Run by workers; a password passes through and is
 * wiped with its request. Twins: privsep/engine/answer_register.c and
 * answer_email.c.
 */
#include <string.h>

#include "src/pages/page.h"

static void
show(struct page *p)
{
	if (p->status == 0)
		p->status = 200;
	page_set(p, PAGE_S_USERNAME, page_field(p, "username"));
	page_set(p, PAGE_S_EMAIL, page_field(p, "email"));
	page_set_path(p, PAGE_S_LOGIN_URL, "/login");
	page_show(p, p->status, PAGE_H_REGISTER);
}

void
register_get(struct http_req *req)
{
	page_open(req, show);
}

static void
registered(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_REGISTER_RES, type, m, last))
		page_go(p, m->register_res.pending ? "/login?notice=confirm" :
		    "/login?notice=registered");
}

static void
enrol(struct page *p)
{
	const char *username, *email, *password;

	p->again = show;
	if ((username = page_need(p, "username", 256,
	    PAGE_S_BAD_USERNAME)) == NULL ||
	    (email = page_need(p, "email", 254, PAGE_S_BAD_EMAIL)) == NULL ||
	    (password = page_need(p, "password", CAP_PASSWORD,
	    PAGE_S_BAD_PASSWORD)) == NULL)
		return;
	page_asked(p, ask_register(api.engine, &p->call->ctx, username,
	    password, email, "", registered, p));
}

void
register_post(struct http_req *req)
{
	page_open(req, enrol);
}

/* ---- a mailed link: reading it does nothing, since mail programs read it
 * before their owners do ---- */

static void
verify_show(struct page *p)
{
	const char *token = page_param(p, "token");

	if (*token == '\0' || strlen(token) > CAP_LINK) {
		page_fail(p, ST_INVALID_LINK, 0, "", "");
		return;
	}
	page_set(p, PAGE_S_TOKEN, token);
	page_show(p, 200, PAGE_H_VERIFY);
}

void
verify_get(struct http_req *req)
{
	page_open(req, verify_show);
}

static void
verified(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_DONE_RES, type, m, last))
		page_go(p, "/login?notice=verified");
}

static void
verify_again(struct page *p)
{
	page_set(p, PAGE_S_TOKEN, page_field(p, "token"));
	page_show(p, p->status, PAGE_H_VERIFY);
}

static void
verify(struct page *p)
{
	const char *token = page_field(p, "token");

	/* none of ours is so long; the wall would not carry it */
	if (*token == '\0' || strlen(token) > CAP_LINK) {
		page_fail(p, ST_INVALID_LINK, 0, "", "");
		return;
	}
	p->again = verify_again;
	page_asked(p, ask_email_verify(api.engine, &p->call->ctx, token,
	    verified, p));
}

void
verify_post(struct http_req *req)
{
	page_open(req, verify);
}
