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
 * Runs in the worker: error bodies as API.md section 1 has them.
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

/* OAuth routes have a shape of their own (RFC 6749 section 5.2). */
static int
is_oauth(const struct http_req *r)
{
	return r->route != NULL && r->route->body == HTTP_B_FORM;
}

void
http_reply_errors(struct http_req *r, int status, const char *code,
    const char *message, const struct http_error_item *items, size_t n)
{
	struct buf b = BUF_INIT;
	size_t i;

	add_member(&b, "{\"error\":", code);
	add_member(&b, is_oauth(r) ? ",\"error_description\":" :
	    ",\"message\":", message);
	for (i = 0; i < n && !is_oauth(r); i++) {
		add_member(&b, i == 0 ? ",\"errors\":[{\"path\":" :
		    ",{\"path\":", items[i].path);
		add_member(&b, ",\"msg\":", items[i].msg);
		buf_addc(&b, '}');
	}
	if (i > 0)
		buf_addc(&b, ']');
	buf_addc(&b, '}');
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
