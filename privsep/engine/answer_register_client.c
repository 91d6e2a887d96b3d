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
 * CLIENT_REGISTER, CLIENT_SELF, REGISTER_TOKEN: clients that add and manage
 * themselves (RFC 7591, 7592). Runs in the engine; holds a new secret and a new
 * token until they were told, once; the database has their SHA-256. What a
 * client says of itself never reaches accounts or administration, and what
 * somebody gave it it can no more change.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_client.h"
#include "src/base/b64.h"
#include "src/rules/client.h"

#define TRIES		5
#define LIFETIME_S	(24 * 3600)
#define LIFETIME_MAX_S	(366 * 24 * 3600)
#define GRANTS		"authorization_code"	/* RFC 7591 section 2 */
#define ID_ALG		"RS256"

/* What a client says of itself; all else is its tenant's. */
#define ITS_OWN	(CLIENT_HAS_NAME | CLIENT_HAS_REDIRECTS |		\
	CLIENT_HAS_LOGOUTS | CLIENT_HAS_GRANTS | CLIENT_HAS_METHOD |	\
	CLIENT_HAS_JWKS | CLIENT_HAS_SCOPE | CLIENT_HAS_ID_ALG |	\
	CLIENT_HAS_BACKCHANNEL | CLIENT_HAS_PAR | CLIENT_HAS_DPOP)

/* The token as it came: its hash in op->succ_hash. 0: the op ended. */
static int
take_token(struct op *op, const char *token)
{
	if (!op->eng->conf.client_registration)
		op_fail(op, ST_NOT_FOUND);
	else if (*token == '\0')
		op_fail(op, ST_UNAUTHORIZED);
	else if (strlen(token) != TOKEN_TEXT - 1 || b64_decode(op->token,
	    TOKEN_BYTES, token, TOKEN_TEXT - 1) != TOKEN_BYTES)
		op_fail(op, ST_INVALID_TOKEN);
	else {
		issue_hash(op->succ_hash, op->token);
		return (1);
	}
	return (0);
}

/* A token's text and hash. */
static void
make_token(struct op *op, char text[TOKEN_TEXT], char hash[TOKEN_TEXT])
{
	rnd_bytes(op->token, sizeof(op->token));
	b64_encode(text, op->token, sizeof(op->token));
	issue_hash(hash, op->token);
}

/* The members that are a client's own, as they are when nothing is said. */
static void
its_defaults(struct msg_client_res *m)
{
	m->client_name = m->client_id;
	m->redirect_uris = m->post_logout_redirect_uris = "";
	m->grant_types = GRANTS;
	m->token_endpoint_auth_method = CLIENT_METHOD;
	m->jwks = "";
	m->scope = CLIENT_SCOPE;
	m->id_token_signed_response_alg = ID_ALG;
	m->backchannel_logout_uri = "";
	m->require_pushed_authorization_requests = 0;
	m->dpop_bound_access_tokens = 0;
}

/* 1; 0: what is said is refused, and the op ended. */
static int
its_own(struct op *op, struct msg_client_res *all,
    const struct msg_client_res *wish, uint32_t has)
{
	const char *member, *why;

	its_defaults(all);
	client_overlay(all, wish, has & ITS_OWN);
	if (*all->client_name == '\0')
		all->client_name = all->client_id;
	if ((has & CLIENT_HAS_BAD) || client_is_sensitive(all->scope)) {
		op_fail_at(op, ST_INVALID_CLIENT_METADATA, "", "");
		return (0);
	}
	if ((member = client_whole_check(all, &why)) != NULL) {
		op_fail_at(op, strcmp(member, "redirect_uris") == 0 ?
		    ST_INVALID_REDIRECT_URI : ST_INVALID_CLIENT_METADATA,
		    member, why);
		return (0);
	}
	return (1);
}

static void
tell(struct op *op, const struct store_result *res, struct client_cursor k,
    const char *secret, const char *token)
{
	struct msg_client_register_res m;
	struct client_row r;

	if (client_row(&r, res, &k, 0) == -1)
		op_fail(op, ST_INTERNAL);
	else {
		m = CLIENT_REGISTERED(&r.m);
		m.created_at = r.m.created_at;
		m.secret = secret;
		m.token = token;
		op_answer(op, IMSG_CLIENT_REGISTER_RES, &m);
	}
	client_row_free(&r);
}

/* ---- a new one ---- */

static void	add(struct op *);

