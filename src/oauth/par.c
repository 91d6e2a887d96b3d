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
 * POST /oauth2/par (RFC 9126). Run by workers; twin: answer_par().
 */
#include "config.h"

#include <string.h>

#include "src/oauth/client.h"
#include "src/oauth/oauth.h"
#include "src/oauth/request.h"

/* What each must be is the engine's to say. */
static const struct schema_field fields[] = {
	{ .name = "client_id", .type = SCHEMA_STR },
	{ .name = "client_secret", .type = SCHEMA_STR },
	{ .name = "client_assertion_type", .type = SCHEMA_STR },
	{ .name = "client_assertion", .type = SCHEMA_STR },
	{ .name = "response_type", .type = SCHEMA_STR },
	{ .name = "redirect_uri", .type = SCHEMA_STR },
	{ .name = "scope", .type = SCHEMA_STR },
	{ .name = "state", .type = SCHEMA_STR },
	{ .name = "nonce", .type = SCHEMA_STR },
	{ .name = "code_challenge", .type = SCHEMA_STR },
	{ .name = "code_challenge_method", .type = SCHEMA_STR },
	{ .name = "prompt", .type = SCHEMA_STR },
	{ .name = "max_age", .type = SCHEMA_STR },
	{ .name = "login_hint", .type = SCHEMA_STR },
	{ .name = "acr_values", .type = SCHEMA_STR },
	{ .name = "ui_locales", .type = SCHEMA_STR },
	{ .name = "response_mode", .type = SCHEMA_STR },
	{ .name = "id_token_hint", .type = SCHEMA_STR },
	{ .name = "dpop_jkt", .type = SCHEMA_STR },
};
static const struct schema body =
    SCHEMA("PushedAuthorizationRequest", fields, 0);

const struct api_op oauth_par_op = { .id = "pushAuthorizationRequest",
    .summary = "Push a request for authorization (RFC 9126)",
    .body = &body, .result = "PushedRequest", .success = 201, .client = 1,
    .own = { 401, 429 } };

static void
pushed(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_PAR_RES, type, m, last))
		return;
	b = api_out();
	buf_adds(b, "{\"request_uri\":");
	buf_add_json(b, m->par_res.request_uri);
	buf_addf(b, ",\"expires_in\":%u}", (unsigned)m->par_res.expires_in);
	api_send(c->req, 201, 1);
}

static void
push(struct api_call *c, const struct oauth_client *who)
{
	const char *proof = http_req_header(c->req, "dpop");
	struct msg_par_req m;
	struct oauth_ask ask;

	if (oauth_ask_take(c->req, &ask) == -1) {
		schema_error_add(&c->errs, "", "a parameter is too long");
		api_refuse(c, ST_INVALID_REQUEST, "");
		return;
	}
	if (proof != NULL && strlen(proof) > CAP_BEARER) {
		api_refuse(c, ST_INVALID_DPOP_PROOF, "");
		return;
	}
	m = (struct msg_par_req){
		EDGE_CTX(&c->ctx),
		OAUTH_CAUTH(who),
		MSG_AUTHORIZE(OAUTH_ASK_FIELD)
		.dpop = proof != NULL ? proof : "",
	};
	api_asked(c, ask_edge(api.engine, IMSG_PAR_REQ, &m, pushed, c));
}

void
oauth_par(struct http_req *req)
{
	struct oauth_client who;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	if (oauth_client(c, &who) == 0)
		push(c, &who);
	oauth_client_wipe(&who);
}
