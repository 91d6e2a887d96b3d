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
 * Rotation of refresh tokens as SQL, on both databases and from two nodes
 * (CASES 23 to 28).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

/* ---- refresh ---- */

START_TEST(refresh_accepts_chain_in_one_instant)	/* 25 */
{
	char op[16], a[16], b[16];
	int i;

	up_user(_i);
	for (i = 1; i < 20; i++) {
		snprintf(op, sizeof(op), "o%d", i);
		snprintf(a, sizeof(a), "a%d", i);
		snprintf(b, sizeof(b), "a%d", i + 1);
		ck_assert_int_eq(do_refresh(op, a, b, T0), 1);
	}
	ck_assert_int_eq(fix_sql(&f, "SELECT generation FROM refresh_tokens "
	    "WHERE used_at IS NULL"), 20);
	down();
}
END_TEST

START_TEST(refresh_accepts_repeat_within_grace)
{
	up_user(_i);
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0), 1);
	ck_assert_int_eq(do_refresh("o2", "a1", "a2", T0 + GRACE), 1);
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0 + 3 * GRACE), 1);
	ck_assert_int_eq(count("refresh_tokens"), 2);
	ck_assert_int_eq(do_bearer("s1", T0 + GRACE), 1);
	down();
}
END_TEST

START_TEST(refresh_rejects_reuse_after_grace)
{
	up_user(_i);
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0), 1);
	ck_assert_int_eq(do_refresh("o2", "a1", "a2", T0 + GRACE + 1), 0);
	ck_assert_int_eq(do_bearer("s1", T0), 0);
	ck_assert_int_eq(do_refresh("o3", "a2", "a3", T0), 0);
	ck_assert_int_eq(count("audit WHERE action = 'token.reuse'"), 1);
	down();
}
END_TEST

/* A clock set back an hour must not make the grace an hour longer. */
START_TEST(refresh_rejects_reuse_from_before_the_clock_was_set)	/* 56 */
{
	up_user(_i);
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0), 1);
	ck_assert_int_eq(do_refresh("o2", "a1", "a2", T0 - GRACE), 1);
	ck_assert_int_eq(do_refresh("o3", "a1", "a2", T0 - GRACE - 1), 0);
	ck_assert_int_eq(count("audit WHERE action = 'token.reuse'"), 1);
	down();
}
END_TEST

START_TEST(refresh_rejects_reuse_once_successor_was_used)
{
	up_user(_i);
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0), 1);
	ck_assert_int_eq(do_refresh("o2", "a2", "a3", T0), 1);
	ck_assert_int_eq(do_refresh("o3", "a1", "a2", T0), 0);
	ck_assert_int_eq(do_refresh("o4", "a3", "a4", T0), 0);
	down();
}
END_TEST

START_TEST(refresh_rejects_family_only)			/* 27 */
{
	up_user(_i);
	ck_assert_int_eq(do_login("l2", "s2", "b1", T0), 1);
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0), 1);
	ck_assert_int_eq(do_refresh("o2", "a1", "a2", T0 + 2 * GRACE), 0);
	ck_assert_int_eq(do_bearer("s1", T0), 0);
	ck_assert_int_eq(do_bearer("s2", T0), 1);
	ck_assert_int_eq(do_refresh("o3", "b1", "b2", T0), 1);
	down();
}
END_TEST

#define STORM	50

/* One successor, whoever was first; all others get the same. */
START_TEST(refresh_accepts_fifty_at_once_with_one_successor)	/* 23 */
{
	struct sql_refresh p;
	struct out o[STORM];
	char op[STORM][16];
	int i;

	up_user(_i);
	up_other();
	for (i = 0; i < STORM; i++) {
		snprintf(op[i], sizeof(op[i]), "o%d", i);
		p = p_refresh(op[i], "a1", "a2", T0);
		begin(i % 2 ? f.st : other, SQL_REFRESH, &p,
		    SQL_REFRESH__OUTCOME, &o[i]);
	}
	for (i = 0; i < STORM; i++) {
		fix_wait(&f, &o[i].done, 1);
		ck_assert_int_eq(o[i].status, STORE_OK);
		ck_assert_int_eq(o[i].rows, 1);
	}
	ck_assert_int_eq(count("refresh_tokens"), 2);
	ck_assert_int_eq(count("refresh_tokens WHERE used_at IS NULL"), 1);
	down();
}
END_TEST

