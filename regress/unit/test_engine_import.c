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
 * Accounts that come from another system, one message each: hostile members,
 * names that are there, a hasher or an engine that dies in between.
 */
#include "config.h"

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/import.h"
#include "regress/unit/engine_rig_db.h"
#include "src/base/clock.h"

#define MANY	8

static struct rig r;

struct outcome {
	int		 done;
	enum msg_status	 st;
	char		 path[65], reason[129];
};

static const struct msg_ctl_user_import_req bob = { .username = "bob",
	.email = "bob@example.org", .name = "Bob", .roles = "",
	.password_hash = "foreign:" PASSWORD, .tenant = "" };

static void
on_imported(void *arg, enum msg_status st, const char *path,
    const char *reason)
{
	struct outcome *o = arg;

	ck_assert_int_eq(o->done, 0);
	o->done = 1;
	o->st = st;
	op_copy(o->path, sizeof(o->path), path);
	op_copy(o->reason, sizeof(o->reason), reason);
}

static struct outcome
import(const struct msg_ctl_user_import_req *m)
{
	struct outcome o = { 0 };

	import_user(&r.e, m, on_imported, &o);
	rig_wait(&r, &o.done);
	return (o);
}

static int64_t
users(void)
{
	return (rig_sql(&r, "SELECT count(*) FROM users"));
}

static int64_t
entries(void)
{
	return (rig_sql(&r, "SELECT count(*) FROM audit WHERE action = "
	    "'user.create' AND result = 'success'"));
}

START_TEST(import_accepts_and_logs_in)
{
	struct msg_ctl_user_import_req m = bob;

	rig_db_up(&r, _i, 0);
	m.email_verified = 1;
	m.roles = "user admin";
	m.created_at = 1577836800 * CLOCK_SEC;
	ck_assert_int_eq(import(&m).st, ST_OK);
	ck_assert_int_eq(rig_login(&r, "bob", PASSWORD)->type,
	    IMSG_TOKENS_RES);
	ck_assert_int_eq(rig_login(&r, "BOB@example.org", PASSWORD)->type,
	    IMSG_TOKENS_RES);
	ck_assert_int_eq(rig_login(&r, "bob", PASSWORD "!")->status,
	    ST_INVALID_CREDENTIALS);
	ck_assert_int_eq(rig_sql(&r, "SELECT created_at FROM users WHERE "
	    "role = 'admin' AND email_verified = 1 AND name = 'Bob'"),
	    m.created_at);
	ck_assert_int_eq(entries(), 1);
	rig_db_down(&r);
}
END_TEST

START_TEST(import_accepts_account_without_a_hash)
{
	struct msg_ctl_user_import_req m = bob;

	rig_db_up(&r, _i, 0);
	m.password_hash = "";
	ck_assert_int_eq(import(&m).st, ST_OK);
	ck_assert_int_eq(rig_login(&r, "bob", "")->status,
	    ST_INVALID_CREDENTIALS);
	ck_assert_int_eq(rig_login(&r, "bob", PASSWORD)->status,
	    ST_INVALID_CREDENTIALS);
	rig_db_down(&r);
}
END_TEST

START_TEST(import_rejects_what_is_there)			/* 15 */
{
	struct msg_ctl_user_import_req m = bob;

	rig_db_up(&r, _i, 0);
	m.email_verified = 1;
	ck_assert_int_eq(import(&m).st, ST_OK);
	m.password_hash = "foreign:another password";
	ck_assert_int_eq(import(&m).st, ST_USERNAME_TAKEN);
	m.username = "BOB";
	ck_assert_int_eq(import(&m).st, ST_USERNAME_TAKEN);
	m.username = "carol";
	m.email = "BOB@Example.org";
	ck_assert_int_eq(import(&m).st, ST_EMAIL_TAKEN);
	ck_assert_int_eq(users(), 1);
	ck_assert_int_eq(entries(), 1);
	ck_assert_int_eq(rig_login(&r, "bob", PASSWORD)->type,
	    IMSG_TOKENS_RES);
	m.email_verified = 0;		/* in nobody's way */
	ck_assert_int_eq(import(&m).st, ST_OK);
	rig_db_down(&r);
}
END_TEST

