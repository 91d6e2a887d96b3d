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
 * The engine's answers to workers, honest and hostile: rules that a worker left
 * out, accounts that change while a password is hashed (CASES 15, 16, 21, 23,
 * 28).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_rig.h"
#include "src/base/clock.h"

static struct rig r;

#define NOW	(clock_now() / CLOCK_SEC)

static void
up_user(void)
{
	rig_up(&r);
	ck_assert_int_eq(rig_register(&r, "alice")->type, IMSG_REGISTER_RES);
}

static struct reply *
login(void)
{
	struct reply *p = rig_login(&r, "alice", PASSWORD);

	ck_assert_int_eq(p->type, IMSG_TOKENS_RES);
	return (p);
}

static struct reply *
refresh(const char *token)
{
	struct msg_refresh_req m = { CTX, .token = token };

	return (rig_ask(&r, 0, IMSG_REFRESH_REQ, &m));
}

static struct reply *
logout(const char *bearer)
{
	struct msg_logout_req m = { CTX, .bearer = bearer };

	return (rig_ask(&r, 0, IMSG_LOGOUT_REQ, &m));
}

static struct reply *
list(const char *bearer, uint32_t limit, const char *cursor)
{
	struct msg_sessions_list_req m = { CTX, .bearer = bearer,
	    .limit = limit, .cursor = cursor };

	return (rig_ask(&r, 0, IMSG_SESSIONS_LIST_REQ, &m));
}

static struct reply *
change(const char *bearer, const char *old, const char *new)
{
	struct msg_password_change_req m = { CTX, .bearer = bearer,
	    .old = old, .new = new };

	return (rig_ask(&r, 0, IMSG_PASSWORD_CHANGE_REQ, &m));
}

static void
refused(const struct reply *p, enum msg_status st)
{
	ck_assert_int_eq(p->type, IMSG_ERROR_RES);
	ck_assert_int_eq(p->status, st);
}

/* ---- what works ---- */

START_TEST(engine_accepts_life_of_a_session)
{
	struct reply *p, *q;

	up_user();
	p = login();
	q = rig_me(&r, p->access);
	ck_assert_int_eq(q->type, IMSG_ME_RES);
	ck_assert_str_eq(q->text, "alice");
	q = refresh(p->refresh);
	ck_assert_int_eq(q->type, IMSG_TOKENS_RES);
	ck_assert_str_ne(q->refresh, p->refresh);
	ck_assert_str_eq(refresh(p->refresh)->refresh, q->refresh);
	ck_assert_int_eq(logout(q->access)->type, IMSG_DONE_RES);
	refused(logout(q->access), ST_INVALID_TOKEN);
	refused(rig_me(&r, p->access), ST_INVALID_TOKEN);
	refused(refresh(q->refresh), ST_INVALID_TOKEN);
	ck_assert_int_eq(r.board.logins[LOGIN_SUCCESS], 1);
	ck_assert_int_eq(r.board.tokens[GRANT_REFRESH], 2);
	rig_down(&r);
}
END_TEST

START_TEST(engine_accepts_patch_and_lists)
{
	struct reply *p, *q;
	struct msg_me_patch_req m = { CTX, .has_name = 1, .name = "Zoë" };
	char cursor[300];

	up_user();
	login();
	login();
	p = login();
	m.bearer = p->access;
	q = rig_ask(&r, 0, IMSG_ME_PATCH_REQ, &m);
	ck_assert_int_eq(q->type, IMSG_ME_RES);
	ck_assert_str_eq(q->reason, "Zoë");
	q = list(p->access, 2, "");
	ck_assert_int_eq(q->items, 2);
	op_copy(cursor, sizeof(cursor), q->text);
	q = list(p->access, 2, cursor);
	ck_assert_int_eq(q->items, 1);
	ck_assert_str_eq(q->text, "");
	rig_down(&r);
}
END_TEST

START_TEST(engine_accepts_password_change_that_ends_others)
{
	struct reply *p, *other;

	up_user();
	other = login();
	p = login();
	ck_assert_int_eq(change(p->access, PASSWORD, PASSWORD " 2")->type,
	    IMSG_DONE_RES);
	refused(rig_me(&r, other->access), ST_INVALID_TOKEN);
	ck_assert_int_eq(rig_me(&r, p->access)->type, IMSG_ME_RES);
	refused(rig_login(&r, "alice", PASSWORD), ST_INVALID_CREDENTIALS);
	ck_assert_int_eq(rig_login(&r, "alice", PASSWORD " 2")->type,
	    IMSG_TOKENS_RES);
	rig_down(&r);
}
END_TEST

