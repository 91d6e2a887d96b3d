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
 * The throttles' counters as SQL, on SQLite and, when MOATD_TEST_PG is a DSN,
 * on PostgreSQL: charged once, both or none, never below nothing, and never
 * more of them than the limit, from two nodes at once (CASES 15, 19, 54, 56).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

#define MINUTE	(60 * CLOCK_SEC)
#define HOUR	(60 * MINUTE)
#define KEEP	(48 * HOUR)
#define ELSEWHERE	"203.0.113.9"

static int64_t
value(const char *column, const char *kind)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT %s FROM throttles WHERE kind = '%s'",
	    column, kind);
	return (fix_sql(&f, sql));
}

static int
charged(const char *kind, const char *op)
{
	char what[128];

	snprintf(what, sizeof(what), "throttles WHERE kind = '%s' AND "
	    "last_op = '%s'", kind, op);
	return ((int)count(what));
}

/* ---- windows: three an hour, stopped at five in a row ---- */

static struct sql_throttle_take
p_take(const char *op, int64_t now)
{
	return ((struct sql_throttle_take){ .op = db_text(op),
	    .now = db_int(now), .kind = db_text("otp"),
	    .tenant = db_text("default"), .subject = db_text("u1"),
	    .most = db_int(3), .span = db_int(HOUR), .stop = db_int(5),
	    .keep = db_int(KEEP), .source = db_text(ELSEWHERE),
	    .limited = db_int(0), .source_most = db_int(20),
	    .source_span = db_int(10 * MINUTE) });
}

static int
take(const char *op, int64_t now)
{
	struct sql_throttle_take p = p_take(op, now);

	run(SQL_THROTTLE_TAKE, &p, SQL_THROTTLE_TAKE__VERDICT);
	return (charged("otp", op));
}

static void
give(const char *kind, const char *subject, int how, int limited)
{
	struct sql_throttle_give p = { .kind = db_text(kind),
	    .tenant = db_text("default"), .subject = db_text(subject),
	    .how = db_int(how), .source = db_text(ELSEWHERE),
	    .limited = db_int(limited) };

	run(SQL_THROTTLE_GIVE, &p, SQL_THROTTLE_GIVE__SOURCE);
}

START_TEST(take_counts_to_the_limit)
{
	up(_i);
	ck_assert_int_eq(take("a", T0), 1);
	ck_assert_int_eq(take("a", T0), 1);		/* 54: a retry */
	ck_assert_int_eq(value("charges", "otp"), 1);
	ck_assert_int_eq(take("b", T0 + 1), 1);
	ck_assert_int_eq(take("c", T0 + 2), 1);
	ck_assert_int_eq(take("d", T0 + HOUR - 1), 0);
	ck_assert_int_eq(value("charges", "otp"), 3);
	ck_assert_int_eq(value("until", "otp"), T0 + HOUR);
	ck_assert_int_eq(take("e", T0 + HOUR), 1);
	ck_assert_int_eq(value("charges", "otp"), 1);
	ck_assert_int_eq(value("streak", "otp"), 4);
	ck_assert_int_eq(count("throttles"), 1);
	down();
}
END_TEST

START_TEST(take_rejects_what_is_stopped_for_ever)
{
	up(_i);
	take("a", T0);
	take("b", T0);
	take("c", T0);
	take("d", T0 + HOUR);
	ck_assert_int_eq(take("e", T0 + HOUR), 1);	/* the fifth */
	ck_assert_int_eq(take("f", T0 + HOUR), 0);
	ck_assert_int_eq(take("g", T0 + 3 * HOUR), 0);
	ck_assert_int_eq(take("h", T0 + 10 * KEEP), 0);
	ck_assert_int_eq(value("streak", "otp"), 5);
	down();
}
END_TEST

START_TEST(take_forgets_what_is_over)
{
	up(_i);
	take("a", T0);
	take("b", T0);
	ck_assert_int_eq(take("c", T0 + KEEP), 1);
	ck_assert_int_eq(value("charges", "otp"), 1);
	ck_assert_int_eq(value("streak", "otp"), 1);
	down();
}
END_TEST