static void
added(struct op *op, const struct store_result *res)
{
	struct client_cursor k = { SQL_REGISTER_CLIENT__CLIENT,
	    SQL_REGISTER_CLIENT__ROLES, SQL_REGISTER_CLIENT__PERMISSIONS, 0,
	    0 };

	if (store_rows(res, k.client) > 0)
		tell(op, res, k, op->refresh, op->access);
	else if (++op->again < TRIES)
		add(op);
	else
		op_fail(op, ST_INVALID_TOKEN);
}

static void
insert(struct op *op, const struct msg_client_res *m)
{
	struct sql_register_client p = {
		.op = db_text(op->opid), .now = db_int(op->now),
		.tenant = db_text(op->realm),
		.token = db_text(op->succ_hash),
		.client = db_text(m->client_id),
		.name = db_text(m->client_name),
		.redirect_uris = db_text(m->redirect_uris),
		.logout_uris = db_text(m->post_logout_redirect_uris),
		.grant_types = db_text(m->grant_types),
		.auth_method = db_text(m->token_endpoint_auth_method),
		.jwks = db_text(m->jwks), .scope = db_text(m->scope),
		.access_s = db_int(m->access_token_lifetime),
		.refresh_s = db_int(m->refresh_token_lifetime),
		.id_alg = db_text(m->id_token_signed_response_alg),
		.access_alg = db_text(m->access_token_signed_response_alg),
		.backchannel = db_text(m->backchannel_logout_uri),
		.require_par =
		db_int(m->require_pushed_authorization_requests),
		.dpop_bound = db_int(m->dpop_bound_access_tokens),
		.own = db_text(op->before),
		.ip = db_text(op->ip), .rid = db_text(op->rid),
	};

	make_token(op, op->access, op->before);
	op->refresh[0] = '\0';
	if (client_has_secret(m->token_endpoint_auth_method)) {
		client_secret_make(op);
		p.hash = db_text(op->hash);
	} else
		p.hash = db_text(NULL);
	op_sql(op, SQL_REGISTER_CLIENT, &p, added);
}

static void
add(struct op *op)
{
	const struct msg_client_register_req *r =
	    &op->held->client_register_req;
	struct msg_client_res all = client_defaults(op);
	struct msg_client_res wish = CLIENT_WISH(r);
	char id[CLIENT_RANDOM_ID + 1];

	client_random_id(id);
	all.client_id = id;
	if (its_own(op, &all, &wish, r->has))
		insert(op, &all);
}

static void
token_found(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_REGISTER_FIND__TOKEN) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else
		add(op);
}

void
answer_client_register(struct op *op, const union msg *m)
{
	const struct msg_client_register_req *r = &m->client_register_req;
	struct sql_register_find p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!take_token(op, r->token))
		return;
	if ((op->held = msg_copy(msg_row(op->type), m)) == NULL) {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	p = (struct sql_register_find){ .now = db_int(op->now),
	    .tenant = db_text(op->realm), .token = db_text(op->succ_hash) };
	op_sql(op, SQL_REGISTER_FIND, &p, token_found);
}

/* ---- itself ---- */

/* Behind @client_columns. */
enum { S_GIVEN = 20, S_SECRET };

static void	look(struct op *);

static void
put(struct op *op, const struct store_result *res)
{
	struct client_cursor k = { SQL_REGISTER_PUT__CLIENT,
	    SQL_REGISTER_PUT__ROLES, SQL_REGISTER_PUT__PERMISSIONS, 0, 0 };

	if (store_rows(res, k.client) > 0)
		tell(op, res, k, op->refresh, "");
	else if (++op->again < TRIES)
		look(op);		/* another change came between */
	else
		op_fail(op, ST_BUSY);
}

