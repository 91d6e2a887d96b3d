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
 * Requests under way. Runs in the engine; holds each request's own data, its
 * passwords in memory apart that is wiped. Called by every answer. All ops
 * have the same time to live, so the list of them is in order of deadlines.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/client_auth.h"
#include "privsep/engine/throttle.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define OP_SPARE	256	/* freed ops that are kept */
#define RETRY_SOON	1	/* seconds */
#define RETRY_STORE	2

int
op_copy(char *dst, size_t cap, const char *src)
{
	size_t n = strlen(src);

	if (n >= cap) {
		*dst = '\0';
		return (-1);
	}
	memcpy(dst, src, n + 1);
	return (0);
}

static struct op *
op_get(struct engine *e)
{
	struct op *op;

	if ((op = TAILQ_FIRST(&e->spare)) != NULL) {
		TAILQ_REMOVE(&e->spare, op, entry);
		e->nspare--;
	} else if ((op = malloc(sizeof(*op))) == NULL)
		return (NULL);
	memset(op, 0, offsetof(struct op, rid));
	op->rid[0] = op->ip[0] = op->ua[0] = op->target[0] = '\0';
	op->source[0] = op->pw_subject[0] = op->pw_name[0] = '\0';
	op->name[0] = op->username[0] = op->key[0] = '\0';
	op->email[0] = op->email_key[0] = op->scope[0] = '\0';
	op->acr[0] = op->amr[0] = op->roles[0] = op->record[0] = '\0';
	op->sealed[0] = op->otp[0] = op->recovery[0] = '\0';
	op->refresh[0] = op->hash[0] = op->succ_hash[0] = '\0';
	op->access[0] = op->before[0] = op->device[0] = '\0';
	return (op);
}

struct op *
op_new(struct engine *e, struct worker *w, uint64_t id, uint16_t type)
{
	struct op *op;

	if ((op = op_get(e)) == NULL)
		return (NULL);
	op->eng = e;
	op->worker = w;
	op->operator = w != NULL && w->operator;
	(void)op_copy(op->realm, sizeof(op->realm), ENGINE_TENANT);
	op->id = id;
	op->type = type;
	op->now = clock_now();
	op->deadline = clock_mono() + ENGINE_DEADLINE_US;
	rnd_uuid7(op->opid, op->now);
	TAILQ_INSERT_TAIL(&e->active, op, entry);
	op->listed = 1;
	if (w != NULL)
		TAILQ_INSERT_TAIL(&w->ops, op, of_worker);
	e->nops++;
	return (op);
}

struct op *
op_internal(struct engine *e, uint64_t id, uint16_t type)
{
	struct op *op;

	if ((op = op_new(e, NULL, id, type)) != NULL)
		op->internal = 1;
	return (op);
}

struct op *
op_own(struct engine *e, uint16_t type,
    void (*failed)(void *arg, enum msg_status), void *arg)
{
	struct op *op;

	if ((op = op_internal(e, 0, type)) != NULL) {
		op->failed = failed;
		op->failed_arg = arg;
	}
	return (op);
}

void
op_context(struct op *op, const char *rid, const char *ip, const char *ua)
{
	(void)op_copy(op->rid, sizeof(op->rid), rid);
	(void)op_copy(op->ip, sizeof(op->ip), ip);
	(void)op_copy(op->ua, sizeof(op->ua), ua);
}

void
op_issuer(const struct op *op, char out[OP_ISSUER])
{
	if (tenant_issuer(out, OP_ISSUER, op->eng->conf.issuer,
	    op->realm) == -1)
		out[0] = '\0';
}

struct op_secret *
op_secret(struct op *op)
{
	if (op->secret == NULL)
		op->secret = malloc(sizeof(*op->secret));
	if (op->secret == NULL) {
		op_fail(op, ST_UNAVAILABLE);
		return (NULL);
	}
	op->secret->password[0] = op->secret->old[0] = '\0';
	op->secret->raw[0] = '\0';
	return (op->secret);
}

struct op_made *
op_made(struct op *op)
{
	if (op->made == NULL)
		op->made = calloc(1, sizeof(*op->made));
	if (op->made == NULL)
		op_fail(op, ST_UNAVAILABLE);
	return (op->made);
}

void *
op_extra(struct op *op, size_t size)
{
	if ((op->extra = calloc(1, size)) == NULL)
		op_fail(op, ST_UNAVAILABLE);
	else
		op->extra_size = size;
	return (op->extra);
}

void
op_wipe(struct op *op)
{
	if (op->secret == NULL)
		return;
	sodium_memzero(op->secret, sizeof(*op->secret));
	free(op->secret);
	op->secret = NULL;
}

static void
op_unlist(struct op *op)
{
	if (op->listed)
		TAILQ_REMOVE(&op->eng->active, op, entry);
	op->listed = 0;
}

static void
op_detach(struct op *op)
{
	if (op->worker == NULL)
		return;
	TAILQ_REMOVE(&op->worker->ops, op, of_worker);
	limit_done(&op->worker->limit);
	op->worker = NULL;
}

static void
op_free(struct op *op)
{
	struct engine *e = op->eng;

	throttle_end(op);
	op_wipe(op);
	msg_copy_free(op->held);
	op->held = NULL;
	if (op->made != NULL)
		sodium_memzero(op->made, sizeof(*op->made));
	free(op->made);
	if (op->client != NULL)
		sodium_memzero(op->client, sizeof(*op->client));
	free(op->client);
	if (op->extra != NULL)
		sodium_memzero(op->extra, op->extra_size);
	free(op->extra);
	op_unlist(op);
	op_detach(op);
	sodium_memzero(op->record, sizeof(op->record));
	sodium_memzero(op->otp, sizeof(op->otp));
	sodium_memzero(op->refresh, sizeof(op->refresh));
	sodium_memzero(op->token, sizeof(op->token));
	sodium_memzero(op->access, strlen(op->access));
	e->nops--;
	if (e->nspare >= OP_SPARE) {
		free(op);
		return;
	}
	TAILQ_INSERT_HEAD(&e->spare, op, entry);
	e->nspare++;
}

