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
 * GET, POST /oauth2/userinfo (OpenID Connect Core 1.0 section 5.3). Run by
 * workers. Twin: answer_userinfo().
 */
#include <string.h>

#include "src/oauth/client.h"
#include "src/oauth/oauth.h"

const struct api_op oauth_userinfo_op = { .id = "getUserinfo",
    .summary = "What the token's scopes say of its account",
    .result = "Userinfo", .success = 200, .scope = "openid", .dpop = 1 };
const struct api_op oauth_userinfo_post_op = { .id = "postUserinfo",
    .summary = "The same", .result = "Userinfo", .success = 200,
    .scope = "openid", .dpop = 1 };

static void
told(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (!api_expect(c, IMSG_USERINFO_RES, type, m, last))
		return;
	buf_adds(api_out(), m->userinfo_res.claims);
	api_send(c->req, 200, 0);
}

void
oauth_userinfo(struct http_req *req)
{
	struct msg_userinfo_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_userinfo_req){ EDGE_CTX(&c->ctx),
	    .bearer = c->bearer, .dpop = c->proof,
	    .post = http_req_method(req) == HTTP_POST };
	api_asked(c, ask_edge(api.engine, IMSG_USERINFO_REQ, &m, told, c));
}
