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
 * Signing keys as those see them who may rotate them (API.md section 6). Runs
 * in the engine. What may be is decided by one operation of the database, so
 * that two nodes, or two administrators, cannot rotate twice at once.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/admin.h"
#include "privsep/engine/admin_key.h"

#define RETIRING_MOST	20	/* more would have no room in keys/ */
#define LIST_DEFAULT	50
#define AGAIN_US	100000

static const char *
or_null(const char *s)
{
	return (*s != '\0' ? s : NULL);
}

/* Of a statement's only row; NULL when there is none. */
static const char *
first(const struct store_result *res, int stmt, int col)
{
	return (store_rows(res, stmt) > 0 ? store_text(res, stmt, 0, col) :
	    NULL);
}

/* Who did it, where that was nobody with an account. */
static const char *
detail_of(const struct op *op)
{
	return (op->operator ? "{\"by\":\"operator\"}" : NULL);
}

/* Keys are the server's: no other tenant has any. */
static int
at_root(struct op *op)
{
	if (strcmp(op->realm, ENGINE_TENANT) == 0)
		return (1);
	if (op->operator)
		op_fail(op, ST_NOT_FOUND);
	else
		bearer_refuse(op, ST_NOT_FOUND, "", "");
	return (0);
}

/* ---- list ---- */

static void
listed(struct op *op, const struct store_result *res)
{
	const int q = SQL_KEYS_LIST__KEYS;
	int i, n = store_rows(res, q), more = n > (int)op->limit;
	struct msg_key_item_res m;
	struct msg_list_end_res end;
	char next[CAP_CURSOR + 1] = "";

	if (!admin_may(op, res, SQL_KEYS_LIST__WHO))
		return;
	if (op->refusal != ST_OK) {
		op_fail_at(op, op->refusal, op->refusal_path,
		    op->refusal_reason);
		return;
	}
	if (more)
		n = (int)op->limit;
	for (i = 0; i < n; i++) {
		m.kid = store_text(res, q, i, 0);
		m.alg = store_text(res, q, i, 1);
		m.state = store_text(res, q, i, 2);
		m.created_at = store_int(res, q, i, 3);
		m.active_at = store_int(res, q, i, 4);
		m.retire_at = store_int(res, q, i, 5);
		if (chan_send(op->worker->chan, IMSG_KEY_ITEM_RES, op->id, &m,
		    -1) == -1) {
			op_fail(op, ST_INTERNAL);
			return;
		}
		if (more && i == n - 1)
			snprintf(next, sizeof(next), "%lld.%s",
			    (long long)m.created_at, m.kid);
	}
	end.next = next;
	op_answer(op, IMSG_LIST_END_RES, &end);
}

static void
cursor_take(struct op *op, const char *cursor)
{
	size_t digits = strspn(cursor, "0123456789");

	op->before_at = INT64_MAX;
	if (*cursor == '\0')
		return;
	if (digits > 0 && digits <= 18 && cursor[digits] == '.' &&
	    op_copy(op->target, sizeof(op->target),
	    cursor + digits + 1) == 0) {
		op->before_at = strtoll(cursor, NULL, 10);
		return;
	}
	op->refusal = ST_INVALID_REQUEST;
	op->refusal_path = "cursor";
	op->refusal_reason = "is not one that a list ended with";
}

void
answer_keys_list(struct op *op, const union msg *m)
{
	const struct msg_keys_list_req *r = &m->keys_list_req;
	struct sql_keys_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) || !at_root(op))
		return;
	op->limit = r->limit > 0 ? r->limit : LIST_DEFAULT;
	cursor_take(op, r->cursor);
	p = (struct sql_keys_list){
		ADMIN_READ(op, "keys:read"),
		.before = db_int(op->before_at),
		.before_kid = db_text(op->target),
		.limit = db_int((int64_t)op->limit + 1),
	};
	op_sql(op, SQL_KEYS_LIST, &p, listed);
}

/* ---- rotate ---- */

void
key_rotate(struct op *op, uint8_t alg, int64_t published, const char *detail,
    op_sql_cb cb)
{
	struct sql_keys_rotate p = {
		ADMIN_WRITE(op, "keys:rotate"),
		.alg = db_text(keys_alg_name(alg)),
		.published = db_int(published),
		.alive = db_int(keys_alive(op->now)),
		.retire = db_int(keys_retire_at(op->now)),
		.most = db_int(RETIRING_MOST),
		.client = db_text(admin_client(op)),
		.ip = db_text(or_null(op->ip)),
		.rid = db_text(or_null(op->rid)),
		.detail = db_text(detail),
	};

	op->limit = alg;
	op_sql(op, SQL_KEYS_ROTATE, &p, cb);
}

static void
explain(const struct engine *e, const struct store_result *res,
    struct rotated *r)
{
	const char *node = first(res, SQL_KEYS_ROTATE__LACKING, 0);

