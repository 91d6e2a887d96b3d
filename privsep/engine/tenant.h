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
 * The tenant that a request is for (API.md section 5), which its worker names
 * by the path that was used. op->realm is its id, op->policy what its row says
 * as far as an answer needs it. A tenant is rows: what is kept here is a few
 * that were used within a second, whatever the number of tenants.
 */
#ifndef ENGINE_TENANT_H
#define ENGINE_TENANT_H

#include "privsep/engine/op.h"

typedef void (*tenant_answer)(struct op *, const union msg *);
typedef void (*tenant_cb)(struct op *);

/*
 * Enters the tenant of that name ("": the default one), then answers; m is
 * copied when the database must be asked. Ends the op with NOT_FOUND when
 * there is no such tenant, or it is suspended and no operator asks.
 */
void	tenant_enter(struct op *, const char *name, const union msg *m,
	    tenant_answer);
/* The same for an op of the engine's own, which is an operator's; always with
 * its policy. */
void	tenant_need(struct op *, const char *name, tenant_cb);
/* What was known is not true any more; on this node at once, elsewhere within
 * a second. */
void	tenant_forget(struct engine *, const char *name);
void	tenants_clear(struct engine *);

/* The policies: the row's, of the default tenant with the configuration's. */
enum registration tenant_registration(const struct op *);
uint32_t tenant_password_min(const struct op *);

/*
 * tenant_sweep.c: works off what changes of tenants left to do with their
 * users, this many at a time. After such a change, and now and then.
 */
#define TENANT_BATCH	200
void	tenant_sweep(struct engine *);

void	answer_tenant_check(struct op *, const union msg *);
void	answer_tenants_list(struct op *, const union msg *);
void	answer_tenant_get(struct op *, const union msg *);
void	answer_tenant_create(struct op *, const union msg *);
void	answer_tenant_patch(struct op *, const union msg *);
void	answer_tenant_delete(struct op *, const union msg *);

#endif
