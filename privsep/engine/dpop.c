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
 * Proofs of possession. Runs in the engine.
 *
 * A proof whose time is right needs no nonce. Where the client's clock is
 * wrong it is told a nonce, which says what time it is here; so one must be
 * good on every node and after every restart: a vault derives it from the
 * number of a slot of time, and those of now and beside it are kept.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/dpop.h"
#include "src/base/b64.h"
#include "src/base/clock.h"

#define SLOT_US		(120 * CLOCK_SEC)
/* Much longer than any proof is good, for clocks that are set back. */
#define KEEP_US		(3600 * CLOCK_SEC)
#define KEPT		4	/* a power of two, over the three that count */

/* Nonces by slot. Another node's clock may be in the next one already. */
struct dpop_nonces {
	int64_t		 slot[KEPT];
	char		 text[KEPT][TOKEN_TEXT];	/* "" none */
};

void
dpop_forget(struct engine *e)
{
	free(e->nonces);
	e->nonces = NULL;
}

static const char *
nonce_of(const struct engine *e, int64_t slot)
{
	const struct dpop_nonces *n = e->nonces;
	size_t i = (size_t)slot & (KEPT - 1);

	return (n != NULL && n->slot[i] == slot && n->text[i][0] != '\0' ?
	    n->text[i] : NULL);
}

static void
spent(struct op *op, const struct store_result *res)
{
	if (store_rows(res, SQL_ONCE_TAKE__OUTCOME) == 0) {
		op_fail_at(op, ST_INVALID_DPOP_PROOF, "", "");
		return;
	}
	memcpy(op->jkt, op->proof.jkt, sizeof(op->jkt));
	op->dpop_cb(op);
}

static void
spend(struct op *op)
{
	struct sql_once_take p = {
		.op = db_text(op->opid),
		.kind = db_text("dpop"),
		.id = db_text(op->proof.id),
		.expires = db_int(op->now + KEEP_US),
	};

	op_sql(op, SQL_ONCE_TAKE, &p, spent);
}

static void	derived(struct op *, const union msg *);

/* Each slot's nonce is asked for once; then the proof's is compared. */
static void
judge(struct op *op)
{
	struct msg_link_derive_req *r = &op->ask.link_derive_req;
	int64_t slot, now = op->now / SLOT_US;
	int good = 0;

	for (slot = now - 1; slot <= now + 1; slot++) {
		if (nonce_of(op->eng, slot) != NULL) {
			good |= strcmp(nonce_of(op->eng, slot),
			    op->proof.nonce) == 0;
			continue;
		}
		op->dpop_slot = slot;
		snprintf(op->link_id, sizeof(op->link_id), "%" PRId64, slot);
		memset(r, 0, sizeof(*r));
		r->purpose = LINK_DPOP;
		r->id = op->link_id;
		op_ask(op, op->eng->vaults, IMSG_LINK_DERIVE_REQ, derived);
		return;
	}
	if (good)
		spend(op);
	else
		op_fail_at(op, ST_USE_DPOP_NONCE, "",
		    nonce_of(op->eng, now));
}

static void
derived(struct op *op, const union msg *m)
{
	const struct msg_link_derive_res *r = &m->link_derive_res;
	struct engine *e = op->eng;
	size_t i = (size_t)op->dpop_slot & (KEPT - 1);

	if (e->nonces == NULL)
		e->nonces = calloc(1, sizeof(*e->nonces));
	if (r->status != ST_OK || r->token.n != TOKEN_BYTES ||
	    e->nonces == NULL) {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	e->nonces->slot[i] = op->dpop_slot;
	b64_encode(e->nonces->text[i], r->token.p, TOKEN_BYTES);
	judge(op);
}

void
dpop_take(struct op *op, const char *proof, const char *htm, const char *path,
    const char *access, void (*next)(struct op *))
{
	char url[OP_ISSUER + 64];
	size_t n;

	op->dpop_cb = next;
	op->jkt[0] = '\0';
	if (*proof == '\0') {
		next(op);
		return;
	}
	op_issuer(op, url);
	n = strlen(url);
	if (op_copy(url + n, sizeof(url) - n, path) == -1 ||
	    dpop_check(proof, htm, url, access, &op->proof) == -1)
		op_fail(op, ST_INVALID_DPOP_PROOF);
	else if (op->proof.nonce[0] == '\0' &&
	    dpop_fresh(&op->proof, op->now / CLOCK_SEC))
		spend(op);
	else
		judge(op);
}
