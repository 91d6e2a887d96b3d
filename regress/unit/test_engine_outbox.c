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
 * The outbox with a mailer that the test plays: leases, back-off, refusals,
 * mailers and engines that die with a mail under way (CASES 57).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/outbox.h"
#include "regress/unit/engine_rig_db.h"
#include "src/base/clock.h"

static struct rig r;

static void
mailer_connect(void)
{
	rig_connect(&r, &r.mailer, ROLE_MAILER, 0, 0);
}

/* Turns until the number is that; fails after some seconds. */
static void
wait_sql(const char *sql, int64_t want)
{
	int64_t end = clock_mono() + 5 * CLOCK_SEC;

	while (rig_sql(&r, sql) != want) {
		rig_turn(&r, 5);
		ck_assert_msg(clock_mono() < end, "%s", sql);
	}
}

static void
wait_asked(unsigned n)
{
	int64_t end = clock_mono() + 5 * CLOCK_SEC;

	while (r.mailer.asked < n) {
		rig_turn(&r, 5);
		ck_assert_msg(clock_mono() < end, "asked %u times",
		    r.mailer.asked);
	}
	ck_assert_int_eq(r.mailer.asked, n);
}

/* A mail without a link, as an act writes it; tried so often. */
static void
put(const char *id, int tries)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "INSERT INTO outbox (id, tenant, "
	    "created_at, due_at, tries, template, to_addr, username) VALUES "
	    "('%s', 'default', %lld, 1, %d, 'new_device', 'a@example.org', "
	    "'alice')", id, (long long)clock_now(), tries);
	rig_sql(&r, sql);
	outbox_kick(&r.e);
}

static void
make_due(void)
{
	rig_sql(&r, "UPDATE outbox SET due_at = 1 WHERE leased_by IS NULL");
	outbox_kick(&r.e);
}

#define WAITING		"SELECT count(*) FROM outbox"
#define LEASED		WAITING " WHERE leased_by IS NOT NULL"

/* ---- what works ---- */

START_TEST(outbox_accepts_mail_of_an_act)
{
	struct msg_email_verify_req v = { CTX };
	const char *want = ISSUER "/verify-email?token=";

	rig_db_up(&r, _i, 1);
	ck_assert_int_eq(rig_register(&r, "alice")->type, IMSG_REGISTER_RES);
	wait_asked(1);
	ck_assert_str_eq(r.mail.name, "verify");
	ck_assert_str_eq(r.mail.to, "a@example.org");
	ck_assert_int_eq(strncmp(r.mail.link, want, strlen(want)), 0);
	wait_sql(WAITING, 0);
	v.token = r.mail.link + strlen(want);
	ck_assert_int_eq(rig_ask(&r, 0, IMSG_EMAIL_VERIFY_REQ, &v)->type,
	    IMSG_DONE_RES);
	ck_assert_int_eq(rig_sql(&r, "SELECT email_verified FROM users"), 1);
	rig_db_down(&r);
}
END_TEST

START_TEST(outbox_accepts_lease_while_it_is_sent)
{
	struct msg_mail_send_res sent = { .result = MAIL_SENT, .reason = "" };

	rig_db_up(&r, _i, 1);
	r.mailer.hold = 1;
	put("m1", 0);
	wait_asked(1);
	ck_assert_int_eq(rig_sql(&r, LEASED " AND tries = 1"), 1);
	ck_assert_int_gt(rig_sql(&r, "SELECT due_at FROM outbox"),
	    clock_now());
	ck_assert(outbox_busy(&r.e));
	chan_send(r.mailer.chan, IMSG_MAIL_SEND_RES, r.mailer.held_id, &sent,
	    -1);
	wait_sql(WAITING, 0);
	rig_db_down(&r);
}
END_TEST

START_TEST(outbox_accepts_mail_that_waited_for_a_mailer)
{
	rig_db_up(&r, _i, 1);
	rig_kill(&r.mailer);
	rig_turn(&r, 10);
	put("m1", 0);
	rig_register(&r, "alice");
	ck_assert_int_eq(rig_sql(&r, WAITING " WHERE tries = 0"), 2);
	mailer_connect();
	wait_sql(WAITING, 0);
	ck_assert_int_eq(r.mailer.asked, 2);
	ck_assert_int_eq(r.bad, 0);
	rig_db_down(&r);
}
END_TEST

