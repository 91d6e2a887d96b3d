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
 * The connection to PostgreSQL: connecting to one host after the other, loss
 * and reconnecting. Runs in the engine and never blocks it. A new connection
 * passes by pgsetup.c; pgbatch.c runs the operations once it is PG_READY.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/store/pgsql_int.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define BACKOFF_MIN_MS 50
#define BACKOFF_MAX_MS 1000
#define STEADY_US INT64_C(1000000) /* up so long: reconnect at once */

/* SQLSTATEs by their beginning; the first row that fits counts. */
static const struct {
	const char *state;
	enum verdict verdict;
} verdicts[] = {
	{ "40", V_RETRY },    /* serialization, deadlock */
	{ "55P03", V_RETRY }, /* lock not available */
	{ "23505", V_RACE },  /* unique violation */
	{ "57P0", V_LOST },   /* shutting down, starting */
	{ "08", V_LOST },
	{ "26000", V_LOST },	    /* a pooler forgot our statements */
	{ "0A000", V_LOST },	    /* a migration changed a cached plan */
	{ "57", V_UNAVAILABLE },    /* cancelled by the time-out */
	{ "53", V_UNAVAILABLE },    /* disk full, memory, connections */
	{ "58", V_UNAVAILABLE },    /* I/O */
	{ "25006", V_UNAVAILABLE }, /* read-only */
	{ "XX", V_UNAVAILABLE },
};

enum verdict
pg_verdict(const char *state)
{
	size_t i;

	if (state == NULL || state[0] == '\0')
		return (V_LOST);
	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (strncmp(state, verdicts[i].state,
			strlen(verdicts[i].state)) == 0)
			return (verdicts[i].verdict);
	return (V_ERROR);
}

void
pg_timer(struct pg *pg, int ms)
{
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	evtimer_add(pg->timer, &tv);
}

static void
drop_events(struct pg *pg)
{
	if (pg->rd != NULL)
		event_free(pg->rd);
	if (pg->wr != NULL)
		event_free(pg->wr);
	pg->rd = pg->wr = NULL;
}

/* libpq's message, one line of it. */
const char *
pg_message(const PGconn *c)
{
	static char line[200];

	snprintf(line, sizeof(line), "%s", PQerrorMessage(c));
	line[strcspn(line, "\n")] = '\0';
	return (line);
}

/* The next untried host at once; after all of them, a pause. */
static void
connect_later(struct pg *pg, int steady)
{
	if (steady) {
		pg->host = 0;
		pg->backoff_ms = 0;
	} else if (++pg->host >= pg->dsn.nhost) {
		pg->host = 0;
		pg->backoff_ms =
		    pg->backoff_ms == 0 ? BACKOFF_MIN_MS : pg->backoff_ms * 2;
		if (pg->backoff_ms > BACKOFF_MAX_MS)
			pg->backoff_ms = BACKOFF_MAX_MS;
		pg_timer(pg, pg->backoff_ms);
		return;
	}
	pg_timer(pg, 0);
}

/* Each host's trouble is logged when it changes. */
static void
note(struct pg *pg)
{
	struct pg_host *h;

	if (pg->dsn.nhost < 2)
		return;
	h = &pg->dsn.host[pg->host];
	if (strcmp(h->why, pg->why) == 0)
		return;
	snprintf(h->why, sizeof(h->why), "%s", pg->why);
	log_warnx("store: %s", h->why);
}

/*
 * Ends the connection and what was in flight; connects again by itself. The
 * database counts as down when its connection is lost, or when each host was
 * tried in vain.
 */
void
pg_lost(struct pg *pg, const char *why)
{
	int down, steady;

	if (why != pg->why)
		snprintf(pg->why, sizeof(pg->why), "%s", why);
	down = pg->state == PG_READY || pg->host + 1 >= pg->dsn.nhost;
	steady =
	    pg->state == PG_READY && clock_mono() - pg->ready_since > STEADY_US;
	note(pg);
	drop_events(pg);
	PQclear(pg->rows);
	pg->rows = NULL;
	PQfinish(pg->c);
	pg->c = NULL;
	pg->state = PG_WAITING;
	pg_batch_reset(pg);
	connect_later(pg, steady);
	if (down)
		store_set_down(pg->st, pg->why);
	if (pg->batch.n > 0)
		store_abort(pg->st, &pg->batch, V_LOST);
}

void
pg_refuse(struct pg *pg, const char *why)
{
	drop_events(pg);
	evtimer_del(pg->timer);
	PQfinish(pg->c);
	pg->c = NULL;
	pg->state = PG_WAITING;
	store_set_fatal(pg->st, why);
}

void
pg_flush(struct pg *pg)
{
	switch (PQflush(pg->c)) {
	case 0:
		event_del(pg->wr);
		break;
	case 1:
		event_add(pg->wr, NULL);
		break;
	default:
		pg_lost(pg, pg_message(pg->c));
	}
}

/* ---- connecting */

static void
write_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pg_flush(arg);
}

