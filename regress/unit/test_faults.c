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
 * The store: the faults of the databases: hung, killed, locked, full, not
 * there. PostgreSQL's need MOATD_TEST_PG, a full disk needs root.
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/types.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/store_fix.h"
#include "src/base/clock.h"

static struct fix f;

static void
put(const char *id)
{
	struct tst_put p = PUT(id, "v", 1);
	struct got g;

	fix_ask(&f, TST_PUT, &p, &g);
	ck_assert_int_eq(g.status, STORE_OK);
	ck_assert_int_eq(g.rows, 1);
	ck_assert_int_eq(g.changed, 1);
}

/* ---- PostgreSQL's faults */

static pid_t
backend(void)
{
	struct got g;

	fix_ask(&f, TST_PID, "", &g);
	ck_assert_int_eq(g.status, STORE_OK);
	return ((pid_t)g.num);
}

START_TEST(store_rejects_while_backend_hangs)
{
	struct tst_put p = PUT("x", "v", 1);
	struct got g[3];
	pid_t pid;
	int64_t t;
	int i;

	fix_init(&f, ON_PG);
	f.conf.timeout_ms = 400;
	fix_up(&f);
	pid = backend();
	if (kill(pid, SIGSTOP) == -1)
		goto out; /* another user's process */
	t = clock_mono();
	for (i = 0; i < 3; i++) {
		p = PUT("x", "v", i);
		fix_run(&f, TST_PUT, &p, &g[i]);
	}
	for (i = 0; i < 3; i++) {
		fix_wait(&f, &g[i].done, 1);
		ck_assert_int_eq(g[i].status, STORE_UNAVAILABLE);
		ck_assert_int_lt(g[i].at - t, 800000);
	}
	fix_wait(&f, &f.downs, 1);
	fix_wait(&f, &f.ups, 2);
	kill(pid, SIGCONT);
	put("after");
	ck_assert_int_ne(backend(), pid);
out:
	fix_free(&f);
}
END_TEST

static void
terminate(pid_t pid)
{
	char sql[80];

	snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d)", (int)pid);
	fix_sql(&f, sql);
}

/* Whatever the moment of the loss: each operation counts exactly once. */
START_TEST(store_accepts_loss_of_connection)
{
	enum { N = 400 };
	struct tst_bump p = { db_text("a"), { DB_NULL, 0, NULL } };
	struct got *g = calloc(N, sizeof(*g));
	char op[16];
	int i;

	fix_init(&f, ON_PG);
	f.conf.timeout_ms = 5000;
	fix_up(&f);
	for (i = 0; i < N; i++) {
		if (i % 100 == 50)
			terminate(backend());
		snprintf(op, sizeof(op), "op%d", i);
		p.op = db_text(op);
		fix_run(&f, TST_BUMP, &p, &g[i]);
		if (i % 100 == 49)
			event_base_loop(f.base, EVLOOP_NONBLOCK);
	}
	for (i = 0; i < N; i++) {
		fix_wait(&f, &g[i].done, 1);
		ck_assert_int_eq(g[i].status, STORE_OK);
	}
	ck_assert_int_eq(fix_count(&f), N);
	ck_assert_int_ge(f.ups, 2); /* it was lost indeed */
	free(g);
	fix_free(&f);
}
END_TEST

START_TEST(store_rejects_while_down)
{
	struct tst_put p = PUT("x", "v", 1);
	struct got g;
	int64_t t;

	fix_init(&f, ON_PG);
	f.conf.timeout_ms = 300;
	f.conf.dsn = "postgresql://u:p@127.0.0.1:1/x?connect_timeout=1";
	fix_start(&f);
	fix_wait(&f, &f.downs, 1);
	t = clock_mono();
	fix_ask(&f, TST_PUT, &p, &g);
	ck_assert_int_eq(g.status, STORE_UNAVAILABLE);
	ck_assert_int_lt(g.at - t, 800000);
	fix_turn(&f, 400);
	t = clock_mono();
	fix_ask(&f, TST_PUT, &p, &g); /* now it does not wait */
	ck_assert_int_eq(g.status, STORE_UNAVAILABLE);
	ck_assert_int_lt(g.at - t, 100000);
	ck_assert_int_eq(store_is_up(f.st), 0);
	ck_assert_int_eq(store_wants_restart(f.st), 0);
	fix_free(&f);
}
END_TEST

