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
 * Clients, to end and to give a new secret (API.md section 6). Runs in the
 * engine. A secret is made here, told once, and kept as its SHA-256.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_client.h"
#include "src/base/b64.h"

#define WRITE	"clients:write"

void
client_secret_make(struct op *op)
{
	uint8_t raw[TOKEN_BYTES], sum[crypto_hash_sha256_BYTES];

	rnd_bytes(raw, sizeof(raw));
	b64_encode(op->refresh, raw, sizeof(raw));
	crypto_hash_sha256(sum, (const uint8_t *)op->refresh,
	    strlen(op->refresh));
	b64_encode(op->hash, sum, sizeof(sum));
	sodium_memzero(raw, sizeof(raw));
}

int
client_protected(struct op *op, const struct store_result *res, int found,
    int beneath)
{
	enum { F_STATE, F_ABOVE };
	enum msg_status st = ST_OK;

	if (store_rows(res, found) == 0)
		st = ST_NOT_FOUND;
	else if (store_int(res, found, 0, F_ABOVE) != 0 ||
	    store_rows(res, beneath) > 0)
		st = ST_FORBIDDEN;
	if (st != ST_OK)
		op_fail(op, st);
	return (st != ST_OK);
}

static const char *
by(const struct op *op)
{
	return (op->operator ? "{\"by\":\"operator\"}" : NULL);
}

static void
deleted(struct op *op, const struct store_result *res)
{
	if (!admin_may(op, res, SQL_CLIENT_DELETE__WHO))
		return;
	if (store_rows(res, SQL_CLIENT_DELETE__OUTCOME) > 0)
		op_done(op);
	else if (!client_protected(op, res, SQL_CLIENT_DELETE__FOUND,
	    SQL_CLIENT_DELETE__BENEATH))
		op_fail(op, ST_NOT_FOUND);
}

void
answer_client_delete(struct op *op, const union msg *m)
{
	const struct msg_client_delete_req *r = &m->client_delete_req;
	struct sql_client_delete p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	p = (struct sql_client_delete){
		ADMIN_WRITE(op, WRITE),
		.client = db_text(r->client_id),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.detail = db_text(by(op)),
	};
	op_sql(op, SQL_CLIENT_DELETE, &p, deleted);
}

static void
secret_set(struct op *op, const struct store_result *res)
{
	struct msg_client_secret_res m;

	if (!admin_may(op, res, SQL_CLIENT_SECRET__WHO) ||
	    client_protected(op, res, SQL_CLIENT_SECRET__FOUND,
	    SQL_CLIENT_SECRET__BENEATH))
		return;
	if (store_int(res, SQL_CLIENT_SECRET__FOUND, 0, 0) != 0) {
		op_fail(op, ST_PUBLIC_CLIENT);
		return;
	}
	if (store_rows(res, SQL_CLIENT_SECRET__OUTCOME) == 0) {
		op_fail(op, ST_NOT_FOUND);	/* ended at the same time */
		return;
	}
	m.client_id = store_text(res, SQL_CLIENT_SECRET__OUTCOME, 0, 0);
	m.secret = op->refresh;
	op_answer(op, IMSG_CLIENT_SECRET_RES, &m);
}

void
answer_client_secret(struct op *op, const union msg *m)
{
	const struct msg_client_secret_req *r = &m->client_secret_req;
	struct sql_client_secret p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer))
		return;
	client_secret_make(op);
	p = (struct sql_client_secret){
		ADMIN_WRITE(op, WRITE),
		.client = db_text(r->client_id),
		.hash = db_text(op->hash),
		.overlap = db_int((int64_t)r->overlap_s * CLOCK_SEC),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
		.detail = db_text(op->operator ?
		    "{\"by\":\"operator\",\"members\":[\"client_secret\"]}" :
		    "{\"members\":[\"client_secret\"]}"),
	};
	op_sql(op, SQL_CLIENT_SECRET, &p, secret_set);
}
