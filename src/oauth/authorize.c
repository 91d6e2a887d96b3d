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
 * GET and POST /oauth2/authorize, and the answer to it, which the page of
 * consent gives, too (API.md section 8; RFC 6749, 9207). Run by workers; twin:
 * answer_authorize(). Redirects are 303, so that no form is ever sent on.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/api/browser.h"
#include "src/oauth/oauth.h"
#include "src/oauth/request.h"
#include "src/rules/tenant.h"

#define PATH	"/oauth2/authorize"
#define SINCE	"moatd_since"	/* in return_to: when somebody was sent off */

static void
redirect(struct api_call *c, struct buf *location)
{
	const char *s = buf_cstr(location);

	if (s == NULL || http_reply_header(c->req, "Location", s) == -1)
		api_fail(c, ST_INTERNAL, 0, "", "");
	else
		http_reply(c->req, 303, NULL, NULL, 0);
	buf_wipe_free(location);
}

static void
add_base(struct buf *b, const struct api_call *c)
{
	if (!tenant_is_default(c->ctx.tenant)) {
		buf_adds(b, "/t/");
		buf_adds(b, c->ctx.tenant);
	}
}

static void
add_param(struct buf *b, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	buf_addc(b, '&');
	buf_adds(b, name);
	buf_addc(b, '=');
	oauth_add_encoded(b, value);
}

/* ---- to the client ---- */

static void
to_client(struct api_call *c, const struct msg_authorize_res *m)
{
	char issuer[CAP_URL + 1 + TENANT_ISSUER];
	struct buf b = BUF_INIT, q = BUF_INIT;

	if (tenant_issuer(issuer, sizeof(issuer), api.issuer,
	    c->ctx.tenant) == -1) {
		api_fail(c, ST_INTERNAL, 0, "", "");
		return;
	}
	add_param(&q, "error", m->error);
	add_param(&q, "error_description", m->description);
	add_param(&q, "code", m->code);
	add_param(&q, "state", m->state);
	add_param(&q, "iss", issuer);
	if (q.len > 0)
		q.p[0] = strchr(m->redirect_uri, '?') != NULL ? '&' : '?';
	buf_adds(&b, m->redirect_uri);
	buf_add(&b, q.p, q.len);
	b.err |= q.err;
	buf_wipe_free(&q);
	redirect(c, &b);
}

/* ---- to a page of ours, and back here ---- */

/* This request, and since when somebody was asked to log in for it. */
static void
add_return_to(struct buf *b, struct api_call *c,
    const struct msg_authorize_res *m)
{
	struct buf back = BUF_INIT;

	add_base(&back, c);
	buf_adds(&back, PATH "?");
	oauth_ask_add(&back, c->req);
	if (m->since > 0)
		buf_addf(&back, "&" SINCE "=%lld", (long long)m->since);
	buf_adds(b, "return_to=");
	if (buf_cstr(&back) != NULL)
		oauth_add_encoded(b, buf_cstr(&back));
	b->err |= back.err;
	buf_free(&back);
}

static void
to_page(struct api_call *c, const struct msg_authorize_res *m)
{
	static const char *const pages[AUTHORIZE__MAX] = {
		[AUTHORIZE_LOGIN] = "/login?",
		[AUTHORIZE_SETUP] = "/account/2fa?",
		[AUTHORIZE_STEP_UP] = "/mfa?",
		[AUTHORIZE_CONSENT] = "/consent?",
	};
	struct buf b = BUF_INIT;

	add_base(&b, c);
	buf_adds(&b, pages[m->kind]);
	if (m->kind == AUTHORIZE_CONSENT) {
		buf_adds(&b, "nonce=");
		oauth_add_encoded(&b, m->nonce);
		buf_addc(&b, '&');
	}
	add_return_to(&b, c, m);
	redirect(c, &b);
}

static void
page(struct api_call *c)
{
	http_reply_error(c->req, 400, "client", "The application that "
	    "sent you here is not known, or asked for what it may not");
}

void
oauth_authorize_reply(struct api_call *c, const struct msg_authorize_res *m)
{
	switch (m->kind) {
	case AUTHORIZE_CODE:
	case AUTHORIZE_ERROR:
		to_client(c, m);
		break;
	case AUTHORIZE_LOGIN:
	case AUTHORIZE_SETUP:
	case AUTHORIZE_STEP_UP:
	case AUTHORIZE_CONSENT:
		to_page(c, m);
		break;
	default:
		page(c);
		break;
	}
}

/* ---- the request ---- */

static void
answered(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (api_expect(c, IMSG_AUTHORIZE_RES, type, m, last))
		oauth_authorize_reply(c, &m->authorize_res);
}

/* A form of somebody else's page comes without our cookies, which its browser
 * sends with a GET: the same again as one. */
static void
again(struct api_call *c)
{
	struct buf b = BUF_INIT;

	add_base(&b, c);
	buf_adds(&b, PATH "?");
	oauth_ask_add(&b, c->req);
	redirect(c, &b);
}

/* Digits; anything else is no time. */
static int64_t
since_of(struct http_req *req)
{
	const char *s = http_query(req, SINCE);

	if (s == NULL || *s == '\0' || strlen(s) > 18 ||
	    strspn(s, "0123456789") != strlen(s))
		return (0);
	return (strtoll(s, NULL, 10));
}

void
oauth_authorize(struct http_req *req)
{
	char cookie[CAP_COOKIE + 1];
	struct msg_authorize_req m;
	struct api_call *c;
	struct oauth_ask ask;

	if ((c = api_begin(req)) == NULL)
		return;
	if (oauth_ask_take(req, &ask) == -1) {
		page(c);
		return;
	}
	if (http_req_method(req) == HTTP_POST && !browser_origin_ok(req)) {
		again(c);
		return;
	}
	/* who only looks at where a link leads is nobody: no code is made */
	cookie[0] = '\0';
	if (http_req_method(req) != HTTP_HEAD)
		browser_cookie(req, cookie);
	m = (struct msg_authorize_req){
		EDGE_CTX(&c->ctx),
		.cookie = cookie,
		.client_id = ask.client_id,
		MSG_AUTHORIZE(OAUTH_ASK_FIELD)
		.since = http_req_method(req) == HTTP_POST ? 0 :
		    since_of(req),
	};
	api_asked(c, ask_edge(api.engine, IMSG_AUTHORIZE_REQ, &m, answered,
	    c));
}