	if (store_rows(res, SQL_KEYS_ROTATE__NEXT) == 0)
		snprintf(r->why, sizeof(r->why), "no next key is published "
		    "yet; one is being made");
	else if (node != NULL && strcmp(node, e->keys.node) != 0)
		snprintf(r->why, sizeof(r->why), "node %.60s lacks the next "
		    "key; bring it there (key export, key import)", node);
	else if (node != NULL)
		snprintf(r->why, sizeof(r->why), "this node lacks the next "
		    "key; bring it here (key export, key import)");
	else
		snprintf(r->why, sizeof(r->why), "too many keys are retiring, "
		    "or the next one is too new");
}

int
key_rotated(struct op *op, const struct store_result *res, struct rotated *r)
{
	const char *kid = first(res, SQL_KEYS_ROTATE__OUTCOME, 0);
	const char *old = first(res, SQL_KEYS_ROTATE__OUTCOME, 1);
	struct node_keys *k = &op->eng->keys;

	memset(r, 0, sizeof(*r));
	r->alg = (uint8_t)op->limit;
	if (kid != NULL || !k->eager)
		k->next_want = 0;	/* the next one is needed now */
	k->eager = 1;
	keys_poll(op->eng);
	if (kid != NULL && old != NULL &&
	    op_copy(r->kid, sizeof(r->kid), kid) == 0 &&
	    op_copy(r->retiring, sizeof(r->retiring), old) == 0)
		return (1);
	explain(op->eng, res, r);
	return (0);
}

static void	rotated(struct op *, const struct store_result *);

static void
again(evutil_socket_t fd, short what, void *arg)
{
	struct op *op = arg;

	(void)fd;
	(void)what;
	if (op_resume(op))
		key_rotate(op, (uint8_t)op->limit, INT64_MAX, detail_of(op),
		    rotated);
}

/* A next key that is being made is worth a moment. 1: it is waited for. */
static int
wait_for_next(struct op *op, const struct store_result *res)
{
	struct timeval tv = { 0, AGAIN_US };

	if (store_rows(res, SQL_KEYS_ROTATE__NEXT) > 0 ||
	    op->deadline - clock_mono() < ENGINE_DEADLINE_US / 4 ||
	    event_base_once(op->eng->base, -1, EV_TIMEOUT, again, op,
	    &tv) == -1)
		return (0);
	op->wait = OP_SQL;	/* one callback comes, and comes once */
	return (1);
}

static void
rotated(struct op *op, const struct store_result *res)
{
	struct msg_key_res m;
	struct rotated r;

	if (!admin_may(op, res, SQL_KEYS_ROTATE__WHO))
		return;
	if (!key_rotated(op, res, &r)) {
		if (wait_for_next(op, res))
			return;
		op_fail_at(op, ST_UNAVAILABLE, "", r.why);
		return;
	}
	m.kid = r.kid;
	m.alg = keys_alg_name(r.alg);
	m.retiring = r.retiring;
	op_answer(op, IMSG_KEY_RES, &m);
}

static void
bad_alg(struct op *op, const struct store_result *res)
{
	if (admin_may(op, res, SQL_KEYS_LIST__WHO))
		op_fail_at(op, ST_INVALID_REQUEST, "alg",
		    "must be ES256, EdDSA or RS256");
}

void
answer_key_rotate(struct op *op, const union msg *m)
{
	const struct msg_key_rotate_req *r = &m->key_rotate_req;
	uint8_t alg = keys_alg(r->alg);
	struct sql_keys_list p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) || !at_root(op))
		return;
	if (alg != ALG_NONE) {
		key_rotate(op, alg, INT64_MAX, detail_of(op), rotated);
		return;
	}
	p = (struct sql_keys_list){
		ADMIN_READ(op, "keys:rotate"),
		.before = db_int(0),
		.before_kid = db_text(""),
		.limit = db_int(0),
	};
	op_sql(op, SQL_KEYS_LIST, &p, bad_alg);
}

/* ---- retire ---- */

static void
retired(struct op *op, const struct store_result *res)
{
	const char *state;

	if (!admin_may(op, res, SQL_KEYS_RETIRE__WHO))
		return;
	state = first(res, SQL_KEYS_RETIRE__OUTCOME, 0);
	if (state == NULL)
		op_fail(op, ST_NOT_FOUND);
	else if (strcmp(state, "retired") != 0)
		op_fail(op, ST_KEY_ACTIVE);
	else {
		/* Here its tokens die before the answer leaves, on other
		 * nodes within a second. */
		keys_discard(op->eng, op->target);
		op->eng->keys.eager = 1;
		keys_poll(op->eng);
		op_done(op);
	}
}

void
answer_key_retire(struct op *op, const union msg *m)
{
	const struct msg_key_retire_req *r = &m->key_retire_req;
	struct sql_keys_retire p;

	op_context(op, r->rid, r->ip, r->ua);
	if (!admin_take(op, r->bearer) || !at_root(op))
		return;
	(void)op_copy(op->target, sizeof(op->target), r->kid);
	p = (struct sql_keys_retire){
		ADMIN_WRITE(op, "keys:rotate"),
		.kid = db_text(op->target),
		.client = db_text(admin_client(op)),
		.ip = db_text(or_null(op->ip)),
		.rid = db_text(or_null(op->rid)),
		.detail = db_text(detail_of(op)),
	};
	op_sql(op, SQL_KEYS_RETIRE, &p, retired);
}
