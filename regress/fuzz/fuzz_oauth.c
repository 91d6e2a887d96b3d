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
 * Fuzz target of what clients and browsers ask of the authorization server: the
 * parameters of a request, in and out again, and the rules for them. The first
 * byte chooses: a form; Basic credentials; or lines, which are fields of rules.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/api/basic.h"
#include "src/http/conn.h"
#include "src/oauth/request.h"
#include "src/rules/authorize.h"
#include "src/rules/client.h"
#include "src/rules/scope.h"
#include "src/rules/usercode.h"

#define FIELDS	12
#define NOW	INT64_C(1000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int holds)
{
	if (!holds)
		abort();
}

/* ---- forms ---- */

/* A request that is its parameters and nothing else. */
static int
form_new(struct http_req *r, const char *s)
{
	static uint8_t nothing[1];
	static struct http_conn nobody = { .in = nothing };
	struct req_params *q;

	memset(r, 0, sizeof(*r));
	r->conn = &nobody;
	r->h.method = HTTP_POST;
	if ((q = http_params(r, s)) == NULL)
		return (-1);
	r->form = *q;
	return (0);
}

static void
form_free(struct http_req *r)
{
	struct req_chunk *m;

	while ((m = r->mem) != NULL) {
		r->mem = m->next;
		free(m);
	}
}

static void
form_same(struct http_req *a, struct http_req *b)
{
	const char *v, *w;
	size_t i;

	for (i = 0; i < b->form.n; i++) {
		v = http_form(a, b->form.pairs[i].name);
		w = b->form.pairs[i].value;
		check(v != NULL && *w != '\0' && strcmp(v, w) == 0);
	}
}

/* What goes out is ASCII, means the same, and comes in again as it is. */
static void
form(const char *s)
{
	static struct http_req a, b;
	struct oauth_ask ask;
	struct buf once = BUF_INIT, twice = BUF_INIT;
	const char *t;

	if (form_new(&a, s) == -1) {
		form_free(&a);
		return;
	}
	if (oauth_ask_take(&a, &ask) == 0)
		check(strlen(ask.redirect_uri) <= CAP_URL &&
		    strlen(ask.state) <= 1024 && strlen(ask.nonce) <= 1024 &&
		    strlen(ask.client_id) <= CAP_CLIENT);
	oauth_ask_add(&once, &a);
	t = buf_cstr(&once);
	check(t != NULL && strpbrk(t, " \r\n\"'<>#?\\;") == NULL);
	check(form_new(&b, t) == 0);
	form_same(&a, &b);
	oauth_ask_add(&twice, &b);
	check(strcmp(t, buf_cstr(&twice)) == 0);
	form_free(&a);
	form_free(&b);
	buf_free(&once);
	buf_free(&twice);
}

static void
basic(const char *s)
{
	static const char scheme[] = "Basic ";
	struct basic b;
	char *header = malloc(strlen(s) + sizeof(scheme));

	check(header != NULL);
	memcpy(header, scheme, sizeof(scheme) - 1);
	strcpy(header + sizeof(scheme) - 1, s);
	if (basic_parse(&b, header) == 0)
		check(strlen(b.id) < BASIC_ID &&
		    strlen(b.secret) < BASIC_SECRET);
	free(header);
	(void)basic_parse(&b, s);
}

/* ---- rules ---- */

/* Up to the port and from behind it they are one, or it is one of them. */
static void
redirects(const char *registered, const char *uri)
{
	const char *host = "http://127.0.0.1", *six = "http://[::1]";
	int open = redirect_match(registered, uri, 1);

	if (redirect_match(registered, uri, 0))
		check(open && client_has(registered, uri));
	else if (open)
		check(strncmp(uri, host, strlen(host)) == 0 ||
		    strncmp(uri, six, strlen(six)) == 0);
	if (open)
		check(strchr(uri, ' ') == NULL);
	if (client_redirect_ok(uri)) {
		check(strpbrk(uri, " \r\n\t\"<>#*\\") == NULL);
		check(redirect_match(uri, uri, 0));
		check(strncmp(uri, "javascript:", 11) != 0 &&
		    strncmp(uri, "data:", 5) != 0);
	}
}

