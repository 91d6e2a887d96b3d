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
 * POST /auth/2fa/setup, verify, disable, recovery-codes (API.md section 3). Run
 * by workers; a new secret and new codes pass through once, on their way to
 * their owner, and are wiped. Twins: answer_totp_*(), answer_recovery_new().
 */
#include <sodium.h>
#include <string.h>

#include "src/api/call.h"

#define VARIANT	sodium_base64_VARIANT_ORIGINAL

/* A text's bytes in base64, as a data URL has them. */
static void
add_base64(struct buf *b, const char *text)
{
	size_t len = strlen(text);
	size_t n = sodium_base64_ENCODED_LEN(len, VARIANT);

	if (buf_reserve(b, n) == -1)
		return;
	sodium_bin2base64((char *)b->p + b->len, n, (const uint8_t *)text,
	    len, VARIANT);
	b->len += n - 1;
}

static void
made(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_totp_res *t;
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_TOTP_RES, type, m, last))
		return;
	t = &m->totp_res;
	b = api_out();
	buf_adds(b, "{\"secret\":");
	buf_add_json(b, t->secret);
	buf_adds(b, ",\"otpauth_url\":");
	buf_add_json(b, t->url);
	buf_adds(b, ",\"qr_svg\":\"data:image/svg+xml;base64,");
	add_base64(b, t->svg);
	buf_adds(b, "\",\"qrCode\":\"data:image/png;base64,");
	buf_adds(b, t->png);
	buf_adds(b, "\",\"expires_in\":");
	buf_addu(b, t->expires_in);
	buf_addc(b, '}');
	api_send(c->req, 200, 1);
}

/* The aliases' user, "" without; one that the wall cannot carry is no one. */
static int
user_of(struct api_call *c, const char **id)
{
	if ((*id = http_req_arg(c->req, 0)) == NULL)
		*id = "";
	if (strlen(*id) <= CAP_ID)
		return 1;
	api_refuse_checked(c, ST_FORBIDDEN);
	return 0;
}

void
totp_setup(struct http_req *req)
{
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) != NULL && user_of(c, &id))
		api_asked(c, ask_totp_setup(api.engine, &c->ctx, c->bearer,
		    id, schema_str(c->body, "password"), made, c));
}

static void
codes(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_RECOVERY_RES, type, m, last))
		return;
	b = api_out();
	buf_addc(b, '{');
	if (c->message != NULL) {
		buf_adds(b, "\"message\":");
		buf_add_json(b, c->message);
		buf_addc(b, ',');
	}
	buf_adds(b, "\"recovery_codes\":");
	api_add_words(b, m->recovery_res.codes);
	buf_addc(b, '}');
	api_send(c->req, 200, 1);
}

void
totp_verify(struct http_req *req)
{
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || !user_of(c, &id))
		return;
	c->message = "OTP verified successfully";
	api_asked(c, ask_totp_verify(api.engine, &c->ctx, c->bearer, id,
	    schema_str(c->body, "token"), codes, c));
}

void
totp_disable(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_totp_disable(api.engine, &c->ctx, c->bearer,
	    schema_str(c->body, "password"), schema_str(c->body, "otp"),
	    schema_str(c->body, "recovery_code"), api_no_content, c));
}

void
recovery_codes(struct http_req *req)
{
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	api_asked(c, ask_recovery_new(api.engine, &c->ctx, c->bearer,
	    schema_str(c->body, "password"), schema_str(c->body, "otp"),
	    codes, c));
}
