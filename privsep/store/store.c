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
 * The front of the store: queue, batches, deadlines, callbacks.
 * Runs in the engine. Holds the operations under way with their parameters
 * (wiped when they end). The drivers take batches from here and give them
 * back committed or failed; what happens to an operation then is decided here
 * and is the same for both databases.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/store/store_int.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/rnd.h"
#include "src/base/utf8.h"

#define TICK_US 50000
#define JITTER_MIN_US 2000

static char *
copy(const char *s)
{
	char *p;

	if (s == NULL)
		return (NULL);
	if ((p = strdup(s)) == NULL)
		fatalx("store: out of memory");
	return (p);
}

struct store *
store_prepare(const struct store_conf *conf)
{
	struct store *st;

	if ((st = calloc(1, sizeof(*st))) == NULL)
		fatalx("store: out of memory");
	st->conf = *conf;
	st->conf.dsn = copy(conf->dsn);
	st->conf.dir = copy(conf->dir);
	if (st->conf.timeout_ms == 0)
		st->conf.timeout_ms = 2000;
	st->set = conf->set != NULL ? conf->set : &sql_set;
	st->up = -1;
	st->applied = -1;
	TAILQ_INIT(&st->queue);
	TAILQ_INIT(&st->flying);
	TAILQ_INIT(&st->later);
	st->driver = conf->postgres ? &pgsql_driver : &sqlite_driver;
	st->driver->prepare(st);
	return (st);
}

void
store_confined(struct store *st, const char *dir)
{
	char *p = copy(dir);

	free((void *)(uintptr_t)st->conf.dir);
	st->conf.dir = p;
}

static void
run_free(struct run *r)
{
	if (r == NULL)
		return;
	result_free(r->res);
	sodium_memzero(r, r->size);
	free(r);
}

/* Tells the caller, once. The run itself stays until run_end(). */
static void
run_tell(struct run *r, enum store_status status)
{
	store_cb cb = r->cb;

	if (cb == NULL)
		return;
	r->cb = NULL;
	cb(status, status == STORE_OK ? r->res : NULL, r->arg);
}

/* Whoever remembers who may do what has to ask again (store_conf). */
static void
run_ended(struct store *st, const struct run *r)
{
	int i;

	for (i = 0; i < r->op->nstmt; i++)
		if (r->op->stmt[i].ends && store_changed(r->res, i) > 0) {
			st->conf.ended(st->conf.arg);
			return;
		}
}

static void
run_end(struct store *st, struct run *r, enum store_status status)
{
	st->nrun--;
	if (status == STORE_OK && r->op->writes && st->conf.ended != NULL)
		run_ended(st, r);
	run_tell(r, status);
	run_free(r);
}

/*
 * In the loop's next turn: by a timer, since an event that is made active runs
 * in this turn still, and a store that answers at once (SQLite) would then
 * keep the loop from its sockets.
 */
void
store_flush(struct store *st)
{
	struct timeval tv = { 0, 0 };

	if (!evtimer_pending(st->flush, NULL))
		evtimer_add(st->flush, &tv);
}

static void
flush_cb(evutil_socket_t fd, short what, void *arg)
{
	struct store *st = arg;

	(void)fd;
	(void)what;
	if (!st->fatal)
		st->driver->kick(st);
}

/* The queue is in order of deadlines but for what was put back in front. */
static void
expire_waiting(struct store *st, struct runq *q, int64_t now)
{
	struct run *r;

	while (
	    (r = TAILQ_FIRST(q)) != NULL && (r->deadline <= now || st->fatal)) {
		TAILQ_REMOVE(q, r, entry);
		run_end(st, r, STORE_UNAVAILABLE);
	}
}

/*
 * Answers what has waited too long. An operation in flight is answered too,
 * its outcome unknown, and stays in its batch.
 */
static void
tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct timeval tv = { 0, TICK_US };
	struct store *st = arg;
	struct run *r, *next;
	int64_t now = clock_mono();

	(void)fd;
	(void)what;
	expire_waiting(st, &st->queue, now);
	expire_waiting(st, &st->later, now);
	for (r = TAILQ_FIRST(&st->flying); r != NULL; r = next) {
		next = TAILQ_NEXT(r, entry);
		if (r->deadline <= now)
			run_tell(r, STORE_UNAVAILABLE);
	}
	st->driver->tick(st, now);
	if (st->nrun > 0)
		evtimer_add(st->ticker, &tv);
}

