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

#include "config.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/store_fix.h"
#include "src/base/clock.h"
#include "src/base/rnd.h"

#define WAIT_US (10 * CLOCK_SEC)

/* Texts that the tests were given. */
static struct kept {
	struct kept *next;
	char text[];
} * kept;

char *
fix_text(const char *s)
{
	struct kept *k;
	size_t n;

	if (s == NULL)
		return (NULL);
	n = strlen(s) + 1;
	ck_assert_ptr_nonnull(k = malloc(sizeof(*k) + n));
	memcpy(k->text, s, n);
	k->next = kept;
	kept = k;
	return (k->text);
}

static void
forget_texts(void)
{
	struct kept *k;

	while ((k = kept) != NULL) {
		kept = k->next;
		free(k);
	}
}

int
fix_kinds(void)
{
	return (getenv("MOATD_TEST_PG") != NULL ? 2 : 1);
}

static void
event_cb(enum store_event what, const char *text, void *arg)
{
	struct fix *f = arg;

	snprintf(f->text, sizeof(f->text), "%s", text);
	f->ups += what == STORE_UP;
	f->downs += what == STORE_DOWN;
	f->fatals += what == STORE_FATAL;
}

static int64_t
pg_sql(struct fix *f, const char *sql)
{
	PGconn *c = PQconnectdb(getenv("MOATD_TEST_PG"));
	PGresult *res;
	char path[128];
	int64_t n = -1;

	ck_assert_msg(PQstatus(c) == CONNECTION_OK, "%s", PQerrorMessage(c));
	snprintf(path, sizeof(path),
	    "SET client_min_messages = error;"
	    "SET search_path = %s",
	    f->schema);
	PQclear(PQexec(c, path));
	res = PQexec(c, sql);
	if (PQresultStatus(res) == PGRES_FATAL_ERROR)
		ck_abort_msg("%s", PQerrorMessage(c));
	if (PQntuples(res) > 0)
		n = strtoll(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	PQfinish(c);
	return (n);
}

static int64_t
lite_sql(struct fix *f, const char *sql)
{
	sqlite3_stmt *s;
	sqlite3 *db;
	char path[128];
	int64_t n = -1;

	snprintf(path, sizeof(path), "%s/moatd.sqlite", f->dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 2000);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK,
	    "%s", sqlite3_errmsg(db));
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return (n);
}

int64_t
fix_sql(struct fix *f, const char *sql)
{
	return (f->kind == ON_PG ? pg_sql(f, sql) : lite_sql(f, sql));
}

/* The test's DSN with a search_path, whichever of its two forms it has. */
static void
make_dsn(struct fix *f)
{
	const char *dsn = getenv("MOATD_TEST_PG");
	char name[16], sql[128];

	rnd_text(name, 12);
	for (char *p = name; *p != '\0'; p++)
		*p = (char)('a' + (unsigned char)*p % 26);
	snprintf(f->schema, sizeof(f->schema), "t_%s", name);
	if (strncmp(dsn, "postgres", 8) == 0)
		snprintf(f->dsn, sizeof(f->dsn),
		    "%s%coptions=-csearch_path%%3D%s", dsn,
		    strchr(dsn, '?') != NULL ? '&' : '?', f->schema);
	else
		snprintf(f->dsn, sizeof(f->dsn),
		    "%s options='-csearch_path=%s'", dsn, f->schema);
	snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", f->schema);
	pg_sql(f, sql);
}

void
fix_init(struct fix *f, int kind)
{
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	f->set = tst_set;
	f->set.nmigration = 2;
	snprintf(f->dir, sizeof(f->dir), "/tmp/moatd-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	if (kind == ON_PG)
		make_dsn(f);
	f->conf.postgres = kind == ON_PG;
	f->conf.dsn = f->dsn;
	f->conf.dir = f->dir;
	f->conf.timeout_ms = 2000;
	f->conf.set = &f->set;
	f->conf.event = event_cb;
	f->conf.arg = f;
	f->base = event_base_new();
}

void
fix_start(struct fix *f)
{
	f->ups = f->downs = f->fatals = 0;
	f->st = store_prepare(&f->conf);
	store_start(f->st, f->base);
}

void
fix_stop(struct fix *f)
{
	store_free(f->st);
	f->st = NULL;
}

void
fix_up(struct fix *f)
{
	if (f->base == NULL)
		ck_abort();
	fix_start(f);
	fix_wait(f, &f->ups, 1);
}

void
fix_free(struct fix *f)
{
	static const char *const names[] = { "", "-wal", "-shm", "-journal" };
	char path[128];
	size_t i;

	fix_stop(f);
	forget_texts();
	event_base_free(f->base);
	if (f->kind == ON_PG) {
		snprintf(
		    path, sizeof(path), "DROP SCHEMA %s CASCADE", f->schema);
		pg_sql(f, path);
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(
		    path, sizeof(path), "%s/moatd.sqlite%s", f->dir, names[i]);
		unlink(path);
	}
	rmdir(f->dir);
}

static void
nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
fix_turn(struct fix *f, int ms)
{
	struct timeval tv = { 0, 10000 };
	struct event *ev = event_new(f->base, -1, EV_PERSIST, nothing, NULL);
	int64_t end = clock_mono() + ms * 1000LL;

	event_add(ev, &tv);
	while (clock_mono() < end)
		event_base_loop(f->base, EVLOOP_ONCE);
	event_free(ev);
}

void
fix_wait(struct fix *f, const int *flag, int n)
{
	int64_t end = clock_mono() + WAIT_US;

	while (*flag < n) {
		fix_turn(f, 1);
		ck_assert_msg(
		    clock_mono() < end, "waited too long: %s", f->text);
	}
}

static void
got_cb(enum store_status status, const struct store_result *res, void *arg)
{
	struct got *g = arg;
	const char *s;

	g->done++;
	g->status = status;
	g->at = clock_mono();
	ck_assert((res != NULL) == (status == STORE_OK));
	if (res == NULL)
		return;
	g->rows = store_rows(res, 0);
	g->changed = store_changed(res, 0);
	if (g->rows == 0)
		return;
	s = store_text(res, 0, 0, 0);
	g->text = fix_text(s);
	g->num = store_int(res, 0, 0, 0);
}

void
fix_run(struct fix *f, int op, const void *params, struct got *g)
{
	memset(g, 0, sizeof(*g));
	store_run(f->st, (enum sql_op)op, params, got_cb, g);
	ck_assert_int_eq(g->done, 0);
}

void
fix_ask(struct fix *f, int op, const void *params, struct got *g)
{
	fix_run(f, op, params, g);
	fix_wait(f, &g->done, 1);
}

int64_t
fix_count(struct fix *f)
{
	return (fix_sql(f, "SELECT count(*) FROM items"));
}
