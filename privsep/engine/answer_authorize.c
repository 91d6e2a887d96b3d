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
 * AUTHORIZE: what comes of a request, and the code where nobody is to be asked
 * (API.md section 8). Runs in the engine; holds nothing. What was judged is a
 * condition of what is made: where it was changed meanwhile, it is judged anew.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/authorize.h"
#include "privsep/engine/cookie.h"

static void	find(struct op *);

/* ---- refusals ---- */

static void
ended(struct op *op, const struct store_result *res)
{
	(void)res;
	authorize_answer(op, AUTHORIZE_ERROR);
}

/* To the client; a pushed request has had its flow. */
static void
error(struct op *op)
{
	struct authorize *a = op->extra;
	struct sql_authorize_end p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(a->client_id),
		.pushed = db_text(a->pushed),
	};

	if (a->pushed[0] == '\0')
		authorize_answer(op, AUTHORIZE_ERROR);
	else
		op_sql(op, SQL_AUTHORIZE_END, &p, ended);
}

static void
refused(struct op *op, const struct store_result *res)
{
	const struct authorize *a = op->extra;

	(void)res;
	if (a->kind == AUTHORIZE_ERROR)
		error(op);
	else
		authorize_answer(op, a->kind);
}

/*
 * What looks like an attack is on record; but anybody may send such a request,
 * so no more of them in a second than failed logins of a worker, and nobody's
 * login pays for it.
 */
static int
recorded(struct engine *e)
{
	int64_t mono = clock_mono();

	if (e->refusals.last == 0)
		limit_init(&e->refusals, 0, 0, e->conf.fails_ps, mono);
	if (!limit_login(&e->refusals, mono))
		return (0);
	limit_failed(&e->refusals, mono);
	return (1);
}

static void
refuse(struct op *op, int kind, const char *detail)
{
	struct authorize *a = op->extra;
	struct sql_audit_add p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.action = db_text("authorize.refuse"),
		.result = db_text("failure"),
		.actor = db_text(op->user_id[0] != '\0' ? op->user_id : NULL),
		.subject = db_text(a->client_id),
		.client = db_text(a->client_id),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.detail = db_text(detail),
	};

	a->kind = kind;
	if (recorded(op->eng))
		op_sql(op, SQL_AUDIT_ADD, &p, refused);
	else
		refused(op, NULL);
}

/* ---- making ---- */

static void
made(struct op *op, const struct store_result *res)
{
	struct authorize *a = op->extra;

	if (store_rows(res, SQL_AUTHORIZE_MAKE__OUTCOME) > 0)
		authorize_answer(op, a->kind);
	else if (++a->tries < AUTHORIZE_TRIES)
		find(op);
	else
		op_fail(op, ST_UNAVAILABLE);
}

/* allowed: the grant that it goes by, or NULL. */
static void
make(struct op *op, int kind, const char *allowed)
{
	struct authorize *a = op->extra;
	char nonce[TOKEN_TEXT];
	struct sql_authorize_make p;

	a->kind = kind;
	a->code[0] = '\0';
	authorize_token(nonce, a->consent);
	if (kind == AUTHORIZE_CODE)
		authorize_token(a->text, a->code);
	else
		(void)op_copy(a->text, sizeof(a->text), nonce);
	p = (struct sql_authorize_make){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(a->client_id),
		.seen = db_text(a->seen),
		.allowed = db_text(allowed),
		.cookie = db_text(a->cookie),
		.sid = db_text(op->sid),
		.pushed = authorize_text(a->pushed),
		.consent = db_text(a->consent),
		.consent_until = db_int(op->now + CONSENT_US),
		.code = authorize_text(a->code),
		.until = db_int(op->now + CODE_US),
		.redirect_uri = db_text(a->params.redirect_uri),
		.scope = db_text(a->want.scope),
		.state = db_text(a->params.state),
		.nonce = db_text(a->params.nonce),
		.challenge = db_text(a->params.code_challenge),
		.jkt = db_text(a->params.dpop_jkt),
	};
	op_sql(op, SQL_AUTHORIZE_MAKE, &p, made);
}

/* ---- judging ---- */

/* Columns of authorize_find's session and grants. */
enum { S_ID, S_USER, S_SCOPE, S_ACR, S_AUTH, S_FACTOR };
enum { G_SCOPE, G_OP };

static void
who_is_there(struct op *op, const struct store_result *res,
    struct authorize_who *who)
{
	const int q = SQL_AUTHORIZE_FIND__SESSION;

	memset(who, 0, sizeof(*who));
	if (store_rows(res, q) == 0 ||
	    op_copy(op->sid, sizeof(op->sid),
	    store_text(res, q, 0, S_ID)) == -1 ||
	    op_copy(op->user_id, sizeof(op->user_id),
	    store_text(res, q, 0, S_USER)) == -1)
		return;
	who->known = 1;
	who->setup = strcmp(store_text(res, q, 0, S_SCOPE),
	    ENGINE_SCOPE_SETUP) == 0;
	who->aal2 = strcmp(store_text(res, q, 0, S_ACR), "aal2") == 0;
	who->auth_at = store_int(res, q, 0, S_AUTH);
	who->has_factor = store_int(res, q, 0, S_FACTOR) != 0;
}

