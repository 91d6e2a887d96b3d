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
 * POST /auth/check (API.md section 4): what a client asks about somebody, by
 * its secret. Runs in the engine. One operation compares the secret, charges a
 * wrong one and decides.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/client_auth.h"
#include "privsep/engine/names.h"
#include "privsep/engine/throttle.h"
#include "src/rules/role.h"

#define ASKED_MAX	50		/* permissions of one question */

/* 1: all are the client's own by their form. */
static int
all_own(const char *client, const char *words)
{
	size_t len, n = strlen(client);

	for (; *words != '\0'; words += words[len] == ' ' ? len + 1 : len) {
		len = strcspn(words, " ");
		if (len <= n || words[n] != ':' ||
		    memcmp(words, client, n) != 0)
			return (0);
	}
	return (1);
}

static void
decided(struct op *op, const struct store_result *res)
{
	const int q = SQL_CLIENT_CHECK__HELD;
	struct msg_client_check_res m;
	char allowed[ASKED_MAX + 1];
	int64_t n;
	int i;

	if (!client_known(op, res, SQL_CLIENT_CHECK__UNTIL,
	    SQL_CLIENT_CHECK__CLIENT))
		return;
	if (op->refusal != ST_OK) {
		op_fail(op, op->refusal);
		return;
	}
	memset(allowed, '0', op->limit);
	allowed[op->limit] = '\0';
	for (i = 0; i < store_rows(res, q); i++) {
		n = store_int(res, q, i, 0);
		if (n >= 0 && n < (int64_t)op->limit)
			allowed[n] = '1';
	}
	m.allowed = allowed;
	op_answer(op, IMSG_CLIENT_CHECK_RES, &m);
}

void
answer_client_check(struct op *op, const union msg *m)
{
	const struct msg_client_check_req *r = &m->client_check_req;
	const struct client_proof proof = { CLIENT_AUTH_BASIC, r->client_id,
	    r->secret, "" };
	struct buf names = BUF_INIT;
	struct sql_client_check p;
	int n;

	op_context(op, r->rid, r->ip, r->ua);
	if (client_claim(op, &proof) == -1)
		return;
	n = names_add(&names, r->permissions, ASKED_MAX, permission_ok);
	/* the client is looked at first: 401 comes before all else */
	if (!all_own(r->client_id, r->permissions))
		op->refusal = ST_FORBIDDEN;
	else if (n == -1)
		op->refusal = ST_INVALID_REQUEST;
	op->limit = op->refusal == ST_OK ? (uint32_t)n : 0;
	p = (struct sql_client_check){
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		CLIENT_AUTH_PARAMS(op),
		.subject = db_text(r->subject),
		.names = db_text(buf_cstr(&names)),
		.count = db_int(op->limit),
	};
	op_sql(op, SQL_CLIENT_CHECK, &p, decided);
	buf_free(&names);
}