START_TEST(import_rejects_to_write_in_a_dry_run)
{
	struct msg_ctl_user_import_req m = bob;

	rig_db_up(&r, _i, 0);
	m.dry_run = 1;
	ck_assert_int_eq(import(&m).st, ST_OK);
	m.password_hash = "plain";
	ck_assert_int_eq(import(&m).st, ST_INVALID_REQUEST);
	ck_assert_int_eq(users() + entries(), 0);
	ck_assert_int_eq(import(&bob).st, ST_OK);
	m = bob;
	m.dry_run = 1;
	ck_assert_int_eq(import(&m).st, ST_USERNAME_TAKEN);
	rig_db_down(&r);
}
END_TEST

static const struct {
	const char	*username, *email, *name, *roles, *hash;
	int64_t		 created;
	const char	*path;
} bad[] = {
	{ "", "b@b.org", "", "", "", 0, "username" },
	{ "b b", "b@b.org", "", "", "", 0, "username" },
	{ "bob'--", "b@b.org", "", "", "", 0, "username" },
	{ "b\xd0\xbe" "b", "b@b.org", "", "", "", 0, "username" },
	{ "bob", "", "", "", "", 0, "email" },
	{ "bob", "b@b.org\r\nBcc: c@c.org", "", "", "", 0, "email" },
	{ "bob", "b@b.org,c@c.org", "", "", "", 0, "email" },
	{ "bob", "<b@b.org>", "", "", "", 0, "email" },
	{ "bob", "b@b.org", "B\nob", "", "", 0, "name" },
	{ "bob", "b@b.org", "\xe2\x80\xae" "boB", "", "", 0, "name" },
	{ "bob", "b@b.org", "", "superadmin", "", 0, "roles" },
	{ "bob", "b@b.org", "", "admin superadmin", "", 0, "roles" },
	{ "bob", "b@b.org", "", "Admin", "", 0, "roles" },
	{ "bob", "b@b.org", "", "admin,user", "", 0, "roles" },
	{ "bob", "b@b.org", "", "", "", -1, "createdAt" },
	{ "bob", "b@b.org", "", "", "", INT64_MAX, "createdAt" },
	{ "bob", "b@b.org", "", "", "plain text", 0, "password_hash" },
	{ "bob", "b@b.org", "", "", "$9$x'); DROP TABLE users; --", 0,
	    "password_hash" },
};

START_TEST(import_rejects_hostile_members)			/* 15, 49 */
{
	struct msg_ctl_user_import_req m;
	struct outcome o;
	size_t i;

	rig_db_up(&r, _i, 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m = (struct msg_ctl_user_import_req){
			.username = bad[i].username, .email = bad[i].email,
			.name = bad[i].name, .roles = bad[i].roles,
			.password_hash = bad[i].hash, .tenant = "",
			.created_at = bad[i].created };
		o = import(&m);
		ck_assert_msg(o.st == ST_INVALID_REQUEST, "line %zu", i);
		ck_assert_str_eq(o.path, bad[i].path);
		ck_assert_str_ne(o.reason, "");
	}
	m = bob;
	m.tenant = "nowhere";
	o = import(&m);
	ck_assert_int_eq(o.st, ST_NOT_FOUND);
	ck_assert_str_eq(o.path, "tenant");
	ck_assert_int_eq(users() + entries(), 0);
	ck_assert_int_eq(import(&bob).st, ST_OK);
	rig_db_down(&r);
}
END_TEST

/* ---- moatctl's connection ---- */

struct ctl {
	struct chan	*chan;
	int		 answers, made, ended;
};

static void
ctl_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	struct ctl *ctl = arg;

	(void)c;
	(void)id;
	(void)fd;
	ck_assert_int_eq(type, IMSG_CTL_USER_IMPORT_RES);
	ctl->answers++;
	ctl->made += m->ctl_user_import_res.status == ST_OK;
}

static void
ctl_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	struct ctl *ctl = arg;

	(void)end;
	(void)why;
	chan_free(c);
	ctl->chan = NULL;
	ctl->ended = 1;
}

static void
ctl_open(struct ctl *ctl)
{
	static const struct chan_ops ops = { ctl_msg, ctl_end };
	int sv[2];

	memset(ctl, 0, sizeof(*ctl));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	control_pass(&r.e, sv[0]);
	ctl->chan = chan_new(r.base, sv[1], ROLE_CTL, ROLE_ENGINE, 0, &ops,
	    ctl);
	ck_assert_ptr_nonnull(ctl->chan);
}

/* So many accounts at once, without a hash. */
static void
ctl_send(struct ctl *ctl, char first, int n)
{
	struct msg_ctl_user_import_req m = bob;
	char name[24];
	int i;

	m.password_hash = "";
	m.username = name;
	for (i = 0; i < n && i < 1000; i++) {
		snprintf(name, sizeof(name), "%c-user%d", first, i);
		ck_assert_int_eq(chan_send(ctl->chan,
		    IMSG_CTL_USER_IMPORT_REQ, (uint64_t)i, &m, -1), 0);
	}
}

