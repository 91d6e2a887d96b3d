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
 * Runs in the worker: errors as API.md section 1 has them, JSON of two shapes
 * and pages.
 */
#include "config.h"

#include <string.h>

#include "src/http/conn.h"

static void
add_member(struct buf *b, const char *key, const char *value)
{
	buf_adds(b, key);
	if (buf_add_json(b, value) == -1)
		b->err = 1;
}

/*
 * RFC 6749 has codes of its own for what is no fault of the client (section
 * 4.1.2.1); all others are the same.
 */
static const char *
oauth_code(int status, const char *code)
{
	switch (status) {
	case 429:
	case 503:
		return "temporarily_unavailable";
	case 500:
		return "server_error";
	default:
		return code;
	}
}

static void
add_oauth(struct buf *b, int status, const char *code, const char *message)
{
	add_member(b, "{\"error\":", oauth_code(status, code));
	add_member(b, ",\"error_description\":", message);
	buf_addc(b, '}');
}

static void
add_json(struct buf *b, const char *code, const char *message,
    const struct http_error_item *items, size_t n)
{
	size_t i;

	add_member(b, "{\"error\":", code);
	add_member(b, ",\"message\":", message);
	for (i = 0; i < n; i++) {
		add_member(b, i == 0 ? ",\"errors\":[{\"path\":" :
		    ",{\"path\":", items[i].path);
		add_member(b, ",\"msg\":", items[i].msg);
		buf_addc(b, '}');
	}
	if (i > 0)
		buf_addc(b, ']');
	buf_addc(b, '}');
}

/* As it was before anybody set page_error. */
static void
plain_page(struct http_req *r, int status, const char *message)
{
	struct buf b = BUF_INIT;

	(void)http_reply_header(r, "Content-Security-Policy", "default-src "
	    "'none'; style-src 'self'; img-src 'self' data:; form-action "
	    "'self'; frame-ancestors 'none'; base-uri 'none'");
	buf_adds(&b, "<!DOCTYPE html>\n<html lang=\"en\">"
	    "<meta charset=\"utf-8\"><title>");
	buf_addu(&b, (uint64_t)status);
	buf_adds(&b, "</title><p>");
	for (; *message != '\0'; message++) {
		if (strchr("<>&\"'", *message) != NULL)
			buf_addf(&b, "&#%d;", *message);
		else
			buf_addc(&b, *message);
	}
	buf_adds(&b, "</p>\n");
	if (b.err)
		http_reply(r, 500, NULL, NULL, 0);
	else
		http_reply(r, status, "text/html; charset=utf-8", b.p, b.len);
	buf_free(&b);
}

static void
page(struct http_req *r, int status, const char *code, const char *message)
{
	if (r->srv->conf->page_error != NULL)
		r->srv->conf->page_error(r, status, code, message);
	else
		plain_page(r, status, message);
}

void
http_reply_errors(struct http_req *r, int status, const char *code,
    const char *message, const struct http_error_item *items, size_t n)
{
	struct buf b = BUF_INIT;

	if (r->route_flags & HTTP_R_PAGE) {
		page(r, status, code, message);
		return;
	}
	if (r->route_flags & HTTP_R_OAUTH)
		add_oauth(&b, status, code, message);
	else
		add_json(&b, code, message, items, n);
	if (b.err)
		http_reply(r, 500, NULL, NULL, 0);
	else
		http_reply(r, status, "application/json", b.p, b.len);
	buf_free(&b);
}

void
http_reply_error_at(struct http_req *r, int status, const char *code,
    const char *message, const char *path, const char *msg)
{
	const struct http_error_item item = { path, msg };

	http_reply_errors(r, status, code, message, &item, 1);
}

void
http_reply_error(struct http_req *r, int status, const char *code,
    const char *message)
{
	if (status == 400)
		http_reply_error_at(r, status, code, message, "", message);
	else
		http_reply_errors(r, status, code, message, NULL, 0);
}
