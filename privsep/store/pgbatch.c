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
 * Operations on PostgreSQL: a batch goes out as one pipeline up to one sync,
 * which is one implicit transaction and one round trip. Runs in the engine.
 * Statements are prepared when they are first used, inside the pipeline.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "privsep/store/pgsql_int.h"
#include "src/base/log.h"

#define OID_INT8 20
#define OID_TEXT 25
#define NAME_LEN 16

static void
clear(void *res)
{
	PQclear(res);
}

void
pg_batch_init(struct pg *pg)
{
	const struct sqldef *set = pg->st->set;
	int i;

	pg->stmt0 = calloc((size_t)set->nop + 1, sizeof(*pg->stmt0));
	if (pg->stmt0 == NULL)
		fatalx("store: out of memory");
	for (i = 0; i < set->nop; i++) {
		pg->stmt0[i] = pg->nstmt;
		pg->nstmt += set->op[i].nstmt;
	}
	if ((pg->prepared = calloc((size_t)pg->nstmt + 1, 1)) == NULL)
		fatalx("store: out of memory");
}

void
pg_batch_free(struct pg *pg)
{
	free(pg->stmt0);
	free(pg->prepared);
	free(pg->due);
}

void
pg_batch_reset(struct pg *pg)
{
	memset(pg->prepared, 0, (size_t)pg->nstmt);
	pg->ndue = pg->atdue = 0;
	pg->sync = pg->bad = 0;
}

static int
due_add(struct pg *pg, int run, int stmt, int prepare)
{
	struct pg_due *p;
	size_t cap;

	if (pg->ndue == pg->capdue) {
		cap = pg->capdue == 0 ? 64 : pg->capdue * 2;
		if ((p = realloc(pg->due, cap * sizeof(*p))) == NULL)
			return (-1);
		pg->due = p;
		pg->capdue = cap;
	}
	pg->due[pg->ndue++] = (struct pg_due){ run, stmt, prepare };
	return (0);
}

static int
stmt_number(const struct pg *pg, const struct run *r, int stmt)
{
	return (pg->stmt0[r->opnum] + stmt);
}

static int
send_prepare(struct pg *pg, int run, int stmt, const char *name)
{
	const struct run *r = pg->batch.run[run];
	const struct sqldef_stmt *s = &r->op->stmt[stmt];
	Oid type[SQLDEF_MAXPARAM];
	int i;

	for (i = 0; i < s->narg; i++)
		type[i] =
		    r->op->type[s->arg[i]] == SQLDEF_INT ? OID_INT8 : OID_TEXT;
	if (PQsendPrepare(pg->c, name, s->text, s->narg, type) != 1)
		return (-1);
	return (due_add(pg, run, stmt, 1));
}

static int
send_stmt(struct pg *pg, int run, int stmt)
{
	const struct run *r = pg->batch.run[run];
	const struct sqldef_stmt *s = &r->op->stmt[stmt];
	const struct db_val *v;
	const char *val[SQLDEF_MAXPARAM];
	char num[SQLDEF_MAXPARAM][24];
	char name[NAME_LEN];
	int i, n = stmt_number(pg, r, stmt);

	snprintf(name, sizeof(name), "s%d", n);
	if (!pg->prepared[n]) {
		if (send_prepare(pg, run, stmt, name) == -1)
			return (-1);
		pg->prepared[n] = 1;
	}
	for (i = 0; i < s->narg; i++) {
		v = &r->val[s->arg[i]];
		val[i] = v->kind == DB_NULL ? NULL : v->s;
		if (v->kind != DB_INT)
			continue;
		snprintf(num[i], sizeof(num[i]), "%lld", (long long)v->i);
		val[i] = num[i];
	}
	if (PQsendQueryPrepared(pg->c, name, s->narg, val, NULL, NULL, 0) != 1)
		return (-1);
	return (due_add(pg, run, stmt, 0));
}

/* Sends all that waits, if the connection is free. */
void
pg_batch_send(struct pg *pg)
{
	struct run *r;
	int i, j;

	if (pg->state != PG_READY || pg->batch.n > 0 ||
	    store_take(pg->st, &pg->batch) == 0)
		return;
	pg->ndue = pg->atdue = 0;
	pg->bad = 0;
	for (i = 0; i < pg->batch.n; i++) {
		r = pg->batch.run[i];
		if ((r->res = result_new(r->op->nstmt)) == NULL)
			goto fail;
		for (j = 0; j < r->op->nstmt; j++)
			if (send_stmt(pg, i, j) == -1)
				goto fail;
	}
	if (PQpipelineSync(pg->c) != 1)
		goto fail;
	pg->sync = 1;
	pg_flush(pg);
	return;
fail:
	pg_lost(pg, "cannot send a batch");
}

