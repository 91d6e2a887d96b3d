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
 * client_credentials (RFC 6749 section 4.4): a client acts for itself. Runs in
 * the engine. There is no session and no user: the token's subject is the
 * client, its epoch the client's, its roles are what the client was given.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/grant.h"
#include "src/rules/client.h"

/* Scopes that are about a person. */
#define OF_USERS	"openid profile email roles offline_access account"

/* What of the client's scope is a machine's. 0; -1: it does not fit. */
static int
machine_scope(char out[AUTHORIZE_SCOPE_CAP], const char *scope)
{
	char word[AUTHORIZE_SCOPE_CAP];
	size_t n;

	out[0] = '\0';
	for (; *scope != '\0'; scope += scope[n] == ' ' ? n + 1 : n) {
		n = strcspn(scope, " ");
		if (n >= sizeof(word))
			return (-1);
		memcpy(word, scope, n);
		word[n] = '\0';
		if (!client_has(OF_USERS, word) &&
		    issue_add(out, AUTHORIZE_SCOPE_CAP, word) == -1)
			return (-1);
	}
	return (0);
}

static void
authenticated(struct op *op, const struct store_result *res)
{
	struct grant *g = grant_of(op);

	if (!grant_client_known(op, res, SQL_TOKEN_CLIENT__UNTIL,
	    SQL_TOKEN_CLIENT__CLIENT))
		return;
	g->machine = 1;
	op->epoch = op->client->epoch;
	issue_custom(op, res, SQL_TOKEN_CLIENT__ROLES);
	if (op_copy(op->user_id, sizeof(op->user_id), op->client->id) == -1 ||
	    machine_scope(g->scope, op->client->scope) == -1)
		op_fail(op, ST_INTERNAL);
	else if (grant_narrow(op))
		grant_issue(op);
}

void
grant_client(struct op *op)
{
	struct sql_token_client p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		CLIENT_AUTH_PARAMS(op),
	};

	op_sql(op, SQL_TOKEN_CLIENT, &p, authenticated);
}
