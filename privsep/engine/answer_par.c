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
 * PAR: a request that its client pushes (RFC 9126), and what a browser then
 * comes with in its place. Runs in the engine; holds a fresh request_uri in its
 * op until the answer left. The request is judged now, for the client to hear
 * of it, and again when it is used.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/authorize.h"
#include "privsep/engine/client_auth.h"
#include "privsep/engine/dpop.h"

#define PATH	"/oauth2/par"

/* op->extra; begins as that of the others. */
struct par {
	struct authorize a;
	char		 dpop[CAP_BEARER + 1];
};

static void	find(struct op *);

static enum msg_status
status_of(const char *error)
{
	static const struct {
		const char	*error;
		enum msg_status	 st;
	} codes[] = {
		{ "invalid_scope", ST_INVALID_SCOPE },
		{ "unauthorized_client", ST_UNAUTHORIZED_CLIENT },
		{ "unsupported_response_type",
		    ST_UNSUPPORTED_RESPONSE_TYPE },
		{ "request_not_supported", ST_REQUEST_NOT_SUPPORTED },
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].error, error) == 0)
			return (codes[i].st);
	return (ST_INVALID_REQUEST);
}

static void
stored(struct op *op, const struct store_result *res)
{
	struct par *par = op->extra;
	struct authorize *a = &par->a;
	char uri[sizeof(PUSHED_PREFIX) + TOKEN_TEXT];
	struct msg_par_res m;

	if (store_rows(res, SQL_PAR_STORE__OUTCOME) == 0) {
		if (++a->tries < AUTHORIZE_TRIES)
			find(op);
		else
			op_fail(op, ST_UNAVAILABLE);
		return;
	}
	(void)snprintf(uri, sizeof(uri), "%s%s", PUSHED_PREFIX, a->text);
	m = (struct msg_par_res){ .request_uri = uri,
	    .expires_in = PUSHED_US / CLOCK_SEC };
	op_answer(op, IMSG_PAR_RES, &m);
}

static void
put(struct op *op)
{
	struct par *par = op->extra;
	struct authorize *a = &par->a;
	char *params = authorize_pack(&a->params);
	struct sql_par_store p;

	if (params == NULL) {
		op_fail(op, ST_UNAVAILABLE);
		return;
	}
	p = (struct sql_par_store){
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(a->client_id),
		.seen = db_text(a->seen),
		.hash = db_text(a->pushed),
		.params = db_text(params),
		.until = db_int(op->now + PUSHED_US),
	};
	op_sql(op, SQL_PAR_STORE, &p, stored);
	free(params);
}

static void
found(struct op *op, const struct store_result *res)
{
	struct par *par = op->extra;
	struct authorize *a = &par->a;
	struct authorize_registered c;
	int pkce;

	if (!authorize_registered(a, res, &c)) {
		op_fail(op, ST_INVALID_CLIENT);
		return;
	}
	if (!redirect_match(c.redirect_uris, a->params.redirect_uri,
	    c.is_public)) {
		op_fail_at(op, ST_INVALID_REQUEST, "redirect_uri",
		    "is not registered");
		return;
	}
	authorize_token(a->text, a->pushed);
	if ((a->error = authorize_judge(a, &c, &pkce)) != NULL)
		op_fail_at(op, status_of(a->error), "", a->why);
	else
		put(op);
}

static void
find(struct op *op)
{
	struct par *par = op->extra;
	struct sql_authorize_find p = {
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.client = db_text(par->a.client_id),
		.cookie = db_text(""),
		.pushed = db_text(NULL),
		.keep = db_int(0),
	};

	op_sql(op, SQL_AUTHORIZE_FIND, &p, found);
}

/* A proof binds the code as dpop_jkt does; they may not differ (RFC 9449
 * section 10.1). */
static void
proved(struct op *op)
{
	struct par *par = op->extra;
	struct authorize_params *p = &par->a.params;

	if (par->dpop[0] != '\0') {
		if (p->dpop_jkt[0] != '\0' &&
		    strcmp(p->dpop_jkt, op->proof.jkt) != 0) {
			op_fail(op, ST_INVALID_DPOP_PROOF);
			return;
		}
		(void)op_copy(p->dpop_jkt, sizeof(p->dpop_jkt),
		    op->proof.jkt);
	}
	find(op);
}

static void
known(struct op *op)
{
	struct par *par = op->extra;

	(void)op_copy(par->a.client_id, sizeof(par->a.client_id),
	    op->client->id);
	if (par->a.params.request_uri[0] != '\0')
		op_fail_at(op, ST_INVALID_REQUEST, "request_uri",
		    "cannot be pushed");
	else if (client_admit(op))
		dpop_take(op, par->dpop, "POST", PATH, NULL, proved);
}

void
answer_par(struct op *op, const union msg *m)
{
	const struct msg_par_req *r = &m->par_req;
	struct client_proof proof = CLIENT_PROOF(r);
	struct par *par;

	op_context(op, r->rid, r->ip, r->ua);
	if ((par = op_extra(op, sizeof(*par))) == NULL)
		return;
	AUTHORIZE_COPY(&par->a.params, r);
	(void)op_copy(par->dpop, sizeof(par->dpop), r->dpop);
	client_auth(op, &proof, known);
}
