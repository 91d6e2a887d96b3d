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
 * What the pages of an account share. Each acts for the session whose cookie
 * came; without a living one its visitor is sent to /login.
 */
#ifndef PAGES_ACCOUNT_H
#define PAGES_ACCOUNT_H

#include "src/pages/page.h"

/* Begins a page that shows somebody's own: looks who it is, fills the slots of
 * the account, then next(). Not from within page.again. */
void	account_open(struct page *, void (*next)(struct page *));
/* The same for a form that was refused: the status and the words stay. */
void	account_again(struct page *, void (*next)(struct page *));
/* The slots of an account, and its address for login. */
void	account_take(struct page *, const struct msg_me_res *);
/* Begins what a form of an account's page asks for: 1, or its visitor was sent
 * to /login. again shows the form when it is refused. */
int	account_begin(struct page *, void (*again)(struct page *));
/* Shows a page with the account's navigation, there: a slot PAGE_S_AT_*. */
void	account_show(struct page *, enum page_html, enum page_slot there);
/* cursor of the query, "" none. */
const char *account_cursor(struct page *);
/* Where a list goes on, behind path. */
void	account_next(struct page *, const char *path, const char *next);
/* A time for people, in text, and for programs, in iso. */
void	account_put_time(struct page *, struct tmpl_row *, enum page_slot text,
	    enum page_slot iso, int64_t us);

void	account_get(struct http_req *);
void	profile_get(struct http_req *);
void	profile_post(struct http_req *);
void	delete_get(struct http_req *);
void	delete_post(struct http_req *);
void	change_get(struct http_req *);
void	change_post(struct http_req *);
void	second_get(struct http_req *);
void	second_post(struct http_req *);
void	page_sessions_get(struct http_req *);
void	page_sessions_post(struct http_req *);
void	page_grants_get(struct http_req *);
void	page_grants_post(struct http_req *);
void	device_get(struct http_req *);
void	device_post(struct http_req *);

#endif
