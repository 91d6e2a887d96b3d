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
 * Clients, to make and change (API.md section 6). Runs in the engine. A change
 * is put together from what there is and what is wished, checked as a whole,
 * and written if nobody was faster.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_client.h"
#include "privsep/engine/names.h"
#include "src/jose/jwk.h"
#include "src/rules/client.h"
#include "src/rules/role.h"

#define WRITE		"clients:write"
#define REFRESH_S	2592000
#define TRIES		5

/* ---- what is wished ---- */

/* The members of a client by their bits, so that both messages are one. */
static const struct member {
	const char	*name;
	uint32_t	 bit;
	int		 whole;		/* u32 or u8, else text */
	size_t		 off, size;
} members[] = {
#define MEMBER(field, b, w)						\
	{ #field, b, w, offsetof(struct msg_client_res, field),		\
	    sizeof(((struct msg_client_res *)0)->field) }
	MEMBER(client_name, CLIENT_HAS_NAME, 0),
	MEMBER(redirect_uris, CLIENT_HAS_REDIRECTS, 0),
	MEMBER(post_logout_redirect_uris, CLIENT_HAS_LOGOUTS, 0),
	MEMBER(grant_types, CLIENT_HAS_GRANTS, 0),
	MEMBER(token_endpoint_auth_method, CLIENT_HAS_METHOD, 0),
	MEMBER(jwks, CLIENT_HAS_JWKS, 0),
	MEMBER(scope, CLIENT_HAS_SCOPE, 0),
	MEMBER(audience, CLIENT_HAS_AUDIENCE, 0),
	MEMBER(roles, CLIENT_HAS_ROLES, 0),
	MEMBER(permissions, CLIENT_HAS_PERMISSIONS, 0),
	MEMBER(access_token_lifetime, CLIENT_HAS_ACCESS_S, 1),
	MEMBER(refresh_token_lifetime, CLIENT_HAS_REFRESH_S, 1),
	MEMBER(id_token_signed_response_alg, CLIENT_HAS_ID_ALG, 0),
	MEMBER(access_token_signed_response_alg, CLIENT_HAS_ACCESS_ALG, 0),
	MEMBER(skip_consent, CLIENT_HAS_SKIP_CONSENT, 1),
	MEMBER(disabled, CLIENT_HAS_DISABLED, 1),
	MEMBER(backchannel_logout_uri, CLIENT_HAS_BACKCHANNEL, 0),
	MEMBER(require_pushed_authorization_requests, CLIENT_HAS_PAR, 1),
	MEMBER(dpop_bound_access_tokens, CLIENT_HAS_DPOP, 1),
};
#define NMEMBERS	(sizeof(members) / sizeof(members[0]))

/* What is wished, over what there is. */
void
client_overlay(struct msg_client_res *to, const struct msg_client_res *wish,
    uint32_t has)
{
	size_t i;

	for (i = 0; i < NMEMBERS; i++)
		if (has & members[i].bit)
			memcpy((char *)to + members[i].off,
			    (const char *)wish + members[i].off,
			    members[i].size);
	if ((has & CLIENT_HAS_JWKS) == 0 &&
	    strcmp(to->token_endpoint_auth_method, "private_key_jwt") != 0)
		to->jwks = "";
}

struct msg_client_res
client_defaults(const struct op *op)
{
	return ((struct msg_client_res){
		.client_id = "", .client_name = "", .redirect_uris = "",
		.post_logout_redirect_uris = "",
		.grant_types = CLIENT_GRANTS,
		.token_endpoint_auth_method = CLIENT_METHOD, .jwks = "",
		.scope = CLIENT_SCOPE, .audience = "", .roles = "",
		.permissions = "",
		.access_token_lifetime = op->eng->conf.access_s >=
		CLIENT_ACCESS_MIN && op->eng->conf.access_s <=
		CLIENT_ACCESS_MAX ? op->eng->conf.access_s : 600,
		.refresh_token_lifetime = REFRESH_S,
		.id_token_signed_response_alg = CLIENT_ALG,
		.access_token_signed_response_alg = CLIENT_ALG,
		.backchannel_logout_uri = "", .secret = "",
	});
}

