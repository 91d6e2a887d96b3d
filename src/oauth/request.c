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
 * Parameters of a request for authorization, in and out again; request.h.
 */
#include "config.h"

#include <string.h>

#include "src/oauth/request.h"

/* What to do with one that is too long: say so, leave it out, or hand on
 * something that is refused as it would be. */
enum too_long { TOO_LONG_PAGE, TOO_LONG_HINT, TOO_LONG_BAD, TOO_LONG_OTHER };

#define NOT_THIS	"!"	/* no value of anything */
#define ROW(name, cap, what)	\
	{ #name, offsetof(struct oauth_ask, name), (cap), (what) }

static const struct {
	const char	*name;
	size_t		 off, cap;
	enum too_long	 what;
} params[] = {
	ROW(client_id, CAP_CLIENT, TOO_LONG_PAGE),
	ROW(response_type, 64, TOO_LONG_OTHER),
	ROW(redirect_uri, CAP_URL, TOO_LONG_PAGE),
	ROW(scope, CAP_SCOPE, TOO_LONG_OTHER),
	ROW(state, 1024, TOO_LONG_PAGE),
	ROW(nonce, 1024, TOO_LONG_BAD),
	ROW(code_challenge, 128, TOO_LONG_OTHER),
	ROW(code_challenge_method, 32, TOO_LONG_OTHER),
	ROW(prompt, 128, TOO_LONG_BAD),
	ROW(max_age, 32, TOO_LONG_OTHER),
	ROW(login_hint, 1016, TOO_LONG_HINT),
	ROW(acr_values, 256, TOO_LONG_HINT),
	ROW(ui_locales, 256, TOO_LONG_HINT),
	ROW(dpop_jkt, 64, TOO_LONG_OTHER),
	ROW(response_mode, 32, TOO_LONG_OTHER),
	ROW(request_uri, 512, TOO_LONG_OTHER),
	ROW(id_token_hint, CAP_BEARER, TOO_LONG_HINT),
};
#define NPARAMS	(sizeof(params) / sizeof(params[0]))
#define REQUEST	"request"

static const char *
sent(struct http_req *req, const char *name)
{
	const char *v = http_req_method(req) == HTTP_POST ?
	    http_form(req, name) : http_query(req, name);

	return (v != NULL ? v : "");
}

int
oauth_ask_take(struct http_req *req, struct oauth_ask *ask)
{
	const char *v;
	int page = 0, bad = 0;
	size_t i;

	memset(ask, 0, sizeof(*ask));
	for (i = 0; i < NPARAMS; i++) {
		v = sent(req, params[i].name);
		if (strlen(v) > params[i].cap) {
			page |= params[i].what == TOO_LONG_PAGE;
			bad |= params[i].what == TOO_LONG_BAD;
			v = params[i].what == TOO_LONG_OTHER ? NOT_THIS : "";
		}
		memcpy((char *)ask + params[i].off, &v, sizeof(v));
	}
	ask->request = *sent(req, REQUEST) != '\0';
	if (bad)
		ask->response_mode = NOT_THIS;
	return (page ? -1 : 0);
}

/* ---- and out again ---- */

void
oauth_add_encoded(struct buf *b, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *p = (const unsigned char *)s;

	for (; *p != '\0'; p++)
		if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= 'a' && *p <= 'z') || strchr("-._~", *p) != NULL)
			buf_addc(b, (char)*p);
		else {
			buf_addc(b, '%');
			buf_addc(b, hex[*p >> 4]);
			buf_addc(b, hex[*p & 15]);
		}
}

static void
add(struct buf *b, size_t start, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	if (b->len > start)
		buf_addc(b, '&');
	buf_adds(b, name);
	buf_addc(b, '=');
	oauth_add_encoded(b, value);
}

void
oauth_ask_add(struct buf *b, struct http_req *req)
{
	size_t i, start = b->len;

	for (i = 0; i < NPARAMS; i++)
		add(b, start, params[i].name, sent(req, params[i].name));
	add(b, start, REQUEST, sent(req, REQUEST));
}