/* Callers that ask again at once must not keep the store from connecting. */
static void
stubborn_cb(enum store_status status, const struct store_result *res, void *arg)
{
	struct tst_count p = { 0 };
	int *ok = arg;

	(void)res;
	if (status == STORE_OK)
		++*ok;
	else
		store_run(f.st, (enum sql_op)TST_COUNT, &p, stubborn_cb, ok);
}

START_TEST(store_accepts_stubborn_callers)
{
	struct tst_count p = { 0 };
	char path[80], sql[200];
	int i, ok = 0;

	fix_init(&f, ON_PG);
	f.conf.timeout_ms = 200;
	/* A schema that is not there yet: every connection fails. */
	snprintf(sql, sizeof(sql), "DROP SCHEMA %s", f.schema);
	fix_sql(&f, sql);
	fix_start(&f);
	fix_wait(&f, &f.downs, 1);
	fix_turn(&f, 300);
	for (i = 0; i < 8; i++)
		store_run(f.st, (enum sql_op)TST_COUNT, &p, stubborn_cb, &ok);
	fix_turn(&f, 200);
	ck_assert_int_eq(ok, 0);
	snprintf(path, sizeof(path), "CREATE SCHEMA %s", f.schema);
	fix_sql(&f, path);
	fix_wait(&f, &ok, 8);
	fix_free(&f);
}
END_TEST

/* Two nodes that lock two rows in opposite order deadlock now and then. */
START_TEST(store_accepts_deadlocks)
{
	enum { N = 60 };
	struct tst_cross p = { db_text("a"), db_text("b") },
			 q = { db_text("b"), db_text("a") };
	struct got g[2][N];
	struct store *other, *first;
	int i, j;

	fix_init(&f, ON_PG);
	f.conf.timeout_ms = 9000;
	fix_up(&f);
	first = f.st;
	fix_up(&f);
	other = f.st;
	for (i = 0; i < N; i++) {
		f.st = first;
		fix_run(&f, TST_CROSS, &p, &g[0][i]);
		f.st = other;
		fix_run(&f, TST_CROSS, &q, &g[1][i]);
	}
	for (j = 0; j < 2; j++)
		for (i = 0; i < N; i++) {
			fix_wait(&f, &g[j][i].done, 1);
			ck_assert_int_eq(g[j][i].status, STORE_OK);
		}
	ck_assert_int_eq(fix_sql(&f, "SELECT sum(n) FROM counters"), 4 * N);
	store_free(first);
	fix_free(&f);
}
END_TEST

/* ---- SQLite's faults */

