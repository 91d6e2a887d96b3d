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
 * Verified addresses, reset links and the end of an account as SQL, on SQLite
 * and, when MOATD_TEST_PG is a DSN, on PostgreSQL: links are good once, of one
 * purpose, in their time, and nobody learns who has an address (CASES 20, 21,
 * 54).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

#define DAY	(24 * 3600 * CLOCK_SEC)
#define HOUR	(3600 * CLOCK_SEC)

#define LINK(n)	.link = db_text("k" n), .hash = db_text("h" n)
#define WHO	.ip = db_text("::1"), .ua = db_text("ua"), .rid = db_text("rid")

/* Registers with mail; the link's hash is h and the operation. */
static int
enrol(const char *op, const char *id, const char *key, const char *email,
    const char *status, int send)
{
	struct sql_register p = p_register(op, id, key);
	char link[16], hash[16];

	snprintf(link, sizeof(link), "k%s", op);
	snprintf(hash, sizeof(hash), "h%s", op);
	p.email = p.email_key = db_text(email);
	p.status = db_text(status);
	p.mail = db_int(1);
	p.send = db_int(send);
	p.ua = db_text("ua");
	p.link = db_text(link);
	p.hash = db_text(hash);
	p.expires = db_int(T0 + DAY);
	return (run(SQL_REGISTER, &p, SQL_REGISTER__OUTCOME).rows);
}

static struct sql_email_verify
p_verify(const char *op, const char *hash, int64_t now)
{
	return ((struct sql_email_verify){ ACT(op), .now = db_int(now),
	    .tenant = db_text("default"), .hash = db_text(hash) });
}

static int
verify(const char *op, const char *hash, int64_t now)
{
	struct sql_email_verify p = p_verify(op, hash, now);

	return (run(SQL_EMAIL_VERIFY, &p, SQL_EMAIL_VERIFY__OUTCOME).rows);
}

static int
taken(const char *op, const char *hash)
{
	struct sql_email_verify p = p_verify(op, hash, T0);

	return (run(SQL_EMAIL_VERIFY, &p, SQL_EMAIL_VERIFY__TAKEN).rows);
}

static void
resend(const char *op, const char *email, int send)
{
	struct sql_email_resend p = { .op = db_text(op), .now = db_int(T0),
	    .tenant = db_text("default"), .email_key = db_text(email),
	    .send = db_int(send), .ip = db_text("::1"), .ua = db_text("ua"),
	    .expires = db_int(T0 + DAY) };
	char link[16], hash[16];

	snprintf(link, sizeof(link), "k%s", op);
	snprintf(hash, sizeof(hash), "h%s", op);
	p.link = db_text(link);
	p.hash = db_text(hash);
	run(SQL_EMAIL_RESEND, &p, SQL_EMAIL_RESEND__LINK);
}

static void
ask_reset(const char *op, const char *email, int send, int64_t now)
{
	struct sql_password_request p = { ACT(op), .now = db_int(now),
	    .tenant = db_text("default"), .email_key = db_text(email),
	    .send = db_int(send), .ua = db_text("ua"),
	    .expires = db_int(now + HOUR) };
	char link[16], hash[16];

	snprintf(link, sizeof(link), "k%s", op);
	snprintf(hash, sizeof(hash), "h%s", op);
	p.link = db_text(link);
	p.hash = db_text(hash);
	run(SQL_PASSWORD_REQUEST, &p, SQL_PASSWORD_REQUEST__LINK);
}

static int
reset_finds(const char *hash, int64_t now)
{
	struct sql_reset_find p = { .now = db_int(now),
	    .tenant = db_text("default"), .hash = db_text(hash) };

	return (run(SQL_RESET_FIND, &p, SQL_RESET_FIND__USER).rows);
}

