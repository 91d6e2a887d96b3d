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

/* Migrations (CASES 63), on SQLite and on the PostgreSQL of MOATD_TEST_PG. */
#include "config.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/store_fix.h"

static struct fix f;
static struct sqldef_migration mig[3];

/* A copy of the set's migrations, to tamper with; the first n count. */
static void
use(int n)
{
	memcpy(mig, tst_set.migration, sizeof(mig));
	f.set.migration = mig;
	f.set.nmigration = n;
}

static int64_t
applied(void)
{
	return (fix_sql(&f, "SELECT count(*) FROM schema_migrations"));
}

static void
refused(const char *text)
{
	struct tst_count p = { 0 };
	struct got g;

	fix_stop(&f);
	fix_start(&f);
	fix_wait(&f, &f.fatals, 1);
	ck_assert_int_eq(f.ups, 0);
	ck_assert_msg(strstr(f.text, text) != NULL, "%s", f.text);
	fix_ask(&f, TST_COUNT, &p, &g);
	ck_assert_int_eq(g.status, STORE_UNAVAILABLE);
}

START_TEST(migrate_accepts_step_by_step)
{
	fix_init(&f, _i);
	use(1);
	fix_up(&f);
	ck_assert_int_eq(applied(), 1);
	fix_stop(&f);
	f.set.nmigration = 2;
	fix_up(&f);
	ck_assert_int_eq(applied(), 2);
	fix_stop(&f);
	fix_up(&f); /* nothing to do */
	ck_assert_int_eq(applied(), 2);
	fix_free(&f);
}
END_TEST

START_TEST(migrate_rejects_newer_schema)
{
	fix_init(&f, _i);
	use(2);
	fix_up(&f);
	f.set.nmigration = 1;
	refused("database schema 2 is newer than this moatd (1): "
		"upgrade moatd");
	ck_assert_int_eq(applied(), 2);
	fix_free(&f);
}
END_TEST

START_TEST(migrate_rejects_edited_migration)
{
	fix_init(&f, _i);
	use(2);
	fix_up(&f);
	mig[0].text = "CREATE TABLE items (id TEXT);\n";
	refused("0001_items differs");
	fix_free(&f);
}
END_TEST

START_TEST(migrate_rejects_gap)
{
	fix_init(&f, _i);
	use(2);
	fix_up(&f);
	fix_sql(&f, "DELETE FROM schema_migrations WHERE version = 1");
	refused("lacks 0001_items");
	fix_free(&f);
}
END_TEST

START_TEST(migrate_rejects_failing_migration_whole)
{
	fix_init(&f, _i);
	use(2);
	mig[1].text = "CREATE TABLE notes (id TEXT);\n"
		      "INSERT INTO notes (id) VALUES ('x');\n"
		      "CREATE TABLE items (id TEXT);\n";
	fix_start(&f);
	fix_wait(&f, &f.fatals, 1);
	ck_assert_ptr_nonnull(strstr(f.text, "migration 0002_notes: "));
	ck_assert_int_eq(applied(), 1);
	fix_stop(&f);
	use(2); /* and nothing of it is in the way */
	fix_up(&f);
	ck_assert_int_eq(applied(), 2);
	fix_free(&f);
}
END_TEST

/* A child applies 0003 and says so on descriptor 2; then it is killed. */
static pid_t
start_child(int *fd)
{
	int pair[2];
	pid_t pid;

	ck_assert_int_eq(pipe(pair), 0);
	if ((pid = fork()) == 0) {
		dup2(pair[1], 2);
		close(pair[0]);
		f.base = event_base_new();
		fix_start(&f);
		fix_wait(&f, &f.ups, 1);
		_exit(0);
	}
	close(pair[1]);
	*fd = pair[0];
	return (pid);
}

