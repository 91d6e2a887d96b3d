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
 * A link that sets a password, for an operator to hand over. Runs in the
 * engine, on moatctl's word; holds the link's token until it was given to the
 * operator and to nobody else: no mail goes out.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "privsep/engine/control_user.h"
#include "privsep/engine/link.h"
#include "privsep/engine/tenant.h"
#include "src/base/b64.h"
#include "src/base/clock.h"

static void
finish(struct control_to *to, int ok, const char *summary)
{
	to->done(ok, summary, to->arg);
	free(to);
}

static void
failed(void *arg, enum msg_status st)
{
	finish(arg, -1, st == ST_NOT_FOUND ? "no such tenant" :
	    "database or vault are not available now");
}

/* An op for the account that is meant; NULL: it is over. */
static struct op *
begin(struct engine *e, uint16_t type, const char *user,
    const struct control_to *to)
{
	struct control_to *own;
	struct op *op;

	if ((own = malloc(sizeof(*own))) == NULL) {
		to->done(-1, "out of memory", to->arg);
		return (NULL);
	}
	*own = *to;
	if ((op = op_own(e, type, failed, own)) == NULL) {
		finish(own, -1, "out of memory");
		return (NULL);
	}
	if (op_copy(op->target, sizeof(op->target), user) == -1)
		op->target[0] = '\0';
	if (name_key(user, op->key) == -1)
		op->key[0] = '\0';
	return (op);
}

static void
end(struct op *op, int ok, const char *summary)
{
	struct control_to *to = op->failed_arg;

	op_end(op);
	finish(to, ok, summary);
}

static void
linked(struct op *op, const struct store_result *res)
{
	const struct control_to *to = op->failed_arg;
	char text[OP_ISSUER + 128], token[TOKEN_TEXT], issuer[OP_ISSUER];

	if (store_rows(res, SQL_PASSWORD_LINK__OUTCOME) == 0) {
		end(op, -1, "no such user, or one that is disabled");
		return;
	}
	b64_encode(token, op->token, TOKEN_BYTES);
	op_issuer(op, issuer);
	snprintf(text, sizeof(text), "%s/reset-password?token=%s", issuer,
	    token);
	to->line(text, to->arg);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(token, sizeof(token));
	end(op, 0, "");
}

static void
link_store(struct op *op)
{
	struct sql_password_link p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.user = db_text(op->target),
		.key = db_text(op->key[0] != '\0' ? op->key : NULL),
		.link = db_text(op->link_id),
		.hash = db_text(op->hash),
		.expires = db_int(op->now + LINK_RESET_US),
	};

	op_sql(op, SQL_PASSWORD_LINK, &p, linked);
}

static void
link_begin(struct op *op)
{
	link_make(op, LINK_RESET, link_store);
}

void
control_password_link(struct engine *e, const char *tenant, const char *user,
    const struct control_to *to)
{
	struct op *op;

	op = begin(e, IMSG_CTL_PASSWORD_LINK_REQ, user, to);
	if (op != NULL)
		tenant_need(op, tenant, link_begin);
}