static void
scopes(const char *asked, const char *allowed)
{
	char out[AUTHORIZE_SCOPE_CAP], again[AUTHORIZE_SCOPE_CAP];

	if (scope_reduce(out, asked, allowed) == 0) {
		check(scope_within(out, allowed) && scope_within(out, asked));
		check(client_scope_ok(out));
		check(scope_reduce(again, out, out) == 0 &&
		    strcmp(out, again) == 0);
	}
	if (scope_join(out, asked, allowed) == 0)
		check(strlen(out) < AUTHORIZE_SCOPE_CAP);
	(void)scope_name_ok(asked);
	(void)scope_is_builtin(asked);
	(void)scope_description_ok(asked);
}

static void
pkce(const char *verifier, const char *challenge)
{
	char made[CHALLENGE_LEN + 1];

	if (pkce_challenge(made, verifier) == 0) {
		check(pkce_challenge_ok(made) && pkce_verify(verifier, made));
		check(pkce_verify(verifier, challenge) ==
		    (strcmp(made, challenge) == 0));
	} else
		check(!pkce_verify(verifier, challenge));
	if (!pkce_challenge_ok(challenge))
		check(!pkce_verify(verifier, challenge));
}

/* No code but for somebody, with PKCE and for what the client may have. */
static void
decision(char *f[FIELDS])
{
	const struct authorize_ask ask = { .response_type = f[0],
	    .response_mode = f[1], .scope = f[2], .prompt = f[3],
	    .challenge = f[4], .challenge_method = f[5], .max_age = f[6],
	    .acr_values = f[7] };
	const struct authorize_client client = { .scope = f[8],
	    .grant_types = f[9], .skip_consent = f[10][0] == '1' };
	struct authorize_who who = { .auth_at = NOW - 5 };
	struct authorize_want want;
	const char *why, *err = NULL;
	enum authorize_next next;
	unsigned bits;
	int no_pkce;

	memset(&want, 0, sizeof(want));
	if (authorize_check(&ask, &client, &want, &why, &no_pkce) != NULL) {
		check(*why != '\0');
		return;
	}
	check(!no_pkce && pkce_challenge_ok(f[4]) && want.scope[0] != '\0' &&
	    scope_within(want.scope, f[8]) && want.max_age >= -1);
	for (bits = 0; bits < 64; bits++) {
		who.known = bits & 1;
		who.setup = (bits & 2) != 0;
		who.aal2 = (bits & 4) != 0;
		who.has_factor = (bits & 8) != 0;
		who.other = (bits & 16) != 0;
		next = authorize_next(&want, &client, &who, f[11],
		    authorize_since(bits & 32 ? NOW - 10 : 0, NOW), NOW, &err);
		if (next == NEXT_CODE)
			check(who.known && !who.setup && !who.other &&
			    !(want.prompt & PROMPT_CONSENT));
		if (want.prompt & PROMPT_NONE)
			check(next == NEXT_CODE || next == NEXT_ERROR);
		if (next == NEXT_ERROR)
			check(err != NULL);
	}
}

static void
registration(char *f[FIELDS])
{
	const struct client c = { f[0], f[1], f[2], f[3], f[4], f[5], f[6],
	    f[7], f[8], f[9], f[10], CLIENT_ALG, CLIENT_ALG, f[11], 900,
	    86400 };
	const char *why, *member = client_check(&c, &why);

	check(why != NULL);
	if (member != NULL)
		return;
	check(client_id_ok(f[0]) && client_name_ok(f[1]) &&
	    strpbrk(f[2], "\r\n\"<>#*\\") == NULL &&
	    !client_has(f[9], "superadmin"));
}

static void
rules(char *s)
{
	char *f[FIELDS], code[USER_CODE_CAP], shown[USER_CODE_SHOWN];
	char again[USER_CODE_CAP];
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		f[i] = s;
		s += strcspn(s, "\n");
		if (*s == '\n')
			*s++ = '\0';
	}
	redirects(f[0], f[1]);
	scopes(f[0], f[1]);
	pkce(f[0], f[1]);
	decision(f);
	registration(f);
	if (user_code_take(code, f[0]) == 0) {
		user_code_show(shown, code);
		check(user_code_take(again, shown) == 0 &&
		    strcmp(code, again) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s;

	if (n == 0 || n > 16384 || (s = malloc(n)) == NULL)
		return (0);
	memcpy(s, data + 1, n - 1);
	s[n - 1] = '\0';
	if (data[0] == 'f')
		form(s);
	else if (data[0] == 'b')
		basic(s);
	else
		rules(s);
	free(s);
	return (0);
}