START_TEST(take_charges_both_or_none)
{
	struct sql_throttle_take p = p_take("a", T0);

	up(_i);
	p.limited = db_int(1);
	p.source_most = db_int(2);
	run(SQL_THROTTLE_TAKE, &p, SQL_THROTTLE_TAKE__VERDICT);
	p.op = db_text("b");
	run(SQL_THROTTLE_TAKE, &p, SQL_THROTTLE_TAKE__VERDICT);
	ck_assert_int_eq(value("charges", "source"), 2);
	p.op = db_text("c");				/* the source is full */
	ck_assert_int_eq(run(SQL_THROTTLE_TAKE, &p,
	    SQL_THROTTLE_TAKE__VERDICT).rows, 2);
	ck_assert_int_eq(charged("otp", "c"), 0);
	ck_assert_int_eq(value("charges", "otp"), 2);
	p.source_most = db_int(20);
	p.most = db_int(2);				/* the account is */
	p.op = db_text("d");
	run(SQL_THROTTLE_TAKE, &p, SQL_THROTTLE_TAKE__VERDICT);
	ck_assert_int_eq(charged("otp", "d"), 0);
	ck_assert_int_eq(value("charges", "source"), 2);
	down();
}
END_TEST

START_TEST(take_cuts_a_clock_that_was_ahead)		/* 56 */
{
	up(_i);
	take("a", T0 + 100 * HOUR);
	take("b", T0 + 100 * HOUR);
	take("c", T0 + 100 * HOUR);
	ck_assert_int_eq(take("d", T0), 0);
	ck_assert_int_eq(value("until", "otp"), T0 + HOUR);
	ck_assert_int_eq(take("e", T0 + HOUR), 1);
	down();
}
END_TEST

START_TEST(give_stops_at_nothing)
{
	struct sql_throttle_take p = p_take("a", T0);

	up(_i);
	p.limited = db_int(1);
	run(SQL_THROTTLE_TAKE, &p, SQL_THROTTLE_TAKE__VERDICT);
	p.op = db_text("b");
	run(SQL_THROTTLE_TAKE, &p, SQL_THROTTLE_TAKE__VERDICT);
	give("otp", "u1", 3, 1);			/* not compared */
	ck_assert_int_eq(value("charges", "otp"), 1);
	ck_assert_int_eq(value("streak", "otp"), 1);
	ck_assert_int_eq(value("charges", "source"), 1);
	for (int i = 0; i < 3; i++)
		give("otp", "u1", 0, 1);		/* right */
	ck_assert_int_eq(value("charges", "otp"), 0);
	ck_assert_int_eq(value("streak", "otp"), 0);
	ck_assert_int_eq(value("charges", "source"), 0);
	give("otp", "nobody", 0, 0);
	ck_assert_int_eq(count("throttles"), 2);
	down();
}
END_TEST

/* ---- passwords: three free, 30 s to 2 min, suspended at nine ---- */

static struct sql_throttle_password
p_password(const char *op, const char *name, int64_t now)
{
	return ((struct sql_throttle_password){ .op = db_text(op),
	    .now = db_int(now), .tenant = db_text("default"),
	    .key = db_text(name), .subject = db_text(name),
	    .free = db_int(3), .first = db_int(MINUTE / 2),
	    .longest = db_int(2 * MINUTE), .stop = db_int(9),
	    .keep = db_int(KEEP), .since = db_int(now - KEEP),
	    .source = db_text(ELSEWHERE), .limited = db_int(0),
	    .source_most = db_int(20), .source_span = db_int(10 * MINUTE) });
}

/* Whether it was charged. */
static int
guess(const char *op, int64_t now)
{
	struct sql_throttle_password p = p_password(op, "alice", now);

	run(SQL_THROTTLE_PASSWORD, &p, SQL_THROTTLE_PASSWORD__VERDICT);
	return (charged("login", op));
}

