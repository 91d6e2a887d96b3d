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
 * The sealer and the export in a whole engine: when they run, what they do
 * with vaults that are dead, late or lying, and at the end.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/audit_export.h"
#include "privsep/engine/audit_seal.h"
#include "regress/unit/engine_rig.h"
#include "src/base/clock.h"
#include "src/jose/chain_check.h"

static struct rig r;

static void
up_user(void)
{
	rig_up(&r);
	ck_assert_int_eq(rig_register(&r, "alice")->type, IMSG_REGISTER_RES);
}

/* Turns until the number is that; fails after some seconds. */
static void
wait_sql(const char *sql, int64_t want)
{
	int64_t end = clock_mono() + 5 * CLOCK_SEC;

	while (rig_sql(&r, sql) != want) {
		rig_turn(&r, 10);
		ck_assert_msg(clock_mono() < end, "%s", sql);
	}
}

static void
wait_sealed(void)
{
	wait_sql("SELECT count(*) FROM audit WHERE seq IS NULL", 0);
}

static int64_t
heads(void)
{
	return (rig_sql(&r, "SELECT count(*) FROM audit_heads"));
}

START_TEST(sealer_accepts_acts_within_a_second)
{
	int64_t began;

	up_user();
	began = clock_mono();
	wait_sealed();
	ck_assert_int_lt(clock_mono() - began, 3 * CLOCK_SEC / 2);
	ck_assert_int_eq(rig_sql(&r, "SELECT seq FROM audit_chains"), 1);
	ck_assert_int_eq(heads(), 0);
	rig_down(&r);
}
END_TEST

START_TEST(sealer_accepts_a_head_for_each_change)
{
	up_user();
	wait_sealed();
	r.e.sealer->next_head = 0;
	wait_sql("SELECT count(*) FROM audit_heads", 1);
	r.e.sealer->next_head = 0;	/* nothing is new */
	r.e.sealer->next = 0;
	rig_turn(&r, 700);
	ck_assert_int_eq(heads(), 1);
	ck_assert_int_gt(r.e.sealer->next_head, clock_mono());
	rig_register(&r, "bob");
	wait_sealed();
	r.e.sealer->next_head = 0;
	wait_sql("SELECT max(seq) FROM audit_heads", 2);
	rig_down(&r);
}
END_TEST

START_TEST(sealer_accepts_the_end)
{
	int64_t began;

	up_user();
	began = clock_mono();
	engine_stop(&r.e);
	rig_wait(&r, &r.left);
	ck_assert_int_lt(clock_mono() - began, CLOCK_SEC);
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM audit_heads AS h, "
	    "audit_chains AS c WHERE h.seq = c.seq AND h.hash = c.hash"), 1);
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM audit "
	    "WHERE seq IS NULL"), 0);
	rig_down(&r);
}
END_TEST

/* Vaults that do not answer hold the end up for a bounded time. */
START_TEST(sealer_rejects_to_wait_for_vaults)
{
	int64_t began;

	up_user();
	r.vault[0].hold = r.vault[1].hold = 1;
	began = clock_mono();
	engine_stop(&r.e);
	rig_wait(&r, &r.left);
	ck_assert_int_lt(clock_mono() - began, 5 * CLOCK_SEC / 2);
	ck_assert_int_eq(heads(), 0);
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM audit "
	    "WHERE seq IS NULL"), 0);
	rig_down(&r);
}
END_TEST

START_TEST(sealer_rejects_lying_vaults)
{
	up_user();
	wait_sealed();
	r.vault[0].lie = r.vault[1].lie = 2;
	r.e.sealer->next_head = 0;
	rig_wait(&r, &r.bad);
	rig_turn(&r, 300);
	ck_assert_int_eq(heads(), 0);
	/* and goes on sealing */
	rig_register(&r, "bob");
	wait_sealed();
	rig_down(&r);
}
END_TEST

/* ---- exports ---- */

static struct {
	struct buf	 text;
	int		 done, code;
	char		 why[128];
	long		 pending;
} ex;

