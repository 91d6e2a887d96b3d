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
 * /oauth2/logout: an application sends its user here to sign out (OpenID
 * Connect RP-Initiated Logout 1.0). Run by workers. The engine judges the hint
 * and the address; here its answer is a page, a question or a redirect. Twin:
 * privsep/engine/answer_end_session.c.
 */
#include <string.h>

#include "src/api/browser.h"
#include "src/pages/page.h"

#define PATH	"/oauth2/logout"

static const struct {
	const char	*name;
	size_t		 off, cap;
	enum page_slot	 slot;
} params[] = {
	{ "id_token_hint", offsetof(struct msg_end_session_req,
	    id_token_hint), CAP_BEARER, PAGE_S_ID_TOKEN_HINT },
	{ "client_id", offsetof(struct msg_end_session_req, client_id),
	    CAP_CLIENT, PAGE_S_CLIENT_ID },
	{ "post_logout_redirect_uri", offsetof(struct msg_end_session_req,
	    post_logout_redirect_uri), CAP_URL,
	    PAGE_S_POST_LOGOUT_REDIRECT_URI },
	{ "state", offsetof(struct msg_end_session_req, state), 1024,
	    PAGE_S_STATE },
};
#define NPARAMS	(sizeof(params) / sizeof(params[0]))

static const char *
sent(struct page *p, const char *name)
{
	return http_req_method(p->req) == HTTP_POST ? page_field(p, name) :
	    page_param(p, name);
}

/* Who only looks at where a link leads signs nobody out. */
static int
looks_only(const struct page *p)
{
	return http_req_method(p->req) == HTTP_HEAD;
}

static void
ask_first(struct page *p, const struct msg_end_session_res *e)
{
	size_t i;

	for (i = 0; i < NPARAMS; i++)
		page_set(p, params[i].slot, sent(p, params[i].name));
	page_source(p->client_src, e->uri);
	page_set(p, PAGE_S_CLIENT_NAME, e->client_name);
	page_show(p, 200, PAGE_H_RP_LOGOUT);
}

static void
answered(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_end_session_res *e;
	struct page *p = arg;

	if (!page_expect(p, IMSG_END_SESSION_RES, type, m, last))
		return;
	e = &m->end_session_res;
	if (e->kind == END_SESSION_BAD) {
		page_refusal(p, 400, "logout");
		return;
	}
	if (e->kind == END_SESSION_CONFIRM) {
		ask_first(p, e);
		return;
	}
	if (*p->bearer != '\0' && !looks_only(p))
		page_set_cookie(p, PAGE_C_SESSION, "");
	if (e->kind == END_SESSION_REDIRECT) {
		page_leave(p, e->uri);
		return;
	}
	page_set_path(p, PAGE_S_LOGIN_URL, "/login");
	page_show(p, 200, PAGE_H_SIGNED_OUT);
}

/* Another site's form comes without our cookies, which a GET brings. */
static void
again(struct page *p)
{
	struct buf b = BUF_INIT;
	const char *s;
	size_t i;

	for (i = 0; i < NPARAMS; i++) {
		s = sent(p, params[i].name);
		if (*s == '\0')
			continue;
		buf_adds(&b, b.len == 0 ? PATH "?" : "&");
		buf_adds(&b, params[i].name);
		buf_addc(&b, '=');
		page_encode(&b, s);
	}
	s = b.len > 0 ? buf_cstr(&b) : NULL;
	p->return_to = "";
	page_go(p, s != NULL ? s : PATH);
	buf_free(&b);
}

static void
end_session(struct page *p)
{
	struct msg_end_session_req m = { EDGE_CTX(&p->call->ctx) };
	const char *s;
	size_t i;

	if (http_req_method(p->req) == HTTP_POST &&
	    !browser_origin_ok(p->req)) {
		again(p);
		return;
	}
	for (i = 0; i < NPARAMS; i++) {
		s = sent(p, params[i].name);
		if (strlen(s) > params[i].cap) {
			page_refusal(p, 400, "logout");
			return;
		}
		memcpy((char *)&m + params[i].off, &s, sizeof(s));
	}
	m.cookie = looks_only(p) ? "" : p->cookie[PAGE_C_SESSION];
	m.confirmed = http_req_method(p->req) == HTTP_POST && page_ours(p);
	page_asked(p, ask_edge(api.engine, IMSG_END_SESSION_REQ, &m, answered,
	    p));
}

void
rp_logout(struct http_req *req)
{
	page_open_any(req, end_session);
}