static void
read_cb(evutil_socket_t fd, short what, void *arg)
{
	struct pg *pg = arg;

	(void)fd;
	(void)what;
	if (PQconsumeInput(pg->c) != 1) {
		/* What arrived before the end may say why. */
		if (pg->state == PG_READY && pg->sync)
			pg_batch_read(pg);
		if (pg->c != NULL)
			pg_lost(pg, pg_message(pg->c));
		return;
	}
	if (pg->state == PG_SETUP)
		pg_setup_read(pg);
	else if (pg->state == PG_READY)
		pg_batch_read(pg);
	/* libpq may hold output back until it has read. */
	if (pg->c != NULL && pg->wr != NULL &&
	    event_pending(pg->wr, EV_WRITE, NULL))
		pg_flush(pg);
}

static void
connected(struct pg *pg)
{
	int fd = PQsocket(pg->c);

	drop_events(pg);
	evtimer_del(pg->timer);
	if (PQsetnonblocking(pg->c, 1) != 0) {
		pg_lost(pg, pg_message(pg->c));
		return;
	}
	pg->rd = event_new(pg->st->base, fd, EV_READ | EV_PERSIST, read_cb, pg);
	pg->wr = event_new(pg->st->base, fd, EV_WRITE, write_cb, pg);
	if (pg->rd == NULL || pg->wr == NULL || event_add(pg->rd, NULL) != 0)
		fatalx("store: cannot make events");
	pg_setup(pg);
}

static void poll_cb(evutil_socket_t, short, void *);

/* libpq may change its socket between two polls: a new event each time. */
static void
poll_next(struct pg *pg, PostgresPollingStatusType how)
{
	short what = how == PGRES_POLLING_READING ? EV_READ : EV_WRITE;

	drop_events(pg);
	pg->rd = event_new(pg->st->base, PQsocket(pg->c), what, poll_cb, pg);
	if (pg->rd == NULL || event_add(pg->rd, NULL) != 0)
		fatalx("store: cannot make events");
}

static void
poll_cb(evutil_socket_t fd, short what, void *arg)
{
	struct pg *pg = arg;
	PostgresPollingStatusType how;

	(void)fd;
	(void)what;
	how = PQconnectPoll(pg->c);
	if (how == PGRES_POLLING_OK)
		connected(pg);
	else if (how == PGRES_POLLING_FAILED)
		pg_lost(pg, pg_message(pg->c));
	else
		poll_next(pg, how);
}

static void
notice(void *arg, const char *text)
{
	(void)arg;
	log_debug("store: %s", text);
}

static void
connect_next(struct pg *pg)
{
	if (pg->dsn.nhost == 0) {
		pg_lost(pg, "no address of the database is known");
		return;
	}
	if ((pg->c = pg_dsn_connect(&pg->dsn, pg->host)) == NULL)
		fatalx("store: out of memory");
	pg->state = PG_CONNECTING;
	if (PQstatus(pg->c) == CONNECTION_BAD) {
		pg_lost(pg, pg_message(pg->c));
		return;
	}
	PQsetNoticeProcessor(pg->c, notice, NULL);
	pg_timer(pg, (int)pg->st->conf.timeout_ms);
	poll_next(pg, PGRES_POLLING_WRITING);
}

static void
timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct pg *pg = arg;

	(void)fd;
	(void)what;
	switch (pg->state) {
	case PG_WAITING:
		if (!pg->st->fatal)
			connect_next(pg);
		break;
	case PG_CONNECTING:
	case PG_SETUP:
		pg_lost(pg, "no answer in time");
		break;
	case PG_PAUSED:
		pg_setup(pg);
		break;
	case PG_READY:
		break;
	}
}

/* ---- the driver */

static void
prepare(struct store *st)
{
	struct pg *pg;

	if (st->conf.dsn == NULL || (pg = calloc(1, sizeof(*pg))) == NULL)
		fatalx("store: no connection string");
	pg->st = st;
	st->drv = pg;
	pg_dsn_parse(&pg->dsn, st->conf.dsn);
	sodium_memzero((char *)(uintptr_t)st->conf.dsn, strlen(st->conf.dsn));
	st->names = pg->dsn.names;
	pg_batch_init(pg);
}

static void
start(struct store *st)
{
	struct pg *pg = st->drv;

	if ((pg->timer = evtimer_new(st->base, timer_cb, pg)) == NULL)
		fatalx("store: cannot make events");
	pg_timer(pg, 0);
}

static void
kick(struct store *st)
{
	pg_batch_send(st->drv);
}

/* A batch that gets no answer: the connection is as good as lost. */
static void
tick(struct store *st, int64_t now)
{
	struct pg *pg = st->drv;

	if (pg->batch.n > 0 &&
	    now - pg->batch.since > st->conf.timeout_ms * 1000LL)
		pg_lost(pg, "no answer in time");
}

static void
migrate(struct store *st)
{
	struct pg *pg = st->drv;

	if (pg->state == PG_PAUSED)
		pg_timer(pg, 0);
}

static size_t
files(const struct store *st, const char **path, size_t cap)
{
	const struct pg *pg = st->drv;

	return (pg_dsn_files(&pg->dsn, path, cap));
}

static void
drv_free(struct store *st)
{
	struct pg *pg = st->drv;

	if (pg == NULL)
		return;
	drop_events(pg);
	if (pg->timer != NULL)
		event_free(pg->timer);
	PQclear(pg->rows);
	PQfinish(pg->c);
	pg_batch_free(pg);
	pg_dsn_wipe(&pg->dsn);
	free(pg);
}

const struct driver pgsql_driver = { prepare, start, kick, tick, migrate, files,
	drv_free, NULL };