START_TEST(engine_accepts_fifty_refreshes_with_one_successor)	/* 23 */
{
	struct msg_refresh_req m = { CTX };
	struct reply *p, *q;
	unsigned id[50];
	char first[64];
	int i;

	up_user();
	p = login();
	m.token = p->refresh;
	for (i = 0; i < 50; i++)
		id[i] = rig_send(&r, i & 1, IMSG_REFRESH_REQ, &m);
	op_copy(first, sizeof(first), rig_reply(&r, id[0])->refresh);
	for (i = 0; i < 50; i++) {
		q = rig_reply(&r, id[i]);
		ck_assert_int_eq(q->type, IMSG_TOKENS_RES);
		ck_assert_str_eq(q->refresh, first);
	}
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM refresh_tokens"),
	    2);
	rig_down(&r);
}
END_TEST

/* ---- rules ---- */

static const struct {
	const char	*username, *password, *email, *name, *what;
	enum msg_status	 st;
} bad[] = {
	{ "al", PASSWORD, "a@b.org", "", "username", ST_INVALID_REQUEST },
	{ "al ice", PASSWORD, "a@b.org", "", "username",
	    ST_INVALID_REQUEST },
	{ "_alice", PASSWORD, "a@b.org", "", "username",
	    ST_INVALID_REQUEST },
	{ "p\xd0\xb0ypal", PASSWORD, "a@b.org", "", "username",
	    ST_INVALID_REQUEST },
	{ "\xef\xac\x81nance", PASSWORD, "a@b.org", "", "username",
	    ST_INVALID_REQUEST },
	{ "alice", PASSWORD, "a@b", "", "email", ST_INVALID_REQUEST },
	{ "alice", PASSWORD, "a b@b.org", "", "email", ST_INVALID_REQUEST },
	{ "alice", PASSWORD, "", "", "email", ST_INVALID_REQUEST },
	{ "alice", PASSWORD, "a@b.org", "a\nb", "name", ST_INVALID_REQUEST },
	{ "alice", "short", "a@b.org", "", "too_short", ST_WEAK_PASSWORD },
	{ "alice", "", "a@b.org", "", "too_short", ST_WEAK_PASSWORD },
	{ "alice", "passwordpassword", "a@b.org", "", "common",
	    ST_WEAK_PASSWORD },
	{ "alice-in-wonderland", "alice-in-wonderland1", "a@b.org", "",
	    "contains_identity", ST_WEAK_PASSWORD },
};

START_TEST(engine_rejects_register_against_rules)	/* 15, 16 */
{
	struct msg_register_req m = { CTX };
	struct reply *p;
	size_t i;

	rig_up(&r);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m.username = bad[i].username;
		m.password = bad[i].password;
		m.email = bad[i].email;
		m.name = bad[i].name;
		p = rig_ask(&r, 0, IMSG_REGISTER_REQ, &m);
		refused(p, bad[i].st);
		ck_assert_str_eq(bad[i].st == ST_WEAK_PASSWORD ? p->reason :
		    p->path, bad[i].what);
	}
	ck_assert_int_eq(r.hasher[0].asked + r.hasher[1].asked, 0);
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM users"), 0);
	rig_down(&r);
}
END_TEST

START_TEST(engine_rejects_username_that_looks_the_same)	/* 15 */
{
	rig_up(&r);
	ck_assert_int_eq(rig_register(&r, "Stra\xc3\x9f" "e")->type,
	    IMSG_REGISTER_RES);
	refused(rig_register(&r, "STRASSE"), ST_USERNAME_TAKEN);
	refused(rig_register(&r, "stra\xc3\x9f" "e"), ST_USERNAME_TAKEN);
	ck_assert_int_eq(rig_register(&r, "strasser")->type,
	    IMSG_REGISTER_RES);
	/* and whoever types another case gets in */
	ck_assert_int_eq(rig_login(&r, "STRASSE", PASSWORD)->type,
	    IMSG_TOKENS_RES);
	rig_down(&r);
}
END_TEST

START_TEST(engine_rejects_register_when_closed)
{
	struct msg_register_req m = { CTX, .username = "al",
	    .password = PASSWORD, .email = "a@example.org" };

	rig_open(&r);
	r.e.conf.registration = REGISTRATION_CLOSED;
	rig_start(&r);
	rig_wait(&r, &r.db_up);
	refused(rig_ask(&r, 0, IMSG_REGISTER_REQ, &m), ST_INVALID_REQUEST);
	refused(rig_register(&r, "alice"), ST_REGISTRATION_CLOSED);
	rig_down(&r);
}
END_TEST

START_TEST(engine_rejects_unverified_address_as_login)
{
	up_user();
	refused(rig_login(&r, "a@example.org", PASSWORD),
	    ST_INVALID_CREDENTIALS);
	rig_sql(&r, "UPDATE users SET email_verified = 1");
	ck_assert_int_eq(rig_login(&r, "A@Example.org", PASSWORD)->type,
	    IMSG_TOKENS_RES);
	rig_down(&r);
}
END_TEST