/* ---- the whole, checked ---- */

static int
jwks_ok(const char *text)
{
	struct jwks *set;
	int n;

	if (*text == '\0')
		return (1);
	if ((set = jwks_new()) == NULL)
		return (0);
	n = jwks_add_json_any(set, text, strlen(text));
	jwks_free(set);
	return (n > 0);
}

/* NULL: fine; else the member, and why. */
const char *
client_whole_check(const struct msg_client_res *m, const char **why)
{
	const struct client c = {
		.client_id = m->client_id, .client_name = m->client_name,
		.redirect_uris = m->redirect_uris,
		.post_logout_redirect_uris = m->post_logout_redirect_uris,
		.grant_types = m->grant_types,
		.method = m->token_endpoint_auth_method, .jwks = m->jwks,
		.scope = m->scope, .audience = m->audience,
		.roles = m->roles, .permissions = m->permissions,
		.id_token_alg = m->id_token_signed_response_alg,
		.access_token_alg = m->access_token_signed_response_alg,
		.backchannel_logout_uri = m->backchannel_logout_uri,
		.access_token_lifetime = m->access_token_lifetime,
		.refresh_token_lifetime = m->refresh_token_lifetime,
	};
	const char *member = client_check(&c, why);

	if (member == NULL && !jwks_ok(m->jwks)) {
		*why = "is no set of public keys";
		member = "jwks";
	}
	return (member);
}

/* ---- what both write ---- */

struct lists {
	struct buf	 roles, names, detail;
	int		 nroles, count;
};

/* The members that a request has; who by, where it is an operator. */
static void
detail(struct op *op, struct buf *b, uint32_t has)
{
	const char *sep = "";
	size_t i;

	buf_adds(b, op->operator ? "{\"by\":\"operator\",\"members\":[" :
	    "{\"members\":[");
	for (i = 0; i < NMEMBERS; i++)
		if (has & members[i].bit) {
			buf_addf(b, "%s\"%s\"", sep, members[i].name);
			sep = ",";
		}
	buf_addc(b, ']');
}

/* 0; -1: no memory (the words were checked). */
static int
lists_take(struct op *op, struct lists *l, const struct msg_client_res *m,
    uint32_t has)
{
	memset(l, 0, sizeof(*l));
	l->nroles = names_add(&l->roles, m->roles, CLIENT_ROLES,
	    role_name_ok);
	l->count = names_add(&l->names, m->permissions, PERMISSIONS_MAX,
	    permission_name_ok);
	detail(op, &l->detail, has);
	if (has & CLIENT_HAS_ROLES)
		names_detail(&l->detail, "roles", m->roles);
	if (has & CLIENT_HAS_PERMISSIONS)
		names_detail(&l->detail, "permissions", m->permissions);
	buf_addc(&l->detail, '}');
	return (l->nroles == -1 || l->count == -1 ||
	    buf_cstr(&l->roles) == NULL || buf_cstr(&l->names) == NULL ||
	    buf_cstr(&l->detail) == NULL ? -1 : 0);
}

static void
lists_free(struct lists *l)
{
	buf_free(&l->roles);
	buf_free(&l->names);
	buf_free(&l->detail);
}

