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
 * The store: operations, batches, refusals (CASES 49). Each
 * test runs on SQLite, and on PostgreSQL when MOATD_TEST_PG is a DSN.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- what works */

struct row {
	int done;
	char *val, *id;
	int64_t num;
	int null;
};

static void
row_cb(enum store_status status, const struct store_result *res, void *arg)
{
	struct row *r = arg;

	r->done = 1;
	ck_assert_int_eq(status, STORE_OK);
	ck_assert_int_eq(store_rows(res, TST_GET__ITEM), 1);
	ck_assert_int_eq(store_changed(res, TST_GET__ITEM), 0);
	r->null = store_isnull(res, 0, 0, 0);
	if (!r->null)
		r->val = fix_text(store_text(res, 0, 0, 0));
	r->num = store_int(res, 0, 0, 1);
	r->id = fix_text(store_text(res, 0, 0, 2));
}

static struct row
get(const char *id)
{
	struct tst_get p = { db_text(id) };
	struct row r = { 0, NULL, NULL, 0, 0 };

	store_run(f.st, (enum sql_op)TST_GET, &p, row_cb, &r);
	fix_wait(&f, &r.done, 1);
	return (r);
}

START_TEST(store_accepts_operation)
{
	struct tst_put p = PUT("one", "Zoë", INT64_MIN);
	struct got g;
	struct row r;

	fix_init(&f, _i);
	fix_up(&f);
	fix_ask(&f, TST_PUT, &p, &g);
	ck_assert_int_eq(g.status, STORE_OK);
	ck_assert_str_eq(g.text, "one");
	/* Once more: no row, no error. */
	fix_ask(&f, TST_PUT, &p, &g);
	ck_assert_int_eq(g.status, STORE_OK);
	ck_assert_int_eq(g.rows, 0);
	ck_assert_int_eq(g.changed, 0);
	r = get("one");
	ck_assert_str_eq(r.val, "Zoë");
	ck_assert(r.num == INT64_MIN);
	ck_assert_int_eq(store_is_up(f.st), 1);
	ck_assert_int_eq(store_queue(f.st), 0);
	fix_free(&f);
}
END_TEST

START_TEST(store_accepts_null_and_empty)
{
	struct tst_put p = PUT("n", NULL, 5), q = PUT("e", "", 6);
	struct got g;

	fix_init(&f, _i);
	fix_up(&f);
	fix_ask(&f, TST_PUT, &p, &g);
	fix_ask(&f, TST_PUT, &q, &g);
	ck_assert_int_eq(get("n").null, 1);
	ck_assert_int_eq(get("e").null, 0);
	ck_assert_str_eq(get("e").val, "");
	fix_free(&f);
}
END_TEST

static const char *const meta[] = {
	"'; DROP TABLE items; --",
	"\" OR \"\"=\"",
	"a\\'b\\\\",
	"%_$1$$",
	":id @x ?1",
	"x\n\r\t;",
	"\x7f\x01",
	"/* */ --",
	"E'\\x41'",
	"\xf0\x9f\x94\x91 \xe2\x80\xae",
};

START_TEST(store_accepts_metacharacters) /* CASES 49 */
{
	struct tst_put p;
	struct got g;
	size_t i;

	fix_init(&f, _i);
	fix_up(&f);
	for (i = 0; i < sizeof(meta) / sizeof(meta[0]); i++) {
		p = PUT(meta[i], meta[i], 1);
		fix_ask(&f, TST_PUT, &p, &g);
		ck_assert_int_eq(g.status, STORE_OK);
		ck_assert_str_eq(get(meta[i]).val, meta[i]);
		ck_assert_str_eq(get(meta[i]).id, meta[i]);
	}
	ck_assert_int_eq(fix_count(&f), i);
	fix_free(&f);
}
END_TEST

/* More than any socket buffer in both directions within one pipeline. */
START_TEST(store_accepts_big_batch)
{
	enum { N = 32, BIG = 512 * 1024 };
	struct tst_put p;
	struct tst_get q;
	struct got g[N];
	char *big = malloc(BIG + 1), id[N][12];
	int i, round;

	fix_init(&f, _i);
	f.conf.timeout_ms = 8000;
	fix_up(&f);
	memset(big, 'x', BIG);
	big[BIG] = '\0';
	for (round = 0; round < 2; round++) {
		for (i = 0; i < N; i++) {
			snprintf(id[i], sizeof(id[i]), "%d", i);
			p = PUT(id[i], big, i);
			q = (struct tst_get){ db_text(id[i]) };
			fix_run(&f, round ? TST_GET : TST_PUT,
			    round ? (void *)&q : (void *)&p, &g[i]);
		}
		for (i = 0; i < N; i++) {
			fix_wait(&f, &g[i].done, 1);
			ck_assert_int_eq(g[i].status, STORE_OK);
			if (round)
				ck_assert_int_eq(strlen(g[i].text), BIG);
		}
	}
	free(big);
	fix_free(&f);
}
END_TEST

struct seen {
	int done;
	int64_t rows; /* visible to others at the first callback */
};

static void
seen_cb(enum store_status status, const struct store_result *res, void *arg)
{
	struct seen *s = arg;

	(void)res;
	ck_assert_int_eq(status, STORE_OK);
	if (s->done++ == 0)
		s->rows = fix_count(&f);
}

