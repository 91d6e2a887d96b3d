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
 * POST /oauth2/introspect (RFC 7662), POST /oauth2/revoke (RFC 7009). Run by
 * workers; hold a client's secret and a token no longer than a message is
 * composed. Twins: answer_introspect(), answer_token_revoke().
 */
#include <string.h>

#include "src/oauth/client.h"
#include "src/oauth/oauth.h"

static const struct schema_field fields[] = {
	{ .name = "token", .type = SCHEMA_STR, .required = 1 },
	{ .name = "token_type_hint", .type = SCHEMA_STR, .bytes = 64 },
	{ .name = "client_id", .type = SCHEMA_STR },
	{ .name = "client_secret", .type = SCHEMA_STR },
	{ .name = "client_assertion_type", .type = SCHEMA_STR },
	{ .name = "client_assertion", .type = SCHEMA_STR },
};
static const struct schema introspect_body =
    SCHEMA("IntrospectRequest", fields, 0);
static const struct schema revoke_body =
    SCHEMA("RevokeRequest", fields, 0);

const struct api_op oauth_introspect_op = { .id = "introspectToken",
    .summary = "What a token is good for, as of now (RFC 7662)",
    .body = &introspect_body, .result = "Introspection", .success = 200,
    .client = 1, .own = { 401, 429 } };
const struct api_op oauth_revoke_op = { .id = "revokeToken",
    .summary = "End a token, and the grant that it is of (RFC 7009)",
    .body = &revoke_body, .success = 200, .client = 1, .own = { 401, 429 } };

static void
introspected(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_INTROSPECT_RES, type, m, last))
		return;
	b = api_out();
	buf_adds(b, *m->introspect_res.claims != '\0' ?
	    m->introspect_res.claims : "{\"active\":false}");
	api_send(c->req, 200, 0);
}

void
oauth_introspect(struct http_req *req)
{
	struct msg_introspect_req m;
	struct oauth_client o;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	if (oauth_client(c, &o) == 0) {
		m = (struct msg_introspect_req){ EDGE_CTX(&c->ctx),
		    OAUTH_CAUTH(&o), .token = oauth_param(c, "token"),
		    .token_type_hint = oauth_param(c, "token_type_hint") };
		api_asked(c, ask_edge(api.engine, IMSG_INTROSPECT_REQ, &m,
		    introspected, c));
	}
	oauth_client_wipe(&o);
}

static void
revoked(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (api_expect(c, IMSG_DONE_RES, type, m, last))
		http_reply(c->req, 200, NULL, NULL, 0);
}

void
oauth_revoke(struct http_req *req)
{
	struct msg_token_revoke_req m;
	struct oauth_client o;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	if (oauth_client(c, &o) == 0) {
		m = (struct msg_token_revoke_req){ EDGE_CTX(&c->ctx),
		    OAUTH_CAUTH(&o), .token = oauth_param(c, "token"),
		    .token_type_hint = oauth_param(c, "token_type_hint") };
		api_asked(c, ask_edge(api.engine, IMSG_TOKEN_REVOKE_REQ, &m,
		    revoked, c));
	}
	oauth_client_wipe(&o);
}
