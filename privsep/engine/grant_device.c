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
 * urn:ietf:params:oauth:grant-type:device_code (RFC 8628 section 3.4): a device
 * asks until its user has answered. Runs in the engine; all of it is one
 * operation. A client's session comes of it, as of a code.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/grant.h"
#include "src/base/b64.h"

enum { D_STATE, D_EXPIRED, D_EARLY };

/* Why there are no tokens. */
static enum msg_status
refusal(const struct store_result *res)
{
	const int q = SQL_DEVICE_REDEEM__DEVICE;
	const char *state;

	if (store_rows(res, q) == 0)
		return (ST_INVALID_GRANT);
	state = store_text(res, q, 0, D_STATE);
	if (strcmp(state, "used") == 0)
		return (ST_INVALID_GRANT);
	if (store_int(res, q, 0, D_EXPIRED) != 0)
		return (ST_EXPIRED_TOKEN);
	if (strcmp(state, "pending") == 0)
		return (store_int(res, q, 0, D_EARLY) != 0 ? ST_SLOW_DOWN :
		    ST_AUTHORIZATION_PENDING);
	/* denied; or allowed by a session that has ended */
	return (ST_ACCESS_DENIED);
}

static void
redeemed(struct op *op, const struct store_result *res)
{
	const int q = SQL_DEVICE_REDEEM__OUTCOME;

	if (!grant_client_known(op, res, SQL_DEVICE_REDEEM__UNTIL,
	    SQL_DEVICE_REDEEM__CLIENT))
		return;
	if (*grant_ask(op)->device_code == '\0') {
		op_fail(op, ST_INVALID_REQUEST);
		return;
	}
	if (store_rows(res, q) == 0) {
		op_fail(op, refusal(res));
		return;
	}
	if (!grant_take(op, res, q, SQL_DEVICE_REDEEM__ROLES))
		return;
	if (store_rows(res, SQL_DEVICE_REDEEM__FIRST) == 0)
		op->refresh[0] = '\0';
	grant_issue(op);
}

void
grant_device(struct op *op)
{
	const char *code = grant_ask(op)->device_code;
	uint8_t raw[TOKEN_BYTES];
	struct sql_device_redeem p;

	/* what can be no device code is nobody's */
	if (b64_decode(raw, sizeof(raw), code, strlen(code)) != TOKEN_BYTES)
		rnd_bytes(raw, sizeof(raw));
	issue_hash(op->hash, raw);
	sodium_memzero(raw, sizeof(raw));
	rnd_uuid7(op->sid, op->now);
	grant_refresh_make(op);
	p = (struct sql_device_redeem){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		CLIENT_AUTH_PARAMS(op),
		.device = db_text(op->hash),
		.jkt = db_text(op->jkt),
		.sid = db_text(op->sid),
		.refresh = db_text(op->succ_hash),
		.abs = db_int(op->eng->conf.abs_s * CLOCK_SEC),
		.ip = db_text(op->ip),
		.ua = db_text(op->ua),
	};
	op_sql(op, SQL_DEVICE_REDEEM, &p, redeemed);
}
