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
 * A flow that leads to a client: return_to is the authorization request that
 * the visitor came from. Run by workers. Who the client is, and where a form
 * may end, is asked of the engine: the address alone could name anybody.
 */
#include <string.h>

#include "src/pages/page.h"

#define PATH	"/oauth2/authorize?"

#define FIELD(name, cap)						\
	{ #name, offsetof(struct msg_authorize_req, name), cap }
static const struct {
	const char	*name;
	size_t		 off, cap;
} params[] = {
	FIELD(client_id, CAP_CLIENT),
	FIELD(response_type, 64),
	FIELD(redirect_uri, CAP_URL),
	FIELD(scope, CAP_SCOPE),
	FIELD(state, 1024),
	FIELD(nonce, 1024),
	FIELD(code_challenge, 128),
	FIELD(code_challenge_method, 32),
	FIELD(prompt, 128),
	FIELD(max_age, 32),
	FIELD(login_hint, 1016),
	FIELD(acr_values, 256),
	FIELD(ui_locales, 256),
	FIELD(response_mode, 32),
	FIELD(dpop_jkt, 64),
	FIELD(request_uri, 512),
};

void
page_flow_parse(struct page *p)
{
	size_t n = strlen(p->base);
	const char *s, *locales;

	if (strncmp(p->return_to, p->base, n) != 0)
		return;
	s = p->return_to + n;
	if (strncmp(s, PATH, sizeof(PATH) - 1) != 0)
		return;
	p->flow = http_params(p->req, s + sizeof(PATH) - 1);
	locales = http_param(p->flow, "ui_locales");
	if (locales != NULL)
		p->v.lang = tmpl_language(locales,
		    http_req_header(p->req, "accept-language"));
}

static void
known(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_authorize_res *a;
	struct page *p = arg;

	if (!last && (m == NULL || type != IMSG_AUTHORIZE_RES))
		return;
	a = m != NULL && type == IMSG_AUTHORIZE_RES ? &m->authorize_res :
	    NULL;
	if (a != NULL && a->kind != AUTHORIZE_PAGE) {
		page_source(p->client_src, a->redirect_uri);
		page_set(p, PAGE_S_CLIENT_NAME, a->client_name);
		if (p->v.value[PAGE_S_USERNAME] == NULL)
			page_set(p, PAGE_S_USERNAME, a->login_hint);
	}
	page_send(p);
}

void
page_flow(struct page *p)
{
	struct msg_authorize_req m = { EDGE_CTX(&p->call->ctx) };
	const char *s;
	size_t i;

	p->flow_asked = 1;
	for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		s = http_param(p->flow, params[i].name);
		if (s == NULL)
			s = "";
		if (strlen(s) > params[i].cap) {
			page_send(p);
			return;
		}
		memcpy((char *)&m + params[i].off, &s, sizeof(s));
	}
	m.cookie = m.id_token_hint = "";
	if (ask_edge(api.engine, IMSG_AUTHORIZE_REQ, &m, known, p) == -1)
		page_send(p);
}
