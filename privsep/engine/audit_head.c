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
 * A signed head: the vault says that a tenant's chain is that at that entry,
 * and the database keeps it. Runs in the engine.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/engine/audit_seal.h"
#include "privsep/engine/op.h"
#include "src/base/log.h"

struct head {
	seal_cb		 cb;
	void		*arg;
	int64_t		 seq;
	char		 tenant[65], hash[CHAIN_HASH + 1], kid[CAP_KID + 1];
};

static void
head_end(struct head *h, int ok)
{
	seal_cb cb = h->cb;
	void *arg = h->arg;

	free(h);
	cb(ok, arg);
}

static void
failed(void *arg, enum msg_status st)
{
	(void)st;
	head_end(arg, 0);
}

static void
kept(struct op *op, const struct store_result *res)
{
	struct head *h = op->failed_arg;

	(void)res;
	op_end(op);
	head_end(h, 1);
}

static void
on_signed(struct op *op, const union msg *m)
{
	const struct msg_head_sign_res *r = &m->head_sign_res;
	struct head *h = op->failed_arg;
	struct sql_audit_head_add p = {
		.tenant = db_text(h->tenant),
		.seq = db_int(h->seq),
		.hash = db_text(h->hash),
		.kid = db_text(h->kid),
		.jws = db_text(r->jws),
		.now = db_int(clock_now()),
	};

	if (r->status != ST_OK || r->jws[0] == '\0') {
		op_fail(op, ST_INTERNAL);
		return;
	}
	op_sql(op, SQL_AUDIT_HEAD_ADD, &p, kept);
}

void
seal_head(struct engine *e, const char *tenant, int64_t seq, const char *hash,
    seal_cb cb, void *arg)
{
	struct msg_head_sign_req *m;
	struct head *h;
	struct op *op;

	if ((h = calloc(1, sizeof(*h))) == NULL ||
	    (op = op_own(e, IMSG_HEAD_SIGN_REQ, failed, h)) == NULL)
		fatalx("out of memory");
	h->cb = cb;
	h->arg = arg;
	h->seq = seq;
	if (e->keys.signing[0] == '\0' ||
	    op_copy(h->tenant, sizeof(h->tenant), tenant) == -1 ||
	    op_copy(h->hash, sizeof(h->hash), hash) == -1 ||
	    op_copy(h->kid, sizeof(h->kid), e->keys.signing) == -1) {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	m = &op->ask.head_sign_req;
	memset(m, 0, sizeof(*m));
	m->kid = h->kid;
	m->tenant = h->tenant;
	m->seq = seq;
	m->hash = h->hash;
	op_ask(op, e->vaults, IMSG_HEAD_SIGN_REQ, on_signed);
}