START_TEST(migrate_accepts_restart_after_kill)
{
	char said[1024] = "";
	size_t n = 0;
	ssize_t r;
	pid_t pid;
	int fd, status;

	fix_init(&f, _i);
	use(3);
	pid = start_child(&fd);
	while (strstr(said, "0003_slow") == NULL && n + 1 < sizeof(said)) {
		r = read(fd, said + n, sizeof(said) - 1 - n);
		ck_assert_int_gt(r, 0);
		n += (size_t)r;
		said[n] = '\0';
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	close(fd);
	ck_assert_int_eq(applied(), 2);
	fix_up(&f);
	ck_assert_int_eq(applied(), 3);
	ck_assert_int_eq(fix_sql(&f, "SELECT count(*) FROM many"), 400000);
	fix_free(&f);
}
END_TEST

START_TEST(migrate_accepts_two_nodes_at_once)
{
	struct store *one;
	int ups;

	fix_init(&f, _i);
	use(3);
	f.conf.timeout_ms = 8000;
	fix_start(&f);
	one = f.st;
	f.st = store_prepare(&f.conf);
	store_start(f.st, f.base);
	ups = 2;
	fix_wait(&f, &f.ups, ups);
	ck_assert_int_eq(f.fatals, 0);
	ck_assert_int_eq(applied(), 3);
	ck_assert_int_eq(fix_sql(&f, "SELECT count(*) FROM many"), 400000);
	store_free(one);
	fix_free(&f);
}
END_TEST

struct told {
	int lines, done, ok;
	int creates;
	char text[128];
};

static void
line_cb(const char *text, void *arg)
{
	struct told *t = arg;

	t->lines++;
	t->creates += strstr(text, "CREATE TABLE") != NULL;
}

static void
done_cb(int ok, const char *summary, void *arg)
{
	struct told *t = arg;

	t->done++;
	t->ok = ok;
	snprintf(t->text, sizeof(t->text), "%s", summary);
}

START_TEST(migrate_accepts_manual)
{
	struct tst_count p = { 0 };
	struct told t;
	struct got g;

	fix_init(&f, _i);
	use(2);
	f.conf.migrate_manual = 1;
	f.conf.timeout_ms = 300;
	fix_start(&f);
	fix_wait(&f, &f.downs, 1);
	ck_assert_str_eq(f.text,
	    "2 migrations are pending: run moatctl "
	    "migrate");
	fix_ask(&f, TST_COUNT, &p, &g);
	ck_assert_int_eq(g.status, STORE_UNAVAILABLE);
	memset(&t, 0, sizeof(t));
	store_migrate(f.st, 1, line_cb, done_cb, &t);
	ck_assert_int_eq(t.done, 1);
	ck_assert_str_eq(t.text, "2 pending, schema is 0");
	ck_assert_int_eq(t.creates, 3);
	ck_assert_int_eq(applied(), 0);
	memset(&t, 0, sizeof(t));
	store_migrate(f.st, 0, line_cb, done_cb, &t);
	fix_wait(&f, &t.done, 1);
	ck_assert_int_eq(t.ok, 0);
	ck_assert_str_eq(t.text, "2 migrations applied, schema is 2");
	fix_wait(&f, &f.ups, 1);
	ck_assert_int_eq(applied(), 2);
	memset(&t, 0, sizeof(t));
	store_migrate(f.st, 1, line_cb, done_cb, &t);
	ck_assert_str_eq(t.text, "0 pending, schema is 2");
	ck_assert_int_eq(t.lines, 0);
	fix_free(&f);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("migrate");
	TCase *tc = tcase_create("migrate");
	int n = fix_kinds();

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, migrate_accepts_step_by_step, 0, n);
	tcase_add_loop_test(tc, migrate_accepts_restart_after_kill, 0, n);
	tcase_add_loop_test(tc, migrate_accepts_two_nodes_at_once, 0, n);
	tcase_add_loop_test(tc, migrate_accepts_manual, 0, n);
	tcase_add_loop_test(tc, migrate_rejects_newer_schema, 0, n);
	tcase_add_loop_test(tc, migrate_rejects_edited_migration, 0, n);
	tcase_add_loop_test(tc, migrate_rejects_gap, 0, n);
	tcase_add_loop_test(tc, migrate_rejects_failing_migration_whole, 0, n);
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