/* The id that the look-up found; NULL: it read nobody. */
static const char *
found(const char *op, const char *name, int64_t now)
{
	struct sql_throttle_password p = p_password(op, name, now);
	static struct out o;

	o = run(SQL_THROTTLE_PASSWORD, &p, SQL_THROTTLE_PASSWORD__LOGIN);
	ck_assert_int_le(o.rows, 1);
	return (o.rows == 1 ? o.id : NULL);
}

START_TEST(password_doubles_to_its_longest)
{
	static const int64_t want[] = { 0, 0, MINUTE / 2, MINUTE, 2 * MINUTE,
	    2 * MINUTE, 2 * MINUTE };
	int64_t now = T0;
	char op[16];

	up_user(_i);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		snprintf(op, sizeof(op), "o%zu", i);
		ck_assert_int_eq(guess(op, now), 1);
		ck_assert_int_eq(guess(op, now), 1);	/* 54 */
		ck_assert_int_eq(value("charges", "login"), (int64_t)i + 1);
		ck_assert_int_eq(value("penalty", "login"), want[i]);
		if (want[i] > 0)
			ck_assert_int_eq(guess("x", now + want[i] - 1), 0);
		now += want[i];
	}
	down();
}
END_TEST

START_TEST(password_suspends_without_an_end)
{
	int64_t now = T0;
	char op[16];

	up_user(_i);
	for (int i = 0; i < 12; i++, now += 2 * MINUTE) {
		snprintf(op, sizeof(op), "o%d", i);
		ck_assert_int_eq(guess(op, now), 1);
	}
	ck_assert_int_eq(value("charges", "login"), 9);
	ck_assert_int_eq(value("streak", "login"), 12);
	ck_assert_int_eq(guess("y", now + 10 * KEEP), 1);
	ck_assert_int_eq(value("charges", "login"), 9);
	down();
}
END_TEST

START_TEST(password_reads_who_is_meant)
{
	struct sql_throttle_password p;

	up_user(_i);
	ck_assert_str_eq(found("a", "alice", T0), "u1");
	ck_assert_str_eq(found("a", "alice", T0), "u1");	/* 54 */
	ck_assert_str_eq(found("b", "nobody", T0), "");
	p = p_password("c", "a@example.org", T0);
	p.email = p.key;
	p.key = db_text(NULL);
	ck_assert_str_eq(run(SQL_THROTTLE_PASSWORD, &p,
	    SQL_THROTTLE_PASSWORD__LOGIN).id, "");	/* not verified */
	fix_sql(&f, "UPDATE users SET email_verified = 1");
	p.op = db_text("d");
	ck_assert_str_eq(run(SQL_THROTTLE_PASSWORD, &p,
	    SQL_THROTTLE_PASSWORD__LOGIN).id, "u1");
	p.op = db_text("e");
	p.tenant = db_text("other");
	ck_assert_int_eq(run(SQL_THROTTLE_PASSWORD, &p,
	    SQL_THROTTLE_PASSWORD__LOGIN).rows, 0);
	/* where the account is known already nobody is looked for */
	p = p_password("f", "alice", T0);
	p.key = db_text(NULL);
	p.user = db_text("u1");
	ck_assert_int_eq(run(SQL_THROTTLE_PASSWORD, &p,
	    SQL_THROTTLE_PASSWORD__LOGIN).rows, 0);
	down();
}
END_TEST

START_TEST(password_reads_nobody_for_who_is_refused)
{
	struct sql_throttle_password p;

	up_user(_i);
	guess("a", T0);
	guess("b", T0);
	guess("c", T0);
	ck_assert_ptr_null(found("d", "alice", T0));
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(found((const char *[]){ "e", "f",
		    "g" }[i], "nobody", T0));
	ck_assert_ptr_null(found("h", "nobody", T0));
	/* nor where it is the source that is full, and both are as before */
	p = p_password("i", "alice", T0 + HOUR);
	p.limited = db_int(1);
	p.source_most = db_int(0);
	fix_sql(&f, "INSERT INTO throttles (kind, tenant, subject, charges, "
	    "streak, penalty, until, expires_at, last_op) VALUES ('source', "
	    "'', '" ELSEWHERE "', 20, 20, 600000000, 4700000000, "
	    "9000000000000, 'z')");
	ck_assert_int_eq(run(SQL_THROTTLE_PASSWORD, &p,
	    SQL_THROTTLE_PASSWORD__LOGIN).rows, 0);
	ck_assert_int_eq(value("charges", "source"), 20);
	ck_assert_int_eq(charged("login", "i"), 0);
	down();
}
END_TEST