static void
again_cb(evutil_socket_t fd, short what, void *arg)
{
	struct store *st = arg;
	struct run *r;

	(void)fd;
	(void)what;
	while ((r = TAILQ_LAST(&st->later, runq)) != NULL) {
		TAILQ_REMOVE(&st->later, r, entry);
		TAILQ_INSERT_HEAD(&st->queue, r, entry);
	}
	store_flush(st);
}

void
store_start(struct store *st, struct event_base *base)
{
	st->base = base;
	st->flush = evtimer_new(base, flush_cb, st);
	st->ticker = evtimer_new(base, tick_cb, st);
	st->again = evtimer_new(base, again_cb, st);
	if (st->flush == NULL || st->ticker == NULL || st->again == NULL)
		fatalx("store: cannot make events");
	st->down_since = clock_mono();
	st->driver->start(st);
}

static void
event_drop(struct event *ev)
{
	if (ev != NULL)
		event_free(ev);
}

static void
queue_free(struct runq *q)
{
	struct run *r;

	while ((r = TAILQ_FIRST(q)) != NULL) {
		TAILQ_REMOVE(q, r, entry);
		run_free(r);
	}
}

void
store_free(struct store *st)
{
	char *dsn;

	if (st == NULL)
		return;
	st->driver->free(st);
	event_drop(st->flush);
	event_drop(st->ticker);
	event_drop(st->again);
	queue_free(&st->queue);
	queue_free(&st->flying);
	queue_free(&st->later);
	if ((dsn = (char *)(uintptr_t)st->conf.dsn) != NULL)
		sodium_memzero(dsn, strlen(dsn));
	free(dsn);
	free((void *)(uintptr_t)st->conf.dir);
	free(st);
}

size_t
store_queue(const struct store *st)
{
	return (st->nrun);
}

size_t
store_files(const struct store *st, const char **path, size_t cap)
{
	return (st->driver->files(st, path, cap));
}

/* Kinds as declared, texts in UTF-8: PostgreSQL would refuse others too. */
static int
params_ok(const struct sqldef_op *op, const struct db_val *v, size_t *bytes)
{
	size_t n;
	int i;

	for (*bytes = 0, i = 0; i < op->nparam; i++) {
		if (v[i].kind == DB_NULL)
			continue;
		if ((v[i].kind == DB_INT) != (op->type[i] == SQLDEF_INT))
			return (0);
		if (v[i].kind != DB_TEXT)
			continue;
		n = strlen(v[i].s);
		if (!utf8_valid(v[i].s, n))
			return (0);
		*bytes += n + 1;
	}
	return (1);
}

static struct run *
run_new(const struct sqldef_op *op, const struct db_val *v, size_t bytes)
{
	struct run *r;
	char *text;
	size_t n, size;
	int i;

	size = sizeof(*r) + (size_t)op->nparam * sizeof(*v) + bytes;
	if ((r = calloc(1, size)) == NULL)
		return (NULL);
	r->size = size;
	r->op = op;
	text = (char *)(r->val + op->nparam);
	for (i = 0; i < op->nparam; i++) {
		r->val[i] = v[i];
		if (v[i].kind != DB_TEXT)
			continue;
		n = strlen(v[i].s) + 1;
		memcpy(text, v[i].s, n);
		r->val[i].s = text;
		text += n;
	}
	return (r);
}

/* An answer that is known already still comes from the event loop. */
struct refusal {
	store_cb cb;
	void *arg;
	enum store_status status;
};

static void
refuse_cb(evutil_socket_t fd, short what, void *arg)
{
	struct refusal *f = arg;

	(void)fd;
	(void)what;
	f->cb(f->status, NULL, f->arg);
	free(f);
}

static void
refuse(struct store *st, store_cb cb, void *arg, enum store_status status)
{
	struct timeval tv = { 0, 1 }; /* 0 would mean this turn */
	struct refusal *f;

	if ((f = malloc(sizeof(*f))) == NULL)
		fatalx("store: out of memory");
	*f = (struct refusal){ cb, arg, status };
	if (event_base_once(st->base, -1, EV_TIMEOUT, refuse_cb, f, &tv) != 0)
		fatalx("store: out of memory");
}

/* Down for longer than an operation may take: no use in waiting. */
static int
hopeless(const struct store *st)
{
	return (st->fatal || st->nrun >= STORE_QUEUE ||
	    (st->up != 1 &&
		clock_mono() - st->down_since > st->conf.timeout_ms * 1000LL));
}

