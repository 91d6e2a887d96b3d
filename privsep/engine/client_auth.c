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
 * Client authentication. Runs in the engine; holds the hash of a secret, and
 * an assertion until it was verified. A secret is of 256 bits, so that one
 * SHA-256 of it is compared, by the database. An unknown client costs the same
 * operations as a known one.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/client_auth.h"
#include "privsep/engine/throttle.h"
#include "src/base/b64.h"
#include "src/rules/client.h"

#define NO_HASH	"-"		/* of no secret */

/* Columns of the part client_row. */
enum { C_ID, C_METHOD, C_GRANTS, C_SCOPE, C_AUDIENCE, C_ACCESS_ALG, C_ID_ALG,
    C_ACCESS, C_REFRESH, C_EPOCH, C_DPOP, C_PAR, C_TELL };

static const char *const methods[CLIENT_AUTH__MAX] = {
	[CLIENT_AUTH_NONE] = "none",
	[CLIENT_AUTH_BASIC] = "client_secret_basic",
	[CLIENT_AUTH_POST] = "client_secret_post",
	[CLIENT_AUTH_JWT] = "private_key_jwt",
};

static void
hash_secret(struct op_client *c, const char *secret)
{
	uint8_t sum[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sum, (const uint8_t *)secret, strlen(secret));
	b64_encode(c->hash, sum, sizeof(sum));
}

static void
keys_found(struct op *op, const struct store_result *res)
{
	const char *jwks = NULL;

	if (store_rows(res, SQL_CLIENT_KEY__KEYS) > 0)
		jwks = store_text(res, SQL_CLIENT_KEY__KEYS, 0, 0);
	client_assert(op, jwks != NULL ? jwks : "");
	op->client->next(op);
}

/* By a key of its own: keys are fetched first. */
static void
by_assertion(struct op *op, const char *assertion)
{
	struct op_client *c = op->client;
	struct sql_client_key p;

	if (op_copy(c->assertion, sizeof(c->assertion), assertion) == -1 ||
	    (c->id[0] == '\0' && client_assert_who(c->id, assertion) == -1)) {
		op_fail(op, ST_INVALID_CLIENT);
		return;
	}
	p = (struct sql_client_key){ .tenant = db_text(op->realm),
	    .client = db_text(c->id) };
	op_sql(op, SQL_CLIENT_KEY, &p, keys_found);
}

int
client_claim(struct op *op, const struct client_proof *by)
{
	struct op_client *c;

	op->client = calloc(1, sizeof(*op->client));
	if ((c = op->client) == NULL) {
		op_fail(op, ST_UNAVAILABLE);
		return (-1);
	}
	c->auth = methods[by->auth];
	(void)op_copy(c->id, sizeof(c->id), by->client_id);
	(void)op_copy(c->hash, sizeof(c->hash), NO_HASH);
	c->proved = by->auth == CLIENT_AUTH_NONE;
	if (by->auth == CLIENT_AUTH_BASIC || by->auth == CLIENT_AUTH_POST)
		hash_secret(c, by->secret);
	return (0);
}

void
client_proof(struct op *op, const struct client_proof *by,
    void (*next)(struct op *))
{
	if (client_claim(op, by) == -1)
		return;
	op->client->next = next;
	if (by->auth == CLIENT_AUTH_JWT)
		by_assertion(op, by->assertion);
	else
		next(op);
}

static int
take(char *dst, size_t cap, const struct store_result *res, int q, int col)
{
	const char *s = store_text(res, q, 0, col);

	return (s == NULL ? -1 : op_copy(dst, cap, s));
}

static int
row_take(struct op_client *c, const struct store_result *res, int q)
{
	c->access_s = (uint32_t)store_int(res, q, 0, C_ACCESS);
	c->refresh_s = (uint32_t)store_int(res, q, 0, C_REFRESH);
	c->epoch = store_int(res, q, 0, C_EPOCH);
	c->dpop_bound = store_int(res, q, 0, C_DPOP) != 0;
	c->require_par = store_int(res, q, 0, C_PAR) != 0;
	c->tell = store_int(res, q, 0, C_TELL) != 0;
	return (take(c->method, sizeof(c->method), res, q, C_METHOD) |
	    take(c->grants, sizeof(c->grants), res, q, C_GRANTS) |
	    take(c->scope, sizeof(c->scope), res, q, C_SCOPE) |
	    take(c->audience, sizeof(c->audience), res, q, C_AUDIENCE) |
	    take(c->access_alg, sizeof(c->access_alg), res, q, C_ACCESS_ALG) |
	    take(c->id_alg, sizeof(c->id_alg), res, q, C_ID_ALG));
}

int
client_known(struct op *op, const struct store_result *res, int until,
    int client)
{
	int64_t left;

	if (store_rows(res, until) > 0) {
		left = store_int(res, until, 0, 0) - op->now;
		op->retry_after_s = left > CLIENT_SPAN_US || left < 0 ? 60 :
		    (uint32_t)(left / CLOCK_SEC) + 1;
		op_fail(op, ST_RATE_LIMITED);
		return (0);
	}
	if (store_rows(res, client) == 0) {
		op_fail(op, ST_INVALID_CLIENT);
		return (0);
	}
	if (row_take(op->client, res, client) == -1) {
		op_fail(op, ST_INTERNAL);
		return (0);
	}
	return (1);
}

static void
authenticated(struct op *op, const struct store_result *res)
{
	if (client_known(op, res, SQL_CLIENT_AUTH__UNTIL,
	    SQL_CLIENT_AUTH__CLIENT))
		op->client->then(op);
}

static void
proven(struct op *op)
{
	struct sql_client_auth p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		CLIENT_AUTH_PARAMS(op),
	};

	op_sql(op, SQL_CLIENT_AUTH, &p, authenticated);
}

void
client_auth(struct op *op, const struct client_proof *by,
    void (*next)(struct op *))
{
	if (client_claim(op, by) == -1)
		return;
	op->client->then = next;
	op->client->next = proven;
	if (by->auth == CLIENT_AUTH_JWT)
		by_assertion(op, by->assertion);
	else
		proven(op);
}

int
client_admit(struct op *op)
{
	struct engine *e = op->eng;
	int64_t mono = clock_mono();

	if (strcmp(op->client->method, "none") != 0)
		return (1);
	if (e->nobodies.last == 0)
		limit_init(&e->nobodies, 0, 0, e->conf.fails_ps, mono);
	if (!limit_login(&e->nobodies, mono)) {
		op_fail(op, ST_BUSY);
		return (0);
	}
	limit_failed(&e->nobodies, mono);
	return (1);
}

int
client_may(const struct op *op, const char *grant)
{
	return (client_has(op->client->grants, grant));
}
