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
 * urn:ietf:params:oauth:grant-type:token-exchange (RFC 8693): a client that was
 * sent a token gets one of its own for the same user, in which it, or an actor
 * that it names, is seen to act. Runs in the engine. What comes of it is never
 * more than the subject's token: less scope, no longer life, none for accounts
 * and administration, no refresh token; and it ends with the subject's session.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/grant.h"
#include "src/rules/client.h"

#define TYPE_ACCESS	"urn:ietf:params:oauth:token-type:access_token"
/* What an exchanged token is never good for. */
#define NEVER		"account admin offline_access mfa_setup"

static int
in_audience(json_t *aud, const char *who)
{
	json_t *v;
	size_t i;

	json_array_foreach(aud, i, v)
		if (strcmp(json_string_value(v), who) == 0)
			return (1);
	return (0);
}

/* Copies what a token says of itself. 0; -1: it is none that may stand here. */
static int
named_take(struct grant_named *n, const struct at_claims *at)
{
	n->machine = at->sid == NULL || *at->sid == '\0';
	n->epoch = at->epoch;
	n->exp = at->exp;
	if (n->machine && strcmp(at->sub, at->client_id) != 0)
		return (-1);
	return (op_copy(n->sub, sizeof(n->sub), at->sub) |
	    op_copy(n->sid, sizeof(n->sid), n->machine ? at->jti : at->sid));
}

/* Words that both have, and that a token for another may have. */
static int
common_scope(char out[AUTHORIZE_SCOPE_CAP], const char *a, const char *b)
{
	char both[AUTHORIZE_SCOPE_CAP], *word, *rest = both;

	out[0] = '\0';
	if (scope_reduce(both, a, b) == -1)
		return (-1);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0' && !client_has(NEVER, word))
			(void)issue_add(out, AUTHORIZE_SCOPE_CAP, word);
	return (0);
}

/* The subject's token: ours, for this client or sent to it, and not itself of
 * an exchange. One that is bound to a key stays so; its own client shows it. */
static int
subject_ok(struct op *op, const struct at_claims *at)
{
	const char *client = op->client->id;
	int own = strcmp(at->client_id, client) == 0;
	struct grant *g = grant_of(op);

	if (json_object_get(at->payload, "act") != NULL ||
	    (!own && !in_audience(json_object_get(at->payload, "aud"),
	    client)))
		return (0);
	if (at->jkt != NULL && (op->jkt[0] == '\0' ||
	    (own && strcmp(op->jkt, at->jkt) != 0)))
		return (0);
	return (named_take(&g->subject, at) == 0 &&
	    (own || !g->subject.machine) &&
	    common_scope(g->scope, at->scope, op->client->scope) == 0);
}

static int
subject_take(struct op *op)
{
	struct at_claims at;
	int ok;

	memset(&at, 0, sizeof(at));
	ok = bearer_claims(op, grant_ask(op)->subject_token, &at) == AT_OK &&
	    subject_ok(op, &at);
	at_free(&at);
	return (ok);
}

/* Who acts: the client, or whose token it shows, which must be its own. */
static int
actor_take(struct op *op)
{
	const struct msg_token_req *r = grant_ask(op);
	struct grant *g = grant_of(op);
	struct at_claims at;
	int ok;

	g->actor_named.machine = GRANT_NOBODY;
	if (*r->actor_token == '\0')
		return (*r->actor_token_type == '\0' && op_copy(g->actor,
		    sizeof(g->actor), op->client->id) == 0);
	if (strcmp(r->actor_token_type, TYPE_ACCESS) != 0)
		return (0);
	memset(&at, 0, sizeof(at));
	ok = bearer_claims(op, r->actor_token, &at) == AT_OK &&
	    strcmp(at.client_id, op->client->id) == 0 &&
	    json_object_get(at.payload, "act") == NULL &&
	    (at.jkt == NULL || strcmp(at.jkt, op->jkt) == 0) &&
	    named_take(&g->actor_named, &at) == 0 &&
	    op_copy(g->actor, sizeof(g->actor), at.sub) == 0;
	at_free(&at);
	return (ok);
}