START_TEST(import_rejects_more_than_its_window)
{
	struct ctl ctl;

	rig_db_up(&r, _i, 0);
	ctl_open(&ctl);
	ctl_send(&ctl, 'a', CTL_IMPORT_WINDOW);
	while (ctl.answers < CTL_IMPORT_WINDOW)
		rig_turn(&r, 5);
	ck_assert_int_eq(ctl.made, CTL_IMPORT_WINDOW);
	ctl_send(&ctl, 'b', CTL_IMPORT_WINDOW + 1);
	rig_wait(&r, &ctl.ended);
	while (r.e.nops > 0)
		rig_turn(&r, 5);
	/* it costs that connection, and no account that is told as made */
	ck_assert_int_ge(users(), ctl.made);
	ck_assert_int_eq(users(), entries());
	ctl_open(&ctl);
	ctl_send(&ctl, 'b', CTL_IMPORT_WINDOW);
	while (ctl.answers < CTL_IMPORT_WINDOW)
		rig_turn(&r, 5);
	ck_assert_int_eq(users(), CTL_IMPORT_WINDOW * 2);
	ck_assert_int_eq(entries(), CTL_IMPORT_WINDOW * 2);
	chan_free(ctl.chan);
	rig_db_down(&r);
}
END_TEST

/* ---- cut short ---- */

/* MANY accounts, under way at once. */
static void
many(struct outcome o[MANY])
{
	struct msg_ctl_user_import_req m = bob;
	char name[16], email[32];
	int i;

	memset(o, 0, sizeof(*o) * MANY);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		snprintf(email, sizeof(email), "u%d@example.org", i);
		m.username = name;
		m.email = email;
		import_user(&r.e, &m, on_imported, &o[i]);
	}
}

static int
count(const struct outcome o[MANY], enum msg_status st)
{
	int i, n = 0;

	for (i = 0; i < MANY; i++) {
		ck_assert_int_eq(o[i].done, 1);
		n += o[i].st == st;
	}
	return (n);
}

static void
wait_all(struct outcome o[MANY])
{
	int i;

	for (i = 0; i < MANY; i++)
		rig_wait(&r, &o[i].done);
}

/* The second run makes what the first did not, and nothing twice. */
static void
second_run(int64_t there)
{
	struct outcome o[MANY];

	ck_assert_int_eq(users(), there);
	many(o);
	wait_all(o);
	ck_assert_int_eq(count(o, ST_USERNAME_TAKEN), there);
	ck_assert_int_eq(count(o, ST_OK), MANY - there);
	ck_assert_int_eq(users(), MANY);
	ck_assert_int_eq(entries(), MANY);
}

START_TEST(import_accepts_another_run_after_a_dead_hasher)	/* 57 */
{
	struct outcome o[MANY];

	rig_db_up(&r, _i, 0);
	r.hasher[0].hold = 1;
	many(o);
	while (r.hasher[0].asked < 2)
		rig_turn(&r, 1);
	rig_kill(&r.hasher[0]);
	wait_all(o);
	ck_assert_int_eq(count(o, ST_UNAVAILABLE), 2);
	rig_connect(&r, &r.hasher[0], ROLE_HASHER, 0, 0);
	second_run(MANY - 2);
	rig_db_down(&r);
}
END_TEST

START_TEST(import_accepts_another_run_after_a_dead_engine)	/* 57 */
{
	struct outcome o[MANY];
	int64_t there;

	rig_db_up(&r, _i, 0);
	r.hasher[0].hold = 1;
	many(o);
	while (r.hasher[0].asked < 2 || users() == 0)
		rig_turn(&r, 1);
	there = users();
	rig_stop(&r);			/* and does not answer any more */
	rig_start(&r);
	rig_wait(&r, &r.db_up);
	ck_assert_int_ge(users(), there);
	second_run(users());
	rig_db_down(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		import_accepts_and_logs_in,
		import_accepts_account_without_a_hash,
		import_rejects_what_is_there,
		import_rejects_to_write_in_a_dry_run,
		import_rejects_hostile_members,
		import_rejects_more_than_its_window,
		import_accepts_another_run_after_a_dead_hasher,
		import_accepts_another_run_after_a_dead_engine,
	};

	return (rig_db_main("engine_import", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
