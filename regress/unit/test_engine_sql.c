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
 * The operations of accounts and sessions as SQL, on SQLite and, when
 * MOATD_TEST_PG is a DSN, on PostgreSQL; races from two stores on one
 * database, as two nodes have them (CASES 15, 54, 65).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

/* ---- accounts ---- */

START_TEST(register_accepts_retry_of_one_operation)	/* 54 */
{
	up(_i);
	ck_assert_int_eq(do_register("r1", "u1", "alice"), 1);
	ck_assert_int_eq(do_register("r1", "u1", "alice"), 1);
	ck_assert_int_eq(count("users"), 1);
	ck_assert_int_eq(count("audit"), 1);
	down();
}
END_TEST

START_TEST(register_rejects_taken_key)			/* 15 */
{
	up(_i);
	ck_assert_int_eq(do_register("r1", "u1", "alice"), 1);
	ck_assert_int_eq(do_register("r2", "u2", "alice"), 0);
	ck_assert_int_eq(count("users"), 1);
	ck_assert_int_eq(count("audit"), 1);
	down();
}
END_TEST

START_TEST(register_accepts_known_address)
{
	up(_i);
	ck_assert_int_eq(do_register("r1", "u1", "alice"), 1);
	ck_assert_int_eq(do_register("r2", "u2", "bob"), 1);
	down();
}
END_TEST

