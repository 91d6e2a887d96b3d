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
 * What the pages of an account share, and /account itself. Run by workers.
 * Twin: answer_me_get().
 */
#include <string.h>

#include "src/base/clock.h"
#include "src/pages/account.h"

static const struct {
	const char	*name;
	enum page_text	 text;
} notices[] = {
	{ "saved", PAGE_T_NOTICE_SAVED },
	{ "email", PAGE_T_NOTICE_EMAIL },
	{ "password", PAGE_T_NOTICE_PASSWORD },
	{ "disabled", PAGE_T_NOTICE_DISABLED },
	{ "ended", PAGE_T_NOTICE_ENDED },
	{ "others", PAGE_T_NOTICE_OTHERS },
	{ "revoked", PAGE_T_NOTICE_REVOKED },
};

void
account_take(struct page *p, const struct msg_me_res *u)
{
	page_set(p, PAGE_S_USERNAME, u->username);
	page_set(p, PAGE_S_NAME, u->name);
	page_set(p, PAGE_S_EMAIL, u->email);
	page_set(p, PAGE_S_PENDING_EMAIL, u->pending_email);
	page_set(p, PAGE_S_VERIFIED, u->email_verified ? "1" : "");
	page_set(p, PAGE_S_MFA, u->mfa ? "1" : "");
}

static void
came(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (!page_expect(p, IMSG_ME_RES, type, m, last))
		return;
	account_take(p, &m->me_res);
	p->then(p);
}

void
account_again(struct page *p, void (*next)(struct page *))
{
	p->login = 1;
	p->again = NULL;
	p->then = next;
	page_asked(p, ask_me_get(api.engine, &p->call->ctx, p->bearer, came,
	    p));
}

void
account_open(struct page *p, void (*next)(struct page *))
{
	p->status = 200;
	if (page_needs_login(p))
		account_again(p, next);
}

int
account_begin(struct page *p, void (*again)(struct page *))
{
	p->login = 1;
	p->again = again;
	return page_needs_login(p);
}

/* What the last act has to say; the address chooses no words. */
static void
add_notice(struct page *p)
{
	const char *name = page_param(p, "notice");
	size_t i;

	for (i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (p->status == 200 && strcmp(notices[i].name, name) == 0)
			page_say(p, PAGE_S_NOTICE, notices[i].text);
}

void
account_show(struct page *p, enum page_html html, enum page_slot there)
{
	add_notice(p);
	page_set(p, there, "1");
	page_show(p, p->status, html);
}

/* ---- lists ---- */

const char *
account_cursor(struct page *p)
{
	const char *cursor = page_param(p, "cursor");

	return strlen(cursor) <= CAP_CURSOR ? cursor : "";
}

void
account_next(struct page *p, const char *path, const char *next)
{
	struct buf b = BUF_INIT;
	const char *s;

	if (*next == '\0')
		return;
	buf_adds(&b, p->base);
	buf_adds(&b, path);
	buf_adds(&b, "?cursor=");
	page_encode(&b, next);
	if ((s = buf_cstr(&b)) != NULL)
		page_set(p, PAGE_S_NEXT_URL, s);
	buf_free(&b);
}

/* "2026-01-31 12:00 UTC", which reads the same in all languages. */
void
account_put_time(struct page *p, struct tmpl_row *row, enum page_slot text,
    enum page_slot iso, int64_t us)
{
	char t[CLOCK_RFC3339], shown[] = "2026-01-31 12:00 UTC";

	clock_rfc3339(t, us);
	page_put(p, row, iso, t);
	memcpy(shown, t, 10);
	memcpy(shown + 11, t + 11, 5);
	page_put(p, row, text, shown);
}

/* ---- /account ---- */

static void
show(struct page *p)
{
	account_show(p, PAGE_H_ACCOUNT, PAGE_S_AT_ACCOUNT);
}

static void
begin(struct page *p)
{
	account_open(p, show);
}

void
account_get(struct http_req *req)
{
	page_open(req, begin);
}
