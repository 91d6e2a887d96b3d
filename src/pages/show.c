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
 * What a page shows, and where it sends its visitor. Run by workers. Pages are
 * composed into one kept buffer, which is wiped, since a form names its csrf.
 */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/pages/looks.h"
#include "src/pages/page.h"

#define HTML	"text/html; charset=utf-8"
#define POLICY	"default-src 'none'; style-src 'self'; img-src 'self' data:; " \
		"form-action 'self'%s%s; frame-ancestors 'none'; " \
		"base-uri 'none'"

void
page_set(struct page *p, enum page_slot slot, const char *text)
{
	p->v.value[slot] = page_copy(p, text, strlen(text));
}

void
page_setf(struct page *p, enum page_slot slot, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	page_set(p, slot, text);
}

static void
set_buf(struct page *p, enum page_slot slot, struct buf *b)
{
	const char *s = buf_cstr(b);

	if (s != NULL)
		page_set(p, slot, s);
	buf_wipe_free(b);
}

/* base, path, and what comes back. */
static void
add_path(struct page *p, struct buf *b, const char *path)
{
	buf_adds(b, p->base);
	buf_adds(b, path);
	if (*p->return_to == '\0')
		return;
	buf_adds(b, strchr(path, '?') != NULL ? "&return_to=" :
	    "?return_to=");
	page_encode(b, p->return_to);
}

void
page_set_path(struct page *p, enum page_slot slot, const char *path)
{
	struct buf b = BUF_INIT;

	add_path(p, &b, path);
	set_buf(p, slot, &b);
}

void
page_say(struct page *p, enum page_slot slot, enum page_text key)
{
	struct buf b = BUF_INIT;

	p->v.own = looks_own(http_req_tenant(p->req), p->v.lang);
	tmpl_message(&b, key, &p->v);
	set_buf(p, slot, &b);
}

struct tmpl_row *
page_row(struct page *p, enum page_list list)
{
	struct tmpl_row *row = calloc(1, sizeof(*row));

	if (row == NULL)
		return NULL;
	row->list = list;
	*p->last_row = row;
	p->last_row = &row->next;
	return row;
}

void
page_put(struct page *p, struct tmpl_row *row, enum page_slot slot,
    const char *text)
{
	if (row != NULL)
		row->value[slot] = page_copy(p, text, strlen(text));
}

/* ---- replies ---- */

static void
add_policy(struct page *p)
{
	char policy[sizeof(POLICY) + PAGE_SRC_MAX];

	(void)snprintf(policy, sizeof(policy), POLICY,
	    *p->client_src != '\0' ? " " : "", p->client_src);
	(void)http_reply_header(p->req, "Content-Security-Policy", policy);
}

void
page_send(struct page *p)
{
	static struct buf out;
	struct http_req *req = p->req;
	int status = p->status;

	page_set(p, PAGE_S_BASE, p->base);
	page_set(p, PAGE_S_LANG, p->v.lang->tag);
	page_set(p, PAGE_S_CSRF, p->csrf);
	page_set(p, PAGE_S_RETURN_TO, p->return_to);
	p->v.own = looks_own(http_req_tenant(req), p->v.lang);
	if (*p->base != '\0' && (p->v.own == NULL ||
	    p->v.own[PAGE_T_BRAND] == NULL))
		page_set(p, PAGE_S_BRAND, http_req_tenant(req));
	else
		page_say(p, PAGE_S_BRAND, PAGE_T_BRAND);
	add_policy(p);
	if (p->new_csrf && p->html != PAGE_H_ERROR)
		page_set_cookie(p, PAGE_C_CSRF, p->cookie[PAGE_C_CSRF]);
	buf_reset(&out);
	tmpl_render(&out, p->html, &p->v);
	if (out.err) {
		buf_free(&out);
		http_reply(req, 500, NULL, NULL, 0);
		return;
	}
	http_reply(req, status, HTML, out.p, out.len);
	sodium_memzero(out.p, out.len);
	buf_reset(&out);
}

void
page_show(struct page *p, int status, enum page_html html)
{
	p->status = status;
	p->html = html;
	if (p->flow != NULL && !p->flow_asked)
		page_flow(p);
	else
		page_send(p);
}

void
page_leave(struct page *p, const char *location)
{
	add_policy(p);
	if (http_reply_header(p->req, "Location", location) == -1)
		page_error(p->req, 500, "internal_error", "");
	else
		http_reply(p->req, 303, NULL, NULL, 0);
}

static void
leave_buf(struct page *p, struct buf *b)
{
	const char *s = buf_cstr(b);

	if (s == NULL)
		page_error(p->req, 500, "internal_error", "");
	else
		page_leave(p, s);
	buf_free(b);
}

void
page_go(struct page *p, const char *path)
{
	struct buf b = BUF_INIT;

	add_path(p, &b, path);
	leave_buf(p, &b);
}

void
page_return(struct page *p, const char *path)
{
	struct buf b = BUF_INIT;

	if (*p->return_to != '\0')
		buf_adds(&b, p->return_to);
	else {
		buf_adds(&b, p->base);
		buf_adds(&b, path);
	}
	leave_buf(p, &b);
}

/* A form is not sent a second time: its visitor comes back to the page. */
void
page_to_login(struct page *p)
{
	const char *query = http_req_method(p->req) != HTTP_POST ?
	    http_req_query(p->req) : NULL;
	struct buf b = BUF_INIT, here = BUF_INIT;
	const char *s;

	buf_adds(&here, http_req_path(p->req));
	if (query != NULL) {
		buf_addc(&here, '?');
		buf_adds(&here, query);
	}
	buf_adds(&b, p->base);
	buf_adds(&b, "/login?return_to=");
	if ((s = buf_cstr(&here)) != NULL)
		page_encode(&b, s);
	buf_free(&here);
	leave_buf(p, &b);
}
