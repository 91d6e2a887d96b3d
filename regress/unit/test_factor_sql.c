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
 * The operations of second factors as SQL, on both databases; retries after a
 * lost commit and races from two nodes (CASES 18, 19, 20, 54).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

#define LATER	(600 * CLOCK_SEC)
#define MORE	.ua = db_text("ua"), .mail = db_int(1)
#define CODES(a)							\
	.c0 = db_text(a "0"), .c1 = db_text(a "1"), .c2 = db_text(a "2"), \
	.c3 = db_text(a "3"), .c4 = db_text(a "4"), .c5 = db_text(a "5"), \
	.c6 = db_text(a "6"), .c7 = db_text(a "7"), .c8 = db_text(a "8"), \
	.c9 = db_text(a "9")

static int
do_pend(const char *op, const char *sealed, int64_t now)
{
	struct sql_totp_pend p = { BEARER("s1", now), .op = db_text(op),
	    .version = db_int(1), .sealed = db_text(sealed),
	    .until = db_int(now + LATER) };

	return (run(SQL_TOTP_PEND, &p, SQL_TOTP_PEND__OUTCOME).rows);
}

static struct sql_totp_activate
p_activate(const char *op, const char *sealed, int64_t version, int64_t now)
{
	return ((struct sql_totp_activate){ BEARER("s1", now), ACT(op), MORE,
	    .version = db_int(version), .sealed = db_text(sealed),
	    .step = db_int(100), CODES("a") });
}

static int
do_activate(const char *op, const char *sealed, int64_t version, int64_t now)
{
	struct sql_totp_activate p = p_activate(op, sealed, version, now);

	return (run(SQL_TOTP_ACTIVATE, &p, SQL_TOTP_ACTIVATE__OUTCOME).rows);
}

static int64_t	ahead = 1000;

static struct sql_totp_use
p_use(const char *op, int64_t step)
{
	return ((struct sql_totp_use){ .op = db_text(op),
	    .user = db_text("u1"), .sealed = db_text("sealed"),
	    .step = db_int(step), .ahead = db_int(ahead),
	    .before = db_int(50) });
}

static int
do_use(const char *op, int64_t step)
{
	struct sql_totp_use p = p_use(op, step);

	return (run(SQL_TOTP_USE, &p, SQL_TOTP_USE__OUTCOME).rows);
}

static struct sql_recovery_use
p_recover(const char *op, const char *hash)
{
	return ((struct sql_recovery_use){ .op = db_text(op),
	    .now = db_int(T0), .user = db_text("u1"),
	    .hash = db_text(hash) });
}

static int
do_recover(const char *op, const char *hash)
{
	struct sql_recovery_use p = p_recover(op, hash);

	return (run(SQL_RECOVERY_USE, &p, SQL_RECOVERY_USE__OUTCOME).rows);
}

static int
do_ticket(const char *op, const char *hash, int64_t now)
{
	struct sql_mfa_ticket p = { .op = db_text(op), .now = db_int(now),
	    .tenant = db_text("default"), .user = db_text("u1"),
	    .version = db_int(2), .epoch = db_int(1),
	    .record = db_text(NULL), .hash = db_text(hash),
	    .expires = db_int(now + LATER), .client = db_text("moatd"),
	    .ip = db_text("::1"), .rid = db_text("rid") };

	return (run(SQL_MFA_TICKET, &p, SQL_MFA_TICKET__OUTCOME).rows);
}

static int
do_try(const char *op, const char *hash, int64_t now)
{
	struct sql_mfa_find p = { .op = db_text(op), .now = db_int(now),
	    .tenant = db_text("default"), .hash = db_text(hash),
	    .tries = db_int(5) };

	return (run(SQL_MFA_FIND, &p, SQL_MFA_FIND__USER).rows);
}

static struct sql_login_commit
p_mfa_login(const char *op, const char *sid, const char *token,
    const char *ticket)
{
	struct sql_login_commit p = p_login(op, sid, token, T0);

	p.version = db_int(2);
	p.mfa = db_int(1);
	p.ticket = db_text(ticket);
	return (p);
}