static struct sql_password_reset
p_reset(const char *op, const char *hash, int64_t version, int64_t now)
{
	return ((struct sql_password_reset){ ACT(op), .now = db_int(now),
	    .tenant = db_text("default"), .user = db_text("u1"), .version = db_int(version),
	    .hash = db_text(hash), .record = db_text("new"),
	    .ua = db_text("ua"), .mail = db_int(1) });
}

static int
reset(const char *op, const char *hash, int64_t version, int64_t now)
{
	struct sql_password_reset p = p_reset(op, hash, version, now);

	return (run(SQL_PASSWORD_RESET, &p, SQL_PASSWORD_RESET__OUTCOME).rows);
}

/* ---- addresses ---- */

START_TEST(verify_accepts_link_once)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 1);
	ck_assert_int_eq(count("outbox WHERE template = 'verify' AND "
	    "link_id = 'kr1' AND to_addr = 'a@x.org'"), 1);
	ck_assert_int_eq(verify("v1", "hr1", T0), 1);
	ck_assert_int_eq(verify("v1", "hr1", T0), 1);	/* 54 */
	ck_assert_int_eq(verify("v2", "hr1", T0), 0);
	ck_assert_int_eq(taken("v3", "hr1"), 0);
	ck_assert_int_eq(count("users WHERE email_verified = 1"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'user.update'"), 1);
	down();
}
END_TEST

START_TEST(verify_accepts_pending_account)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "pending", 1);
	ck_assert_int_eq(do_login("l1", "s1", "a1", T0), 0);
	ck_assert_int_eq(verify("v1", "hr1", T0), 1);
	ck_assert_int_eq(do_login("l2", "s1", "a1", T0), 1);
	down();
}
END_TEST

START_TEST(verify_rejects_late_unknown_and_foreign_purpose)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 1);
	ask_reset("q1", "a@x.org", 1, T0);
	ck_assert_int_eq(verify("v1", "hr1", T0 + DAY), 0);
	ck_assert_int_eq(verify("v2", "nothing", T0), 0);
	ck_assert_int_eq(verify("v3", "hq1", T0), 0);
	ck_assert_int_eq(reset_finds("hr1", T0), 0);
	ck_assert_int_eq(reset("x1", "hr1", 1, T0), 0);
	ck_assert_int_eq(verify("v4", "hr1", T0 + DAY - 1), 1);
	down();
}
END_TEST

START_TEST(verify_rejects_disabled_account)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 1);
	fix_sql(&f, "UPDATE users SET status = 'disabled'");
	ck_assert_int_eq(verify("v1", "hr1", T0), 0);
	ck_assert_int_eq(count("mail_links WHERE used_at IS NULL"), 1);
	down();
}
END_TEST

START_TEST(verify_rejects_address_that_another_verified)	/* 15 */
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 1);
	enrol("r2", "u2", "bob", "a@x.org", "active", 1);
	ck_assert_int_eq(verify("v1", "hr2", T0), 1);
	ck_assert_int_eq(verify("v2", "hr1", T0), 0);
	ck_assert_int_eq(taken("v3", "hr1"), 1);
	ck_assert_int_eq(count("users WHERE email_verified = 1"), 1);
	down();
}
END_TEST

START_TEST(verify_rejects_loser_of_a_race)
{
	struct sql_email_verify a = p_verify("v1", "hr1", T0);
	struct sql_email_verify b = p_verify("v2", "hr2", T0);
	struct out x, y;

	up(_i);
	up_other();
	enrol("r1", "u1", "alice", "a@x.org", "active", 1);
	enrol("r2", "u2", "bob", "a@x.org", "active", 1);
	begin(f.st, SQL_EMAIL_VERIFY, &a, SQL_EMAIL_VERIFY__OUTCOME, &x);
	begin(other, SQL_EMAIL_VERIFY, &b, SQL_EMAIL_VERIFY__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.status, STORE_OK);
	ck_assert_int_eq(y.status, STORE_OK);
	ck_assert_int_eq(x.rows + y.rows, 1);
	ck_assert_int_eq(count("users WHERE email_verified = 1"), 1);
	down();
}
END_TEST

