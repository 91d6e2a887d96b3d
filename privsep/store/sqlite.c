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
 * Operations on SQLite, the embedded database: one file, one connection, WAL,
 * a batch in one transaction. Runs in the engine, inside its confinement.
 * sqlite_file.c opens the file.
 */
#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/store/sqlite_int.h"
#include "src/base/buf.h"
#include "src/base/log.h"

#define CELL_NULL SIZE_MAX

/* Grows with the rows of one statement; cells are offsets until the end. */
struct rows {
	struct buf text;
	struct buf at; /* size_t each */
};

static void
rows_free(struct rows *r)
{
	buf_free(&r->text);
	buf_free(&r->at);
}

/* SQLite's extended codes; what is not here is the operation's own fault. */
static enum verdict
verdict(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return (V_RETRY);
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_NOMEM:
	case SQLITE_INTERRUPT:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return (V_UNAVAILABLE);
	default:
		return (V_ERROR);
	}
}

static int
add_row(struct rows *r, sqlite3_stmt *s, int cols)
{
	const unsigned char *text;
	size_t at;
	int i;

	for (i = 0; i < cols; i++) {
		at = CELL_NULL;
		if (sqlite3_column_type(s, i) != SQLITE_NULL) {
			if ((text = sqlite3_column_text(s, i)) == NULL)
				return (SQLITE_NOMEM);
			at = r->text.len;
			buf_add(&r->text, text,
			    (size_t)sqlite3_column_bytes(s, i) + 1);
		}
		buf_add(&r->at, &at, sizeof(at));
	}
	return (r->text.err || r->at.err ? SQLITE_NOMEM : SQLITE_OK);
}

static int
keep_rows(struct stmt_res *res, struct rows *r, int cols)
{
	size_t at, i, n = r->at.len / sizeof(at);

	if (n == 0)
		return (SQLITE_OK);
	if ((res->cell = calloc(n, sizeof(*res->cell))) == NULL)
		return (SQLITE_NOMEM);
	for (i = 0; i < n; i++) {
		memcpy(&at, r->at.p + i * sizeof(at), sizeof(at));
		if (at != CELL_NULL)
			res->cell[i] = (char *)r->text.p + at;
	}
	res->cols = cols;
	res->rows = (int)(n / (size_t)cols);
	res->owner = r->text.p;
	res->release = free;
	r->text.p = NULL;
	r->text.len = r->text.cap = 0;
	return (SQLITE_OK);
}

static int
bind_all(
    sqlite3_stmt *s, const struct sqldef_stmt *def, const struct db_val *val)
{
	const struct db_val *v;
	int i, rc = SQLITE_OK;

	for (i = 0; i < def->narg && rc == SQLITE_OK; i++) {
		v = &val[def->arg[i]];
		if (v->kind == DB_TEXT)
			rc = sqlite3_bind_text(
			    s, i + 1, v->s, -1, SQLITE_STATIC);
		else if (v->kind == DB_INT)
			rc = sqlite3_bind_int64(s, i + 1, v->i);
		else
			rc = sqlite3_bind_null(s, i + 1);
	}
	return (rc);
}

/* Runs a statement to its end; keeps its rows if res is not NULL. */
int
sqlite_step_all(sqlite3_stmt *s, const struct sqldef_stmt *def,
    const struct db_val *val, struct stmt_res *res)
{
	struct rows r = { BUF_INIT, BUF_INIT };
	int cols = sqlite3_column_count(s), rc;

	if ((rc = bind_all(s, def, val)) != SQLITE_OK)
		goto out;
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		if (res != NULL && (rc = add_row(&r, s, cols)) != SQLITE_OK)
			goto out;
	if (rc != SQLITE_DONE)
		goto out;
	rc = SQLITE_OK;
	if (res != NULL) {
		if (def->writes)
			res->changed = sqlite3_changes(sqlite3_db_handle(s));
		rc = keep_rows(res, &r, cols);
	}
out:
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	rows_free(&r);
	return (rc);
}

static int
prepare(struct sqlite *q, const struct sqldef_stmt *def, sqlite3_stmt **s)
{
	char *text;
	int rc;

	if ((text = sqlite_text(def->text)) == NULL)
		return (SQLITE_NOMEM);
	rc = sqlite3_prepare_v3(
	    q->db, text, -1, SQLITE_PREPARE_PERSISTENT, s, NULL);
	free(text);
	return (rc);
}

static int
run_stmt(struct sqlite *q, struct run *r, int i)
{
	const struct sqldef_stmt *def = &r->op->stmt[i];
	sqlite3_stmt **s = &q->stmt[q->stmt0[r->opnum] + i];
	int rc;

	if (*s == NULL && (rc = prepare(q, def, s)) != SQLITE_OK)
		return (rc);
	return (sqlite_step_all(*s, def, r->val, &r->res->stmt[i]));
}

static int
run_op(struct sqlite *q, struct run *r)
{
	int i, rc;

	if ((r->res = result_new(r->op->nstmt)) == NULL)
		return (SQLITE_NOMEM);
	for (i = 0; i < r->op->nstmt; i++)
		if ((rc = run_stmt(q, r, i)) != SQLITE_OK) {
			if (q->batch.n == 1 && verdict(rc) != V_RETRY)
				log_warnx("store: %s.%s: %s (%d)", r->op->name,
				    r->op->stmt[i].name, sqlite3_errmsg(q->db),
				    rc);
			return (rc);
		}
	return (SQLITE_OK);
}

/*
 * One batch, one transaction. Reads alone begin deferred: they take no lock
 * and go on while the disk is full.
 */
static int
run_batch(struct sqlite *q)
{
	int i, rc;

	rc = sqlite_exec(q, q->batch.writes ? "BEGIN IMMEDIATE" : "BEGIN");
	for (i = 0; i < q->batch.n && rc == SQLITE_OK; i++)
		rc = run_op(q, q->batch.run[i]);
	if (rc == SQLITE_OK && (rc = sqlite_exec(q, "COMMIT")) != SQLITE_OK &&
	    verdict(rc) != V_RETRY)
		log_warnx("store: commit: %s (%d)", sqlite3_errmsg(q->db), rc);
	/* Some errors have rolled back already. */
	if (rc != SQLITE_OK && !sqlite3_get_autocommit(q->db))
		sqlite_exec(q, "ROLLBACK");
	return (rc);
}

void
sqlite_run(struct sqlite *q)
{
	struct timeval tv = { 0, 0 };
	int rc;

	if (!q->ready || q->batch.n > 0 || store_take(q->st, &q->batch) == 0)
		return;
	rc = run_batch(q);
	/* Nothing is acknowledged that the next start would not find. */
	if (sqlite_moved(q))
		store_abort(q->st, &q->batch, V_LOST);
	else if (rc == SQLITE_OK)
		store_commit(q->st, &q->batch);
	else
		store_abort(q->st, &q->batch, verdict(rc));
	/* The loop has its turn between two batches. */
	if (q->ready && !TAILQ_EMPTY(&q->st->queue))
		evtimer_add(q->timer, &tv);
}