void
store_run(struct store *st, enum sql_op opnum, const void *params, store_cb cb,
    void *arg)
{
	struct timeval tv = { 0, TICK_US };
	const struct sqldef_op *op;
	struct run *r;
	size_t bytes;

	if ((int)opnum < 0 || (int)opnum >= st->set->nop)
		fatalx("store: no operation %d", (int)opnum);
	op = &st->set->op[opnum];
	if (!params_ok(op, params, &bytes)) {
		log_warnx("store: %s: a parameter is of the wrong kind or "
			  "not UTF-8",
		    op->name);
		refuse(st, cb, arg, STORE_ERROR);
		return;
	}
	if (hopeless(st) || (r = run_new(op, params, bytes)) == NULL) {
		refuse(st, cb, arg, STORE_UNAVAILABLE);
		return;
	}
	r->opnum = (int)opnum;
	r->cb = cb;
	r->arg = arg;
	r->deadline = clock_mono() + st->conf.timeout_ms * 1000LL;
	TAILQ_INSERT_TAIL(&st->queue, r, entry);
	if (st->nrun++ == 0 && !evtimer_pending(st->ticker, NULL))
		evtimer_add(st->ticker, &tv);
	store_flush(st);
}

int
store_take(struct store *st, struct batch *b)
{
	struct run *r;

	b->n = b->writes = 0;
	b->since = clock_mono();
	while (b->n < STORE_BATCH && (r = TAILQ_FIRST(&st->queue)) != NULL) {
		if (r->solo && b->n > 0)
			break;
		TAILQ_REMOVE(&st->queue, r, entry);
		TAILQ_INSERT_TAIL(&st->flying, r, entry);
		b->run[b->n++] = r;
		b->writes |= r->op->writes;
		if (r->solo)
			break;
	}
	return (b->n);
}

/* Callbacks may queue more; the batch is empty before the first one runs. */
void
store_commit(struct store *st, struct batch *b)
{
	struct batch done = *b;
	int i;

	b->n = 0;
	for (i = 0; i < done.n; i++)
		TAILQ_REMOVE(&st->flying, done.run[i], entry);
	for (i = 0; i < done.n; i++)
		run_end(st, done.run[i], STORE_OK);
}

/* Puts an operation back, or answers it when it was tried often enough. */
static void
run_again(struct store *st, struct run *r, enum verdict v)
{
	struct timeval tv = { 0, 0 };
	uint16_t jitter;

	if (r->cb == NULL || (v != V_ERROR && ++r->tries >= STORE_TRIES)) {
		run_end(st, r, STORE_UNAVAILABLE);
		return;
	}
	if (v != V_RETRY) {
		TAILQ_INSERT_HEAD(&st->queue, r, entry);
		return;
	}
	TAILQ_INSERT_TAIL(&st->later, r, entry);
	if (evtimer_pending(st->again, NULL))
		return;
	rnd_bytes(&jitter, sizeof(jitter));
	tv.tv_usec = JITTER_MIN_US * r->tries + jitter / 4;
	evtimer_add(st->again, &tv);
}

/*
 * A batch that failed as a whole is run again one by one, so that only the
 * guilty operation fails. An operation alone has its own verdict.
 */
void
store_abort(struct store *st, struct batch *b, enum verdict v)
{
	struct batch failed = *b;
	struct run *r;
	int i;

	b->n = 0;
	for (i = failed.n - 1; i >= 0; i--) {
		r = failed.run[i];
		TAILQ_REMOVE(&st->flying, r, entry);
		result_free(r->res);
		r->res = NULL;
		if (v == V_LOST) {
			r->solo |= r->tries >= 1;
			run_again(st, r, v);
		} else if (failed.n > 1) {
			r->solo = 1;
			run_again(st, r, V_ERROR);
		} else if (v == V_RETRY ||
		    (v == V_RACE && r->tries < STORE_RACES))
			run_again(st, r, V_RETRY);
		else
			run_end(st, r, v == V_ERROR || v == V_RACE ?
			    STORE_ERROR : STORE_UNAVAILABLE);
	}
	store_flush(st);
}

void
store_backup(struct store *st, store_backup_cb done, void *arg)
{
	if (st->driver->backup == NULL)
		done(-1, 0, "only the embedded store is copied so; a "
		    "PostgreSQL is backed up with pg_dump or pg_basebackup",
		    arg);
	else
		st->driver->backup(st, done, arg);
}
