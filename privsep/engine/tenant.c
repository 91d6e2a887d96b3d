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
 * Tenants of requests; tenant.h. Runs in the engine; holds the few that were
 * looked up within the last second, and a request's message while its tenant
 * is looked up. Called by answer.c before every answer.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/engine/tenant.h"
#include "src/base/clock.h"

#define KNOWN		256		/* a power of two */
#define KNOWN_US	CLOCK_SEC
#define PASSWORD_MFA	15		/* a shorter minimum takes MFA */

/* One slot for each hash: two that share one cost a look-up, no more. */
struct tenant_known {
	char		 id[TENANT_CAP];
	int64_t		 until;		/* monotonic */
	struct op_policy policy;
};

static struct tenant_known *
slot(struct engine *e, const char *id)
{
	uint32_t h = UINT32_C(2166136261);

	if (e->tenants == NULL)
		e->tenants = calloc(KNOWN, sizeof(*e->tenants));
	if (e->tenants == NULL)
		return (NULL);
	for (; *id != '\0'; id++)
		h = (h ^ (uint8_t)*id) * UINT32_C(16777619);
	return (&e->tenants[(h ^ h >> 15) & (KNOWN - 1)]);
}

static int
recall(struct op *op)
{
	const struct tenant_known *k = slot(op->eng, op->realm);

	if (k == NULL || strcmp(k->id, op->realm) != 0 ||
	    k->until <= clock_mono())
		return (0);
	op->policy = k->policy;
	return (1);
}

static void
remember(const struct op *op)
{
	struct tenant_known *k = slot(op->eng, op->realm);

	if (k == NULL)
		return;
	memcpy(k->id, op->realm, sizeof(k->id));
	k->policy = op->policy;
	k->until = clock_mono() + KNOWN_US;
}

void
tenant_forget(struct engine *e, const char *id)
{
	struct tenant_known *k = slot(e, id);

	if (k != NULL && strcmp(k->id, id) == 0)
		k->until = 0;
}

void
tenants_clear(struct engine *e)
{
	free(e->tenants);
	free(e->sweep);
	e->tenants = NULL;
	e->sweep = NULL;
}

/* ---- looking ---- */

/* Columns of tenant_find. */
enum { T_REGISTRATION, T_MFA, T_MIN, T_ACTIVE };

static enum registration
registration_of(const char *s)
{
	static const char *const names[] = {
		[REGISTRATION_OPEN] = "open",
		[REGISTRATION_VERIFY] = "verify",
	};
	size_t i;

	for (i = 0; s != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], s) == 0)
			return ((enum registration)i);
	return (REGISTRATION_CLOSED);
}

static int
taken(struct op *op, const struct store_result *res)
{
	const int q = SQL_TENANT_FIND__TENANT;
	struct op_policy *p = &op->policy;

	if (store_rows(res, q) == 0)
		return (0);
	p->known = 1;
	p->registration = registration_of(store_text(res, q, 0,
	    T_REGISTRATION));
	p->require_mfa = store_int(res, q, 0, T_MFA) != 0;
	p->password_min = store_isnull(res, q, 0, T_MIN) ? 0 :
	    (uint32_t)store_int(res, q, 0, T_MIN);
	if (p->password_min > 0 && p->password_min < PASSWORD_MFA &&
	    !p->require_mfa)
		p->password_min = PASSWORD_MFA;
	if (store_int(res, q, 0, T_ACTIVE))
		remember(op);
	return (1);
}

static void
look(struct op *op, int lax, op_sql_cb cb)
{
	struct sql_tenant_find p = {
		.tenant = db_text(op->realm),
		.lax = db_int(lax),
	};

	op_sql(op, SQL_TENANT_FIND, &p, cb);
}

/* 0: no tenant has such a name. */
static int
name_take(struct op *op, const char *name)
{
	if (*name == '\0')
		name = TENANT_DEFAULT;
	if (!tenant_id_ok(name) ||
	    op_copy(op->realm, sizeof(op->realm), name) == -1)
		return (0);
	/* Until a bearer says otherwise. */
	(void)op_copy(op->tenant, sizeof(op->tenant), op->realm);
	return (1);
}

/* What was copied goes as soon as it was read: it may hold a password. */
static void
found(struct op *op, const struct store_result *res)
{
	union msg *held = op->held;

	op->held = NULL;
	if (taken(op, res))
		op->answer(op, held);
	else
		op_fail(op, ST_NOT_FOUND);
	msg_copy_free(held);
}

/* The default tenant is always there; these ask what its row says. */
static int
needs_policy(uint16_t type)
{
	return (type == IMSG_REGISTER_REQ ||
	    type == IMSG_PASSWORD_CHANGE_REQ ||
	    type == IMSG_PASSWORD_RESET_REQ);
}

void
tenant_enter(struct op *op, const char *name, const union msg *m,
    tenant_answer next)
{
	if (!name_take(op, name)) {
		op_fail(op, ST_NOT_FOUND);
		return;
	}
	if ((tenant_is_default(op->realm) && !needs_policy(op->type)) ||
	    recall(op)) {
		next(op, m);
		return;
	}
	op->answer = next;
	if ((op->held = msg_copy(msg_row(op->type), m)) == NULL)
		op_fail(op, ST_UNAVAILABLE);
	else
		look(op, op->operator, found);
}

static void
needed(struct op *op, const struct store_result *res)
{
	if (taken(op, res))
		op->tenant_cb(op);
	else
		op_fail(op, ST_NOT_FOUND);
}

void
tenant_need(struct op *op, const char *name, tenant_cb next)
{
	op->tenant_cb = next;
	if (!name_take(op, name))
		op_fail(op, ST_NOT_FOUND);
	else if (recall(op))
		next(op);
	else
		look(op, 1, needed);
}

/* ---- policies ---- */

enum registration
tenant_registration(const struct op *op)
{
	enum registration row = op->policy.registration;
	enum registration conf =
	    (enum registration)op->eng->conf.registration;

	if (!tenant_is_default(op->realm))
		return (row);
	/* The stricter one: they are in this order. */
	return (op->policy.known && row > conf ? row : conf);
}

uint32_t
tenant_password_min(const struct op *op)
{
	return (op->policy.password_min > 0 ? op->policy.password_min :
	    op->eng->conf.password_min);
}

void
answer_tenant_check(struct op *op, const union msg *m)
{
	(void)m;
	op_done(op);
}
