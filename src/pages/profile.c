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
 * /account/profile and /account/delete. Run by workers; a password passes
 * through and is wiped with its request. Twins: answer_me_patch(),
 * answer_me_delete().
 */
#include <string.h>

#include "src/pages/account.h"

/* ---- /account/profile ---- */

static void
profile_show(struct page *p)
{
	account_show(p, PAGE_H_PROFILE, PAGE_S_AT_PROFILE);
}

/* What was typed stays. */
static void
profile_show_again(struct page *p)
{
	const char *name = http_form(p->req, "name");

	if (name != NULL)
		page_set(p, PAGE_S_NAME, name);
	page_set(p, PAGE_S_NEW_EMAIL, page_field(p, "email"));
	profile_show(p);
}

static void
profile_again(struct page *p)
{
	account_again(p, profile_show_again);
}

static void
profile_begin(struct page *p)
{
	account_open(p, profile_show);
}

void
profile_get(struct http_req *req)
{
	page_open(req, profile_begin);
}

static void
changed(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_ME_RES, type, m, last))
		page_go(p, http_form(p->req, "email") != NULL ?
		    "/account/profile?notice=email" :
		    "/account/profile?notice=saved");
}

static void
change(struct page *p)
{
	const char *name = http_form(p->req, "name");
	const char *email = http_form(p->req, "email"), *password = "";
	struct page_factor f = { "", "" };

	if (!account_begin(p, profile_again))
		return;
	if ((name == NULL && email == NULL) ||
	    (name != NULL && strlen(name) > CAP_NAME)) {
		page_set(p, PAGE_S_BAD_NAME, "1");
		page_fail(p, ST_INVALID_REQUEST, 0, "name", "");
		return;
	}
	if (email != NULL && ((email = page_need(p, "email", 254,
	    PAGE_S_BAD_EMAIL)) == NULL || (password = page_need(p,
	    "password", CAP_PASSWORD, PAGE_S_BAD_PASSWORD)) == NULL ||
	    page_factor(p, &f, 0) == -1))
		return;
	page_asked(p, ask_me_patch(api.engine, &p->call->ctx, p->bearer,
	    name, email, password, f.otp, f.recovery, changed, p));
}

void
profile_post(struct http_req *req)
{
	page_open(req, change);
}

/* ---- /account/delete ---- */

static void
delete_show(struct page *p)
{
	account_show(p, PAGE_H_DELETE, PAGE_S_AT_PROFILE);
}

static void
delete_again(struct page *p)
{
	account_again(p, delete_show);
}

static void
delete_begin(struct page *p)
{
	account_open(p, delete_show);
}

void
delete_get(struct http_req *req)
{
	page_open(req, delete_begin);
}

static void
deleted(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (!page_expect(p, IMSG_DONE_RES, type, m, last))
		return;
	page_set_cookie(p, PAGE_C_SESSION, "");
	page_set_cookie(p, PAGE_C_DEVICE, "");
	page_go(p, "/login?notice=deleted");
}

static void
delete(struct page *p)
{
	const char *password;
	struct page_factor f;

	if (account_begin(p, delete_again) && (password = page_need(p,
	    "password", CAP_PASSWORD, PAGE_S_BAD_PASSWORD)) != NULL &&
	    page_factor(p, &f, 0) == 0)
		page_asked(p, ask_me_delete(api.engine, &p->call->ctx,
		    p->bearer, password, f.otp, f.recovery, deleted, p));
}

void
delete_post(struct http_req *req)
{
	page_open(req, delete);
}