/* Unknown, wrong and disabled: one hash each, and one audit row each. */
START_TEST(engine_rejects_logins_that_cannot_be_told_apart)	/* 21 */
{
	struct reply *p;
	const char *who[] = { "alice", "nobody", "no body", "bob" };
	size_t i;

	up_user();
	rig_register(&r, "bob");
	rig_sql(&r, "UPDATE users SET status = 'disabled' WHERE "
	    "username = 'bob'");
	for (i = 0; i < 4; i++) {
		unsigned before = r.hasher[0].asked + r.hasher[1].asked;

		p = rig_login(&r, who[i], i == 3 ? PASSWORD : "wrong wrong");
		refused(p, ST_INVALID_CREDENTIALS);
		ck_assert_str_eq(p->reason, "");
		ck_assert_int_eq(p->retry, 0);
		ck_assert_int_eq(r.hasher[0].asked + r.hasher[1].asked,
		    before + 1);
	}
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM audit WHERE "
	    "action = 'login.failure' AND result = 'failure'"), 4);
	ck_assert_int_eq(r.board.logins[LOGIN_FAILURE], 4);
	rig_down(&r);
}
END_TEST

START_TEST(engine_rejects_refresh_of_what_is_no_token)	/* 28 */
{
	struct reply *p;

	up_user();
	p = login();
	refused(refresh(""), ST_INVALID_TOKEN);
	refused(refresh("short"), ST_INVALID_TOKEN);
	refused(refresh(p->access + strlen(p->access) - 90),
	    ST_INVALID_TOKEN);
	refused(refresh("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	    ST_INVALID_TOKEN);
	rig_sql(&r, "UPDATE users SET status = 'disabled'");
	refused(refresh(p->refresh), ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

START_TEST(engine_rejects_cursor_and_empty_patch)
{
	static const char *const cursors[] = { "x", "1", "1.", ".x",
	    "1.x'; DROP TABLE users; --", "99999999999999999999.x", "-1.x" };
	struct msg_me_patch_req m = { CTX };
	struct reply *p;
	size_t i;

	up_user();
	p = login();
	for (i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++)
		refused(list(p->access, 5, cursors[i]), ST_INVALID_REQUEST);
	m.bearer = p->access;
	refused(rig_ask(&r, 0, IMSG_ME_PATCH_REQ, &m), ST_INVALID_REQUEST);
	m.has_name = 1;
	m.name = "a\x1b[1m";
	refused(rig_ask(&r, 0, IMSG_ME_PATCH_REQ, &m), ST_INVALID_REQUEST);
	rig_sql(&r, "UPDATE sessions SET ended_at = 1");
	refused(rig_ask(&r, 0, IMSG_ME_PATCH_REQ, &m), ST_INVALID_TOKEN);
	refused(list(p->access, 5, "x"), ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

START_TEST(engine_rejects_password_changes)
{
	struct reply *p, *q;

	up_user();
	p = login();
	refused(change(p->access, "wrong", PASSWORD " 2"),
	    ST_INVALID_CREDENTIALS);
	q = change(p->access, PASSWORD, PASSWORD);
	refused(q, ST_WEAK_PASSWORD);
	ck_assert_str_eq(q->reason, "same");
	q = change(p->access, PASSWORD, "short");
	refused(q, ST_WEAK_PASSWORD);
	ck_assert_str_eq(q->reason, "too_short");
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM audit WHERE "
	    "action = 'password.change' AND result = 'failure'"), 1);
	ck_assert_int_eq(rig_sql(&r, "SELECT version FROM users"), 1);
	rig_down(&r);
}
END_TEST

/* ---- what changes while a hash or a signature is made ---- */

static void
password_changes(struct rig *g)
{
	rig_sql(g, "UPDATE users SET version = version + 1");
	g->meanwhile = NULL;
}

static void
account_is_disabled(struct rig *g)
{
	rig_sql(g, "UPDATE users SET status = 'disabled'");
	g->meanwhile = NULL;
}

START_TEST(engine_rejects_login_when_account_changed_meanwhile)
{
	void (*const change_it[])(struct rig *) = { password_changes,
	    account_is_disabled };
	size_t i;

	for (i = 0; i < 2; i++) {
		up_user();
		r.meanwhile = change_it[i];
		refused(rig_login(&r, "alice", PASSWORD),
		    ST_INVALID_CREDENTIALS);
		ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM "
		    "sessions"), 0);
		ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM audit "
		    "WHERE action = 'login.success'"), 0);
		rig_down(&r);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		engine_accepts_life_of_a_session,
		engine_accepts_patch_and_lists,
		engine_accepts_password_change_that_ends_others,
		engine_accepts_fifty_refreshes_with_one_successor,
		engine_rejects_register_against_rules,
		engine_rejects_username_that_looks_the_same,
		engine_rejects_register_when_closed,
		engine_rejects_unverified_address_as_login,
		engine_rejects_logins_that_cannot_be_told_apart,
		engine_rejects_refresh_of_what_is_no_token,
		engine_rejects_cursor_and_empty_patch,
		engine_rejects_password_changes,
		engine_rejects_login_when_account_changed_meanwhile,
	};

	return (rig_main("engine", tests, sizeof(tests) / sizeof(tests[0])));
}