static int
do_mfa_login(const char *op, const char *sid, const char *token,
    const char *ticket)
{
	struct sql_login_commit p = p_mfa_login(op, sid, token, ticket);

	return (run(SQL_LOGIN_COMMIT, &p, SQL_LOGIN_COMMIT__OUTCOME).rows);
}

static void
up_factor(int kind)
{
	up_user(kind);
	ck_assert_int_eq(do_pend("p1", "sealed", T0), 1);
	ck_assert_int_eq(do_activate("f1", "sealed", 1, T0), 1);
}

/* ---- turning it on ---- */

START_TEST(activate_accepts_and_ends_others)
{
	up_user(_i);
	ck_assert_int_eq(do_login("l2", "s2", "a2", T0), 1);
	ck_assert_int_eq(do_pend("p1", "sealed", T0), 1);
	ck_assert_int_eq(do_activate("f1", "sealed", 1, T0), 1);
	ck_assert_int_eq(do_bearer("s1", T0), 1);
	ck_assert_int_eq(do_bearer("s2", T0), 0);
	ck_assert_int_eq(count("recovery_codes WHERE used_at IS NULL"), 10);
	ck_assert_int_eq(count("totp_steps WHERE step = 100"), 1);
	ck_assert_int_eq(count("outbox WHERE template = 'factor_changed'"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'mfa.enable'"), 1);
	/* a password alone is not enough any more, right version or not */
	ck_assert_int_eq(do_login("l3", "s3", "a3", T0), 0);
	ck_assert_int_eq(fix_sql(&f, "SELECT version FROM users"), 2);
	down();
}
END_TEST

START_TEST(activate_accepts_retry_of_one_operation)		/* 54 */
{
	up_factor(_i);
	ck_assert_int_eq(do_activate("f1", "sealed", 1, T0), 1);
	ck_assert_int_eq(count("recovery_codes"), 10);
	ck_assert_int_eq(count("outbox"), 1);
	ck_assert_int_eq(fix_sql(&f, "SELECT version FROM users"), 2);
	down();
}
END_TEST

START_TEST(activate_rejects)
{
	up_user(_i);
	ck_assert_int_eq(do_activate("f0", "sealed", 1, T0), 0);
	ck_assert_int_eq(do_pend("p1", "sealed", T0), 1);
	ck_assert_int_eq(do_activate("f1", "another", 1, T0), 0);
	ck_assert_int_eq(do_activate("f2", "sealed", 2, T0), 0);
	ck_assert_int_eq(do_activate("f3", "sealed", 1, T0 + LATER), 0);
	ck_assert_int_eq(do_logout("o1", "s1", T0), 1);
	ck_assert_int_eq(do_activate("f4", "sealed", 1, T0), 0);
	ck_assert_int_eq(do_pend("p2", "sealed2", T0), 0);
	ck_assert_int_eq(count("recovery_codes"), 0);
	ck_assert_int_eq(count("outbox"), 0);
	ck_assert_int_eq(count("users WHERE totp_secret IS NOT NULL"), 0);
	down();
}
END_TEST

START_TEST(pend_rejects_active)
{
	struct sql_totp_pending q = { BEARER("s1", T0) };

	up_factor(_i);
	ck_assert_int_eq(do_pend("p2", "sealed2", T0), 0);
	ck_assert_int_eq(run(SQL_TOTP_PENDING, &q,
	    SQL_TOTP_PENDING__USER).rows, 1);
	ck_assert_int_eq(run(SQL_TOTP_PENDING, &q,
	    SQL_TOTP_PENDING__PENDING).rows, 0);
	down();
}
END_TEST

/* ---- codes ---- */

START_TEST(totp_accepts_each_step_once)				/* 18 */
{
	up_factor(_i);
	ck_assert_int_eq(do_use("x1", 100), 0);
	ck_assert_int_eq(do_use("x2", 99), 0);
	ck_assert_int_eq(do_use("x3", 102), 1);
	ck_assert_int_eq(do_use("x4", 102), 0);
	ck_assert_int_eq(do_use("x5", 101), 0);
	ck_assert_int_eq(do_use("x6", 103), 1);
	down();
}
END_TEST

START_TEST(totp_accepts_retry_of_one_operation)			/* 54 */
{
	up_factor(_i);
	ck_assert_int_eq(do_use("x1", 101), 1);
	ck_assert_int_eq(do_use("x1", 101), 1);
	ck_assert_int_eq(do_use("x2", 101), 0);
	down();
}
END_TEST

START_TEST(totp_rejects_another_secret)
{
	struct sql_totp_use p = p_use("x1", 101);

	up_factor(_i);
	p.sealed = db_text("another");
	ck_assert_int_eq(run(SQL_TOTP_USE, &p,
	    SQL_TOTP_USE__OUTCOME).rows, 0);
	fix_sql(&f, "UPDATE users SET status = 'disabled'");
	ck_assert_int_eq(do_use("x2", 101), 0);
	down();
}
END_TEST

START_TEST(totp_accepts_clock_that_was_set_back)		/* 56 */
{
	up_factor(_i);
	ck_assert_int_eq(do_use("x1", 101), 1);
	ck_assert_int_eq(do_use("x2", 600), 1);	/* a clock that is ahead */
	ck_assert_int_eq(do_use("x3", 102), 0);
	ahead = 103;				/* and set back */
	ck_assert_int_eq(do_use("x4", 101), 0);
	ck_assert_int_eq(do_use("x5", 102), 1);
	ck_assert_int_eq(do_use("x6", 102), 0);
	ck_assert_int_eq(do_use("x7", 101), 0);
	ck_assert_int_eq(do_use("x8", 103), 1);
	ahead = 601;				/* time passes */
	ck_assert_int_eq(do_use("x9", 600), 0);
	ck_assert_int_eq(do_use("x10", 601), 1);
	ck_assert_int_eq(count("totp_steps"), 6);
	down();
}
END_TEST

#define RACERS	8

START_TEST(totp_accepts_one_of_many_nodes)			/* 18 */
{
	struct out o[RACERS];
	char op[RACERS][16];
	int i, won = 0;

	up_factor(_i);
	up_other();
	for (i = 0; i < RACERS; i++) {
		struct sql_totp_use p;

		snprintf(op[i], sizeof(op[i]), "x%d", i);
		p = p_use(op[i], 101);
		begin(i % 2 ? f.st : other, SQL_TOTP_USE, &p,
		    SQL_TOTP_USE__OUTCOME, &o[i]);
	}
	for (i = 0; i < RACERS; i++) {
		fix_wait(&f, &o[i].done, 1);
		won += o[i].rows;
	}
	ck_assert_int_eq(won, 1);
	down();
}
END_TEST

START_TEST(recovery_accepts_one_of_many_nodes)			/* 20 */
{
	struct out o[RACERS];
	char op[RACERS][16];
	int i, won = 0;

	up_factor(_i);
	up_other();
	for (i = 0; i < RACERS; i++) {
		struct sql_recovery_use p;

		snprintf(op[i], sizeof(op[i]), "x%d", i);
		p = p_recover(op[i], "a3");
		begin(i % 2 ? f.st : other, SQL_RECOVERY_USE, &p,
		    SQL_RECOVERY_USE__OUTCOME, &o[i]);
	}
	for (i = 0; i < RACERS; i++) {
		fix_wait(&f, &o[i].done, 1);
		won += o[i].rows;
	}
	ck_assert_int_eq(won, 1);
	ck_assert_int_eq(count("recovery_codes WHERE used_at IS NOT NULL"), 1);
	down();
}
END_TEST

START_TEST(recovery_rejects)
{
	up_factor(_i);
	ck_assert_int_eq(do_recover("x1", "a1"), 1);
	ck_assert_int_eq(do_recover("x1", "a1"), 1);	/* its retry */
	ck_assert_int_eq(do_recover("x2", "a1"), 0);
	ck_assert_int_eq(do_recover("x3", "b1"), 0);
	ck_assert_int_eq(do_recover("x4", ""), 0);
	fix_sql(&f, "UPDATE users SET totp_secret = NULL");
	ck_assert_int_eq(do_recover("x5", "a2"), 0);
	down();
}
END_TEST

START_TEST(recovery_replace_accepts_and_kills_old_ones)
{
	struct sql_recovery_replace p = { BEARER("s1", T0), ACT("n1"), MORE,
	    .version = db_int(2), CODES("b") };

	up_factor(_i);
	ck_assert_int_eq(run(SQL_RECOVERY_REPLACE, &p,
	    SQL_RECOVERY_REPLACE__OUTCOME).rows, 1);
	ck_assert_int_eq(count("recovery_codes"), 10);
	ck_assert_int_eq(do_recover("x1", "a1"), 0);
	ck_assert_int_eq(do_recover("x2", "b1"), 1);
	p.op = db_text("n2");
	p.version = db_int(1);
	ck_assert_int_eq(run(SQL_RECOVERY_REPLACE, &p,
	    SQL_RECOVERY_REPLACE__OUTCOME).rows, 0);
	ck_assert_int_eq(count("recovery_codes WHERE used_at IS NOT NULL"), 1);
	down();
}
END_TEST

/* ---- tickets ---- */

START_TEST(ticket_accepts_five_tries)				/* 19 */
{
	char op[16];
	int i;

	up_factor(_i);
	ck_assert_int_eq(do_ticket("t1", "k1", T0), 1);
	ck_assert_int_eq(do_ticket("t1", "k1", T0), 1);
	for (i = 0; i < 5; i++) {
		snprintf(op, sizeof(op), "y%d", i);
		ck_assert_int_eq(do_try(op, "k1", T0), 1);
		ck_assert_int_eq(do_try(op, "k1", T0), 1);
	}
	ck_assert_int_eq(do_try("y5", "k1", T0), 0);
	ck_assert_int_eq(fix_sql(&f, "SELECT tries FROM mfa_tickets"), 5);
	down();
}
END_TEST

START_TEST(ticket_rejects_after_its_time)
{
	up_factor(_i);
	ck_assert_int_eq(do_ticket("t1", "k1", T0), 1);
	ck_assert_int_eq(do_try("y1", "k1", T0 + LATER), 0);
	ck_assert_int_eq(do_try("y2", "k2", T0), 0);
	fix_sql(&f, "UPDATE users SET version = 3");
	ck_assert_int_eq(do_try("y3", "k1", T0), 0);
	fix_sql(&f, "UPDATE users SET version = 2, epoch = 2");
	ck_assert_int_eq(do_try("y4", "k1", T0), 0);
	ck_assert_int_eq(do_ticket("t2", "k2", T0), 0);
	down();
}
END_TEST

START_TEST(ticket_accepts_one_login)
{
	up_factor(_i);
	ck_assert_int_eq(do_ticket("t1", "k1", T0), 1);
	ck_assert_int_eq(do_mfa_login("l2", "s2", "a2", "k1"), 1);
	ck_assert_int_eq(do_mfa_login("l2", "s2", "a2", "k1"), 1);
	ck_assert_int_eq(do_mfa_login("l3", "s3", "a3", "k1"), 0);
	ck_assert_int_eq(do_mfa_login("l4", "s4", "a4", "unknown"), 0);
	ck_assert_int_eq(do_try("y1", "k1", T0), 0);
	ck_assert_int_eq(count("sessions"), 2);
	down();
}
END_TEST

START_TEST(ticket_accepts_one_of_two_nodes)
{
	struct sql_login_commit a = p_mfa_login("l2", "s2", "a2", "k1");
	struct sql_login_commit b = p_mfa_login("l3", "s3", "a3", "k1");
	struct out x, y;

	up_factor(_i);
	up_other();
	ck_assert_int_eq(do_ticket("t1", "k1", T0), 1);
	begin(f.st, SQL_LOGIN_COMMIT, &a, SQL_LOGIN_COMMIT__OUTCOME, &x);
	begin(other, SQL_LOGIN_COMMIT, &b, SQL_LOGIN_COMMIT__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	ck_assert_int_eq(count("sessions"), 2);
	down();
}
END_TEST

/* ---- the end of it, and step-up ---- */

START_TEST(disable_accepts_once)
{
	struct sql_totp_disable p = { BEARER("s1", T0), ACT("d1"), MORE,
	    .version = db_int(2) };

	up_factor(_i);
	ck_assert_int_eq(run(SQL_TOTP_DISABLE, &p,
	    SQL_TOTP_DISABLE__OUTCOME).rows, 1);
	ck_assert_int_eq(run(SQL_TOTP_DISABLE, &p,
	    SQL_TOTP_DISABLE__OUTCOME).rows, 1);
	p.op = db_text("d2");
	p.version = db_int(3);
	ck_assert_int_eq(run(SQL_TOTP_DISABLE, &p,
	    SQL_TOTP_DISABLE__OUTCOME).rows, 0);
	ck_assert_int_eq(count("recovery_codes"), 0);
	ck_assert_int_eq(fix_sql(&f, "SELECT version FROM users"), 3);
	down();
}
END_TEST

static struct sql_step_up
p_step_up(const char *op, const char *token, int64_t now)
{
	return ((struct sql_step_up){ BEARER("s1", now), ACT(op),
	    .version = db_int(1), .acr = db_text("aal2"),
	    .amr = db_text("pwd otp mfa"), .action = db_text("login.mfa"),
	    .detail = db_text("{}"), .token = db_text(token),
	    .idle = db_int(now + IDLE) });
}

START_TEST(step_up_accepts_and_rotates)
{
	struct sql_step_up p = p_step_up("w1", "b1", T0 + 5);
	struct out o;
	int i;

	up_user(_i);
	for (i = 0; i < 2; i++) {	/* and its retry */
		o = run(SQL_STEP_UP, &p, SQL_STEP_UP__OUTCOME);
		ck_assert_int_eq(o.rows, 1);
	}
	ck_assert_int_eq(count("refresh_tokens WHERE used_at IS NULL"), 1);
	ck_assert_int_eq(count("sessions WHERE acr = 'aal2'"), 1);
	ck_assert_int_eq(fix_sql(&f, "SELECT auth_at FROM sessions"), T0 + 5);
	ck_assert_int_eq(do_refresh("r2", "b1", "b2", T0 + 6), 1);
	/* the one that it replaced is spent: its use is reuse (27) */
	ck_assert_int_eq(do_refresh("r3", "a1", "a2", T0 + 7), 0);
	ck_assert_int_eq(do_bearer("s1", T0 + 7), 0);
	down();
}
END_TEST

START_TEST(step_up_rejects)
{
	struct sql_step_up p = p_step_up("w1", "b1", T0);

	up_user(_i);
	p.version = db_int(2);
	ck_assert_int_eq(run(SQL_STEP_UP, &p, SQL_STEP_UP__OUTCOME).rows, 0);
	p = p_step_up("w2", "b2", T0 + ABS);
	ck_assert_int_eq(run(SQL_STEP_UP, &p, SQL_STEP_UP__OUTCOME).rows, 0);
	ck_assert_int_eq(do_logout("o1", "s1", T0), 1);
	p = p_step_up("w3", "b3", T0);
	ck_assert_int_eq(run(SQL_STEP_UP, &p, SQL_STEP_UP__OUTCOME).rows, 0);
	ck_assert_int_eq(count("refresh_tokens"), 1);
	down();
}
END_TEST

START_TEST(purge_accepts_old_tickets)
{
	struct sql_purge p = { .before = db_int(T0 + LATER + 1),
	    .batch = db_int(100) };

	up_factor(_i);
	ck_assert_int_eq(do_ticket("t1", "k1", T0), 1);
	ck_assert_int_eq(do_ticket("t2", "k2", T0 + 1), 1);
	run(SQL_PURGE, &p, SQL_PURGE__TICKETS);
	ck_assert_int_eq(count("mfa_tickets"), 1);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		activate_accepts_and_ends_others,
		activate_accepts_retry_of_one_operation,
		activate_rejects,
		pend_rejects_active,
		totp_accepts_each_step_once,
		totp_accepts_retry_of_one_operation,
		totp_rejects_another_secret,
		totp_accepts_clock_that_was_set_back,
		totp_accepts_one_of_many_nodes,
		recovery_accepts_one_of_many_nodes,
		recovery_rejects,
		recovery_replace_accepts_and_kills_old_ones,
		ticket_accepts_five_tries,
		ticket_rejects_after_its_time,
		ticket_accepts_one_login,
		ticket_accepts_one_of_two_nodes,
		disable_accepts_once,
		step_up_accepts_and_rotates,
		step_up_rejects,
		purge_accepts_old_tickets,
	};

	return (run_tests("factor_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