START_TEST(verify_rejects_second_of_one_link_in_a_race)
{
	struct sql_email_verify a = p_verify("v1", "hr1", T0);
	struct sql_email_verify b = p_verify("v2", "hr1", T0);
	struct out x, y;

	up(_i);
	up_other();
	enrol("r1", "u1", "alice", "a@x.org", "active", 1);
	begin(f.st, SQL_EMAIL_VERIFY, &a, SQL_EMAIL_VERIFY__OUTCOME, &x);
	begin(other, SQL_EMAIL_VERIFY, &b, SQL_EMAIL_VERIFY__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	down();
}
END_TEST

START_TEST(register_accepts_known_address_and_tells_its_holder)	/* 21 */
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 1);
	verify("v1", "hr1", T0);
	enrol("r2", "u2", "bob", "a@x.org", "active", 1);
	ck_assert_int_eq(count("outbox WHERE id = 'r2' AND user_id = 'u1' "
	    "AND template = 'already_registered' AND link_id IS NULL "
	    "AND username = 'alice'"), 1);
	ck_assert_int_eq(count("mail_links WHERE id = 'kr2'"), 1);
	enrol("r3", "u3", "carol", "c@x.org", "active", 0);
	ck_assert_int_eq(count("outbox WHERE id = 'r3'"), 0);
	ck_assert_int_eq(count("mail_links WHERE id = 'kr3'"), 1);
	down();
}
END_TEST

START_TEST(register_rejects_mail_for_taken_name)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 1);
	ck_assert_int_eq(enrol("r2", "u2", "alice", "b@x.org", "active", 1),
	    0);
	ck_assert_int_eq(count("outbox"), 1);
	ck_assert_int_eq(count("mail_links"), 1);
	down();
}
END_TEST

START_TEST(resend_accepts_newest_that_waits)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	enrol("r2", "u2", "bob", "a@x.org", "active", 0);
	resend("s1", "a@x.org", 1);
	ck_assert_int_eq(count("outbox WHERE id = 's1' AND user_id = 'u2' "
	    "AND to_addr = 'a@x.org'"), 1);
	ck_assert_int_eq(verify("v1", "hs1", T0), 1);
	down();
}
END_TEST

START_TEST(resend_rejects_without_a_difference)			/* 21 */
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	verify("v1", "hr1", T0);
	resend("s1", "a@x.org", 1);		/* verified */
	resend("s2", "b@x.org", 1);		/* unknown */
	enrol("r2", "u2", "bob", "c@x.org", "active", 0);
	resend("s3", "c@x.org", 0);		/* had its share */
	fix_sql(&f, "UPDATE users SET status = 'disabled' WHERE id = 'u2'");
	resend("s4", "c@x.org", 1);
	ck_assert_int_eq(count("outbox"), 4);
	ck_assert_int_eq(count("outbox WHERE to_addr = '' AND "
	    "link_id IS NOT NULL"), 4);
	ck_assert_int_eq(count("mail_links WHERE id IN ('ks1', 'ks2', 'ks3', "
	    "'ks4')"), 0);
	down();
}
END_TEST

/* ---- reset ---- */