START_TEST(store_accepts_group_in_one_commit)
{
	struct seen s = { 0, 0 };
	struct tst_put p;
	char id[12];
	int i;

	fix_init(&f, _i);
	fix_up(&f);
	for (i = 0; i < 32; i++) {
		snprintf(id, sizeof(id), "%d", i);
		p = PUT(id, "v", i);
		store_run(f.st, (enum sql_op)TST_PUT, &p, seen_cb, &s);
	}
	fix_wait(&f, &s.done, 32);
	ck_assert_int_eq(s.rows, 32);
	if (f.kind == ON_PG)
		ck_assert_int_eq(
		    fix_sql(&f, "SELECT count(DISTINCT xmin::text) FROM items"),
		    1);
	fix_free(&f);
}
END_TEST

/* ---- what does not */

START_TEST(store_rejects_wrong_parameters)
{
	struct tst_put p = PUT("a", "\xc3(", 1), q = PUT("b", "v", 1);
	struct got g;

	fix_init(&f, _i);
	fix_up(&f);
	fix_ask(&f, TST_PUT, &p, &g); /* not UTF-8 */
	ck_assert_int_eq(g.status, STORE_ERROR);
	q.num = db_text("1");
	fix_ask(&f, TST_PUT, &q, &g); /* text for an int */
	ck_assert_int_eq(g.status, STORE_ERROR);
	q = PUT("b", "v", 1);
	q.val = db_int(7);
	fix_ask(&f, TST_PUT, &q, &g);
	ck_assert_int_eq(g.status, STORE_ERROR);
	ck_assert_int_eq(fix_count(&f), 0);
	fix_free(&f);
}
END_TEST

START_TEST(store_rejects_failed_operation_whole)
{
	struct tst_clash c = { db_text("new"), db_text("old") };
	struct got g;

	fix_init(&f, _i);
	fix_up(&f);
	put("old");
	fix_ask(&f, TST_CLASH, &c, &g);
	ck_assert_int_eq(g.status, STORE_ERROR);
	ck_assert_int_eq(fix_count(&f), 1); /* its first row is gone too */
	fix_ask(&f, TST_BROKEN, "", &g);
	ck_assert_int_eq(g.status, STORE_ERROR);
	ck_assert_int_eq(fix_count(&f), 1);
	put("after");
	fix_free(&f);
}
END_TEST

START_TEST(store_rejects_only_the_guilty_of_a_batch)
{
	enum { N = 31 };
	struct tst_clash c = { db_text("new"), db_text("old") };
	struct tst_put p;
	struct got g[N + 1];
	char id[12];
	int i;

	fix_init(&f, _i);
	fix_up(&f);
	put("old");
	for (i = 0; i < N; i++) {
		if (i == N / 2)
			fix_run(&f, TST_CLASH, &c, &g[N]);
		snprintf(id, sizeof(id), "%d", i);
		p = PUT(id, "v", i);
		fix_run(&f, TST_PUT, &p, &g[i]);
	}
	for (i = 0; i < N; i++) {
		fix_wait(&f, &g[i].done, 1);
		ck_assert_int_eq(g[i].status, STORE_OK);
		ck_assert_int_eq(g[i].rows, 1);
	}
	fix_wait(&f, &g[N].done, 1);	/* it had another try, or two */
	ck_assert_int_eq(g[N].status, STORE_ERROR);
	ck_assert_int_eq(fix_count(&f), N + 1);
	fix_free(&f);
}
END_TEST

START_TEST(store_rejects_slow_operation)
{
	struct tst_work w = { db_int(INT64_C(1) << 40) };
	struct got g;
	int64_t t;

	fix_init(&f, _i);
	f.conf.timeout_ms = 300;
	fix_up(&f);
	t = clock_mono();
	fix_ask(&f, TST_WORK, &w, &g);
	ck_assert_int_eq(g.status, STORE_UNAVAILABLE);
	ck_assert_int_lt(g.at - t, 900000);
	fix_wait(&f, &f.ups, f.downs + 1);
	put("after");
	fix_free(&f);
}
END_TEST

START_TEST(store_rejects_more_than_its_queue)
{
	enum { N = 6000 };
	struct tst_get p = { db_text("x") };
	struct got *g = calloc(N, sizeof(*g));
	int i, refused = 0;

	fix_init(&f, _i);
	fix_up(&f);
	for (i = 0; i < N; i++)
		fix_run(&f, TST_GET, &p, &g[i]);
	for (i = 0; i < N; i++) {
		fix_wait(&f, &g[i].done, 1);
		ck_assert_int_eq(g[i].done, 1);
		refused += g[i].status == STORE_UNAVAILABLE;
	}
	ck_assert_int_ge(refused, N - 4096);
	ck_assert_int_lt(refused, N);
	free(g);
	fix_free(&f);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store");
	TCase *tc = tcase_create("store");
	int n = fix_kinds();

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, store_accepts_operation, 0, n);
	tcase_add_loop_test(tc, store_accepts_null_and_empty, 0, n);
	tcase_add_loop_test(tc, store_accepts_metacharacters, 0, n);
	tcase_add_loop_test(tc, store_accepts_big_batch, 0, n);
	tcase_add_loop_test(tc, store_accepts_group_in_one_commit, 0, n);
	tcase_add_loop_test(tc, store_rejects_wrong_parameters, 0, n);
	tcase_add_loop_test(tc, store_rejects_failed_operation_whole, 0, n);
	tcase_add_loop_test(tc, store_rejects_only_the_guilty_of_a_batch, 0, n);
	tcase_add_loop_test(tc, store_rejects_slow_operation, 0, n);
	tcase_add_loop_test(tc, store_rejects_more_than_its_queue, 0, n);
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