/* Not more than sixteen at a time, and the others after them. */
START_TEST(outbox_accepts_many)
{
	char id[16];
	int i;

	rig_db_up(&r, _i, 1);
	r.mailer.hold = 1;
	for (i = 0; i < 40; i++) {
		snprintf(id, sizeof(id), "m%d", i);
		put(id, 0);
	}
	wait_asked(16);
	outbox_kick(&r.e);
	rig_turn(&r, 50);
	ck_assert_int_eq(r.mailer.asked, 16);
	ck_assert_int_eq(rig_sql(&r, LEASED), 16);
	rig_kill(&r.mailer);
	wait_sql(LEASED, 0);
	ck_assert_int_eq(rig_sql(&r, WAITING), 40);
	mailer_connect();
	make_due();
	wait_sql(WAITING, 0);
	rig_db_down(&r);
}
END_TEST

/* ---- what was not sent ---- */

START_TEST(outbox_rejects_haste)
{
	static const int tries[] = { 0, 1, 2, 3, 8, 9, 10, 40 };
	int64_t began, row, due;
	size_t i;
	int n, s;

	rig_db_up(&r, _i, 1);
	r.mail.result = MAIL_RETRY;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		began = clock_now();
		put("m1", tries[i]);
		while ((row = rig_sql(&r, "SELECT due_at * 100 + tries FROM "
		    "outbox WHERE leased_by IS NULL AND due_at > 1")) == -1)
			rig_turn(&r, 5);
		n = (int)(row % 100);
		due = row / 100;
		s = n > 10 ? 900 : 1 << (n - 1);
		ck_assert_int_gt(n, tries[i]);
		ck_assert_int_ge(due, began + s * CLOCK_SEC);
		ck_assert_int_le(due, clock_now() + s * CLOCK_SEC);
		rig_sql(&r, "DELETE FROM outbox");
	}
	rig_db_down(&r);
}
END_TEST

START_TEST(outbox_rejects_mail_that_is_refused_five_times)
{
	rig_db_up(&r, _i, 1);
	r.mail.result = MAIL_REFUSED;
	put("m1", 3);
	wait_sql(WAITING " WHERE leased_by IS NULL AND tries = 4", 1);
	make_due();
	wait_sql(WAITING, 0);
	ck_assert_int_eq(r.mailer.asked, 2);
	/* while a server in trouble is asked for three days */
	r.mail.result = MAIL_RETRY;
	put("m2", 50);
	wait_sql(WAITING " WHERE leased_by IS NULL AND tries = 51", 1);
	rig_sql(&r, "UPDATE outbox SET created_at = created_at - 259200000000");
	make_due();
	wait_sql(WAITING, 0);
	rig_db_down(&r);
}
END_TEST

START_TEST(outbox_rejects_dead_links)
{
	struct msg_password_request_req q = { CTX, .email = "a@example.org" };

	rig_db_up(&r, _i, 1);
	rig_kill(&r.mailer);
	rig_register(&r, "alice");
	rig_ask(&r, 0, IMSG_PASSWORD_REQUEST_REQ, &q);
	rig_sql(&r, "UPDATE mail_links SET used_at = 1");
	q.email = "nobody@example.org";		/* a blank of nobody's */
	rig_ask(&r, 0, IMSG_PASSWORD_REQUEST_REQ, &q);
	ck_assert_int_eq(rig_sql(&r, WAITING), 3);
	mailer_connect();
	wait_sql(WAITING, 0);
	ck_assert_int_eq(r.mailer.asked, 0);
	rig_db_down(&r);
}
END_TEST

START_TEST(outbox_rejects_no_mail_for_want_of_a_vault)
{
	rig_db_up(&r, _i, 1);
	rig_kill(&r.mailer);
	rig_register(&r, "alice");
	r.vault[0].lie_status = r.vault[1].lie_status = ST_INTERNAL;
	mailer_connect();
	wait_sql(WAITING " WHERE leased_by IS NULL AND tries > 0", 1);
	ck_assert_int_eq(r.mailer.asked, 0);
	r.vault[0].lie_status = r.vault[1].lie_status = ST_OK;
	make_due();
	wait_sql(WAITING, 0);
	ck_assert_int_eq(r.mailer.asked, 1);
	rig_db_down(&r);
}
END_TEST

/* ---- who dies, and who lies ---- */

