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
 * /admin/keys (API.md section 6), at the root only. Run by workers; twins:
 * answer_keys_list(), answer_key_rotate() and answer_key_retire().
 */
#include <string.h>

#include "src/api/admin.h"

static void
add_key(struct buf *b, const union msg *m)
{
	const struct msg_key_item_res *k = &m->key_item_res;

	buf_adds(b, "{\"kid\":");
	buf_add_json(b, k->kid);
	buf_adds(b, ",\"alg\":");
	buf_add_json(b, k->alg);
	buf_adds(b, ",\"state\":");
	buf_add_json(b, k->state);
	buf_adds(b, ",\"createdAt\":");
	api_add_time(b, k->created_at);
	buf_adds(b, ",\"activeAt\":");
	api_add_time(b, k->active_at);
	buf_adds(b, ",\"retireAt\":");
	api_add_time(b, k->retire_at);
	buf_addc(b, '}');
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_KEY_ITEM_RES, type, m, last, add_key);
}

const struct api_op op_admin_keys = { .id = "listKeys",
    .summary = "Signing keys and their states", .result = "KeyList",
    .success = 200, .list = 1 };

void
admin_keys(struct http_req *req)
{
	struct msg_keys_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_keys_list_req){ API_ADMIN(c), .limit = c->limit,
	    .cursor = c->cursor };
	api_asked(c, ask_edge(api.engine, IMSG_KEYS_LIST_REQ, &m, listed, c));
}

static void
rotated(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_KEY_RES, type, m, last))
		return;
	b = api_out();
	buf_adds(b, "{\"kid\":");
	buf_add_json(b, m->key_res.kid);
	buf_adds(b, ",\"alg\":");
	buf_add_json(b, m->key_res.alg);
	buf_adds(b, ",\"retiring\":");
	buf_add_json(b, m->key_res.retiring);
	buf_addc(b, '}');
	api_send(c->req, 200, 0);
}

static const struct schema_field rotate_fields[] = {
	{ .name = "alg", .type = SCHEMA_STR, .bytes = 16 },
};
static const struct schema rotate_body =
    SCHEMA("KeyRotateRequest", rotate_fields, 0);

const struct api_op op_admin_key_rotate = { .id = "rotateKey",
    .summary = "The next key becomes active; the old one verifies on",
    .body = &rotate_body, .result = "KeyRotated", .success = 200 };

void
admin_key_rotate(struct http_req *req)
{
	struct msg_key_rotate_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_key_rotate_req){ API_ADMIN(c),
	    .alg = schema_has(c->body, "alg") ?
	    schema_str(c->body, "alg") : "ES256" };
	api_asked(c, ask_edge(api.engine, IMSG_KEY_ROTATE_REQ, &m, rotated,
	    c));
}

const struct api_op op_admin_key_retire = { .id = "retireKey",
    .summary = "A key's tokens die at once", .success = 204,
    .own = { 404, 409 } };

void
admin_key_retire(struct http_req *req)
{
	struct msg_key_retire_req m;
	struct api_call *c;
	const char *kid;

	if ((c = api_begin(req)) == NULL)
		return;
	kid = http_req_arg(req, 0);
	if (kid == NULL || strlen(kid) > CAP_KID) {
		api_refuse_checked(c, ST_NOT_FOUND);
		return;
	}
	m = (struct msg_key_retire_req){ API_ADMIN(c), .kid = kid };
	api_asked(c, ask_edge(api.engine, IMSG_KEY_RETIRE_REQ, &m,
	    api_no_content, c));
}