START_TEST(password_counts_known_sources_apart)
{
	up_user(_i);
	fix_sql(&f, "INSERT INTO known_sources (user_id, source, seen_at) "
	    "VALUES ('u1', '" ELSEWHERE "', 1000000000)");
	guess("a", T0);
	ck_assert_int_eq(charged("device", "a"), 1);
	ck_assert_int_eq(count("throttles WHERE kind = 'login'"), 0);
	ck_assert_int_eq(guess("b", T0 + KEEP), 1);	/* known no more */
	ck_assert_int_eq(charged("device", "b"), 0);
	down();
}
END_TEST

START_TEST(password_gives_back_what_was_not_compared)
{
	up_user(_i);
	guess("a", T0);
	guess("b", T0);
	guess("c", T0);
	guess("d", T0 + MINUTE / 2);
	ck_assert_int_eq(value("penalty", "login"), MINUTE);
	give("login", "alice", 2, 0);
	ck_assert_int_eq(value("charges", "login"), 3);
	ck_assert_int_eq(value("penalty", "login"), MINUTE / 2);
	ck_assert_int_eq(guess("e", T0 + MINUTE / 2), 1);
	give("login", "alice", 1, 0);			/* right */
	ck_assert_int_eq(count("throttles"), 0);
	down();
}
END_TEST

/* ---- two nodes ---- */

START_TEST(last_charge_is_one_of_a_race)		/* 19 */
{
	struct sql_throttle_take a = p_take("a", T0), b = p_take("b", T0);
	struct sql_throttle_password c = p_password("c", "alice", T0);
	struct sql_throttle_password d = p_password("d", "alice", T0);
	struct out x, y;

	up_user(_i);
	up_other();
	take("o", T0);
	take("p", T0);
	begin(f.st, SQL_THROTTLE_TAKE, &a, SQL_THROTTLE_TAKE__VERDICT, &x);
	begin(other, SQL_THROTTLE_TAKE, &b, SQL_THROTTLE_TAKE__VERDICT, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(charged("otp", "a") + charged("otp", "b"), 1);
	ck_assert_int_eq(value("charges", "otp"), 3);
	guess("q", T0);
	guess("r", T0);
	begin(f.st, SQL_THROTTLE_PASSWORD, &c, SQL_THROTTLE_PASSWORD__LOGIN,
	    &x);
	begin(other, SQL_THROTTLE_PASSWORD, &d, SQL_THROTTLE_PASSWORD__LOGIN,
	    &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	ck_assert_int_eq(value("charges", "login"), 3);
	down();
}
END_TEST

/* ---- what an operator and time remove ---- */

static void
counter(const char *kind, const char *subject, int charges, int64_t expires)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "INSERT INTO throttles (kind, tenant, "
	    "subject, charges, streak, penalty, until, expires_at, last_op) "
	    "VALUES ('%s', 'default', '%s', %d, %d, 0, 0, %lld, '')", kind,
	    subject, charges, charges, (long long)expires);
	fix_sql(&f, sql);
}

static int
unlock(const char *op, const char *who)
{
	struct sql_user_act p = { .op = db_text(op), .now = db_int(T0),
	    .operator = db_int(1), .machine = db_int(0),
	    .tenant = db_text("default"),
	    .user = db_text(who), .key = db_text(who), .act = db_int(3),
	    .action = db_text("user.unlock") };

	return (run(SQL_USER_ACT, &p, SQL_USER_ACT__OUTCOME).rows);
}