START_TEST(reset_accepts_link_once_and_ends_all_sessions)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ck_assert_int_eq(do_login("l1", "s1", "a1", T0), 1);
	ck_assert_int_eq(do_login("l2", "s2", "a2", T0), 1);
	ask_reset("q1", "a@x.org", 1, T0);
	ck_assert_int_eq(reset_finds("hq1", T0), 1);
	ck_assert_int_eq(reset("x1", "hq1", 1, T0), 1);
	ck_assert_int_eq(reset("x1", "hq1", 1, T0), 1);		/* 54 */
	ck_assert_int_eq(reset("x2", "hq1", 2, T0), 0);
	ck_assert_int_eq(reset_finds("hq1", T0), 0);
	ck_assert_int_eq(count("sessions WHERE ended_at IS NULL"), 0);
	ck_assert_int_eq(count("users WHERE version = 2 AND pw_record = "
	    "'new'"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'password.reset'"), 1);
	ck_assert_int_eq(count("outbox WHERE template = 'password_changed'"),
	    1);
	ck_assert_int_eq(do_refresh("f1", "a1", "b1", T0), 0);
	down();
}
END_TEST

START_TEST(reset_rejects_late_older_and_outdated)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ask_reset("q1", "a@x.org", 1, T0);
	ask_reset("q2", "a@x.org", 1, T0 + 1);
	ck_assert_int_eq(reset_finds("hq1", T0 + 2), 0);
	ck_assert_int_eq(reset("x1", "hq1", 1, T0 + 2), 0);
	ck_assert_int_eq(reset_finds("hq2", T0 + 1 + HOUR), 0);
	ck_assert_int_eq(reset("x2", "hq2", 1, T0 + 1 + HOUR), 0);
	/* the account changed while the password was hashed */
	ck_assert_int_eq(reset("x3", "hq2", 7, T0 + 2), 0);
	/* one that the address' share did not allow leaves the older good */
	ask_reset("q3", "a@x.org", 1, T0 + 3);
	ask_reset("q4", "a@x.org", 0, T0 + 4);
	ck_assert_int_eq(reset_finds("hq3", T0 + 5), 1);
	down();
}
END_TEST

START_TEST(reset_rejects_older_link_even_if_it_is_unused)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ask_reset("q1", "a@x.org", 1, T0);
	ask_reset("q2", "a@x.org", 1, T0);
	/* as two requests that did not see each other leave them */
	fix_sql(&f, "UPDATE mail_links SET used_at = NULL, used_by = NULL");
	ck_assert_int_eq(reset_finds("hq1", T0), 0);
	ck_assert_int_eq(reset("x1", "hq1", 1, T0), 0);
	ck_assert_int_eq(reset("x2", "hq2", 1, T0), 1);
	down();
}
END_TEST

START_TEST(reset_rejects_second_in_a_race)
{
	struct sql_password_reset a = p_reset("x1", "hq1", 1, T0);
	struct sql_password_reset b = p_reset("x2", "hq1", 1, T0);
	struct out x, y;

	up(_i);
	up_other();
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ask_reset("q1", "a@x.org", 1, T0);
	begin(f.st, SQL_PASSWORD_RESET, &a, SQL_PASSWORD_RESET__OUTCOME, &x);
	begin(other, SQL_PASSWORD_RESET, &b, SQL_PASSWORD_RESET__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	ck_assert_int_eq(count("users WHERE version = 2"), 1);
	down();
}
END_TEST

START_TEST(reset_rejects_link_to_an_address_of_before)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ask_reset("q1", "a@x.org", 1, T0);
	fix_sql(&f, "UPDATE users SET email = 'b@x.org'");
	ck_assert_int_eq(reset_finds("hq1", T0), 0);
	ck_assert_int_eq(reset("x1", "hq1", 1, T0), 0);
	down();
}
END_TEST

START_TEST(reset_rejects_link_after_password_change)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ck_assert_int_eq(do_login("l1", "s1", "a1", T0), 1);
	ask_reset("q1", "a@x.org", 1, T0);
	ck_assert_int_eq(do_password("c1", "s1", 1, T0), 1);
	ck_assert_int_eq(reset_finds("hq1", T0), 0);
	down();
}
END_TEST

