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
 * POST /oauth2/token (RFC 6749 section 3.2). Run by workers; holds a client's
 * secret and tokens no longer than a message is composed. Twin: answer_token().
 */
#include <string.h>

#include "src/oauth/client.h"
#include "src/oauth/oauth.h"

/* What each is for is the grant's: none is asked of all. */
static const struct schema_field fields[] = {
	{ .name = "grant_type", .type = SCHEMA_STR, .required = 1,
	    .bytes = 128 },
	{ .name = "client_id", .type = SCHEMA_STR },
	{ .name = "client_secret", .type = SCHEMA_STR },
	{ .name = "client_assertion_type", .type = SCHEMA_STR },
	{ .name = "client_assertion", .type = SCHEMA_STR },
	{ .name = "code", .type = SCHEMA_STR, .bytes = CAP_CODE },
	{ .name = "redirect_uri", .type = SCHEMA_STR, .bytes = CAP_URL },
	{ .name = "code_verifier", .type = SCHEMA_STR, .bytes = 256 },
	{ .name = "refresh_token", .type = SCHEMA_STR, .bytes = CAP_REFRESH },
	{ .name = "scope", .type = SCHEMA_STR, .bytes = CAP_SCOPE },
	{ .name = "device_code", .type = SCHEMA_STR, .bytes = CAP_CODE },
	{ .name = "subject_token", .type = SCHEMA_STR, .bytes = CAP_BEARER },
	{ .name = "subject_token_type", .type = SCHEMA_STR, .bytes = 128 },
	{ .name = "actor_token", .type = SCHEMA_STR, .bytes = CAP_BEARER },
	{ .name = "actor_token_type", .type = SCHEMA_STR, .bytes = 128 },
	{ .name = "requested_token_type", .type = SCHEMA_STR, .bytes = 128 },
	{ .name = "audience", .type = SCHEMA_STR, .bytes = CAP_URL },
	{ .name = "resource", .type = SCHEMA_STR, .bytes = CAP_URL },
};
static const struct schema body = SCHEMA("TokenRequest", fields, 0);

const struct api_op oauth_token_op = { .id = "issueToken",
    .summary = "Tokens for a code, a refresh token or a client",
    .body = &body, .result = "OAuthTokens", .success = 200, .client = 1,
    .own = { 401, 429 } };

static void
add_member(struct buf *b, const char *before, const char *value)
{
	if (*value == '\0')
		return;
	buf_adds(b, before);
	buf_add_json(b, value);
}

static void
made(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_token_res *r;
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_TOKEN_RES, type, m, last))
		return;
	r = &m->token_res;
	b = api_out();
	buf_adds(b, "{\"access_token\":");
	buf_add_json(b, r->access);
	add_member(b, ",\"token_type\":", r->token_type);
	add_member(b, ",\"issued_token_type\":", r->issued_token_type);
	buf_addf(b, ",\"expires_in\":%u,\"scope\":", r->expires_in);
	buf_add_json(b, r->scope);
	add_member(b, ",\"id_token\":", r->id_token);
	add_member(b, ",\"refresh_token\":", r->refresh);
	buf_addc(b, '}');
	(void)http_reply_header(c->req, "Pragma", "no-cache");
	if (*r->dpop_nonce != '\0')
		(void)http_reply_header(c->req, "DPoP-Nonce", r->dpop_nonce);
	api_send(c->req, 200, 1);
}

static void
ask_token(struct api_call *c, const struct oauth_client *o, const char *dpop)
{
	const struct msg_token_req m = { EDGE_CTX(&c->ctx), OAUTH_CAUTH(o),
	    .grant_type = oauth_param(c, "grant_type"),
	    .code = oauth_param(c, "code"),
	    .redirect_uri = oauth_param(c, "redirect_uri"),
	    .code_verifier = oauth_param(c, "code_verifier"),
	    .refresh_token = oauth_param(c, "refresh_token"),
	    .scope = oauth_param(c, "scope"),
	    .device_code = oauth_param(c, "device_code"),
	    .subject_token = oauth_param(c, "subject_token"),
	    .subject_token_type = oauth_param(c, "subject_token_type"),
	    .actor_token = oauth_param(c, "actor_token"),
	    .actor_token_type = oauth_param(c, "actor_token_type"),
	    .requested_token_type = oauth_param(c, "requested_token_type"),
	    .audience = oauth_param(c, "audience"),
	    .resource = oauth_param(c, "resource"),
	    .dpop = dpop };

	api_asked(c, ask_edge(api.engine, IMSG_TOKEN_REQ, &m, made, c));
}

void
oauth_token(struct http_req *req)
{
	const char *dpop = http_req_header(req, "dpop");
	struct oauth_client o;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	if (oauth_client(c, &o) == 0) {
		if (dpop != NULL && oauth_too_long(dpop, CAP_BEARER))
			api_refuse(c, ST_INVALID_DPOP_PROOF, "");
		else
			ask_token(c, &o, dpop != NULL ? dpop : "");
	}
	oauth_client_wipe(&o);
}