/* audience and resource name what the token is for: what the client may call,
 * one or both. */
static int
target_take(struct op *op)
{
	const struct msg_token_req *r = grant_ask(op);
	const char *const asked[2] = { r->audience, r->resource };
	struct grant *g = grant_of(op);
	size_t i;

	for (i = 0; i < 2; i++) {
		if (*asked[i] == '\0')
			continue;
		if (!client_has(op->client->audience, asked[i]))
			return (0);
		if (!client_has(g->audience, asked[i]))
			(void)issue_add(g->audience, sizeof(g->audience),
			    asked[i]);
	}
	return (1);
}

static int
types_ok(const struct msg_token_req *r)
{
	return (*r->subject_token != '\0' &&
	    strcmp(r->subject_token_type, TYPE_ACCESS) == 0 &&
	    (*r->requested_token_type == '\0' ||
	    strcmp(r->requested_token_type, TYPE_ACCESS) == 0));
}

static void
exchanged(struct op *op, const struct store_result *res)
{
	struct grant *g = grant_of(op);

	g->issued_type = TYPE_ACCESS;
	op->refresh[0] = '\0';
	if (store_rows(res, SQL_TOKEN_EXCHANGE__MACHINE) > 0) {
		g->machine = 1;
		op->sid[0] = '\0';
		op->epoch = g->subject.epoch;
		issue_custom(op, res, SQL_TOKEN_EXCHANGE__HELD);
		(void)op_copy(op->user_id, sizeof(op->user_id),
		    g->subject.sub);
		grant_issue(op);
	} else if (store_rows(res, SQL_TOKEN_EXCHANGE__OUTCOME) == 0)
		op_fail(op, ST_INVALID_REQUEST);	/* RFC 8693 2.2.2 */
	else if (grant_take(op, res, SQL_TOKEN_EXCHANGE__OUTCOME,
	    SQL_TOKEN_EXCHANGE__ROLES))
		grant_issue(op);
}

static void
exchange(struct op *op)
{
	struct grant *g = grant_of(op);
	struct sql_token_exchange p;
	int64_t left = g->subject.exp - op->now / CLOCK_SEC;

	if (left < (int64_t)op->client->access_s)
		op->client->access_s = (uint32_t)left;
	rnd_uuid7(op->sid, op->now);
	p = (struct sql_token_exchange){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		CLIENT_AUTH_PARAMS(op),
		.machine = db_int(g->subject.machine),
		.user = db_text(g->subject.sub),
		.epoch = db_int(g->subject.epoch),
		.parent = db_text(g->subject.sid),
		.actor_machine = db_int(g->actor_named.machine),
		.actor = db_text(g->actor_named.sub),
		.actor_epoch = db_int(g->actor_named.epoch),
		.actor_sid = db_text(g->actor_named.sid),
		.sid = db_text(op->sid),
		.scope = db_text(g->scope),
		.expires = db_int(op->now +
		op->client->access_s * CLOCK_SEC),
		.jkt = db_text(op->jkt),
		.ip = db_text(op->ip), .ua = db_text(op->ua),
	};
	op_sql(op, SQL_TOKEN_EXCHANGE, &p, exchanged);
}

static void
authenticated(struct op *op, const struct store_result *res)
{
	if (!grant_client_known(op, res, SQL_CLIENT_AUTH__UNTIL,
	    SQL_CLIENT_AUTH__CLIENT))
		return;
	if (!types_ok(grant_ask(op)) || !subject_take(op) ||
	    !actor_take(op))
		op_fail(op, ST_INVALID_REQUEST);
	else if (!target_take(op))
		op_fail(op, ST_INVALID_TARGET);
	else if (grant_narrow(op))
		exchange(op);
}

/* The client's scope and audience are needed before there can be a session. */
void
grant_exchange(struct op *op)
{
	struct sql_client_auth p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		CLIENT_AUTH_PARAMS(op),
	};

	op_sql(op, SQL_CLIENT_AUTH, &p, authenticated);
}
