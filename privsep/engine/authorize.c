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
 * What requests for authorization share; authorize.h. Runs in the engine; holds
 * a fresh code or nonce in its op until the answer left. Called by the answers.
 */
#include "config.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "privsep/engine/authorize.h"
#include "src/base/b64.h"

int
authorize_hash(char out[TOKEN_TEXT], const char *text)
{
	uint8_t raw[TOKEN_BYTES];
	int ok;

	out[0] = '\0';
	ok = b64_decode(raw, sizeof(raw), text, strlen(text)) == TOKEN_BYTES;
	if (ok)
		issue_hash(out, raw);
	sodium_memzero(raw, sizeof(raw));
	return (ok ? 0 : -1);
}

void
authorize_token(char text[TOKEN_TEXT], char out[TOKEN_TEXT])
{
	uint8_t raw[TOKEN_BYTES];

	rnd_bytes(raw, sizeof(raw));
	b64_encode(text, raw, sizeof(raw));
	issue_hash(out, raw);
	sodium_memzero(raw, sizeof(raw));
}

/* ---- the client ---- */

/* Columns of authorize_find's client. */
enum { C_NAME, C_REDIRECTS, C_METHOD, C_GRANTS, C_SCOPE, C_SKIP, C_PAR,
    C_OP };

int
authorize_registered(struct authorize *a, const struct store_result *res,
    struct authorize_registered *c)
{
	const int q = SQL_AUTHORIZE_FIND__CLIENT;

	if (store_rows(res, q) == 0)
		return (0);
	c->name = store_text(res, q, 0, C_NAME);
	c->redirect_uris = store_text(res, q, 0, C_REDIRECTS);
	c->is_public = strcmp(store_text(res, q, 0, C_METHOD), "none") == 0;
	c->rules = (struct authorize_client){
		.scope = store_text(res, q, 0, C_SCOPE),
		.grant_types = store_text(res, q, 0, C_GRANTS),
		.skip_consent = store_int(res, q, 0, C_SKIP) != 0,
		.require_par = store_int(res, q, 0, C_PAR) != 0,
	};
	return (op_copy(a->client_name, sizeof(a->client_name),
	    c->name) == 0 && op_copy(a->seen, sizeof(a->seen),
	    store_text(res, q, 0, C_OP)) == 0);
}

const char *
authorize_judge(struct authorize *a, const struct authorize_registered *c,
    int *pkce)
{
	const struct authorize_params *p = &a->params;
	struct authorize_ask ask = {
		.response_type = p->response_type,
		.response_mode = p->response_mode,
		.scope = p->scope,
		.prompt = p->prompt,
		.challenge = p->code_challenge,
		.challenge_method = p->code_challenge_method,
		.max_age = p->max_age,
		.acr_values = p->acr_values,
		.request = p->request,
		.request_uri = p->request_uri[0] != '\0' &&
		    a->pushed[0] == '\0',
		.pushed = a->pushed[0] != '\0',
	};
	const char *error;

	error = authorize_check(&ask, &c->rules, &a->want, &a->why, pkce);
	if (error == NULL && p->dpop_jkt[0] != '\0' &&
	    !dpop_is_jkt(p->dpop_jkt)) {
		error = "invalid_request";
		a->why = "dpop_jkt is no thumbprint";
	}
	return (error);
}

/* ---- at rest ---- */

#define PACK_str(name)	\
	bad |= json_object_set_new(o, #name, json_string(p->name));
#define PACK_u8(name)
#define PACK(kind, name, cap)	PACK_##kind(name)

char *
authorize_pack(const struct authorize_params *p)
{
	json_t *o = json_object();
	char *text;
	int bad = 0;

	MSG_AUTHORIZE(PACK)
	text = bad ? NULL : json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return (text);
}

#define UNPACK_str(name)	\
	bad |= take(o, #name, p->name, sizeof(p->name));
#define UNPACK_u8(name)		p->name = 0;
#define UNPACK(kind, name, cap)	UNPACK_##kind(name)

static int
take(const json_t *o, const char *name, char *to, size_t cap)
{
	const char *s = json_string_value(json_object_get(o, name));

	return (s == NULL ? -1 : op_copy(to, cap, s));
}

int
authorize_unpack(struct authorize_params *p, const char *text)
{
	json_t *o = json_loads(text, 0, NULL);
	int bad = 0;

	MSG_AUTHORIZE(UNPACK)
	json_decref(o);
	return (bad ? -1 : 0);
}

/* ---- the answer ---- */

void
authorize_answer(struct op *op, int kind)
{
	const struct authorize *a = op->extra;
	int page = kind == AUTHORIZE_PAGE;
	struct msg_authorize_res m = {
		.kind = (uint8_t)kind,
		.redirect_uri = page ? "" : a->params.redirect_uri,
		.state = page ? "" : a->params.state,
		.error = kind == AUTHORIZE_ERROR ? a->error : "",
		.description = kind == AUTHORIZE_ERROR ? a->why : "",
		.code = kind == AUTHORIZE_CODE ? a->text : "",
		.nonce = kind == AUTHORIZE_CONSENT ? a->text : "",
		.since = kind == AUTHORIZE_LOGIN ? op->now : a->since,
		.login_hint = a->params.login_hint,
		.ui_locales = a->params.ui_locales,
		.client_name = a->client_name,
	};

	op_answer(op, IMSG_AUTHORIZE_RES, &m);
}