static void
update(struct op *op, const struct client_row *row, int has_secret)
{
	const struct msg_client_self_req *r = &op->held->client_self_req;
	struct msg_client_res m = row->m, wish = CLIENT_WISH(r);
	struct sql_register_put p;

	if (!its_own(op, &m, &wish, r->has))
		return;
	op->refresh[0] = op->hash[0] = '\0';
	if (client_has_secret(m.token_endpoint_auth_method) && !has_secret)
		client_secret_make(op);
	p = (struct sql_register_put){
		.op = db_text(op->opid), .now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(m.client_id),
		.own = db_text(op->succ_hash), .seen = db_text(row->seen),
		.name = db_text(m.client_name),
		.redirect_uris = db_text(m.redirect_uris),
		.logout_uris = db_text(m.post_logout_redirect_uris),
		.grant_types = db_text(m.grant_types),
		.auth_method = db_text(m.token_endpoint_auth_method),
		.jwks = db_text(m.jwks), .scope = db_text(m.scope),
		.id_alg = db_text(m.id_token_signed_response_alg),
		.backchannel = db_text(m.backchannel_logout_uri),
		.require_par =
		db_int(m.require_pushed_authorization_requests),
		.dpop_bound = db_int(m.dpop_bound_access_tokens),
		.hash = db_text(op->hash[0] != '\0' ? op->hash : NULL),
		.ip = db_text(op->ip), .rid = db_text(op->rid),
	};
	op_sql(op, SQL_REGISTER_PUT, &p, put);
}

static void
deleted(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_REGISTER_DELETE__OUTCOME) > 0)
		op_done(op);
	else
		op_fail(op, ST_INVALID_TOKEN);
}

static void
delete(struct op *op)
{
	struct sql_register_delete p = {
		.op = db_text(op->opid), .now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(op->held->client_self_req.client_id),
		.own = db_text(op->succ_hash),
		.ip = db_text(op->ip), .rid = db_text(op->rid),
	};

	op_sql(op, SQL_REGISTER_DELETE, &p, deleted);
}

static void
itself(struct op *op, const struct store_result *res)
{
	struct client_cursor k = { SQL_REGISTER_SELF__CLIENT,
	    SQL_REGISTER_SELF__ROLES, SQL_REGISTER_SELF__PERMISSIONS, 0, 0 };
	struct client_cursor at = k;
	struct client_row row;
	uint8_t act = op->held->client_self_req.act;

	if (store_rows(res, k.client) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else if (act == CLIENT_SELF_READ)
		tell(op, res, k, "", "");
	else if (store_int(res, k.client, 0, S_GIVEN) != 0)
		op_fail(op, ST_FORBIDDEN);
	else if (act == CLIENT_SELF_DELETE)
		delete(op);
	else {
		if (client_row(&row, res, &at, 0) == -1)
			op_fail(op, ST_UNAVAILABLE);
		else
			update(op, &row,
			    store_int(res, k.client, 0, S_SECRET) != 0);
		client_row_free(&row);
	}
}

static void
look(struct op *op)
{
	struct sql_register_self p = {
		.tenant = db_text(op->realm),
		.client = db_text(op->held->client_self_req.client_id),
		.own = db_text(op->succ_hash),
	};

	op_sql(op, SQL_REGISTER_SELF, &p, itself);
}

void
answer_client_self(struct op *op, const union msg *m)
{
	const struct msg_client_self_req *r = &m->client_self_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!take_token(op, r->token))
		return;
	if ((op->held = msg_copy(msg_row(op->type), m)) == NULL)
		op_fail(op, ST_UNAVAILABLE);
	else
		look(op);
}

/* ---- initial access tokens ---- */

static void
token_made(struct op *op, const struct store_result *res)
{
	struct msg_register_token_res m = { .token = op->refresh };

	if (!admin_may(op, res, SQL_REGISTER_TOKEN__WHO))
		return;
	if (store_rows(res, SQL_REGISTER_TOKEN__OUTCOME) == 0)
		op_fail(op, ST_INTERNAL);
	else
		op_answer(op, IMSG_REGISTER_TOKEN_RES, &m);
}

void
answer_register_token(struct op *op, const union msg *m)
{
	const struct msg_register_token_req *r = &m->register_token_req;
	int64_t s = r->lifetime_s != 0 ? r->lifetime_s : LIFETIME_S;
	struct sql_register_token p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	if (s > LIFETIME_MAX_S) {
		admin_refuse(op, ST_INVALID_REQUEST, "lifetime",
		    "is more than a year");
		return;
	}
	make_token(op, op->refresh, op->succ_hash);
	p = (struct sql_register_token){
		ADMIN_WRITE(op, "clients:write"),
		.token = db_text(op->succ_hash),
		.expires = db_int(op->now + s * CLOCK_SEC),
		.ip = db_text(op->ip), .rid = db_text(op->rid),
		.detail = db_text(op->operator ? "{\"by\":\"operator\"}" :
		    NULL),
	};
	op_sql(op, SQL_REGISTER_TOKEN, &p, token_made);
}