START_TEST(register_rejects_racing_twin)
{
	struct sql_register a = p_register("r1", "u1", "alice");
	struct sql_register b = p_register("r2", "u2", "alice");
	struct out x, y;

	up(_i);
	up_other();
	begin(f.st, SQL_REGISTER, &a, SQL_REGISTER__OUTCOME, &x);
	begin(other, SQL_REGISTER, &b, SQL_REGISTER__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	ck_assert_int_eq(count("users"), 1);
	down();
}
END_TEST

static struct sql_superadmin_create
p_superadmin(const char *op, const char *id, const char *name)
{
	return ((struct sql_superadmin_create){
		.op = db_text(op), .now = db_int(T0), .user = db_text(id),
		.username = db_text(name), .key = db_text(name),
		.email = db_text("r@example.org"),
		.email_key = db_text("r@example.org"),
		.record = db_text("record") });
}

START_TEST(superadmin_rejects_second)			/* 65 */
{
	struct sql_superadmin_create a = p_superadmin("o1", "u1", "root");
	struct sql_superadmin_create b = p_superadmin("o2", "u2", "toor");

	up(_i);
	ck_assert_int_eq(run(SQL_SUPERADMIN_CREATE, &a,
	    SQL_SUPERADMIN_CREATE__OUTCOME).rows, 1);
	ck_assert_int_eq(run(SQL_SUPERADMIN_CREATE, &b,
	    SQL_SUPERADMIN_CREATE__OUTCOME).rows, 0);
	ck_assert_str_eq(run(SQL_SUPERADMIN_CREATE, &b,
	    SQL_SUPERADMIN_CREATE__HOLDER).id, "u1");
	ck_assert_int_eq(count("users WHERE role = 'superadmin'"), 1);
	ck_assert_int_eq(count("audit"), 1);
	down();
}
END_TEST

START_TEST(superadmin_rejects_concurrent_second)	/* 65 */
{
	struct sql_superadmin_create a = p_superadmin("o1", "u1", "root");
	struct sql_superadmin_create b = p_superadmin("o2", "u2", "toor");
	struct out x, y;

	up(_i);
	up_other();
	begin(f.st, SQL_SUPERADMIN_CREATE, &a,
	    SQL_SUPERADMIN_CREATE__OUTCOME, &x);
	begin(other, SQL_SUPERADMIN_CREATE, &b,
	    SQL_SUPERADMIN_CREATE__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	ck_assert_int_eq(count("users WHERE role = 'superadmin'"), 1);
	down();
}
END_TEST

/* ---- login ---- */

START_TEST(login_accepts_retry_of_one_operation)	/* 54 */
{
	up_user(_i);
	ck_assert_int_eq(do_login("l1", "s1", "a1", T0), 1);
	ck_assert_int_eq(count("sessions"), 1);
	ck_assert_int_eq(count("refresh_tokens"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'login.success'"), 1);
	down();
}
END_TEST

static const char *const changes[] = {
	"UPDATE users SET version = 2", "UPDATE users SET epoch = 2",
	"UPDATE users SET status = 'disabled'",
	"UPDATE users SET status = 'pending'",
	"UPDATE users SET totp_secret = 'sealed'",
};

START_TEST(login_rejects_account_that_changed)
{
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		up_user(_i);
		fix_sql(&f, changes[i]);
		ck_assert_int_eq(do_login("l2", "s2", "b1", T0), 0);
		ck_assert_int_eq(count("sessions"), 1);
		ck_assert_int_eq(count("audit"), 2);
		down();
	}
}
END_TEST

/* ---- bearer, sessions, password ---- */

START_TEST(bearer_rejects_what_does_not_hold)
{
	struct sql_bearer_check p = { BEARER("s1", T0),
	    .realm = db_text("default"), .machine = db_int(0) };
	struct sql_bearer_check q;

	up_user(_i);
	ck_assert_int_eq(do_bearer("s1", T0), 1);
	ck_assert_int_eq(do_bearer("s1", T0 + ABS), 0);
	ck_assert_int_eq(do_bearer("s9", T0), 0);
	q = p;
	q.user = db_text("u2");
	ck_assert_int_eq(run(SQL_BEARER_CHECK, &q, 0).rows, 0);
	q = p;
	q.epoch = db_int(0);
	ck_assert_int_eq(run(SQL_BEARER_CHECK, &q, 0).rows, 0);
	q = p;
	q.tenant = db_text("t2");
	ck_assert_int_eq(run(SQL_BEARER_CHECK, &q, 0).rows, 0);
	q = p;
	q.realm = db_text("t2");
	ck_assert_int_eq(run(SQL_BEARER_CHECK, &q, 0).rows, 0);
	fix_sql(&f, "UPDATE users SET role = 'superadmin'");
	ck_assert_int_eq(run(SQL_BEARER_CHECK, &q, 0).rows, 1);
	ck_assert_int_eq(do_logout("x1", "s1", T0), 1);
	ck_assert_int_eq(do_bearer("s1", T0), 0);
	ck_assert_int_eq(do_logout("x1", "s1", T0), 1);	/* its retry */
	ck_assert_int_eq(do_logout("x2", "s1", T0), 0);
	ck_assert_int_eq(count("audit WHERE action = 'session.end'"), 1);
	down();
}
END_TEST

static int
do_list(int64_t now)
{
	struct sql_sessions_list p = { BEARER("s1", now),
	    .before_at = db_int(INT64_MAX), .before_id = db_text(""),
	    .limit = db_int(100) };

	return (run(SQL_SESSIONS_LIST, &p, SQL_SESSIONS_LIST__ITEMS).rows);
}

START_TEST(sessions_rejects_dead_ones_in_list)
{
	struct sql_session_end e = { BEARER("s1", T0), ACT("e1"),
	    .id = db_text("s2") };

	up_user(_i);
	do_login("l2", "s2", "b1", T0);
	do_login("l3", "s3", "c1", T0 + 1);
	do_login("l4", "s4", "d1", T0 + 2 - IDLE);	/* idle at T0 + 2 */
	ck_assert_int_eq(do_list(T0 + 1), 4);
	ck_assert_int_eq(do_list(T0 + 2), 3);
	ck_assert_int_eq(run(SQL_SESSION_END, &e,
	    SQL_SESSION_END__OUTCOME).rows, 1);
	ck_assert_int_eq(do_list(T0 + 2), 2);
	e.op = db_text("e2");
	ck_assert_int_eq(run(SQL_SESSION_END, &e,
	    SQL_SESSION_END__OUTCOME).rows, 0);
	ck_assert_int_eq(run(SQL_SESSION_END, &e,
	    SQL_SESSION_END__BEARER).rows, 1);
	down();
}
END_TEST

START_TEST(sessions_rejects_foreign_one)
{
	struct sql_session_end e = { BEARER("s1", T0), ACT("e1"),
	    .id = db_text("s2") };
	struct sql_login_commit p = p_login("l2", "s2", "b1", T0);

	up_user(_i);
	do_register("r2", "u2", "bob");
	p.user = db_text("u2");
	ck_assert_int_eq(run(SQL_LOGIN_COMMIT, &p,
	    SQL_LOGIN_COMMIT__OUTCOME).rows, 1);
	ck_assert_int_eq(run(SQL_SESSION_END, &e,
	    SQL_SESSION_END__OUTCOME).rows, 0);
	ck_assert_int_eq(count("sessions WHERE ended_at IS NULL"), 2);
	ck_assert_int_eq(do_list(T0), 1);
	down();
}
END_TEST

START_TEST(sessions_accepts_end_of_others)
{
	struct sql_sessions_end_others p = { BEARER("s1", T0), ACT("e1") };

	up_user(_i);
	do_login("l2", "s2", "b1", T0);
	do_login("l3", "s3", "c1", T0);
	ck_assert_int_eq(run(SQL_SESSIONS_END_OTHERS, &p,
	    SQL_SESSIONS_END_OTHERS__SESSIONS).changed, 2);
	ck_assert_int_eq(do_list(T0), 1);
	ck_assert_int_eq(count("audit WHERE action = 'session.end'"), 1);
	down();
}
END_TEST

START_TEST(password_accepts_once_and_ends_others)
{
	up_user(_i);
	do_login("l2", "s2", "b1", T0);
	ck_assert_int_eq(do_password("p1", "s1", 1, T0), 1);
	ck_assert_int_eq(do_password("p1", "s1", 1, T0), 1);	/* its retry */
	ck_assert_int_eq(do_password("p2", "s1", 1, T0), 0);
	ck_assert_int_eq(fix_sql(&f, "SELECT version FROM users"), 2);
	ck_assert_int_eq(do_bearer("s1", T0), 1);
	ck_assert_int_eq(do_bearer("s2", T0), 0);
	ck_assert_int_eq(do_refresh("o1", "b1", "b2", T0), 0);
	ck_assert_int_eq(count("audit WHERE action = 'password.change'"), 1);
	down();
}
END_TEST

/* A login by the old password is refused, or its session ends. */
START_TEST(password_rejects_survivor_of_racing_login)
{
	struct sql_password_change p = { BEARER("s1", T0), ACT("p1"),
	    .version = db_int(1), .record = db_text("new") };
	struct sql_login_commit l = p_login("l2", "s2", "b1", T0);
	struct out x, y;

	up_user(_i);
	up_other();
	begin(f.st, SQL_LOGIN_COMMIT, &l, SQL_LOGIN_COMMIT__OUTCOME, &x);
	begin(other, SQL_PASSWORD_CHANGE, &p, SQL_PASSWORD_CHANGE__OUTCOME,
	    &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(y.rows, 1);
	ck_assert_int_eq(do_bearer("s2", T0), 0);
	ck_assert_int_eq(do_bearer("s1", T0), 1);
	down();
}
END_TEST

/* ---- nodes ---- */

static struct out
do_key(const char *kid, const char *alg, int64_t now)
{
	struct sql_keys_sync p = { .now = db_int(now), .kid = db_text(kid),
	    .alg = db_text(alg), .node = db_text("n1") };

	return (run(SQL_KEYS_SYNC, &p, SQL_KEYS_SYNC__KEYS));
}

START_TEST(keys_accepts_one_active_of_each_alg)
{
	up(_i);
	do_key("k1", "ES256", 1);
	do_key("k2", "ES256", 2);
	do_key("k3", "RS256", 3);
	do_key("k1", "ES256", 4);
	ck_assert_int_eq(do_key("k2", "ES256", 5).rows, 3);
	ck_assert_int_eq(count("signing_keys WHERE state = 'active'"), 2);
	ck_assert_int_eq(count("signing_keys WHERE state = 'active' AND "
	    "kid = 'k1'"), 1);
	down();
}
END_TEST

START_TEST(secrets_rejects_second_fingerprint)
{
	struct sql_secrets_sync p = { .now = db_int(1),
	    .kind = db_text("seal"), .fingerprint = db_text("one") };

	up(_i);
	ck_assert_str_eq(run(SQL_SECRETS_SYNC, &p,
	    SQL_SECRETS_SYNC__SECRET).id, "one");
	p.fingerprint = db_text("two");
	ck_assert_str_eq(run(SQL_SECRETS_SYNC, &p,
	    SQL_SECRETS_SYNC__SECRET).id, "one");
	down();
}
END_TEST

START_TEST(purge_accepts_dead_sessions_only)
{
	struct sql_purge p = { .before = db_int(T0 + 5),
	    .batch = db_int(10) };
	char op[16], sid[16], tok[16];
	int i;

	up_user(_i);
	for (i = 0; i < 25; i++) {
		snprintf(op, sizeof(op), "x%d", i);
		snprintf(sid, sizeof(sid), "y%d", i);
		snprintf(tok, sizeof(tok), "z%d", i);
		do_login(op, sid, tok, T0);
		snprintf(op, sizeof(op), "w%d", i);
		do_logout(op, sid, T0);
	}
	ck_assert_int_eq(run(SQL_PURGE, &p, SQL_PURGE__SESSIONS).changed, 10);
	ck_assert_int_eq(run(SQL_PURGE, &p, SQL_PURGE__SESSIONS).changed, 10);
	ck_assert_int_eq(run(SQL_PURGE, &p, SQL_PURGE__SESSIONS).changed, 5);
	ck_assert_int_eq(run(SQL_PURGE, &p, SQL_PURGE__SESSIONS).changed, 0);
	ck_assert_int_eq(count("sessions"), 1);
	ck_assert_int_eq(count("refresh_tokens"), 1);
	ck_assert_int_eq(do_bearer("s1", T0), 1);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		register_accepts_retry_of_one_operation,
		register_rejects_taken_key,
		register_accepts_known_address,
		register_rejects_racing_twin,
		superadmin_rejects_second,
		superadmin_rejects_concurrent_second,
		login_accepts_retry_of_one_operation,
		login_rejects_account_that_changed,
		bearer_rejects_what_does_not_hold,
		sessions_rejects_dead_ones_in_list,
		sessions_rejects_foreign_one,
		sessions_accepts_end_of_others,
		password_accepts_once_and_ends_others,
		password_rejects_survivor_of_racing_login,
		keys_accepts_one_active_of_each_alg,
		secrets_rejects_second_fingerprint,
		purge_accepts_dead_sessions_only,
	};

	return (run_tests("engine_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
