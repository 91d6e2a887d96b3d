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
 * A new PostgreSQL connection: session settings and migrations, step by step,
 * each step one query whose results call the next. Runs in the engine. Other
 * nodes are kept out by an advisory lock of the transaction that looks at
 * schema_migrations and applies at most one migration.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/store/pgsql_int.h"
#include "sql/schemaops.h"
#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define LOCK_WAIT_MS 50	    /* another node holds the migration lock */
#define MANUAL_WAIT_MS 2000 /* another node may have migrated */
#define OID_INT8 20
#define OID_TEXT 25

/* Session commands of this database; every other statement is in sql/. */
#define SESSION                                                 \
	"SET synchronous_commit = on;"                          \
	"SET default_transaction_isolation = 'read committed';" \
	"SET client_min_messages = warning;"                    \
	"SET standard_conforming_strings = on;"                 \
	"SET statement_timeout = 0;"
#define LOCK "BEGIN; SELECT pg_try_advisory_xact_lock(7885082011)"

static void
step_result(struct pg *pg, PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	if (status == PGRES_TUPLES_OK) {
		PQclear(pg->rows);
		pg->rows = res;
		return;
	}
	if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
		if (!pg->failed)
			snprintf(
			    pg->why, sizeof(pg->why), "%s", pg_message(pg->c));
		if (!pg->failed)
			pg->verdict = pg_verdict(
			    PQresultErrorField(res, PG_DIAG_SQLSTATE));
		pg->failed = 1;
	}
	PQclear(res);
}

/* A migration's own fault ends it for good, a lost server does not. */
static void
step_failed(struct pg *pg)
{
	char why[512];

	if (pg->mig == NULL) {
		pg_lost(pg, pg->why);
		return;
	}
	snprintf(why, sizeof(why), "migration %04d_%s: %s", pg->mig->version,
	    pg->mig->name, pg->why);
	pg->mig = NULL;
	if (pg->verdict == V_ERROR)
		pg_refuse(pg, why);
	else
		pg_lost(pg, why);
}

void
pg_setup_read(struct pg *pg)
{
	PGresult *res;
	pg_step_cb next;

	while (!PQisBusy(pg->c)) {
		if ((res = PQgetResult(pg->c)) != NULL) {
			step_result(pg, res);
			continue;
		}
		evtimer_del(pg->timer);
		if (pg->failed) {
			step_failed(pg);
			return;
		}
		next = pg->next;
		res = pg->rows;
		pg->rows = NULL;
		next(pg, res);
		PQclear(res);
		return;
	}
}

/* ms 0: may take as long as it takes. */
static void
step_sent(struct pg *pg, int sent, pg_step_cb next, int ms)
{
	pg->state = PG_SETUP;
	pg->next = next;
	pg->failed = 0;
	if (!sent) {
		pg_lost(pg, pg_message(pg->c));
		return;
	}
	if (ms > 0)
		pg_timer(pg, ms);
	pg_flush(pg);
}

static void
ask(struct pg *pg, const char *text, pg_step_cb next)
{
	step_sent(
	    pg, PQsendQuery(pg->c, text), next, (int)pg->st->conf.timeout_ms);
}

static void
ready(struct pg *pg, const PGresult *rows)
{
	(void)rows;
	if (PQenterPipelineMode(pg->c) != 1) {
		pg_lost(pg, pg_message(pg->c));
		return;
	}
	pg->state = PG_READY;
	pg->backoff_ms = 0;
	pg->ready_since = clock_mono();
	pg_batch_reset(pg);
	store_set_up(pg->st);
}

static void
paused(struct pg *pg, const PGresult *rows)
{
	(void)rows;
	pg->state = PG_PAUSED;
	pg_timer(
	    pg, pg->st->conf.migrate_manual ? MANUAL_WAIT_MS : LOCK_WAIT_MS);
}

static void
locked_out(struct pg *pg, const PGresult *rows)
{
	(void)rows;
	pg->state = PG_PAUSED;
	pg_timer(pg, LOCK_WAIT_MS);
}

static void
step_again(struct pg *pg, const PGresult *rows)
{
	(void)rows;
	pg->mig = NULL;
	pg_setup(pg);
}

static void
step_commit(struct pg *pg, const PGresult *rows)
{
	(void)rows;
	ask(pg, "COMMIT", step_again);
}

static void
step_record(struct pg *pg, const PGresult *rows)
{
	const struct sqldef_stmt *s;
	const Oid type[] = { OID_INT8, OID_TEXT, OID_TEXT, OID_INT8 };
	const char *val[4];
	char version[16], now[24];
	char sum[MIGRATE_SUM];

	(void)rows;
	s = &schema_set.op[SCHEMA_ADD].stmt[SCHEMA_ADD__MIGRATION];
	snprintf(version, sizeof(version), "%d", pg->mig->version);
	snprintf(now, sizeof(now), "%lld", (long long)clock_now());
	migrate_sum(sum, pg->mig);
	val[0] = version;
	val[1] = pg->mig->name;
	val[2] = sum;
	val[3] = now;
	step_sent(pg,
	    PQsendQueryParams(pg->c, s->text, 4, type, val, NULL, NULL, 0),
	    step_commit, (int)pg->st->conf.timeout_ms);
}

static void
step_list(struct pg *pg, const PGresult *rows)
{
	struct stmt_res list;
	char why[256];
	char done[96];
	int i, n;

	memset(&list, 0, sizeof(list));
	list.rows = PQntuples(rows);
	list.cols = PQnfields(rows);
	n = list.rows * list.cols;
	if (n > 0 &&
	    (list.cell = calloc((size_t)n, sizeof(*list.cell))) == NULL)
		fatalx("store: out of memory");
	for (i = 0; i < n; i++)
		list.cell[i] = PQgetvalue(rows, i / list.cols, i % list.cols);
	snprintf(done, sizeof(done), "COMMIT; SET statement_timeout = %u",
	    pg->st->conf.timeout_ms);
	switch (migrate_next(pg->st, &list, &pg->mig, why, sizeof(why))) {
	case MIGRATE_DONE:
		ask(pg, done, ready);
		break;
	case MIGRATE_WAIT:
		store_set_down(pg->st, why);
		ask(pg, "COMMIT", paused);
		break;
	case MIGRATE_APPLY:
		log_info("store: migration %04d_%s", pg->mig->version,
		    pg->mig->name);
		step_sent(
		    pg, PQsendQuery(pg->c, pg->mig->text), step_record, 0);
		break;
	case MIGRATE_REFUSE:
		pg_refuse(pg, why);
		break;
	}
	free(list.cell);
}

static void
step_locked(struct pg *pg, const PGresult *rows)
{
	struct buf b = BUF_INIT;
	const char *text;

	if (PQntuples(rows) != 1 || PQgetvalue(rows, 0, 0)[0] != 't') {
		ask(pg, "ROLLBACK", locked_out);
		return;
	}
	buf_adds(&b, schema_set.migration[0].text);
	buf_adds(
	    &b, schema_set.op[SCHEMA_LIST].stmt[SCHEMA_LIST__APPLIED].text);
	if ((text = buf_cstr(&b)) == NULL)
		fatalx("store: out of memory");
	ask(pg, text, step_list);
	buf_free(&b);
}

void
pg_setup(struct pg *pg)
{
	ask(pg, SESSION LOCK, step_locked);
}
