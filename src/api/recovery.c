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
 * POST /auth/verify-email, verify-email/resend, password-request and
 * reset-password (API.md section 3): what mails and their links are about. Run
 * by workers; a link's token and the new password pass through and are wiped.
 * Twins: privsep/engine/answer_email.c and answer_forgot.c,
 * answer_reset.c.
 */
#include <string.h>

#include "src/api/call.h"

static void
message(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_DONE_RES, type, m, last))
		return;
	b = api_out();
	buf_adds(b, "{\"message\":");
	buf_add_json(b, c->message);
	buf_addc(b, '}');
	api_send(c->req, c->op->success, 0);
}

/* NULL: none of ours is so long, the wall would not carry it; answered. */
static const char *
link_token(struct api_call *c)
{
	const char *token = schema_str(c->body, "token");

	if (strlen(token) <= CAP_LINK)
		return token;
	api_refuse(c, ST_INVALID_LINK, "token");
	return NULL;
}

void
email_verify(struct http_req *req)
{
	struct api_call *c;
	const char *token;

	if ((c = api_begin(req)) == NULL || (token = link_token(c)) == NULL)
		return;
	c->message = "Email address verified";
	api_asked(c, ask_email_verify(api.engine, &c->ctx, token, message,
	    c));
}

void
email_resend(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	c->message = "If an account waits for this address, a mail is sent";
	api_asked(c, ask_email_resend(api.engine, &c->ctx,
	    schema_str(c->body, "email"), message, c));
}

void
password_request(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	c->message = "If an account has this address, a mail is sent";
	api_asked(c, ask_password_request(api.engine, &c->ctx,
	    schema_str(c->body, "email"), message, c));
}

void
password_reset(struct http_req *req)
{
	struct api_call *c;
	const char *token;

	if ((c = api_begin(req)) == NULL || (token = link_token(c)) == NULL)
		return;
	c->message = "Password reset successfully";
	api_asked(c, ask_password_reset(api.engine, &c->ctx, token,
	    schema_str(c->body, "newPassword"), schema_str(c->body, "otp"),
	    schema_str(c->body, "recovery_code"), message, c));
}
