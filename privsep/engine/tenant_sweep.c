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
 * What a change of a tenant means for its users, however many they are: the
 * end of sessions without the second factor that is asked for now, the erasure
 * of who was in a tenant that is gone. Runs in the engine, in the background
 * and in batches; the tenant's row says that there is something to do, so that
 * whoever dies in between, the next one goes on.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/engine/tenant.h"
#include "src/base/clock.h"
#include "src/base/log.h"

struct tenant_sweep {
	int		 busy, again;
	int		 deleted;
	char		 tenant[TENANT_CAP];
	char		 after[NAME_KEY_CAP];	/* a user's key */
};

static void	next(struct engine *);
static void	batch(struct engine *);

/* The database is away, or this failed: the row stays for the next time. */
static void
over(struct engine *e)
{
	struct tenant_sweep *s = e->sweep;

	s->busy = 0;
	if (s->again)
		tenant_sweep(e);
}

static void
swept(enum store_status status, const struct store_result *res, void *arg)
{
	const int q = SQL_TENANT_SWEEP__LAST;
	struct engine *e = arg;
	const char *last;

	if (status != STORE_OK || e->stopping) {
		over(e);
		return;
	}
	last = store_text(res, q, 0, 0);
	if (store_int(res, q, 0, 1) < TENANT_BATCH || last == NULL ||
	    op_copy(e->sweep->after, sizeof(e->sweep->after), last) == -1)
		next(e);
	else
		batch(e);
}

static void
erased(enum store_status status, const struct store_result *res, void *arg)
{
	struct engine *e = arg;

	if (status != STORE_OK || e->stopping)
		over(e);
	else if (store_rows(res, SQL_TENANT_ERASE__LEFT) > 0)
		batch(e);
	else {
		log_info("tenant %s is erased", e->sweep->tenant);
		next(e);
	}
}

static void
batch(struct engine *e)
{
	struct tenant_sweep *s = e->sweep;
	struct sql_tenant_sweep p = {
		.now = db_int(clock_now()),
		.tenant = db_text(s->tenant),
		.after = db_text(s->after),
		.batch = db_int(TENANT_BATCH),
	};
	struct sql_tenant_erase d = {
		.now = p.now,
		.tenant = p.tenant,
		.after = db_text(""),
		.batch = p.batch,
	};

	if (s->deleted)
		store_run(e->store, SQL_TENANT_ERASE, &d, erased, e);
	else
		store_run(e->store, SQL_TENANT_SWEEP, &p, swept, e);
}

static void
found(enum store_status status, const struct store_result *res, void *arg)
{
	const int q = SQL_TENANT_SWEEP_NEXT__TENANT;
	struct engine *e = arg;
	struct tenant_sweep *s = e->sweep;
	const char *id;

	if (status != STORE_OK || e->stopping || store_rows(res, q) == 0 ||
	    (id = store_text(res, q, 0, 0)) == NULL ||
	    op_copy(s->tenant, sizeof(s->tenant), id) == -1) {
		over(e);
		return;
	}
	s->deleted = store_int(res, q, 0, 1) != 0;
	s->after[0] = '\0';
	batch(e);
}

static void
next(struct engine *e)
{
	struct sql_tenant_sweep_next p = {
		.after = db_text(e->sweep->tenant),
	};

	store_run(e->store, SQL_TENANT_SWEEP_NEXT, &p, found, e);
}

void
tenant_sweep(struct engine *e)
{
	if (e->sweep == NULL &&
	    (e->sweep = calloc(1, sizeof(*e->sweep))) == NULL)
		return;
	e->sweep->again = e->sweep->busy;
	if (e->sweep->busy || e->stopping)
		return;
	e->sweep->busy = 1;
	e->sweep->tenant[0] = '\0';
	next(e);
}
