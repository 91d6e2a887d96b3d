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
 * authorization_code (RFC 6749 section 4.1.3, RFC 7636): redeems a code, once,
 * for the client, the redirect URI and the verifier that it was made for. Runs
 * in the engine; all of it is one operation. A client's session comes of it.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/grant.h"
#include "src/base/b64.h"

#define NO_CHALLENGE	"-"	/* no code has it */

/* A parameter is not there. A code without its verifier is one that somebody
 * else may have: it is spent, and on record, as with a wrong one. */
static int
is_missing(const struct op *op)
{
	const struct msg_token_req *r = grant_ask(op);

	return (*r->code == '\0' || *r->redirect_uri == '\0' ||
	    *r->code_verifier == '\0');
}

static void
redeemed(struct op *op, const struct store_result *res)
{
	const int q = SQL_CODE_REDEEM__OUTCOME;
	struct grant *g = grant_of(op);
	const char *nonce;

	if (!grant_client_known(op, res, SQL_CODE_REDEEM__UNTIL,
	    SQL_CODE_REDEEM__CLIENT))
		return;
	if (is_missing(op)) {
		op_fail(op, ST_INVALID_REQUEST);
		return;
	}
	if (store_rows(res, q) == 0) {
		op_fail(op, ST_INVALID_GRANT);
		return;
	}
	if (!grant_take(op, res, q, SQL_CODE_REDEEM__ROLES))
		return;
	nonce = store_text(res, q, 0, GRANT_COLUMNS);
	if (nonce == NULL ||
	    op_copy(g->nonce, sizeof(g->nonce), nonce) == -1) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	if (store_rows(res, SQL_CODE_REDEEM__FIRST) == 0)
		op->refresh[0] = '\0';
	grant_issue(op);
}

/* What the request has, in the form that the database knows it by. */
static void
take_request(struct op *op, char verifier[CHALLENGE_LEN + 1])
{
	const struct msg_token_req *r = grant_ask(op);
	uint8_t raw[TOKEN_BYTES];

	(void)op_copy(op->hash, sizeof(op->hash), NO_CHALLENGE);
	if (b64_decode(raw, sizeof(raw), r->code, strlen(r->code)) ==
	    TOKEN_BYTES)
		issue_hash(op->hash, raw);
	sodium_memzero(raw, sizeof(raw));
	if (pkce_challenge(verifier, r->code_verifier) == -1)
		memcpy(verifier, NO_CHALLENGE, sizeof(NO_CHALLENGE));
	rnd_uuid7(op->sid, op->now);
	grant_refresh_make(op);
}

void
grant_code(struct op *op)
{
	const struct msg_token_req *r = grant_ask(op);
	char verifier[CHALLENGE_LEN + 1];
	struct sql_code_redeem p;

	take_request(op, verifier);
	p = (struct sql_code_redeem){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		CLIENT_AUTH_PARAMS(op),
		.code = db_text(op->hash),
		.redirect_uri = db_text(r->redirect_uri),
		.verifier = db_text(verifier),
		.jkt = db_text(op->jkt),
		.sid = db_text(op->sid),
		.refresh = db_text(op->succ_hash),
		.abs = db_int(op->eng->conf.abs_s * CLOCK_SEC),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
		.rid = db_text(op->rid),
	};
	op_sql(op, SQL_CODE_REDEEM, &p, redeemed);
}