/*
 * Whether a hint is about another user than the one who is there. It counts
 * when it is an ID token of this issuer, an expired one as well; any other says
 * nothing, since the client looks at sub again (OpenID Connect Core 3.1.2.1).
 */
static int
hints_at_another(struct op *op, const char *hint)
{
	char issuer[OP_ISSUER];
	const char *iss, *sub;
	json_t *claims = NULL;
	int other = 0;

	if (*hint == '\0' || jws_verify(op->eng->jwks, hint, strlen(hint),
	    "JWT", &claims, NULL) != JWS_OK)
		goto out;
	op_issuer(op, issuer);
	iss = json_string_value(json_object_get(claims, "iss"));
	sub = json_string_value(json_object_get(claims, "sub"));
	other = iss != NULL && sub != NULL && strcmp(iss, issuer) == 0 &&
	    strcmp(sub, op->user_id) != 0;
out:
	json_decref(claims);
	return (other);
}

static void
next(struct op *op, const struct store_result *res,
    const struct authorize_registered *c, const struct authorize_who *who)
{
	static const int kinds[] = {
		[NEXT_LOGIN] = AUTHORIZE_LOGIN,
		[NEXT_SETUP] = AUTHORIZE_SETUP,
		[NEXT_STEP_UP] = AUTHORIZE_STEP_UP,
	};
	const int q = SQL_AUTHORIZE_FIND__GRANTS;
	struct authorize *a = op->extra;
	const char *granted = "", *grant = NULL;
	enum authorize_next n;

	if (store_rows(res, q) > 0)
		granted = store_text(res, q, 0, G_SCOPE);
	n = authorize_next(&a->want, &c->rules, who, granted, a->since,
	    op->now, &a->error);
	if (n == NEXT_ERROR) {
		a->why = who->other ? "another user is logged in" :
		    "somebody would have to be asked";
		error(op);
	} else if (n == NEXT_CONSENT)
		make(op, AUTHORIZE_CONSENT, NULL);
	else if (n == NEXT_CODE) {
		if (!c->rules.skip_consent)
			grant = store_text(res, q, 0, G_OP);
		make(op, AUTHORIZE_CODE, grant);
	} else
		authorize_answer(op, kinds[n]);
}

/* Of a pushed request nothing is the browser's word: who is to log in has done
 * so since it came with it first. */
static int
pushed_take(struct op *op, const struct store_result *res)
{
	const int q = SQL_AUTHORIZE_FIND__PUSHED;
	struct authorize *a = op->extra;

	if (a->pushed[0] == '\0')
		return (1);
	if (store_rows(res, q) == 0)
		return (0);
	a->since = authorize_since(store_int(res, q, 0, 1), op->now);
	return (authorize_unpack(&a->params, store_text(res, q, 0, 0)) == 0);
}

static void
found(struct op *op, const struct store_result *res)
{
	struct authorize *a = op->extra;
	struct authorize_registered c;
	struct authorize_who who;
	int pkce;

	if (!authorize_registered(a, res, &c) || !pushed_take(op, res)) {
		authorize_answer(op, AUTHORIZE_PAGE);
		return;
	}
	who_is_there(op, res, &who);
	who.other = who.known &&
	    hints_at_another(op, a->params.id_token_hint);
	if (!redirect_match(c.redirect_uris, a->params.redirect_uri,
	    c.is_public)) {
		refuse(op, AUTHORIZE_PAGE, "{\"reason\":\"redirect_uri\"}");
		return;
	}
	a->error = authorize_judge(a, &c, &pkce);
	if (a->error == NULL)
		next(op, res, &c, &who);
	else if (pkce)
		refuse(op, AUTHORIZE_ERROR, "{\"reason\":\"pkce\"}");
	else
		error(op);
}

static void
find(struct op *op)
{
	struct authorize *a = op->extra;
	struct sql_authorize_find p = {
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(a->client_id),
		.cookie = db_text(a->cookie),
		.pushed = authorize_text(a->pushed),
		.keep = db_int(PUSHED_KEEP_US),
	};

	op_sql(op, SQL_AUTHORIZE_FIND, &p, found);
}

void
answer_authorize(struct op *op, const union msg *m)
{
	const struct msg_authorize_req *r = &m->authorize_req;
	const size_t n = strlen(PUSHED_PREFIX);
	struct authorize *a;

	op_context(op, r->rid, r->ip, r->ua);
	if ((a = op_extra(op, sizeof(*a))) == NULL)
		return;
	AUTHORIZE_COPY(&a->params, r);
	(void)op_copy(a->client_id, sizeof(a->client_id), r->client_id);
	(void)cookie_hash(a->cookie, r->cookie);
	a->since = authorize_since(r->since, op->now);
	if (strncmp(r->request_uri, PUSHED_PREFIX, n) == 0 &&
	    authorize_hash(a->pushed, r->request_uri + n) == -1)
		authorize_answer(op, AUTHORIZE_PAGE);
	else
		find(op);
}
