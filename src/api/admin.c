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
 * What the endpoints of administration share. Run by workers.
 */
#include <stdio.h>

#include <string.h>

#include "src/api/admin.h"
#include "src/rules/tenant.h"

void
admin_words(struct api_call *c, struct buf *b, const char *member,
    int (*ok)(const char *), const char *why)
{
	const json_t *all = json_object_get(c->body, member), *v;
	char path[48];
	size_t i;

	for (i = 0; i < json_array_size(all); i++) {
		v = json_array_get(all, i);
		if (!ok(json_string_value(v))) {
			snprintf(path, sizeof(path), "%s.%zu", member, i);
			schema_error_add(&c->errs, path, "%s", why);
			continue;
		}
		if (b->len > 0)
			buf_addc(b, ' ');
		buf_add(b, json_string_value(v), json_string_length(v));
	}
}

void
admin_location(struct api_call *c, const char *id)
{
	const char *tenant = c->ctx.tenant;
	struct buf b = BUF_INIT;
	const char *text;

	/* A path: the issuer's own listener may not serve administration. */
	if (*tenant != '\0' && strcmp(tenant, "default") != 0) {
		buf_adds(&b, "/t/");
		buf_adds(&b, tenant);
	}
	buf_adds(&b, c->route->path);
	buf_addc(&b, '/');
	buf_adds(&b, id);
	if ((text = buf_cstr(&b)) != NULL)
		(void)http_reply_header(c->req, "Location", text);
	buf_free(&b);
}