START_TEST(request_accepts_verified_holder_then_oldest)
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	fix_sql(&f, "UPDATE users SET created_at = 1 WHERE id = 'u1'");
	enrol("r2", "u2", "bob", "a@x.org", "active", 0);
	ask_reset("q1", "a@x.org", 1, T0);
	ck_assert_int_eq(count("mail_links WHERE id = 'kq1' AND "
	    "user_id = 'u1'"), 1);
	verify("v1", "hr2", T0);
	ask_reset("q2", "a@x.org", 1, T0);
	ck_assert_int_eq(count("mail_links WHERE id = 'kq2' AND "
	    "user_id = 'u2'"), 1);
	down();
}
END_TEST

START_TEST(request_rejects_without_a_difference)		/* 21 */
{
	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ask_reset("q1", "a@x.org", 1, T0);
	ask_reset("q2", "b@x.org", 1, T0);
	ck_assert_int_eq(count("outbox"), 2);
	ck_assert_int_eq(count("outbox WHERE id = 'q2' AND to_addr = '' AND "
	    "link_id = 'kq2'"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'password.request'"), 2);
	ck_assert_int_eq(count("audit WHERE id = 'q2' AND subject IS NULL"),
	    1);
	fix_sql(&f, "UPDATE users SET status = 'disabled'");
	ask_reset("q3", "a@x.org", 1, T0);
	ck_assert_int_eq(count("mail_links WHERE id = 'kq3'"), 0);
	down();
}
END_TEST

START_TEST(link_accepts_name_or_id_and_rejects_disabled)
{
	struct sql_password_link p = { .op = db_text("o1"),
	    .now = db_int(T0), .tenant = db_text("default"),
	    .user = db_text("alice"), .key = db_text("alice"), LINK("1"),
	    .expires = db_int(T0 + HOUR) };

	up(_i);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ck_assert_int_eq(run(SQL_PASSWORD_LINK, &p,
	    SQL_PASSWORD_LINK__OUTCOME).rows, 1);
	ck_assert_int_eq(reset_finds("h1", T0), 1);
	p = (struct sql_password_link){ .op = db_text("o2"),
	    .now = db_int(T0 + 1), .tenant = db_text("default"),
	    .user = db_text("u1"), .key = db_text(NULL), LINK("2"),
	    .expires = db_int(T0 + HOUR) };
	ck_assert_int_eq(run(SQL_PASSWORD_LINK, &p,
	    SQL_PASSWORD_LINK__OUTCOME).rows, 1);
	ck_assert_int_eq(reset_finds("h1", T0), 0);
	ck_assert_int_eq(reset_finds("h2", T0), 1);
	fix_sql(&f, "UPDATE users SET status = 'disabled'");
	p.op = db_text("o3");
	p.link = db_text("k3");
	p.hash = db_text("h3");
	ck_assert_int_eq(run(SQL_PASSWORD_LINK, &p,
	    SQL_PASSWORD_LINK__OUTCOME).rows, 0);
	ck_assert_int_eq(count("outbox"), 0);
	down();
}
END_TEST

/* ---- another address ---- */

static struct sql_email_change
p_change(const char *op, const char *email, const char *link,
    const char *hash)
{
	return ((struct sql_email_change){ BEARER("s1", T0), ACT(op),
	    .version = db_int(1), .email = db_text(email),
	    .email_key = db_text(email), .send = db_int(1),
	    .ua = db_text("ua"), .link = db_text(link),
	    .hash = db_text(hash), .expires = db_int(T0 + DAY) });
}

static int
change(const char *op, const char *email, const char *link, const char *hash)
{
	struct sql_email_change p = p_change(op, email, link, hash);

	return (run(SQL_EMAIL_CHANGE, &p, SQL_EMAIL_CHANGE__ME).rows);
}

static void
up_bearer(int kind)
{
	up(kind);
	enrol("r1", "u1", "alice", "a@x.org", "active", 0);
	ck_assert_int_eq(do_login("l1", "s1", "a1", T0), 1);
	ck_assert_int_eq(verify("v1", "hr1", T0), 1);
}

START_TEST(change_accepts_address_that_is_verified_later)
{
	up_bearer(_i);
	ck_assert_int_eq(change("c1", "b@x.org", "k1", "h1"), 1);
	ck_assert_int_eq(change("c1", "b@x.org", "k1", "h1"), 1);
	ck_assert_int_eq(count("users WHERE email = 'a@x.org' AND "
	    "email_verified = 1 AND pending_email = 'b@x.org'"), 1);
	ck_assert_int_eq(count("outbox WHERE to_addr = 'b@x.org' AND "
	    "template = 'verify' AND link_id = 'k1'"), 1);
	ck_assert_int_eq(count("outbox WHERE to_addr = 'a@x.org' AND "
	    "template = 'email_changed'"), 1);
	ck_assert_int_eq(verify("v2", "h1", T0), 1);
	ck_assert_int_eq(count("users WHERE email = 'b@x.org' AND "
	    "email_key = 'b@x.org' AND email_verified = 1 AND "
	    "pending_email IS NULL AND pending_email_key IS NULL"), 1);
	down();
}
END_TEST

START_TEST(change_rejects_link_of_an_earlier_wish)
{
	up_bearer(_i);
	change("c1", "b@x.org", "k1", "h1");
	change("c2", "c@x.org", "k2", "h2");
	ck_assert_int_eq(verify("v2", "h1", T0), 0);
	/* back to the one that is verified: nothing waits any more */
	change("c3", "a@x.org", "k3", "h3");
	ck_assert_int_eq(verify("v3", "h2", T0), 0);
	ck_assert_int_eq(verify("v4", "h3", T0), 0);
	ck_assert_int_eq(count("users WHERE email = 'a@x.org' AND "
	    "pending_email IS NULL"), 1);
	down();
}
END_TEST

START_TEST(change_rejects_address_of_another)
{
	up_bearer(_i);
	enrol("r2", "u2", "bob", "b@x.org", "active", 0);
	verify("v2", "hr2", T0);
	ck_assert_int_eq(change("c1", "b@x.org", "k1", "h1"), 1);
	ck_assert_int_eq(count("outbox WHERE id = 'c1' AND user_id = 'u2' "
	    "AND template = 'already_registered' AND link_id IS NULL"), 1);
	ck_assert_int_eq(verify("v3", "h1", T0), 0);
	ck_assert_int_eq(taken("v4", "h1"), 1);
	down();
}
END_TEST

START_TEST(change_rejects_bearer_that_does_not_hold)
{
	struct sql_email_change p;

	up_bearer(_i);
	p = p_change("c1", "b@x.org", "k1", "h1");
	p.version = db_int(2);
	ck_assert_int_eq(run(SQL_EMAIL_CHANGE, &p,
	    SQL_EMAIL_CHANGE__ME).rows, 0);
	do_logout("o1", "s1", T0);
	ck_assert_int_eq(change("c2", "b@x.org", "k2", "h2"), 0);
	ck_assert_int_eq(count("users WHERE pending_email IS NOT NULL"), 0);
	down();
}
END_TEST

/* ---- the end ---- */

static int
delete(const char *op, const char *sid, int64_t version)
{
	struct sql_me_delete p = { BEARER(sid, T0), ACT(op),
	    .version = db_int(version) };

	return (run(SQL_ME_DELETE, &p, SQL_ME_DELETE__OUTCOME).rows);
}

START_TEST(delete_accepts_once_and_leaves_an_opaque_id)
{
	up_bearer(_i);
	enrol("r2", "u2", "bob", "b@x.org", "active", 1);
	ask_reset("q1", "a@x.org", 1, T0);
	fix_sql(&f, "INSERT INTO devices VALUES ('u1', 'd', 1)");
	fix_sql(&f, "INSERT INTO recovery_codes (user_id, hash, created_at) "
	    "VALUES ('u1', 'h', 1)");
	ck_assert_int_eq(delete("d1", "s1", 1), 1);
	ck_assert_int_eq(delete("d1", "s1", 1), 1);		/* 54 */
	ck_assert_int_eq(delete("d2", "s1", 1), 0);
	ck_assert_int_eq(count("users"), 1);
	ck_assert_int_eq(count("sessions"), 0);
	ck_assert_int_eq(count("refresh_tokens"), 0);
	ck_assert_int_eq(count("devices"), 0);
	ck_assert_int_eq(count("recovery_codes"), 0);
	ck_assert_int_eq(count("mail_links WHERE user_id = 'u1'"), 0);
	ck_assert_int_eq(count("outbox WHERE user_id = 'u1'"), 0);
	ck_assert_int_eq(count("outbox WHERE user_id = 'u2'"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'user.delete' AND "
	    "subject = 'u1' AND detail IS NULL"), 1);
	/* the name and the address are free again */
	ck_assert_int_eq(enrol("r3", "u3", "alice", "a@x.org", "active", 0),
	    1);
	down();
}
END_TEST

START_TEST(delete_rejects_superadmin_and_what_changed)
{
	struct sql_me_delete p = { BEARER("s1", T0), ACT("d3"),
	    .version = db_int(1) };

	up_bearer(_i);
	ck_assert_int_eq(delete("d1", "s2", 1), 0);
	ck_assert_int_eq(delete("d2", "s1", 2), 0);
	fix_sql(&f, "UPDATE users SET role = 'superadmin'");
	ck_assert_int_eq(run(SQL_ME_DELETE, &p,
	    SQL_ME_DELETE__SUPERADMIN).rows, 1);
	ck_assert_int_eq(delete("d4", "s1", 1), 0);
	ck_assert_int_eq(count("users WHERE status = 'active'"), 1);
	ck_assert_int_eq(do_bearer("s1", T0), 1);
	down();
}
END_TEST

START_TEST(delete_rejects_survivor_of_racing_refresh)	/* 24 */
{
	struct sql_me_delete a = { BEARER("s1", T0), ACT("d1"),
	    .version = db_int(1) };
	struct sql_refresh b = p_refresh("f1", "a1", "b1", T0);
	struct out x, y;

	up_bearer(_i);
	up_other();
	begin(f.st, SQL_ME_DELETE, &a, SQL_ME_DELETE__OUTCOME, &x);
	begin(other, SQL_REFRESH, &b, SQL_REFRESH__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.status, STORE_OK);
	ck_assert_int_eq(x.rows, 1);
	ck_assert_int_eq(count("users"), 0);
	ck_assert_int_eq(count("refresh_tokens"), 0);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		verify_accepts_link_once,
		verify_accepts_pending_account,
		verify_rejects_late_unknown_and_foreign_purpose,
		verify_rejects_disabled_account,
		verify_rejects_address_that_another_verified,
		verify_rejects_loser_of_a_race,
		verify_rejects_second_of_one_link_in_a_race,
		register_accepts_known_address_and_tells_its_holder,
		register_rejects_mail_for_taken_name,
		resend_accepts_newest_that_waits,
		resend_rejects_without_a_difference,
		reset_accepts_link_once_and_ends_all_sessions,
		reset_rejects_late_older_and_outdated,
		reset_rejects_older_link_even_if_it_is_unused,
		reset_rejects_second_in_a_race,
		reset_rejects_link_to_an_address_of_before,
		reset_rejects_link_after_password_change,
		request_accepts_verified_holder_then_oldest,
		request_rejects_without_a_difference,
		link_accepts_name_or_id_and_rejects_disabled,
		change_accepts_address_that_is_verified_later,
		change_rejects_link_of_an_earlier_wish,
		change_rejects_address_of_another,
		change_rejects_bearer_that_does_not_hold,
		delete_accepts_once_and_leaves_an_opaque_id,
		delete_rejects_superadmin_and_what_changed,
		delete_rejects_survivor_of_racing_refresh,
	};

	return (run_tests("recovery_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
