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
 * Links in mails: the token of a new one, the hash of one that came back. Runs
 * in the engine; holds a token in its op and no longer than that.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/link.h"
#include "privsep/engine/throttle.h"
#include "src/base/b64.h"

static void
derived(struct op *op, const union msg *m)
{
	const struct msg_link_derive_res *r = &m->link_derive_res;

	if (r->status != ST_OK || r->token.n != TOKEN_BYTES) {
		op_fail(op, r->status == ST_OK ? ST_INTERNAL :
		    ST_UNAVAILABLE);
		return;
	}
	memcpy(op->token, r->token.p, TOKEN_BYTES);
	issue_hash(op->hash, op->token);
	op->link_cb(op);
}

void
link_make(struct op *op, enum link_purpose purpose, link_cb next)
{
	struct msg_link_derive_req *m = &op->ask.link_derive_req;

	rnd_uuid7(op->link_id, op->now);
	op->link_cb = next;
	memset(m, 0, sizeof(*m));
	m->purpose = (uint8_t)purpose;
	m->id = op->link_id;
	op_ask(op, op->eng->vaults, IMSG_LINK_DERIVE_REQ, derived);
}

int
link_take(struct op *op, const char *token)
{
	if (strlen(token) != TOKEN_TEXT - 1 ||
	    b64_decode(op->token, TOKEN_BYTES, token,
	    TOKEN_TEXT - 1) != TOKEN_BYTES) {
		op_fail_at(op, ST_INVALID_LINK, "token", "");
		return (0);
	}
	issue_hash(op->hash, op->token);
	return (1);
}

int
mail_asked(struct op *op, const char *email)
{
	if (!email_check(email, op->email_key)) {
		op_fail_at(op, ST_INVALID_REQUEST, "email",
		    "is not a mail address");
		return (0);
	}
	if (!op->eng->conf.mail) {
		op_fail(op, ST_MAIL_UNAVAILABLE);
		return (0);
	}
	return (1);
}

static void
budgeted(struct op *op)
{
	op->send = !op->throttled;
	op->budget_cb(op);
}

void
mail_address_budget(struct op *op, link_cb next)
{
	op->budget_cb = next;
	throttle_take(op, THROTTLE_ADDRESS, budgeted);
}

static void
source_budgeted(struct op *op)
{
	throttle_take(op, THROTTLE_ADDRESS, budgeted);
}

void
mail_budget(struct op *op, link_cb next)
{
	op->budget_cb = next;
	throttle_take(op, THROTTLE_MAIL, source_budgeted);
}
