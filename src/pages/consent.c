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
 * /consent: what an application asks for, and what its user says to it. Run by
 * workers. The engine judges: the nonce is the request's, good once and for the
 * session that it was made for. Twins: answer_consent_get(), answer_consent().
 */
#include <string.h>

#include "src/oauth/oauth.h"
#include "src/pages/page.h"

/* What the standard scopes mean; others bring a description, or their name. */
static const struct {
	const char	*name;
	enum page_text	 text;
} standard[] = {
	{ "openid", PAGE_T_SCOPE_OPENID },
	{ "profile", PAGE_T_SCOPE_PROFILE },
	{ "email", PAGE_T_SCOPE_EMAIL },
	{ "roles", PAGE_T_SCOPE_ROLES },
	{ "offline_access", PAGE_T_SCOPE_OFFLINE_ACCESS },
	{ "account", PAGE_T_SCOPE_ACCOUNT },
	{ "admin", PAGE_T_SCOPE_ADMIN },
};

void
page_scope(struct page *p, struct tmpl_row *row, const char *name,
    const char *description)
{
	size_t i;

	page_put(p, row, PAGE_S_SCOPE, name);
	page_put(p, row, PAGE_S_SCOPE_TEXT, description);
	for (i = 0; *description == '\0' &&
	    i < sizeof(standard) / sizeof(standard[0]); i++) {
		if (strcmp(standard[i].name, name) != 0)
			continue;
		page_say(p, PAGE_S_SCOPE_TEXT, standard[i].text);
		page_put(p, row, PAGE_S_SCOPE_TEXT,
		    p->v.value[PAGE_S_SCOPE_TEXT]);
	}
}

void
page_scopes(struct page *p, const char *lines)
{
	const char *line, *tab, *end;
	char *name, *text;

	for (line = lines; *line != '\0'; line = *end == '\n' ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		tab = memchr(line, '\t', (size_t)(end - line));
		if (tab == NULL)
			continue;
		name = page_copy(p, line, (size_t)(tab - line));
		text = page_copy(p, tab + 1, (size_t)(end - tab - 1));
		if (name != NULL && text != NULL)
			page_scope(p, page_row(p, PAGE_L_SCOPES), name, text);
	}
}

static const char *
nonce(struct page *p)
{
	const char *s = http_req_method(p->req) == HTTP_POST ?
	    page_field(p, "nonce") : page_param(p, "nonce");

	if (*s != '\0' && strlen(s) <= CAP_CODE)
		return s;
	page_refusal(p, 400, "consent");
	return NULL;
}

/* Somebody else may log in, and the application asks that one. */
static void
offer_others(struct page *p)
{
	struct buf b = BUF_INIT;
	const char *s;

	if (p->flow == NULL)
		return;
	buf_adds(&b, p->base);
	buf_adds(&b, "/login?return_to=");
	page_encode(&b, p->return_to);
	if (http_param(p->flow, "moatd_since") == NULL)
		buf_adds(&b, "%26moatd_since%3D0");
	if ((s = buf_cstr(&b)) != NULL)
		page_set(p, PAGE_S_LOGIN_URL, s);
	buf_free(&b);
}

static void
asked(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_consent_res *c;
	struct page *p = arg;
	const char *host;

	if (m != NULL && type == IMSG_ERROR_RES &&
	    m->error_res.status == ST_NOT_FOUND) {
		page_refusal(p, 400, "consent");
		return;
	}
	if (!page_expect(p, IMSG_CONSENT_RES, type, m, last))
		return;
	c = &m->consent_res;
	page_source(p->client_src, c->redirect_uri);
	page_set(p, PAGE_S_CLIENT_NAME, c->client_name);
	page_set(p, PAGE_S_USERNAME, c->username);
	if ((host = strstr(p->client_src, "://")) != NULL)
		page_setf(p, PAGE_S_CLIENT_HOST, "%.*s",
		    (int)strcspn(host + 3, " "), host + 3);
	page_scopes(p, c->scopes);
	offer_others(p);
	p->flow_asked = 1;
	page_show(p, 200, PAGE_H_CONSENT);
}

static void
ask_user(struct page *p)
{
	struct msg_consent_get_req m = { EDGE_CTX(&p->call->ctx) };

	p->login = 1;
	if (!page_needs_login(p) || (m.nonce = nonce(p)) == NULL)
		return;
	m.cookie = p->cookie[PAGE_C_SESSION];
	page_set(p, PAGE_S_NONCE, m.nonce);
	page_asked(p, ask_edge(api.engine, IMSG_CONSENT_GET_REQ, &m, asked,
	    p));
}

void
consent_get(struct http_req *req)
{
	page_open(req, ask_user);
}

static void
decided(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_AUTHORIZE_RES, type, m, last))
		oauth_authorize_reply(p->call, &m->authorize_res);
}

static void
decide(struct page *p)
{
	struct msg_consent_req m = { EDGE_CTX(&p->call->ctx) };
	const char *decision = page_field(p, "decision");

	if (!page_needs_login(p) || (m.nonce = nonce(p)) == NULL)
		return;
	m.cookie = p->cookie[PAGE_C_SESSION];
	m.allow = strcmp(decision, "allow") == 0;
	if (!m.allow && strcmp(decision, "deny") != 0)
		page_refusal(p, 400, "invalid_request");
	else
		page_asked(p, ask_edge(api.engine, IMSG_CONSENT_REQ, &m,
		    decided, p));
}

void
consent_post(struct http_req *req)
{
	page_open(req, decide);
}
