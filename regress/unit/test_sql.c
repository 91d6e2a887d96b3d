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
 * Every statement of the product is understood by both databases, on the
 * schema that its migrations make, with the same number of columns.
 */
#include "config.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/store_fix.h"

static struct fix f;

static void
up(int kind)
{
	fix_init(&f, kind);
	f.conf.set = NULL; /* the product's */
	fix_up(&f);
	ck_assert_int_eq(fix_sql(&f,
			     "SELECT count(*) FROM "
			     "schema_migrations"),
	    sql_set.nmigration);
}

/* The order that the driver leaves out of what it prepares. */
static int
bytes(void *arg, int n, const void *a, int m, const void *b)
{
	int c = memcmp(a, b, (size_t)(n < m ? n : m));

	(void)arg;
	return (c != 0 ? c : n - m);
}

static sqlite3 *
lite_open(void)
{
	sqlite3 *db;
	char path[128];

	snprintf(path, sizeof(path), "%s/moatd.sqlite", f.dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_create_collation(db, "ucs_basic", SQLITE_UTF8,
			     NULL, bytes),
	    SQLITE_OK);
	return (db);
}

/* Columns of a statement; $n must be the n-th that SQLite binds. */
static int
lite_columns(
    sqlite3 *db, const struct sqldef_op *op, const struct sqldef_stmt *s)
{
	sqlite3_stmt *st;
	char name[12];
	int cols, i;

	ck_assert_msg(
	    sqlite3_prepare_v2(db, s->text, -1, &st, NULL) == SQLITE_OK,
	    "%s.%s: %s", op->name, s->name, sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_bind_parameter_count(st), s->narg);
	for (i = 1; i <= s->narg; i++) {
		snprintf(name, sizeof(name), "$%d", i);
		ck_assert_str_eq(sqlite3_bind_parameter_name(st, i), name);
	}
	cols = sqlite3_column_count(st);
	sqlite3_finalize(st);
	return (cols);
}

static PGconn *
pg_open(void)
{
	PGconn *c = PQconnectdb(getenv("MOATD_TEST_PG"));
	char path[96];

	ck_assert_int_eq(PQstatus(c), CONNECTION_OK);
	snprintf(path, sizeof(path), "SET search_path = %s", f.schema);
	PQclear(PQexec(c, path));
	return (c);
}

static int
pg_columns(PGconn *c, const struct sqldef_op *op, const struct sqldef_stmt *s)
{
	PGresult *res;
	Oid type[SQLDEF_MAXPARAM];
	int cols, i;

	for (i = 0; i < s->narg; i++)
		type[i] = op->type[s->arg[i]] == SQLDEF_INT ? 20 : 25;
	res = PQprepare(c, "", s->text, s->narg, type);
	ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK, "%s.%s: %s",
	    op->name, s->name, PQresultErrorMessage(res));
	PQclear(res);
	res = PQdescribePrepared(c, "");
	cols = PQnfields(res);
	PQclear(res);
	return (cols);
}

START_TEST(sql_accepts_every_statement)
{
	const struct sqldef_op *op;
	sqlite3 *db;
	PGconn *c = NULL;
	struct fix lite;
	int cols, i, j;

	up(ON_SQLITE);
	db = lite_open();
	lite = f;
	if (fix_kinds() == 2) {
		up(ON_PG);
		c = pg_open();
	}
	for (i = 0; i < sql_set.nop; i++) {
		op = &sql_set.op[i];
		for (j = 0; j < op->nstmt; j++) {
			cols = lite_columns(db, op, &op->stmt[j]);
			if (c != NULL)
				ck_assert_msg(
				    cols == pg_columns(c, op, &op->stmt[j]),
				    "%s.%s: columns differ", op->name,
				    op->stmt[j].name);
		}
	}
	sqlite3_close(db);
	if (c != NULL) {
		PQfinish(c);
		fix_free(&f);
	}
	fix_free(&lite);
}
END_TEST

/*
 * Ordinary outcomes are rows or no rows. With parameters that match nothing
 * an operation may still run into NOT NULL, never into a failure of types.
 */
START_TEST(sql_accepts_parameters_that_match_nothing)
{
	struct db_val val[SQLDEF_MAXPARAM];
	struct got g;
	int i, j;

	up(_i);
	for (i = 0; i < sql_set.nop; i++) {
		for (j = 0; j < sql_set.op[i].nparam; j++)
			val[j] = sql_set.op[i].type[j] == SQLDEF_INT
			    ? db_int(1)
			    : db_text("no-such");
		fix_ask(&f, i, val, &g);
		ck_assert_msg(
		    g.status != STORE_UNAVAILABLE, "%s", sql_set.op[i].name);
	}
	fix_free(&f);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sql");
	TCase *tc = tcase_create("sql");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, sql_accepts_every_statement);
	tcase_add_loop_test(
	    tc, sql_accepts_parameters_that_match_nothing, 0, fix_kinds());
	suite_add_tcase(s, tc);
	return (s);
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
