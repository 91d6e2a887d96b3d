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
 * CONSENT_GET, CONSENT: a request that waits for its user, by its nonce, which
 * only the session that it was made for may answer, once. Runs in the engine;
 * holds nothing. Client and redirect URI are judged again: they may have been
 * changed while somebody thought.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/authorize.h"
#include "privsep/engine/cookie.h"
#include "privsep/engine/names.h"
#include "src/base/buf.h"
#include "src/rules/client.h"

/* Columns of consent_find's consent. */
enum { K_CLIENT, K_NAME, K_REDIRECT, K_SCOPE, K_STATE, K_REDIRECTS, K_METHOD,
    K_GRANTS, K_ALLOWED, K_OP, K_GRANTED };

static const char *
column(const struct store_result *res, int col)
{
	const char *s = store_text(res, SQL_CONSENT_FIND__CONSENT, 0, col);

	return (s != NULL ? s : "");
}

/* ---- what is asked ---- */

static const char *
description(const struct store_result *res, const char *name, size_t len)
{
	const int q = SQL_CONSENT_SCOPES__SCOPES;
	const char *s;
	int i;

	for (i = 0; i < store_rows(res, q); i++) {
		s = store_text(res, q, i, 0);
		if (strlen(s) == len && memcmp(s, name, len) == 0)
			return (store_text(res, q, i, 1));
	}
	return ("");
}

void
consent_scopes(struct buf *b, const char *s, const struct store_result *res)
{
	const char *d;
	size_t n;

	for (; *s != '\0'; s += s[n] == ' ' ? n + 1 : n) {
		n = strcspn(s, " ");
		buf_add(b, s, n);
		buf_addc(b, '\t');
		for (d = description(res, s, n); *d != '\0'; d++)
			buf_addc(b, (unsigned char)*d < ' ' ? ' ' : *d);
		buf_addc(b, '\n');
	}
}

static void
described(struct op *op, const struct store_result *res)
{
	const struct authorize *a = op->extra;
	struct buf scopes = BUF_INIT;
	struct msg_consent_res m;

	consent_scopes(&scopes, a->params.scope, res);
	m = (struct msg_consent_res){
		.client_id = a->client_id,
		.client_name = a->client_name,
		.redirect_uri = a->params.redirect_uri,
		.username = op->username,
		.scopes = buf_cstr(&scopes),
	};
	if (scopes.err || scopes.len > CAP_SCOPES)
		op_fail(op, ST_INTERNAL);
	else
		op_answer(op, IMSG_CONSENT_RES, &m);
	buf_free(&scopes);
}

/* Longer words are nobody's own. */
void
consent_describe(struct op *op, const char *scope, op_sql_cb next)
{
	struct buf names = BUF_INIT;
	struct sql_consent_scopes p;
	const char *s;
	size_t n;
	int count = 0;

	for (s = scope; *s != '\0'; s += s[n] == ' ' ? n + 1 : n)
		if ((n = strcspn(s, " ")) < NAMES_CELL) {
			names_add_one(&names, s, n);
			count++;
		}
	p = (struct sql_consent_scopes){
		.tenant = db_text(op->realm),
		.names = db_text(buf_cstr(&names)),
		.count = db_int(count),
	};
	if (names.err)
		op_fail(op, ST_UNAVAILABLE);
	else
		op_sql(op, SQL_CONSENT_SCOPES, &p, next);
	buf_free(&names);
}

static void
describe(struct op *op)
{
	const struct authorize *a = op->extra;

	consent_describe(op, a->params.scope, described);
}

static int	take(struct op *, const struct store_result *);

