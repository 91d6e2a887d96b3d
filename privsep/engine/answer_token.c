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
 * TOKEN: one table of grants (RFC 6749 section 4), and what they share from the
 * client's proof to the answer. Runs in the engine; holds the request, with the
 * client's secret and the tokens that came in it, until the answer left.
 */
#include "config.h"

#include <event2/event.h>
#include <string.h>

#include "privsep/engine/dpop.h"
#include "privsep/engine/grant.h"
#include "src/base/b64.h"
#include "src/rules/client.h"

#define TOKEN_PATH	"/oauth2/token"
#define KEY_WAIT_US	100000

static const struct grant_type types[] = {
	{ "authorization_code", grant_code, GRANT_CODE },
	{ "refresh_token", grant_refresh, GRANT_REFRESH },
	{ "client_credentials", grant_client, GRANT_CLIENT },
	{ CLIENT_GRANT_DEVICE, grant_device, GRANT_DEVICE },
	{ CLIENT_GRANT_EXCHANGE, grant_exchange, GRANT_EXCHANGE },
};

static const struct grant_type *
find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0)
			return (&types[i]);
	return (NULL);
}

/* Who asks for nothing that there is has shown who it is, at least. */
static void
refuse(struct op *op)
{
	op_fail(op, *grant_ask(op)->grant_type == '\0' ?
	    ST_INVALID_REQUEST : ST_UNSUPPORTED_GRANT_TYPE);
}

static void
proven(struct op *op)
{
	const struct client_proof by = CLIENT_PROOF(grant_ask(op));
	struct grant *g = grant_of(op);

	if (g->type == NULL)
		client_auth(op, &by, refuse);
	else
		client_proof(op, &by, g->type->run);
}

