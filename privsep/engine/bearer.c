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
 * Bearer tokens. Runs in the engine, which trusts no worker's verdict: the
 * signature and the claims are checked again here, and what only the database
 * knows (session, account, epoch) is a condition of each operation's SQL.
 *
 * bearer_check() is the one place where a board of revocations will be asked
 * before the database is.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/cookie.h"
#include "src/base/clock.h"

#define KNOWN	512		/* a power of two */

/*
 * A token whose signature and claims were found good. Verifying costs the
 * engine twice as much as all else that a request needs of it; the digest of
 * the whole token stands for the result as long as the token lives. What may
 * be revoked is not kept: that is asked of the database each time.
 */
struct bearer_known {
	uint8_t		 digest[crypto_hash_sha256_BYTES];
	int64_t		 exp, epoch;
	unsigned	 scopes;	/* BEARER_* */
	int		 machine;
	char		 user_id[CAP_ID + 1], sid[CAP_ID + 1];
	char		 tenant[65];
	char		 bound[JWK_KID_LEN + 1];	/* to this key, or "" */
};

static struct bearer_known *
slot(struct engine *e, const uint8_t digest[crypto_hash_sha256_BYTES])
{
	if (e->known == NULL)
		e->known = calloc(KNOWN, sizeof(*e->known));
	if (e->known == NULL)
		return (NULL);
	return (&e->known[(digest[0] << 8 | digest[1]) & (KNOWN - 1)]);
}

/* When a key leaves the set, what it signed must be verified anew. */
void
bearer_forget(struct engine *e)
{
	free(e->known);
	e->known = NULL;
}

/* In whose tenant a token of that one is good: the realm's own, or for the
 * super admin's messages (and a check for them) the root's. */
static int
takes_root(const struct op *op)
{
	const struct msg_row *row = msg_row(op->type);

	return (op->type == IMSG_BEARER_CHECK_REQ ||
	    (row != NULL && (row->class & SERVE_ADMIN)));
}

static int
takes(const struct op *op, const char *tenant)
{
	return (strcmp(tenant, op->realm) == 0 ||
	    (tenant_is_default(tenant) && takes_root(op)));
}

static int
recall(struct op *op, const struct bearer_known *k, const uint8_t *digest,
    unsigned want)
{
	if (k == NULL || k->exp <= op->now / CLOCK_SEC ||
	    (k->scopes & want) == 0 ||
	    !takes(op, k->tenant) ||
	    sodium_memcmp(k->digest, digest, sizeof(k->digest)) != 0)
		return (0);
	op->epoch = k->epoch;
	op->machine = k->machine;
	op->bearer_scopes = k->scopes;
	(void)op_copy(op->user_id, sizeof(op->user_id), k->user_id);
	(void)op_copy(op->sid, sizeof(op->sid), k->sid);
	(void)op_copy(op->tenant, sizeof(op->tenant), k->tenant);
	(void)op_copy(op->bound, sizeof(op->bound), k->bound);
	return (1);
}

static void
remember(const struct op *op, struct bearer_known *k, const uint8_t *digest,
    int64_t exp, unsigned scopes)
{
	if (k == NULL)
		return;
	memcpy(k->digest, digest, sizeof(k->digest));
	k->exp = exp;
	k->scopes = scopes;
	k->epoch = op->epoch;
	k->machine = op->machine;
	(void)op_copy(k->user_id, sizeof(k->user_id), op->user_id);
	(void)op_copy(k->sid, sizeof(k->sid), op->sid);
	(void)op_copy(k->tenant, sizeof(k->tenant), op->tenant);
	(void)op_copy(k->bound, sizeof(k->bound), op->bound);
}

/*
 * Copies what the operations need of the claims. 0; -1: not one of ours. One
 * without a session is a client's own (RFC 9068 section 2.2: sub is client_id).
 */
static int
claims_take(struct op *op, const struct at_claims *at)
{
	int machine = at->sid == NULL || at->sid[0] == '\0';

	if (at->epoch < 0 ||
	    (machine && strcmp(at->sub, at->client_id) != 0))
		return (-1);
	op->epoch = at->epoch;
	op->machine = machine;
	if (op_copy(op->user_id, sizeof(op->user_id), at->sub) == -1 ||
	    op_copy(op->sid, sizeof(op->sid), machine ? at->jti :
	    at->sid) == -1 ||
	    op_copy(op->tenant, sizeof(op->tenant), at->tenant) == -1 ||
	    op_copy(op->bound, sizeof(op->bound),
	    at->jkt != NULL ? at->jkt : "") == -1)
		return (-1);
	return (0);
}

