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
 * /account/password. Run by workers; the passwords pass through and are wiped
 * with their request. Twin: answer_password_change().
 */
#include "src/pages/account.h"

static void
show(struct page *p)
{
	account_show(p, PAGE_H_CHANGE, PAGE_S_AT_PASSWORD);
}

static void
again(struct page *p)
{
	account_again(p, show);
}

static void
begin(struct page *p)
{
	account_open(p, show);
}

void
change_get(struct http_req *req)
{
	page_open(req, begin);
}

static void
changed(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (m != NULL && type == IMSG_ERROR_RES &&
	    m->error_res.status == ST_INVALID_CREDENTIALS)
		page_set(p, PAGE_S_BAD_OLD, "1");
	if (page_expect(p, IMSG_DONE_RES, type, m, last))
		page_go(p, "/account/password?notice=password");
}

static void
change(struct page *p)
{
	const char *old, *new;

	if (account_begin(p, again) && (old = page_need(p, "oldPassword",
	    CAP_PASSWORD, PAGE_S_BAD_OLD)) != NULL &&
	    (new = page_need(p, "newPassword", CAP_PASSWORD,
	    PAGE_S_BAD_PASSWORD)) != NULL)
		page_asked(p, ask_password_change(api.engine,
		    &p->call->ctx, p->bearer, old, new, changed, p));
}

void
change_post(struct http_req *req)
{
	page_open(req, change);
}
