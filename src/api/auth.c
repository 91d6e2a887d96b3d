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
 * POST /auth/register, login, mfa, step-up, refresh, logout (API.md section
 * 3). Run by
 * workers: composes one message to the engine, and tokens or a refusal from
 * its answer. Twins: privsep/engine/answer_*.c.
 */
#include <string.h>

#include "src/api/call.h"

static void
registered(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_REGISTER_RES, type, m, last))
		return;
	b = api_out();
	if (m->register_res.pending) {
		buf_adds(b, "{\"message\":\"Follow the link in the mail to "
		    "finish the registration\"}");
		api_send(c->req, 202, 0);
		return;
	}
	buf_adds(b, "{\"message\":\"User registered successfully\","
	    "\"userId\":");
	buf_add_json(b, m->register_res.user_id);
	buf_addc(b, '}');
	api_send(c->req, 201, 0);
}

void
auth_register(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_register(api.engine, &c->ctx,
	    schema_str(c->body, "username"), schema_str(c->body, "password"),
	    schema_str(c->body, "email"), schema_str(c->body, "name"),
	    registered, c));
}

/* Tokens, of whatever gives them; of a login also a ticket. */
static void
tokens(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_tokens_res *t;
	struct api_call *c = arg;
	struct buf *b;

	if (m != NULL && type == IMSG_MFA_TICKET_RES &&
	    c->route->handler == auth_login) {
		api_mfa_ticket(c, &m->mfa_ticket_res);
		return;
	}
	if (!api_expect(c, IMSG_TOKENS_RES, type, m, last))
		return;
	t = &m->tokens_res;
	b = api_out();
	buf_adds(b, "{\"message\":");
	buf_add_json(b, c->message);
	buf_adds(b, ",\"token\":");
	buf_add_json(b, t->access);
	buf_adds(b, ",\"access_token\":");
	buf_add_json(b, t->access);
	buf_adds(b, ",\"refresh_token\":");
	buf_add_json(b, t->refresh);
	buf_adds(b, ",\"token_type\":\"Bearer\",\"expires_in\":");
	buf_addu(b, t->expires_in);
	buf_adds(b, ",\"refresh_expires_in\":");
	buf_addu(b, t->refresh_expires_in);
	buf_addc(b, '}');
	api_send(c->req, 200, 1);
}

void
auth_login(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	c->message = "Login successful";
	api_asked(c, ask_login(api.engine, &c->ctx,
	    schema_str(c->body, "username"), schema_str(c->body, "password"),
	    schema_str(c->body, "otp"), schema_str(c->body, "recovery_code"),
	    tokens, c));
}

void
auth_mfa(struct http_req *req)
{
	struct api_call *c;
	const char *ticket;

	if ((c = api_begin(req)) == NULL)
		return;
	c->message = "Login successful";
	ticket = schema_str(c->body, "mfa_token");
	/* none of ours is so long; the wall would not carry it */
	if (strlen(ticket) > CAP_TICKET)
		api_refuse(c, ST_INVALID_TOKEN, "");
	else
		api_asked(c, ask_mfa_login(api.engine, &c->ctx, ticket,
		    schema_str(c->body, "otp"),
		    schema_str(c->body, "recovery_code"), tokens, c));
}

void
auth_step_up(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	c->message = "Login successful";
	api_asked(c, ask_step_up(api.engine, &c->ctx, c->bearer,
	    schema_str(c->body, "password"), schema_str(c->body, "otp"),
	    schema_str(c->body, "recovery_code"), tokens, c));
}

void
auth_refresh(struct http_req *req)
{
	struct api_call *c;
	const char *token;

	if ((c = api_begin(req)) == NULL)
		return;
	c->message = "Token refreshed";
	token = schema_str(c->body, "refresh_token");
	/* none of ours is so long; the wall would not carry it */
	if (strlen(token) > CAP_REFRESH)
		api_refuse(c, ST_INVALID_TOKEN, "");
	else
		api_asked(c, ask_refresh(api.engine, &c->ctx, token, tokens,
		    c));
}

void
auth_logout(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_logout(api.engine, &c->ctx, c->bearer,
	    api_no_content, c));
}
