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
 * POST /oauth2/device_authorization (RFC 8628). Run by workers.
 */
#include "src/oauth/client.h"
#include "src/oauth/oauth.h"
#include "src/rules/tenant.h"

static const struct schema_field fields[] = {
	{ .name = "client_id", .type = SCHEMA_STR },
	{ .name = "client_secret", .type = SCHEMA_STR },
	{ .name = "client_assertion_type", .type = SCHEMA_STR },
	{ .name = "client_assertion", .type = SCHEMA_STR },
	{ .name = "scope", .type = SCHEMA_STR, .bytes = CAP_SCOPE },
};
static const struct schema body =
    SCHEMA("DeviceAuthorizationRequest", fields, 0);

const struct api_op oauth_device_op = { .id = "authorizeDevice",
    .summary = "A device asks for its user (RFC 8628)", .body = &body,
    .result = "DeviceAuthorization", .success = 200, .client = 1,
    .own = { 401, 429 } };

static void
made(uint16_t type, const union msg *m, int last, void *arg)
{
	char issuer[sizeof(api.issuer) + TENANT_ISSUER];
	struct api_call *c = arg;
	const struct msg_device_code_res *r;
	struct buf *b;

	if (!api_expect(c, IMSG_DEVICE_CODE_RES, type, m, last))
		return;
	if (tenant_issuer(issuer, sizeof(issuer), api.issuer,
	    c->ctx.tenant) == -1) {
		api_fail(c, ST_INTERNAL, 0, "", "");
		return;
	}
	r = &m->device_code_res;
	b = api_out();
	buf_addf(b, "{\"device_code\":\"%s\",\"user_code\":\"%s\"",
	    r->device_code, r->user_code);
	buf_addf(b, ",\"verification_uri\":\"%s/device\"", issuer);
	buf_addf(b, ",\"verification_uri_complete\":"
	    "\"%s/device?user_code=%s\"", issuer, r->user_code);
	buf_addf(b, ",\"expires_in\":%u,\"interval\":%u}", r->expires_in,
	    r->interval);
	api_send(c->req, 200, 1);
}

void
oauth_device(struct http_req *req)
{
	struct msg_device_code_req m;
	struct oauth_client o;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	if (oauth_client(c, &o) == 0) {
		m = (struct msg_device_code_req){ EDGE_CTX(&c->ctx),
		    OAUTH_CAUTH(&o), .scope = oauth_param(c, "scope") };
		api_asked(c, ask_edge(api.engine, IMSG_DEVICE_CODE_REQ, &m,
		    made, c));
	}
	oauth_client_wipe(&o);
}