/* Without grace: one rotation, then reuse, so nobody is left. */
START_TEST(refresh_rejects_all_but_one_without_grace)	/* 23 */
{
	struct sql_refresh p;
	struct out o[STORM];
	char op[STORM][16];
	int i, good = 0;

	up_user(_i);
	for (i = 0; i < STORM; i++) {
		snprintf(op[i], sizeof(op[i]), "o%d", i);
		p = p_refresh(op[i], "a1", "a2", T0);
		p.grace = db_int(-1);
		begin(f.st, SQL_REFRESH, &p, SQL_REFRESH__OUTCOME, &o[i]);
	}
	for (i = 0; i < STORM; i++) {
		fix_wait(&f, &o[i].done, 1);
		ck_assert_int_eq(o[i].status, STORE_OK);
		good += o[i].rows;
	}
	ck_assert_int_eq(good, 1);
	ck_assert_int_eq(count("audit WHERE action = 'token.reuse'"), 1);
	ck_assert_int_eq(do_bearer("s1", T0), 0);
	down();
}
END_TEST

START_TEST(refresh_rejects_survivor_of_racing_logout)	/* 24 */
{
	struct sql_logout l;
	struct sql_refresh p;
	struct out x, y;
	char sid[16], lo[16], op[16], a[16], b[16], c[16];
	int i;

	up_user(_i);
	up_other();
	for (i = 0; i < 20; i++) {
		snprintf(sid, sizeof(sid), "r%d", i);
		snprintf(lo, sizeof(lo), "lo%d", i);
		snprintf(op, sizeof(op), "ro%d", i);
		snprintf(a, sizeof(a), "ra%d", i);
		snprintf(b, sizeof(b), "rb%d", i);
		snprintf(c, sizeof(c), "rc%d", i);
		ck_assert_int_eq(do_login(c, sid, a, T0), 1);
		l = (struct sql_logout){ BEARER(sid, T0), ACT(lo) };
		p = p_refresh(op, a, b, T0);
		begin(i % 2 ? f.st : other, SQL_LOGOUT, &l,
		    SQL_LOGOUT__OUTCOME, &x);
		begin(i % 2 ? other : f.st, SQL_REFRESH, &p,
		    SQL_REFRESH__OUTCOME, &y);
		fix_wait(&f, &x.done, 1);
		fix_wait(&f, &y.done, 1);
		ck_assert_int_eq(x.rows, 1);
		ck_assert_int_eq(do_bearer(sid, T0), 0);
		ck_assert_int_eq(do_refresh("n1", a, b, T0), 0);
		ck_assert_int_eq(do_refresh("n2", b, "n", T0), 0);
	}
	down();
}
END_TEST

START_TEST(refresh_rejects_rotated_after_restart)	/* 26 */
{
	up_user(_i);
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0), 1);
	fix_stop(&f);
	fix_up(&f);
	ck_assert_int_eq(do_refresh("o2", "a1", "a2", T0 + 2 * GRACE), 0);
	down();
}
END_TEST

START_TEST(refresh_rejects_disabled_account)		/* 28 */
{
	up_user(_i);
	fix_sql(&f, "UPDATE users SET status = 'disabled'");
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0), 0);
	ck_assert_int_eq(count("refresh_tokens"), 1);
	down();
}
END_TEST

START_TEST(refresh_rejects_expired_and_unknown)
{
	struct sql_refresh p;

	up_user(_i);
	ck_assert_int_eq(do_refresh("o1", "a1", "a2", T0 + IDLE), 0);
	ck_assert_int_eq(do_refresh("o2", "zz", "a2", T0), 0);
	ck_assert_int_eq(do_refresh("o3", "", "a2", T0), 0);
	p = p_refresh("o4", "a1", "a2", T0);
	p.client = db_text("another");
	ck_assert_int_eq(run(SQL_REFRESH, &p, SQL_REFRESH__OUTCOME).rows, 0);
	/* none of that was reuse */
	ck_assert_int_eq(do_bearer("s1", T0), 1);
	fix_sql(&f, "UPDATE refresh_tokens SET expires_at = 9000000000000");
	ck_assert_int_eq(do_refresh("o5", "a1", "a2", T0 + ABS), 0);
	ck_assert_int_eq(do_refresh("o6", "a1", "a2", T0 + ABS - 1), 1);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		refresh_accepts_chain_in_one_instant,
		refresh_accepts_repeat_within_grace,
		refresh_rejects_reuse_after_grace,
		refresh_rejects_reuse_from_before_the_clock_was_set,
		refresh_rejects_reuse_once_successor_was_used,
		refresh_rejects_family_only,
		refresh_accepts_fifty_at_once_with_one_successor,
		refresh_rejects_all_but_one_without_grace,
		refresh_rejects_survivor_of_racing_logout,
		refresh_rejects_rotated_after_restart,
		refresh_rejects_disabled_account,
		refresh_rejects_expired_and_unknown,
	};

	return (run_tests("refresh_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