/* What the account of somebody is needed for is not for a client's own. */
static unsigned
scopes_of(const char *scope, int machine)
{
	if (machine)
		return (BEARER_ANY | BEARER_FULL |
		    (at_has_scope(scope, "admin") ? BEARER_ADMIN : 0));
	if (at_has_scope(scope, ENGINE_SCOPE_SETUP))
		return (BEARER_ANY | BEARER_SETUP);
	return (BEARER_ANY | BEARER_FULL |
	    (at_has_scope(scope, "openid") ? BEARER_OPENID : 0) |
	    (at_has_scope(scope, "profile") ? BEARER_PROFILE : 0) |
	    (at_has_scope(scope, "email") ? BEARER_EMAIL : 0) |
	    (at_has_scope(scope, "roles") ? BEARER_ROLES : 0) |
	    (at_has_scope(scope, "account") ? BEARER_ACCOUNT : 0) |
	    (at_has_scope(scope, "admin") ? BEARER_ADMIN : 0));
}

static enum at_err
verify_of(struct op *op, const char *bearer, const char *tenant,
    struct at_claims *at)
{
	char issuer[OP_ISSUER];
	enum at_err e;

	if (tenant_issuer(issuer, sizeof(issuer), op->eng->conf.issuer,
	    tenant) == -1)
		return (AT_ISSUER);
	e = at_verify(op->eng->jwks, bearer, strlen(bearer), issuer,
	    op->now / CLOCK_SEC, at);
	if (e == AT_OK && strcmp(at->tenant, tenant) != 0) {
		at_free(at);
		e = AT_CLAIMS;
	}
	return (e);
}

enum at_err
bearer_claims(struct op *op, const char *token, struct at_claims *at)
{
	return (verify_of(op, token, op->realm, at));
}

/* 0; -1: not a token of ours. */
static int
verify(struct op *op, const char *bearer, int64_t *exp, unsigned *scopes)
{
	struct at_claims at;
	enum at_err e;
	int rv = -1;

	memset(&at, 0, sizeof(at));
	e = verify_of(op, bearer, op->realm, &at);
	if (e == AT_ISSUER && !tenant_is_default(op->realm) && takes_root(op))
		e = verify_of(op, bearer, TENANT_DEFAULT, &at);
	if (e == AT_OK && claims_take(op, &at) == 0) {
		*exp = at.exp;
		*scopes = scopes_of(at.scope, op->machine);
		rv = 0;
	}
	at_free(&at);
	return (rv);
}

/* A token that is bound to a key comes with a proof by that key, and with no
 * proof comes one that is not (RFC 9449 section 7). */
static int
possessed(struct op *op)
{
	if (strcmp(op->bound, op->jkt) == 0)
		return (1);
	op_fail(op, ST_INVALID_TOKEN);
	return (0);
}

int
bearer_take_scope(struct op *op, const char *bearer, unsigned want)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	struct bearer_known *k;
	unsigned scopes;
	int64_t exp;

	if (op->browser)
		return (cookie_take_scope(op, want));
	crypto_hash_sha256(digest, (const uint8_t *)bearer, strlen(bearer));
	k = slot(op->eng, digest);
	if (recall(op, k, digest, want))
		return (possessed(op));
	if (verify(op, bearer, &exp, &scopes) == -1) {
		op_fail(op, ST_INVALID_TOKEN);
		return (0);
	}
	if (!possessed(op))
		return (0);
	op->bearer_scopes = scopes;
	if ((scopes & want) == 0) {
		bearer_refuse(op, (scopes & BEARER_SETUP) ?
		    ST_MFA_SETUP_REQUIRED : ST_INSUFFICIENT_SCOPE, "", "");
		return (0);
	}
	if ((scopes & BEARER_SETUP) == 0)
		remember(op, k, digest, exp, scopes);
	return (1);
}

int
bearer_take(struct op *op, const char *bearer)
{
	return (bearer_take_scope(op, bearer, BEARER_ACCOUNT));
}

int
bearer_take_setup(struct op *op, const char *bearer)
{
	return (bearer_take_scope(op, bearer, BEARER_ACCOUNT | BEARER_SETUP));
}

/* The database's half alone, for what needs no operation of its own. */
static void
bearer_check(struct op *op, op_sql_cb cb)
{
	struct sql_bearer_check p = {
		.now = db_int(op->now),
		.tenant = db_text(op->tenant),
		.realm = db_text(op->realm),
		.machine = db_int(op->machine),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
	};

	op_sql(op, SQL_BEARER_CHECK, &p, cb);
}

static void
refuse_checked(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_BEARER_CHECK__BEARER) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else
		op_fail_at(op, op->refusal, op->refusal_path,
		    op->refusal_reason);
}

void
bearer_refuse(struct op *op, enum msg_status st, const char *path,
    const char *reason)
{
	if (op->operator) {
		op_fail_at(op, st, path, reason);
		return;
	}
	op->refusal = st;
	op->refusal_path = path;
	op->refusal_reason = reason;
	bearer_check(op, refuse_checked);
}

static void
checked(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_BEARER_CHECK__BEARER) == 0)
		op_fail(op, ST_INVALID_TOKEN);
	else
		op_done(op);
}

void
answer_bearer_check(struct op *op, const union msg *m)
{
	if (bearer_take_scope(op, m->bearer_check_req.bearer, BEARER_ANY))
		bearer_check(op, checked);
}