static void
shown(struct op *op, const struct store_result *res)
{
	const int q = SQL_CONSENT_FIND__SESSION;

	if (store_rows(res, q) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else if (store_rows(res, SQL_CONSENT_FIND__CONSENT) == 0 ||
	    !take(op, res) || op_copy(op->username, sizeof(op->username),
	    store_text(res, q, 0, 1)) == -1)
		op_fail(op, ST_NOT_FOUND);
	else
		describe(op);
}

/* ---- what was decided ---- */

static void	find(struct op *, op_sql_cb);
static void	decide(struct op *, const struct store_result *);

static void
used(struct op *op, const struct store_result *res)
{
	struct authorize *a = op->extra;

	if (store_rows(res, SQL_CONSENT_USE__OUTCOME) > 0)
		authorize_answer(op, a->kind);
	else if (++a->tries < AUTHORIZE_TRIES)
		find(op, decide);	/* it may be used: then it is gone */
	else
		op_fail(op, ST_UNAVAILABLE);
}

static void
use(struct op *op, int kind)
{
	struct authorize *a = op->extra;
	struct buf detail = BUF_INIT;
	struct sql_consent_use p;

	a->kind = kind;
	a->code[0] = '\0';
	if (kind == AUTHORIZE_CODE)
		authorize_token(a->text, a->code);
	buf_adds(&detail, "{\"scope\":");
	buf_add_json(&detail, a->want.scope);
	buf_addc(&detail, '}');
	p = (struct sql_consent_use){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(a->client_id),
		.seen = db_text(a->seen),
		.cookie = db_text(a->cookie),
		.consent = db_text(a->consent),
		.code = authorize_text(a->code),
		.until = db_int(op->now + CODE_US),
		.scope = db_text(a->want.scope),
		.all = db_text(a->all),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.detail = db_text(buf_cstr(&detail)),
	};
	if (detail.err)
		op_fail(op, ST_UNAVAILABLE);
	else
		op_sql(op, SQL_CONSENT_USE, &p, used);
	buf_free(&detail);
}

/* NULL: a code may be made; else the error. */
static const char *
judge(struct authorize *a, const struct store_result *res)
{
	if (!a->allow) {
		a->why = "the user refused";
		return ("access_denied");
	}
	if (!client_has(column(res, K_GRANTS), "authorization_code")) {
		a->why = "the client has no grant authorization_code";
		return ("unauthorized_client");
	}
	if (scope_reduce(a->want.scope, column(res, K_SCOPE),
	    column(res, K_ALLOWED)) == -1 || a->want.scope[0] == '\0') {
		a->why = "no scope is left";
		return ("invalid_scope");
	}
	/* what does not fit together any more is asked again */
	if (scope_join(a->all, column(res, K_GRANTED), a->want.scope) == -1)
		(void)op_copy(a->all, sizeof(a->all), a->want.scope);
	return (NULL);
}

static int
take(struct op *op, const struct store_result *res)
{
	struct authorize *a = op->extra;
	struct authorize_params *p = &a->params;

	return (op_copy(a->client_id, sizeof(a->client_id),
	    column(res, K_CLIENT)) == 0 &&
	    op_copy(a->client_name, sizeof(a->client_name),
	    column(res, K_NAME)) == 0 &&
	    op_copy(a->seen, sizeof(a->seen), column(res, K_OP)) == 0 &&
	    op_copy(p->redirect_uri, sizeof(p->redirect_uri),
	    column(res, K_REDIRECT)) == 0 &&
	    op_copy(p->scope, sizeof(p->scope), column(res, K_SCOPE)) == 0 &&
	    op_copy(p->state, sizeof(p->state), column(res, K_STATE)) == 0);
}

static void
decide(struct op *op, const struct store_result *res)
{
	struct authorize *a = op->extra;

	if (store_rows(res, SQL_CONSENT_FIND__SESSION) == 0) {
		op_fail(op, ST_INVALID_TOKEN);
		return;
	}
	if (store_rows(res, SQL_CONSENT_FIND__CONSENT) == 0 ||
	    !take(op, res) ||
	    !redirect_match(column(res, K_REDIRECTS), a->params.redirect_uri,
	    strcmp(column(res, K_METHOD), "none") == 0)) {
		authorize_answer(op, AUTHORIZE_PAGE);
		return;
	}
	a->error = judge(a, res);
	use(op, a->error == NULL ? AUTHORIZE_CODE : AUTHORIZE_ERROR);
}

static void
find(struct op *op, op_sql_cb cb)
{
	struct authorize *a = op->extra;
	struct sql_consent_find p = {
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.cookie = db_text(a->cookie),
		.consent = db_text(a->consent),
	};

	op_sql(op, SQL_CONSENT_FIND, &p, cb);
}

static struct authorize *
begin(struct op *op, const char *cookie, const char *nonce)
{
	struct authorize *a;

	if ((a = op_extra(op, sizeof(*a))) == NULL)
		return (NULL);
	(void)cookie_hash(a->cookie, cookie);
	(void)authorize_hash(a->consent, nonce);
	return (a);
}

void
answer_consent_get(struct op *op, const union msg *m)
{
	const struct msg_consent_get_req *r = &m->consent_get_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (begin(op, r->cookie, r->nonce) != NULL)
		find(op, shown);
}

void
answer_consent(struct op *op, const union msg *m)
{
	const struct msg_consent_req *r = &m->consent_req;
	struct authorize *a;

	op_context(op, r->rid, r->ip, r->ua);
	if ((a = begin(op, r->cookie, r->nonce)) == NULL)
		return;
	a->allow = r->allow;
	find(op, decide);
}