void
answer_token(struct op *op, const union msg *m)
{
	const struct msg_token_req *r = &m->token_req;
	struct grant *g;

	op_context(op, r->rid, r->ip, r->ua);
	if ((g = op_extra(op, sizeof(*g))) == NULL)
		return;
	if ((op->held = msg_copy(msg_row(op->type), m)) == NULL) {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	g->type = find(r->grant_type);
	g->issued_type = "";
	dpop_take(op, grant_ask(op)->dpop, "POST", TOKEN_PATH, NULL, proven);
}

int
grant_client_known(struct op *op, const struct store_result *res, int until,
    int client)
{
	if (!client_known(op, res, until, client))
		return (0);
	if (!client_may(op, grant_of(op)->type->name)) {
		op_fail(op, ST_UNAUTHORIZED_CLIENT);
		return (0);
	}
	if (op->client->dpop_bound && op->jkt[0] == '\0') {
		op_fail(op, ST_INVALID_DPOP_PROOF);
		return (0);
	}
	return (1);
}

/* ---- what a grant has found ---- */

/* Columns of the part grant_columns. */
enum { G_USER, G_ROLE, G_TENANT, G_EPOCH, G_SID, G_AUTH, G_ACR, G_AMR, G_SCOPE,
    G_USERNAME, G_NAME, G_EMAIL, G_VERIFIED, G_UPDATED };

static int
take(char *dst, size_t cap, const struct store_result *res, int q, int col)
{
	const char *s = store_text(res, q, 0, col);

	return (s == NULL ? -1 : op_copy(dst, cap, s));
}

/* Of the session's scope what the client may still have. 0: the op ended. */
static int
scope_left(struct op *op)
{
	struct grant *g = grant_of(op);
	char scope[AUTHORIZE_SCOPE_CAP];

	if (scope_reduce(scope, g->scope, op->client->scope) == -1 ||
	    (scope[0] == '\0' && g->scope[0] != '\0')) {
		op_fail(op, ST_INVALID_SCOPE);
		return (0);
	}
	(void)op_copy(g->scope, sizeof(g->scope), scope);
	return (1);
}

int
grant_take(struct op *op, const struct store_result *res, int q, int roles)
{
	struct grant *g = grant_of(op);

	op->epoch = store_int(res, q, 0, G_EPOCH);
	op->auth_at = store_int(res, q, 0, G_AUTH);
	g->email_verified = store_int(res, q, 0, G_VERIFIED) != 0;
	g->updated_at = store_int(res, q, 0, G_UPDATED);
	issue_custom(op, res, roles);
	if ((take(op->user_id, sizeof(op->user_id), res, q, G_USER) |
	    take(op->role, sizeof(op->role), res, q, G_ROLE) |
	    take(op->tenant, sizeof(op->tenant), res, q, G_TENANT) |
	    take(op->sid, sizeof(op->sid), res, q, G_SID) |
	    take(op->acr, sizeof(op->acr), res, q, G_ACR) |
	    take(op->amr, sizeof(op->amr), res, q, G_AMR) |
	    take(g->scope, sizeof(g->scope), res, q, G_SCOPE) |
	    take(op->username, sizeof(op->username), res, q, G_USERNAME) |
	    take(op->name, sizeof(op->name), res, q, G_NAME) |
	    take(op->email, sizeof(op->email), res, q, G_EMAIL)) == 0 &&
	    issue_all_roles(op) == 0)
		return (scope_left(op));
	op_fail(op, ST_INTERNAL);
	return (0);
}

int
grant_narrow(struct op *op)
{
	const char *asked = grant_ask(op)->scope;
	struct grant *g = grant_of(op);
	char scope[AUTHORIZE_SCOPE_CAP];

	if (*asked == '\0')
		return (1);
	if (scope_reduce(scope, asked, g->scope) == -1 || scope[0] == '\0') {
		op_fail(op, ST_INVALID_SCOPE);
		return (0);
	}
	(void)op_copy(g->scope, sizeof(g->scope), scope);
	return (1);
}

void
grant_refresh_make(struct op *op)
{
	rnd_bytes(op->token, sizeof(op->token));
	b64_encode(op->refresh, op->token, sizeof(op->token));
	issue_hash(op->succ_hash, op->token);
}

/* ---- what is issued ---- */

static void
answer_tokens(struct op *op)
{
	struct grant *g = grant_of(op);
	struct msg_token_res m;

	memset(&m, 0, sizeof(m));
	m.access = op->access;
	m.token_type = op->jkt[0] != '\0' ? "DPoP" : "Bearer";
	m.expires_in = op->client->access_s;
	m.scope = g->scope;
	m.id_token = g->id_token;
	m.refresh = op->refresh;
	m.issued_token_type = g->issued_type;
	m.dpop_nonce = "";
	shm_inc(&op->eng->board->tokens[g->type->counter]);
	op_answer(op, IMSG_TOKEN_RES, &m);
}

static void
issued(struct op *op, const union msg *m)
{
	const struct msg_token_issue_res *r = &m->token_issue_res;
	struct grant *g = grant_of(op);

	if (r->status != ST_OK || r->access[0] == '\0' ||
	    (*op->ask.token_issue_req.id_kid != '\0') !=
	    (r->id_token[0] != '\0') ||
	    op_copy(op->access, sizeof(op->access), r->access) == -1 ||
	    op_copy(g->id_token, sizeof(g->id_token), r->id_token) == -1)
		op_fail(op, r->status == ST_NOT_FOUND ? ST_UNAVAILABLE :
		    ST_INTERNAL);
	else
		answer_tokens(op);
}

/* An ID token comes along: the scope asks for one, and it is its user's. */
static int
wants_id(const struct grant *g)
{
	return (!g->machine && *g->issued_type == '\0' &&
	    client_has(g->scope, "openid"));
}

static void
ask_id(struct op *op, struct msg_token_issue_req *m)
{
	const struct grant *g = grant_of(op);

	m->id_kid = m->nonce = m->name = m->username = m->email = "";
	if (!wants_id(g))
		return;
	m->id_kid = op->eng->keys.alg[keys_alg(op->client->id_alg)].signing;
	m->nonce = g->nonce;
	m->name = op->name;
	m->username = op->username;
	m->email = op->email;
	m->email_verified = (uint8_t)g->email_verified;
	m->updated_at = g->updated_at / CLOCK_SEC;
	m->claims = (client_has(g->scope, "profile") ? ID_CLAIM_PROFILE : 0) |
	    (client_has(g->scope, "email") ? ID_CLAIM_EMAIL : 0) |
	    (client_has(g->scope, "roles") ? ID_CLAIM_ROLES : 0);
}

static void
ask_access(struct op *op, struct msg_token_issue_req *m)
{
	const struct op_client *c = op->client;
	const struct grant *g = grant_of(op);

	m->kid = op->eng->keys.alg[keys_alg(c->access_alg)].signing;
	m->sub = op->user_id;
	m->client_id = c->id;
	m->scope = g->scope;
	m->sid = op->sid;
	m->roles = op->roles;
	/* A clock that was set back puts it into the future. */
	m->auth_time = (op->auth_at < op->now ? op->auth_at : op->now) /
	    CLOCK_SEC;
	m->acr = op->acr;
	m->amr = op->amr;
	m->tenant = op->tenant;
	m->epoch = op->epoch;
	m->lifetime_s = c->access_s;
	m->audience = g->audience[0] != '\0' ? g->audience : c->audience;
	m->jkt = op->jkt;
	m->actor = g->actor;
}

static void
again(evutil_socket_t fd, short what, void *arg)
{
	struct op *op = arg;

	(void)fd;
	(void)what;
	if (op_resume(op))
		grant_issue(op);
}

/* What was granted is spent already, and a key of each algorithm is made soon
 * after the first start: the answer waits for it, within its deadline. */
static void
wait_key(struct op *op)
{
	struct timeval tv = { 0, KEY_WAIT_US };

	op->wait = OP_ELSEWHERE;
	if (event_base_once(op->eng->base, -1, EV_TIMEOUT, again, op,
	    &tv) == -1)
		op_fail(op, ST_UNAVAILABLE);
}

void
grant_issue(struct op *op)
{
	struct msg_token_issue_req *m = &op->ask.token_issue_req;

	memset(m, 0, sizeof(*m));
	ask_access(op, m);
	ask_id(op, m);
	if (m->kid[0] == '\0' ||
	    (m->id_kid[0] == '\0' && wants_id(grant_of(op)))) {
		wait_key(op);
		return;
	}
	op_ask(op, op->eng->vaults, IMSG_TOKEN_ISSUE_REQ, issued);
}