/* Keeps the rows; cells point into the PGresult. */
static int
take_rows(struct stmt_res *s, PGresult *res, int writes)
{
	size_t n;
	int i, j;

	s->rows = PQntuples(res);
	s->cols = PQnfields(res);
	if (writes)
		s->changed = (int)strtol(PQcmdTuples(res), NULL, 10);
	n = (size_t)s->rows * (size_t)s->cols;
	if (n > 0 && (s->cell = calloc(n, sizeof(*s->cell))) == NULL)
		return (-1);
	s->owner = res;
	s->release = clear;
	for (n = 0, i = 0; i < s->rows; i++)
		for (j = 0; j < s->cols; j++, n++)
			if (!PQgetisnull(res, i, j))
				s->cell[n] = PQgetvalue(res, i, j);
	return (0);
}

/*
 * The primary message only: the detail of a constraint's error quotes the
 * row.
 */
static void
command_failed(struct pg *pg, const struct pg_due *due, const PGresult *res)
{
	const struct run *r = pg->batch.run[due->run];
	const char *state, *text;

	state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	if (state == NULL)
		state = "";
	pg->verdict = pg_verdict(state);
	/* In a batch it is run again alone, and then has its say. */
	if (pg->batch.n == 1 && pg->verdict != V_RETRY &&
	    (pg->verdict != V_RACE || r->tries >= STORE_RACES))
		log_warnx("store: %s.%s: %s (%s)", r->op->name,
		    r->op->stmt[due->stmt].name, text != NULL ? text : "failed",
		    state);
}

/* One command's answer. Owns res. */
static void
command_done(struct pg *pg, PGresult *res)
{
	const struct pg_due *due;
	struct run *r;
	ExecStatusType status = PQresultStatus(res);

	if (pg->atdue >= pg->ndue) { /* an error of the commit itself */
		pg->bad = 1;
		pg->verdict =
		    pg_verdict(PQresultErrorField(res, PG_DIAG_SQLSTATE));
		PQclear(res);
		return;
	}
	due = &pg->due[pg->atdue++];
	r = pg->batch.run[due->run];
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
		if (due->prepare)
			PQclear(res);
		else if (take_rows(&r->res->stmt[due->stmt], res,
			     r->op->stmt[due->stmt].writes) == -1) {
			pg->bad = 1;
			pg->verdict = V_UNAVAILABLE;
			PQclear(res);
		}
		return;
	}
	if (due->prepare)
		pg->prepared[stmt_number(pg, r, due->stmt)] = 0;
	if (status != PGRES_PIPELINE_ABORTED && !pg->bad)
		command_failed(pg, due, res);
	pg->bad = 1;
	PQclear(res);
}

static void
batch_done(struct pg *pg)
{
	pg->sync = 0;
	if (pg->atdue != pg->ndue) {
		pg_lost(pg, "answers do not match");
		return;
	}
	if (!pg->bad)
		store_commit(pg->st, &pg->batch);
	else if (pg->verdict == V_LOST)
		pg_lost(pg, "the server closes the connection");
	else
		store_abort(pg->st, &pg->batch, pg->verdict);
}

/*
 * Reads until libpq would block: results that it has buffered already do not
 * wake the event loop. Callbacks run in here but never end the connection.
 */
void
pg_batch_read(struct pg *pg)
{
	PGresult *res;
	int nulls = 0;

	while (pg->state == PG_READY && pg->sync && !PQisBusy(pg->c)) {
		if ((res = PQgetResult(pg->c)) == NULL) {
			/* One stands behind each command's result. */
			if (++nulls > 2) {
				pg_lost(pg, "no answer where one is due");
				return;
			}
			continue;
		}
		nulls = 0;
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			batch_done(pg);
			break;
		}
		command_done(pg, res);
		if (PQstatus(pg->c) == CONNECTION_BAD) {
			pg_lost(pg, pg_message(pg->c));
			return;
		}
	}
	pg_batch_send(pg);
}
