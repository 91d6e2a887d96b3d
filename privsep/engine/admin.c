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
 * Who an administrator is, and whether they may. Runs in the engine. A worker
 * of a listener that does not serve admin cannot send these messages at all;
 * for the others the bearer decides, again and again, in each operation.
 */
#include "config.h"

#include "privsep/engine/admin.h"

const char *
admin_actor(const struct op *op)
{
	return (op->operator ? NULL : op->user_id);
}

const char *
admin_client(const struct op *op)
{
	return (op->operator ? NULL : op->machine ? op->user_id :
	    ENGINE_CLIENT);
}

const char *
admin_key(const struct op *op)
{
	return (op->key[0] != '\0' ? op->key : NULL);
}

int
admin_take(struct op *op, const char *bearer)
{
	if (!op->operator)
		return (bearer_take_scope(op, bearer, BEARER_ADMIN));
	op->user_id[0] = op->sid[0] = '\0';
	(void)op_copy(op->tenant, sizeof(op->tenant), op->realm);
	return (1);
}

int
admin_may(struct op *op, const struct store_result *res, int stmt)
{
	enum { W_HOLDS, W_FACTOR, W_FRESH };
	enum msg_status st = ST_OK;

	if (store_rows(res, stmt) == 0)
		st = ST_INVALID_TOKEN;
	else if (store_int(res, stmt, 0, W_HOLDS) == 0)
		st = ST_FORBIDDEN;
	else if (store_int(res, stmt, 0, W_FACTOR) == 0)
		st = ST_MFA_SETUP_REQUIRED;
	else if (store_int(res, stmt, 0, W_FRESH) == 0)
		st = ST_STEP_UP_REQUIRED;
	if (st != ST_OK)
		op_fail(op, st);
	return (st == ST_OK);
}

void
admin_refuse(struct op *op, enum msg_status st, const char *path,
    const char *reason)
{
	if (op->operator)
		op_fail_at(op, st, path, reason);
	else
		bearer_refuse(op, st, path, reason);
}

void
admin_user(struct op *op, const char *user)
{
	if (op_copy(op->target, sizeof(op->target), user) == -1)
		op->target[0] = '\0';
	if (!op->operator || name_key(user, op->key) == -1)
		op->key[0] = '\0';
}