/* Parameters that create and patch share. */
#define CLIENT_PARAMS(op, m, l)						\
	ADMIN_WRITE(op, WRITE),						\
	.client = db_text((m)->client_id),				\
	.name = db_text((m)->client_name),				\
	.redirect_uris = db_text((m)->redirect_uris),			\
	.logout_uris = db_text((m)->post_logout_redirect_uris),		\
	.grant_types = db_text((m)->grant_types),			\
	.auth_method = db_text((m)->token_endpoint_auth_method),	\
	.jwks = db_text((m)->jwks), .scope = db_text((m)->scope),	\
	.sensitive = db_int(client_is_sensitive((m)->scope)),		\
	.audience = db_text((m)->audience),				\
	.roles = db_text((const char *)(l)->roles.p),			\
	.nroles = db_int((l)->nroles),					\
	.names = db_text((const char *)(l)->names.p),			\
	.count = db_int((l)->count),					\
	.access_s = db_int((m)->access_token_lifetime),			\
	.refresh_s = db_int((m)->refresh_token_lifetime),		\
	.id_alg = db_text((m)->id_token_signed_response_alg),		\
	.access_alg = db_text((m)->access_token_signed_response_alg),	\
	.skip_consent = db_int((m)->skip_consent),			\
	.disabled = db_int((m)->disabled),				\
	.backchannel = db_text((m)->backchannel_logout_uri),		\
	.require_par =							\
	db_int((m)->require_pushed_authorization_requests),		\
	.dpop_bound = db_int((m)->dpop_bound_access_tokens),		\
	.ip = db_text((op)->ip), .rid = db_text((op)->rid),		\
	.detail = db_text((const char *)(l)->detail.p)

/* Answers with the refusal that a result has, if any: 1. */
static int
refused(struct op *op, const struct store_result *res, int above, int lacking,
    int unknown)
{
	char path[32];

	if (store_rows(res, unknown) > 0) {
		snprintf(path, sizeof(path), "roles.%d",
		    (int)store_int(res, unknown, 0, 0));
		op_fail_at(op, ST_INVALID_REQUEST, path,
		    "is no role that exists");
		return (1);
	}
	if (store_rows(res, above) > 0 || store_rows(res, lacking) > 0) {
		op_fail(op, ST_FORBIDDEN);
		return (1);
	}
	return (0);
}

/* ---- create ---- */

static void
created(struct op *op, const struct store_result *res)
{
	struct client_cursor k = { SQL_CLIENT_CREATE__CLIENT,
	    SQL_CLIENT_CREATE__ROLES, SQL_CLIENT_CREATE__PERMISSIONS, 0, 0 };

	if (!admin_may(op, res, SQL_CLIENT_CREATE__WHO) ||
	    refused(op, res, SQL_CLIENT_CREATE__ABOVE,
	    SQL_CLIENT_CREATE__LACKING, SQL_CLIENT_CREATE__UNKNOWN))
		return;
	if (store_rows(res, k.client) == 0)
		op_fail(op, ST_CLIENT_TAKEN);
	else
		client_answer(op, res, k, op->refresh);
}

static void
create(struct op *op, const struct msg_client_res *m, const struct lists *l)
{
	struct sql_client_create p = { CLIENT_PARAMS(op, m, l) };

	op->refresh[0] = '\0';
	if (client_has_secret(m->token_endpoint_auth_method)) {
		client_secret_make(op);
		p.hash = db_text(op->hash);
	} else
		p.hash = db_text(NULL);
	op_sql(op, SQL_CLIENT_CREATE, &p, created);
}

void
client_random_id(char out[CLIENT_RANDOM_ID + 1])
{
	uint8_t raw[CLIENT_RANDOM_ID / 2];

	rnd_bytes(raw, sizeof(raw));
	sodium_bin2hex(out, CLIENT_RANDOM_ID + 1, raw, sizeof(raw));
}

void
answer_client_create(struct op *op, const union msg *m)
{
	const struct msg_client_create_req *r = &m->client_create_req;
	struct msg_client_res all = client_defaults(op), wish = CLIENT_WISH(r);
	char id[CLIENT_RANDOM_ID + 1];
	const char *member, *why;
	struct lists l;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	client_overlay(&all, &wish, r->has);
	client_random_id(id);
	all.client_id = (r->has & CLIENT_HAS_ID) ? r->client_id : id;
	if (client_has(all.roles, "superadmin"))
		bearer_refuse(op, ST_SUPERADMIN_PROTECTED, "", "");
	else if ((member = client_whole_check(&all, &why)) != NULL)
		bearer_refuse(op, ST_INVALID_REQUEST, member, why);
	else {
		if (lists_take(op, &l, &all, r->has) == -1)
			op_fail(op, ST_UNAVAILABLE);
		else
			create(op, &all, &l);
		lists_free(&l);
	}
}