static void
ex_text(const char *text, size_t n, void *arg)
{
	(void)arg;
	ck_assert_uint_lt(n, 65536);
	buf_add(&ex.text, text, n);
}

static long
ex_pending(void *arg)
{
	(void)arg;
	return (ex.pending);
}

static void
ex_done(int code, const char *why, void *arg)
{
	(void)arg;
	ex.done++;
	ex.code = code;
	snprintf(ex.why, sizeof(ex.why), "%s", why);
}

static void
ex_start(void)
{
	const struct export_to to = { ex_text, ex_pending, ex_done, NULL };

	buf_free(&ex.text);
	memset(&ex, 0, sizeof(ex));
	audit_export(&r.e, "default", 0, 0, &to);
	ck_assert_int_eq(ex.done, 0);
}

static const struct chain_report *
ex_check(struct chain_check **check)
{
	char *p = buf_cstr(&ex.text), *eol;

	*check = chain_check_new(test_set);
	for (; (eol = strchr(p, '\n')) != NULL; p = eol + 1)
		(void)chain_check_line(*check, p, (size_t)(eol - p));
	(void)chain_check_end(*check);
	return (chain_check_report(*check));
}

START_TEST(export_accepts_a_whole_chain)
{
	const struct chain_report *rep;
	struct chain_check *check;

	up_user();
	rig_sql(&r, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
	    "FROM n WHERE i < 999) INSERT INTO audit (id, tenant, created_at, "
	    "action, result) SELECT 'e' || i, 'default', i, 'user.update', "
	    "'success' FROM n");
	ex_start();
	rig_wait(&r, &ex.done);
	ck_assert_int_eq(ex.code, 0);
	rep = ex_check(&check);
	ck_assert_msg(!rep->broken, "%s", rep->why);
	ck_assert_int_eq(rep->entries, 1000);
	ck_assert_int_eq(rep->heads, 1);
	chain_check_free(check);
	rig_down(&r);
}
END_TEST

START_TEST(export_rejects_to_run_ahead_of_its_reader)
{
	up_user();
	ex_start();
	ex.pending = 1 << 20;
	rig_turn(&r, 300);
	ck_assert_int_eq(ex.done, 0);
	ck_assert_uint_eq(ex.text.len, 0);
	ex.pending = 0;
	rig_wait(&r, &ex.done);
	ck_assert_uint_gt(ex.text.len, 0);
	ex_start();
	ex.pending = -1;		/* nobody reads */
	rig_wait(&r, &ex.done);
	ck_assert_int_eq(ex.code, 1);
	ck_assert_uint_eq(ex.text.len, 0);
	rig_down(&r);
}
END_TEST

START_TEST(export_rejects_an_end_without_head)
{
	up_user();
	r.vault[0].hold = r.vault[1].hold = 1;
	ex_start();
	rig_wait(&r, &ex.done);
	ck_assert_int_eq(ex.code, 1);
	ck_assert_ptr_nonnull(strstr(ex.why, "vault"));
	ck_assert_ptr_null(memmem(ex.text.p, ex.text.len, "\"head\"", 6));
	rig_down(&r);
}
END_TEST

START_TEST(export_accepts_many_at_once)
{
	const struct export_to to = { ex_text, ex_pending, ex_done, NULL };
	int i;

	up_user();
	ex_start();
	for (i = 0; i < 9; i++)
		audit_export(&r.e, "default", 0, 0, &to);
	while (ex.done < 10)
		rig_turn(&r, 1);
	ck_assert_int_eq(heads(), 1);
	rig_down(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		sealer_accepts_acts_within_a_second,
		sealer_accepts_a_head_for_each_change,
		sealer_accepts_the_end,
		sealer_rejects_to_wait_for_vaults,
		sealer_rejects_lying_vaults,
		export_accepts_a_whole_chain,
		export_rejects_to_run_ahead_of_its_reader,
		export_rejects_an_end_without_head,
		export_accepts_many_at_once,
	};

	return (rig_main("engine_audit", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