START_TEST(store_rejects_while_locked)
{
	struct tst_put p = PUT("x", "v", 1);
	struct got g;
	sqlite3 *db;
	char path[128];

	fix_init(&f, ON_SQLITE);
	f.conf.timeout_ms = 400;
	fix_up(&f);
	snprintf(path, sizeof(path), "%s/moatd.sqlite", f.dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", 0, 0, 0), SQLITE_OK);
	fix_ask(&f, TST_PUT, &p, &g);
	ck_assert_int_eq(g.status, STORE_UNAVAILABLE);
	fix_ask(&f, TST_COUNT, "", &g); /* reads go on */
	ck_assert_int_eq(g.status, STORE_OK);
	sqlite3_close(db);
	put("after");
	fix_free(&f);
}
END_TEST

static void
fill(const char *dir, off_t leave)
{
	char path[128], block[4096];
	FILE *fp;

	memset(block, 'x', sizeof(block));
	snprintf(path, sizeof(path), "%s/fill", dir);
	ck_assert_ptr_nonnull(fp = fopen(path, "w"));
	while (fwrite(block, sizeof(block), 1, fp) == 1 && fflush(fp) == 0)
		continue;
	if (leave > 0)
		ck_assert_int_eq(truncate(path, ftello(fp) - leave), 0);
	fclose(fp);
}

START_TEST(store_rejects_writes_on_full_disk)
{
	struct tst_put p;
	struct got g;
	char *big, path[128], id[12];
	int i;

	fix_init(&f, ON_SQLITE);
	if (mount("moatd", f.dir, "tmpfs", 0, "size=2m,mode=700") == -1) {
		fix_free(&f);
		return; /* not root, or no mounts here */
	}
	fix_up(&f);
	put("before");
	fill(f.dir, 0);
	big = calloc(1, 100001);
	memset(big, 'y', 100000);
	for (i = 0, g.status = STORE_OK; g.status == STORE_OK && i < 20; i++) {
		snprintf(id, sizeof(id), "%d", i);
		p = PUT(id, big, 1);
		fix_ask(&f, TST_PUT, &p, &g);
	}
	ck_assert_int_eq(g.status, STORE_UNAVAILABLE);
	fix_ask(&f, TST_COUNT, "", &g);
	ck_assert_int_eq(g.status, STORE_OK);
	ck_assert_int_eq(fix_count(&f), 1);
	snprintf(path, sizeof(path), "%s/fill", f.dir);
	ck_assert_int_eq(unlink(path), 0);
	put("after");
	free(big);
	fix_stop(&f);
	ck_assert_int_eq(umount2(f.dir, MNT_DETACH), 0);
	fix_free(&f);
}
END_TEST

START_TEST(store_rejects_other_file)
{
	char path[128];
	FILE *fp;

	fix_init(&f, ON_SQLITE);
	snprintf(path, sizeof(path), "%s/moatd.sqlite", f.dir);
	ck_assert_ptr_nonnull(fp = fopen(path, "w"));
	for (int i = 0; i < 1000; i++)
		fputs("this is not a database\n", fp);
	fclose(fp);
	fix_start(&f);
	fix_wait(&f, &f.fatals, 1);
	fix_free(&f);
}
END_TEST

START_TEST(store_rejects_missing_directory)
{
	fix_init(&f, ON_SQLITE);
	rmdir(f.dir);
	f.st = store_prepare(&f.conf);
}
END_TEST

START_TEST(store_rejects_dsn)
{
	static const char *const dsn[] = {
		"postgresql://h:notaport:/x=?%",
		"nonsense",
		"service=x",
		"host=127.0.0.1 replication=true",
		"host=127.0.0.1 user=u sslrootcert=/does/not/exist",
		"host=127.0.0.1 user=u sslmode=verify-full",
	};

	fix_init(&f, ON_SQLITE);
	rmdir(f.dir);
	f.conf.postgres = 1;
	f.conf.dsn = dsn[_i];
	f.st = store_prepare(&f.conf);
}
END_TEST

START_TEST(store_accepts_second_host)
{
	char dsn[2048];
	const char *env = getenv("MOATD_TEST_PG");
	const char *h;

	fix_init(&f, ON_PG);
	/* host=a,b form of a key-value DSN whose host comes first. */
	if (strncmp(env, "host=", 5) != 0)
		goto out;
	h = f.dsn + 5;
	snprintf(dsn, sizeof(dsn), "host=/nonexistent,%s", h);
	f.conf.dsn = dsn;
	fix_up(&f);
	put("there");
out:
	fix_free(&f);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("faults");
	TCase *tc = tcase_create("faults");
	int n = fix_kinds();

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, store_rejects_while_locked);
	tcase_add_test(tc, store_rejects_writes_on_full_disk);
	tcase_add_test(tc, store_rejects_other_file);
	tcase_add_exit_test(tc, store_rejects_missing_directory, 1);
	tcase_add_loop_exit_test(tc, store_rejects_dsn, 1, 0, 6);
	if (n == 2) {
		tcase_add_test(tc, store_rejects_while_backend_hangs);
		tcase_add_test(tc, store_accepts_loss_of_connection);
		tcase_add_test(tc, store_rejects_while_down);
		tcase_add_test(tc, store_accepts_deadlocks);
		tcase_add_test(tc, store_accepts_stubborn_callers);
		tcase_add_test(tc, store_accepts_second_host);
	}
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