/* ---- change ---- */

static void patch_look(struct op *);

static void
patched(struct op *op, const struct store_result *res)
{
	struct client_cursor k = { SQL_CLIENT_PATCH__CLIENT,
	    SQL_CLIENT_PATCH__ROLES, SQL_CLIENT_PATCH__PERMISSIONS, 0, 0 };

	if (!admin_may(op, res, SQL_CLIENT_PATCH__WHO) ||
	    client_protected(op, res, SQL_CLIENT_PATCH__FOUND,
	    SQL_CLIENT_PATCH__BENEATH) ||
	    refused(op, res, SQL_CLIENT_PATCH__ABOVE,
	    SQL_CLIENT_PATCH__LACKING, SQL_CLIENT_PATCH__UNKNOWN))
		return;
	if (store_rows(res, k.client) > 0)
		client_answer(op, res, k, "");
	else if (++op->again < TRIES)
		patch_look(op);		/* another change came between */
	else
		op_fail(op, ST_BUSY);
}

static void
patch(struct op *op, const struct msg_client_res *all, const char *seen,
    const struct lists *l)
{
	struct sql_client_patch p = { CLIENT_PARAMS(op, all, l),
	    .seen = db_text(seen) };

	op_sql(op, SQL_CLIENT_PATCH, &p, patched);
}

static void
patch_over(struct op *op, struct client_row *row)
{
	const struct msg_client_create_req *r = &op->held->client_create_req;
	struct msg_client_res wish = CLIENT_WISH(r);
	const char *member, *why;
	struct lists l;

	client_overlay(&row->m, &wish, r->has);
	if (client_has(row->m.roles, "superadmin"))
		op_fail(op, ST_SUPERADMIN_PROTECTED);
	else if ((member = client_whole_check(&row->m, &why)) != NULL)
		op_fail_at(op, ST_INVALID_REQUEST, member, why);
	else {
		if (lists_take(op, &l, &row->m, r->has) == -1)
			op_fail(op, ST_UNAVAILABLE);
		else
			patch(op, &row->m, row->seen, &l);
		lists_free(&l);
	}
}

static void
patch_found(struct op *op, const struct store_result *res)
{
	struct client_cursor k = { SQL_CLIENT_GET__CLIENT,
	    SQL_CLIENT_GET__ROLES, SQL_CLIENT_GET__PERMISSIONS, 0, 0 };
	struct client_row row;

	if (!admin_may(op, res, SQL_CLIENT_GET__WHO))
		return;
	if (store_rows(res, k.client) == 0) {
		op_fail(op, ST_NOT_FOUND);
		return;
	}
	if (client_row(&row, res, &k, 0) == -1)
		op_fail(op, ST_UNAVAILABLE);
	else
		patch_over(op, &row);
	client_row_free(&row);
}

static void
patch_look(struct op *op)
{
	const struct msg_client_create_req *r = &op->held->client_create_req;
	struct sql_client_get p = {
		ADMIN_READ(op, WRITE),
		.client = db_text(r->client_id),
	};

	op_sql(op, SQL_CLIENT_GET, &p, patch_found);
}

/* Both messages have the same fields, so that one copy serves. */
_Static_assert(sizeof(struct msg_client_create_req) ==
    sizeof(struct msg_client_patch_req), "patch is not shaped like create");

void
answer_client_patch(struct op *op, const union msg *m)
{
	const struct msg_client_patch_req *r = &m->client_patch_req;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	if ((op->held = msg_copy(msg_row(op->type), m)) == NULL)
		op_fail(op, ST_UNAVAILABLE);
	else
		patch_look(op);
}