START_TEST(outbox_accepts_mail_of_a_dead_mailer)
{
	rig_db_up(&r, _i, 1);
	r.mailer.hold = 1;
	put("m1", 0);
	wait_asked(1);
	rig_kill(&r.mailer);
	wait_sql(WAITING " WHERE leased_by IS NULL AND tries = 1", 1);
	ck_assert_int_eq(r.bad, 0);
	mailer_connect();
	make_due();
	wait_sql(WAITING, 0);
	ck_assert_str_eq(r.mail.id, "m1");
	rig_db_down(&r);
}
END_TEST

START_TEST(outbox_rejects_mailer_that_lies)
{
	rig_db_up(&r, _i, 1);
	r.mailer.lie = 1;
	put("m1", 0);
	rig_wait(&r, &r.bad);
	ck_assert_int_eq(r.bad_role, ROLE_MAILER);
	wait_sql(WAITING " WHERE leased_by IS NULL AND tries = 1", 1);
	ck_assert_ptr_null(r.mailer.chan);
	rig_db_down(&r);
}
END_TEST

/* The next engine on the same board need not wait for the lease's end. */
START_TEST(outbox_accepts_mail_of_a_dead_engine)
{
	rig_db_up(&r, _i, 1);
	r.mailer.hold = 1;
	put("m1", 0);
	wait_asked(1);
	rig_db_again(&r);
	wait_asked(1);
	ck_assert_str_eq(r.mail.id, "m1");
	wait_sql(WAITING, 0);
	rig_db_down(&r);
}
END_TEST

/* Another node's mail is its own until the lease is over. */
START_TEST(outbox_rejects_mail_of_another_node)
{
	rig_db_up(&r, _i, 1);
	r.mailer.hold = 1;
	put("m1", 0);
	wait_asked(1);
	rig_stop(&r);
	memset(&r.board, 0, sizeof(r.board));
	rig_start(&r);
	rig_wait(&r, &r.db_up);
	put("m2", 0);
	wait_sql(WAITING, 1);
	ck_assert_str_eq(r.mail.id, "m2");
	ck_assert_int_eq(r.mailer.asked, 1);
	rig_sql(&r, "UPDATE outbox SET due_at = 1");
	outbox_kick(&r.e);
	wait_sql(WAITING, 0);
	ck_assert_str_eq(r.mail.id, "m1");
	rig_db_down(&r);
}
END_TEST

/* The clock was a day ahead when they were put off; 56 */
START_TEST(outbox_accepts_mail_that_is_due_too_late)
{
	rig_db_up(&r, _i, 1);
	rig_kill(&r.mailer);
	rig_turn(&r, 10);
	put("m1", 3);
	put("m2", 3);
	rig_sql(&r, "UPDATE outbox SET due_at = created_at + 86400000000");
	rig_sql(&r, "UPDATE outbox SET due_at = created_at + 900000000 "
	    "WHERE id = 'm2'");
	mailer_connect();
	wait_sql(WAITING, 1);
	ck_assert_str_eq(r.mail.id, "m1");
	ck_assert_int_eq(r.mailer.asked, 1);
	rig_db_down(&r);
}
END_TEST

START_TEST(outbox_rejects_everything_where_mail_is_off)
{
	rig_db_up(&r, _i, 0);
	rig_register(&r, "alice");
	ck_assert_int_eq(rig_sql(&r, WAITING), 0);
	mailer_connect();		/* a peer that nobody asked for */
	put("m1", 0);
	rig_turn(&r, 50);
	ck_assert_int_eq(r.mailer.asked, 0);
	ck_assert_int_eq(rig_sql(&r, WAITING), 1);
	rig_db_down(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		outbox_accepts_mail_of_an_act,
		outbox_accepts_lease_while_it_is_sent,
		outbox_accepts_mail_that_waited_for_a_mailer,
		outbox_accepts_many,
		outbox_rejects_haste,
		outbox_rejects_mail_that_is_refused_five_times,
		outbox_rejects_dead_links,
		outbox_rejects_no_mail_for_want_of_a_vault,
		outbox_accepts_mail_of_a_dead_mailer,
		outbox_rejects_mailer_that_lies,
		outbox_accepts_mail_of_a_dead_engine,
		outbox_rejects_mail_of_another_node,
		outbox_accepts_mail_that_is_due_too_late,
		outbox_rejects_everything_where_mail_is_off,
	};

	return (rig_db_main("engine_outbox", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