START_TEST(unlock_lifts_all_of_one_account)
{
	up_user(_i);
	do_register("r2", "u2", "bob");
	fix_sql(&f, "UPDATE users SET email_verified = 1 WHERE id = 'u1'");
	fix_sql(&f, "INSERT INTO known_sources (user_id, source, seen_at) "
	    "VALUES ('u1', '::1', 1)");
	for (int i = 0; i < 2; i++) {
		counter("login", "alice", 9, T0);
		counter("login", "a@example.org", 9, T0);
		counter("device", "u1 ::1", 9, T0);
		counter("otp", "u1", 9, T0);
		if (i == 0) {
			counter("login", "bob", 9, T0);
			counter("otp", "u2", 9, T0);
			ck_assert_int_eq(unlock("x", "nobody"), 0);
			ck_assert_int_eq(count("throttles"), 6);
		}
		ck_assert_int_eq(unlock(i ? "l1x" : "l2x",
		    i ? "alice" : "u1"), 1);
		ck_assert_int_eq(count("throttles"), 2);
	}
	ck_assert_int_eq(unlock("l1x", "alice"), 1);	/* 54 */
	ck_assert_int_eq(count("audit WHERE action = 'user.unlock'"), 2);
	down();
}
END_TEST

static void
purge(int64_t now, int batch)
{
	struct sql_throttle_purge p = { .now = db_int(now),
	    .since = db_int(now - KEEP), .password_stop = db_int(9),
	    .otp_stop = db_int(5), .batch = db_int(batch) };

	run(SQL_THROTTLE_PURGE, &p, SQL_THROTTLE_PURGE__COUNTERS);
}

START_TEST(purge_keeps_what_still_counts)
{
	up_user(_i);
	counter("login", "alice", 9, T0);	/* suspended: stays */
	counter("otp", "u1", 5, T0);		/* stopped: stays */
	counter("login", "later", 1, T0 + 1);	/* not over */
	counter("login", "nobody", 9, T0);	/* no account */
	counter("login", "a@example.org", 9, T0);	/* not verified */
	counter("otp", "u9", 5, T0);
	counter("device", "u1 ::1", 9, T0);
	counter("source", ELSEWHERE, 20, T0);
	fix_sql(&f, "INSERT INTO known_sources (user_id, source, seen_at) "
	    "VALUES ('u1', '::1', 1), ('u1', '::2', 1000000000)");
	purge(T0, 100);
	ck_assert_int_eq(count("throttles"), 3);
	ck_assert_int_eq(count("throttles WHERE subject IN ('alice', 'u1', "
	    "'later')"), 3);
	ck_assert_int_eq(count("known_sources"), 2);
	purge(T0 + KEEP, 100);
	ck_assert_int_eq(count("throttles"), 2);
	ck_assert_int_eq(count("known_sources"), 0);
	down();
}
END_TEST

START_TEST(purge_takes_the_oldest_of_many_first)
{
	char name[16];

	up(_i);
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		counter("login", name, 1, T0 - i);
	}
	purge(T0, 4);
	ck_assert_int_eq(count("throttles"), 6);
	ck_assert_int_eq(count("throttles WHERE subject >= 'n6'"), 0);
	purge(T0, 100);
	ck_assert_int_eq(count("throttles"), 0);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		take_counts_to_the_limit,
		take_rejects_what_is_stopped_for_ever,
		take_forgets_what_is_over,
		take_charges_both_or_none,
		take_cuts_a_clock_that_was_ahead,
		give_stops_at_nothing,
		password_doubles_to_its_longest,
		password_suspends_without_an_end,
		password_reads_who_is_meant,
		password_reads_nobody_for_who_is_refused,
		password_counts_known_sources_apart,
		password_gives_back_what_was_not_compared,
		last_charge_is_one_of_a_race,
		unlock_lifts_all_of_one_account,
		purge_keeps_what_still_counts,
		purge_takes_the_oldest_of_many_first,
	};

	return (run_tests("throttle_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