/* The answer leaves; the op itself may have to wait for its callback. */
static void
op_send(struct op *op, uint16_t type, const void *msg)
{
	struct worker *w = op->worker;

	if (op->answered)
		return;
	op->answered = 1;
	if (op->internal) {
		if (chan_send(op->eng->parent, type, op->id, msg, -1) == -1)
			log_warn("an answer to the parent is lost");
		return;
	}
	if (w == NULL)
		return;
	if (chan_send(w->chan, type, op->id, msg, -1) == -1)
		log_warn("an answer to worker %u is lost", w->index);
	op_detach(op);
}

static void
op_send_status(struct op *op, enum msg_status st, const char *path,
    const char *reason)
{
	struct msg_superadmin_create_res s;
	struct msg_error_res m;

	op->status = st;
	if (op->failed != NULL) {
		if (!op->answered)
			op->failed(op->failed_arg, st);
		op->answered = 1;
		return;
	}
	if (op->internal) {
		memset(&s, 0, sizeof(s));
		s.status = (uint8_t)st;
		s.reason = *reason != '\0' ? reason : path;
		op_send(op, IMSG_SUPERADMIN_CREATE_RES, &s);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.status = (uint8_t)st;
	m.path = path;
	m.reason = reason;
	if (op->type == IMSG_LOGIN_REQ &&
	    (st == ST_BUSY || st == ST_UNAVAILABLE))
		shm_inc(&op->eng->board->logins[LOGIN_BUSY]);
	if (st == ST_BUSY)
		m.retry_after_s = RETRY_SOON;
	else if (st == ST_UNAVAILABLE)
		m.retry_after_s = RETRY_STORE;
	else if (st == ST_RATE_LIMITED)
		m.retry_after_s = op->retry_after_s;
	op_send(op, IMSG_ERROR_RES, &m);
}

void
op_answer(struct op *op, uint16_t type, const void *msg)
{
	op_send(op, type, msg);
	op_free(op);
}

void
op_end(struct op *op)
{
	op->answered = 1;
	op_free(op);
}

void
op_done(struct op *op)
{
	struct msg_done_res m = { 0 };

	op_answer(op, IMSG_DONE_RES, &m);
}

void
op_fail_at(struct op *op, enum msg_status st, const char *path,
    const char *reason)
{
	op_send_status(op, st, path, reason);
	op_free(op);
}

void
op_fail(struct op *op, enum msg_status st)
{
	op_fail_at(op, st, "", "");
}

int
op_stale(const struct op *op)
{
	return (op->answered || (op->worker == NULL && !op->internal));
}

int
op_resume(struct op *op)
{
	op->wait = OP_RUNS;
	if (!op_stale(op))
		return (1);
	op_free(op);
	return (0);
}

static void
on_sql(enum store_status status, const struct store_result *res, void *arg)
{
	struct op *op = arg;

	if (!op_resume(op))
		return;
	if (status == STORE_OK)
		op->sql_cb(op, res);
	else
		op_fail(op, status == STORE_UNAVAILABLE ? ST_UNAVAILABLE :
		    ST_INTERNAL);
}

void
op_sql(struct op *op, enum sql_op sql, const void *params, op_sql_cb cb)
{
	op->wait = OP_SQL;
	op->sql_cb = cb;
	store_run(op->eng->store, sql, params, on_sql, op);
}

void
op_ask(struct op *op, struct pool *p, uint16_t type, op_ask_cb cb)
{
	op->ask_type = type;
	op->ask_cb = cb;
	op->ask_tries = 0;
	if (pool_put(p, op) == -1)
		op_fail(op, ST_BUSY);
}

/* No hasher or vault gave an answer. */
void
op_pool_failed(struct op *op)
{
	if (op_resume(op))
		op_fail(op, ST_UNAVAILABLE);
}

/* One that waits for no callback can be freed at once. */
static void
op_drop(struct op *op)
{
	if (op->wait == OP_QUEUED) {
		pool_drop(op->pool, op);
		op_free(op);
	} else if (op->wait == OP_PARKED)
		op_free(op);
}

/* Its requests end: those in a queue now, the others at their callback. */
void
op_worker_gone(struct worker *w)
{
	struct op *op;

	while ((op = TAILQ_FIRST(&w->ops)) != NULL) {
		op_detach(op);
		op_wipe(op);
		op_drop(op);
	}
}

void
op_expire(struct engine *e, int64_t mono)
{
	struct op *op;

	while ((op = TAILQ_FIRST(&e->active)) != NULL &&
	    op->deadline <= mono) {
		op_unlist(op);
		op_send_status(op, ST_UNAVAILABLE, "", "");
		op_drop(op);
	}
}

/* At the end of the process, or of a test: nothing calls back any more. */
void
ops_clear(struct engine *e)
{
	struct op *op;

	while ((op = TAILQ_FIRST(&e->active)) != NULL)
		op_free(op);
	while ((op = TAILQ_FIRST(&e->spare)) != NULL) {
		TAILQ_REMOVE(&e->spare, op, entry);
		free(op);
	}
	e->nspare = 0;
}
