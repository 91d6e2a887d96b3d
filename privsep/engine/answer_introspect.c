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
 * INTROSPECT (RFC 7662): whether a token holds, and for whom it does. Runs in
 * the engine. Access tokens are verified here; refresh tokens are known by
 * their hash. What ends a token elsewhere ends it here: session, account,
 * epoch, client. Whoever is not to know is told what an unknown token is told.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/client_auth.h"
#include "privsep/engine/token_kind.h"

enum { A_USERNAME };
enum { R_USER, R_USERNAME, R_CLIENT, R_SID, R_SCOPE, R_CREATED, R_EXPIRES };

struct asked {
	struct token_kind kind;
	int		 audience;	/* the asker is one of its audience */
	char		 claims[CAP_CLAIMS + 1];
};

static void
inactive(struct op *op)
{
	const struct msg_introspect_res m = { .claims = "" };

	op_answer(op, IMSG_INTROSPECT_RES, &m);
}

static void
active(struct op *op, struct buf *b)
{
	struct msg_introspect_res m;

	if (b->err || b->len > CAP_CLAIMS) {
		op_fail(op, ST_INTERNAL);
	} else {
		m.claims = buf_cstr(b);
		op_answer(op, IMSG_INTROSPECT_RES, &m);
	}
	buf_wipe_free(b);
}

/* ---- whom it concerns ---- */

static int
has_text(const json_t *list, const char *text)
{
	const char *s;
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		if ((s = json_string_value(v)) != NULL &&
		    strcmp(s, text) == 0)
			return (1);
	return (0);
}

/* The claims, as they will be told; and whether they name the asker. 0; -1:
 * nobody's token is so long. */
static int
claims_keep(struct asked *a, json_t *payload, const char *asker)
{
	static const char *const ours[] = { "active", "username",
	    "token_type" };
	size_t i, n;

	a->audience = has_text(json_object_get(payload, "aud"), asker);
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)json_object_del(payload, ours[i]);
	n = json_dumpb(payload, a->claims, sizeof(a->claims) - 1,
	    JSON_COMPACT);
	if (n >= sizeof(a->claims) - 1)
		return (-1);
	a->claims[n] = '\0';
	return (0);
}

static int
concerns(const struct op *op, const struct store_result *res,
    const char *client)
{
	const struct asked *a = op->extra;

	return (strcmp(client, op->client->id) == 0 || a->audience ||
	    store_rows(res, SQL_INTROSPECT__HOLDS) > 0);
}

/* ---- what it is told ---- */

static void
tell_access(struct op *op, const char *username)
{
	const struct asked *a = op->extra;
	struct buf b = BUF_INIT;

	buf_adds(&b, "{\"active\":true,\"username\":");
	buf_add_json(&b, username);
	buf_adds(&b, a->kind.bound ? ",\"token_type\":\"DPoP\"," :
	    ",\"token_type\":\"Bearer\",");
	buf_adds(&b, a->claims + 1);	/* behind its brace */
	active(op, &b);
}

static void
tell_refresh(struct op *op, const struct store_result *res)
{
	const int q = SQL_INTROSPECT__REFRESH;
	char issuer[OP_ISSUER];
	struct buf b = BUF_INIT;

	op_issuer(op, issuer);
	buf_adds(&b, "{\"active\":true,\"username\":");
	buf_add_json(&b, store_text(res, q, 0, R_USERNAME));
	buf_adds(&b, ",\"token_type\":\"refresh_token\",\"iss\":");
	buf_add_json(&b, issuer);
	buf_adds(&b, ",\"sub\":");
	buf_add_json(&b, store_text(res, q, 0, R_USER));
	buf_adds(&b, ",\"client_id\":");
	buf_add_json(&b, store_text(res, q, 0, R_CLIENT));
	buf_adds(&b, ",\"sid\":");
	buf_add_json(&b, store_text(res, q, 0, R_SID));
	buf_adds(&b, ",\"scope\":");
	buf_add_json(&b, store_text(res, q, 0, R_SCOPE));
	buf_addf(&b, ",\"iat\":%lld,\"exp\":%lld}",
	    (long long)(store_int(res, q, 0, R_CREATED) / CLOCK_SEC),
	    (long long)(store_int(res, q, 0, R_EXPIRES) / CLOCK_SEC));
	active(op, &b);
}

static void
found(struct op *op, const struct store_result *res)
{
	const int q = SQL_INTROSPECT__ACCESS, r = SQL_INTROSPECT__REFRESH;
	const struct asked *a = op->extra;

	if (store_rows(res, q) > 0 && concerns(op, res, a->kind.client))
		tell_access(op, store_text(res, q, 0, A_USERNAME));
	else if (store_rows(res, r) > 0 &&
	    concerns(op, res, store_text(res, r, 0, R_CLIENT)))
		tell_refresh(op, res);
	else
		inactive(op);
}

static void
authenticated(struct op *op)
{
	struct asked *a = op->extra;
	json_t *payload = NULL;
	struct sql_introspect p;
	int bad;

	bad = token_kind(op, op->access, &a->kind, &payload) == -1 ||
	    (payload != NULL &&
	    claims_keep(a, payload, op->client->id) == -1);
	json_decref(payload);
	if (bad) {
		inactive(op);
		return;
	}
	p = (struct sql_introspect){
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(op->client->id),
		.machine = db_int(a->kind.machine),
		.issued = db_text(a->kind.client),
		.user = db_text(a->kind.subject),
		.sid = db_text(a->kind.sid),
		.jti = db_text(a->kind.jti),
		.epoch = db_int(a->kind.epoch),
		.hash = db_text(a->kind.hash),
	};
	op_sql(op, SQL_INTROSPECT, &p, found);
}

void
answer_introspect(struct op *op, const union msg *m)
{
	const struct msg_introspect_req *r = &m->introspect_req;
	const struct client_proof proof = CLIENT_PROOF(r);

	op_context(op, r->rid, r->ip, r->ua);
	if (op_extra(op, sizeof(struct asked)) == NULL)
		return;
	/* whom anybody can claim to be is told nothing of tokens */
	if (r->auth == CLIENT_AUTH_NONE)
		op_fail(op, ST_INVALID_CLIENT);
	else if (*r->token == '\0')
		op_fail_at(op, ST_INVALID_REQUEST, "token", "is missing");
	else if (op_copy(op->access, sizeof(op->access), r->token) == -1)
		op_fail(op, ST_INTERNAL);	/* the wall's caps are less */
	else
		client_auth(op, &proof, authenticated);
}
