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
 * Sessions of browsers in the engine: a cookie in a token's place, which is a
 * new one at login and step-up, and what ends with it (CASES 39).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/engine/cookie.h"
#include "regress/unit/engine_rig_db.h"

static struct rig r;
static char cookie[CAP_BEARER + 1], other[CAP_BEARER + 1];

#define SQL(text)	rig_sql(&r, text)

static void
refused(const struct reply *p, enum msg_status st)
{
	ck_assert_int_eq(p->type, IMSG_ERROR_RES);
	ck_assert_int_eq(p->status, st);
}

static struct reply *
login(const char *name, const char *old)
{
	struct msg_login_req m = { CTX, .username = name,
	    .password = PASSWORD, .browser = 1, .cookie = old };

	return (rig_ask(&r, 0, IMSG_LOGIN_REQ, &m));
}

/* The bearer of a new session, in the place of old's ("K:…" or ""). */
static void
enter(char bearer[CAP_BEARER + 1], const char *name, const char *old)
{
	struct reply *p = login(name, *old != '\0' ? old + 2 : "");

	ck_assert_int_eq(p->type, IMSG_BROWSER_RES);
	ck_assert_uint_eq(strlen(p->access), 2 + TOKEN_TEXT - 1);
	op_copy(bearer, CAP_BEARER + 1, p->access);
}

static struct reply *
step_up(const char *bearer)
{
	struct msg_step_up_req m = { CTX, .bearer = bearer,
	    .password = PASSWORD };

	return (rig_ask(&r, 0, IMSG_STEP_UP_REQ, &m));
}

static struct reply *
logout(const char *bearer)
{
	struct msg_logout_req m = { CTX, .bearer = bearer };

	return (rig_ask(&r, 0, IMSG_LOGOUT_REQ, &m));
}

static struct reply *
end(const char *bearer, const char *id)
{
	struct msg_session_end_req m = { CTX, .bearer = bearer, .id = id };

	return (rig_ask(&r, 0, IMSG_SESSION_END_REQ, &m));
}

static void
lives(const char *bearer)
{
	ck_assert_int_eq(rig_me(&r, bearer)->type, IMSG_ME_RES);
}

static void
dead(const char *bearer)
{
	refused(rig_me(&r, bearer), ST_INVALID_TOKEN);
}

static void
up(int kind)
{
	rig_db_up(&r, kind, 0);
	ck_assert_int_eq(rig_register(&r, "alice")->type, IMSG_REGISTER_RES);
	ck_assert_int_eq(rig_register(&r, "bobby")->type, IMSG_REGISTER_RES);
	enter(cookie, "alice", "");
}

/* A client's session that was born of the one by its first parent. */
static void
child(const char *id, const char *parent, int offline)
{
	char text[900];

	snprintf(text, sizeof(text), "INSERT INTO sessions (id, tenant, "
	    "user_id, client_id, scope, acr, amr, auth_at, ip, user_agent, "
	    "created_at, last_used_at, idle_at, expires_at, parent, offline, "
	    "last_op) SELECT '%s', tenant, user_id, 'app', 'openid', acr, amr,"
	    " auth_at, ip, user_agent, created_at, last_used_at, idle_at, "
	    "expires_at, %s, %d, 'x' FROM sessions WHERE cookie_hash IS NOT "
	    "NULL AND ended_at IS NULL ORDER BY created_at LIMIT 1", id,
	    parent, offline);
	SQL(text);
}

static void
family(void)
{
	child("c1", "id", 0);
	child("c2", "'c1'", 0);
	child("c3", "'c1'", 1);
	child("c4", "'c3'", 0);
	child("c5", "id", 1);
	child("c6", "'nobody'", 0);
}

#define FAMILY_LIVES	"SELECT count(*) FROM sessions WHERE id IN ('c1', "  \
    "'c2') AND ended_at IS NULL"
#define OTHERS_LIVE	"SELECT count(*) FROM sessions WHERE id IN ('c3', "  \
    "'c4', 'c5', 'c6') AND ended_at IS NULL"

/* ---- what works ---- */

START_TEST(browser_accepts_cookie_as_bearer)
{
	struct msg_sessions_list_req m = { CTX, .bearer = cookie };
	struct reply *p;

	up(_i);
	lives(cookie);
	ck_assert_int_eq(SQL("SELECT count(*) FROM refresh_tokens"), 0);
	ck_assert_int_eq(SQL("SELECT count(*) FROM sessions WHERE "
	    "cookie_hash IS NOT NULL AND client_id = 'moatd'"), 1);
	p = rig_ask(&r, 0, IMSG_SESSIONS_LIST_REQ, &m);
	ck_assert_int_eq(p->type, IMSG_LIST_END_RES);
	ck_assert_int_eq(p->items, 1);
	ck_assert_int_eq(logout(cookie)->type, IMSG_DONE_RES);
	dead(cookie);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_accepts_new_value_at_step_up)
{
	struct reply *p;

	up(_i);
	SQL("UPDATE sessions SET auth_at = 1");
	p = step_up(cookie);
	ck_assert_int_eq(p->type, IMSG_BROWSER_RES);
	ck_assert_str_ne(p->access, cookie);
	dead(cookie);
	op_copy(other, sizeof(other), p->access);
	lives(other);
	ck_assert_int_eq(SQL("SELECT count(*) FROM sessions WHERE auth_at > "
	    "1"), 1);
	ck_assert_int_eq(SQL("SELECT count(*) FROM refresh_tokens"), 0);
	refused(step_up(cookie), ST_INVALID_TOKEN);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_accepts_new_value_at_login)
{
	up(_i);
	family();
	enter(other, "alice", cookie);
	dead(cookie);
	lives(other);
	ck_assert_int_eq(SQL("SELECT count(*) FROM sessions WHERE "
	    "cookie_hash IS NOT NULL"), 1);
	ck_assert_int_eq(SQL(FAMILY_LIVES), 2);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_accepts_an_hour_from_its_last_use)
{
	up(_i);
	SQL("UPDATE sessions SET last_used_at = last_used_at - 3000000000, "
	    "idle_at = idle_at - 3000000000");
	lives(cookie);
	ck_assert_int_eq(SQL("SELECT count(*) FROM sessions WHERE idle_at > "
	    "created_at + 3590000000 AND last_used_at >= created_at"), 1);
	/* not written again within a minute */
	SQL("UPDATE sessions SET last_op = 'y', idle_at = idle_at - "
	    "30000000");
	lives(cookie);
	ck_assert_int_eq(SQL("SELECT count(*) FROM sessions WHERE idle_at < "
	    "created_at + 3580000000"), 1);
	rig_db_down(&r);
}
END_TEST

/* ---- what does not ---- */

START_TEST(browser_rejects_session_that_is_over)
{
	up(_i);
	SQL("UPDATE sessions SET idle_at = created_at");
	dead(cookie);
	SQL("UPDATE sessions SET idle_at = created_at + 3600000000");
	lives(cookie);
	SQL("UPDATE sessions SET expires_at = created_at");
	dead(cookie);
	SQL("UPDATE sessions SET expires_at = created_at + 3600000000");
	SQL("UPDATE users SET status = 'disabled'");
	dead(cookie);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_rejects_what_is_no_cookie)
{
	static const char *const bad[] = { "K:", "K", "k:", "K:K:", "K:x",
	    "K:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "K:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "K:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	    "K:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
	    "K:' OR 1=1 --", "K:\xc3\xa4" };
	size_t i;

	up(_i);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		dead(bad[i]);
	dead(cookie + 2);
	lives(cookie);
	rig_db_down(&r);
}
END_TEST

/* Its hash is what the database holds: a copy of that opens nothing. */
START_TEST(browser_rejects_hash_as_cookie)
{
	char hash[TOKEN_TEXT], bearer[64], text[200];

	up(_i);
	ck_assert_int_eq(cookie_hash(hash, cookie + 2), 0);
	snprintf(text, sizeof(text), "SELECT count(*) FROM sessions WHERE "
	    "cookie_hash = '%s'", hash);
	ck_assert_int_eq(SQL(text), 1);
	snprintf(bearer, sizeof(bearer), "K:%s", hash);
	dead(bearer);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_rejects_another_tenants_cookie)
{
	struct msg_me_get_req m = { CTX, .tenant = "acme", .bearer = cookie };

	up(_i);
	SQL("INSERT INTO tenants (id, name, created_at) VALUES ('acme', 'x', "
	    "1)");
	refused(rig_ask(&r, 0, IMSG_ME_GET_REQ, &m), ST_INVALID_TOKEN);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_rejects_administration_and_applications)
{
	struct msg_user_get_req u = { CTX, .bearer = cookie, .user = "alice" };
	struct msg_check_req c = { CTX, .bearer = cookie,
	    .permission = "users:read" };

	up(_i);
	SQL("UPDATE users SET role = 'superadmin' WHERE username = 'alice'");
	refused(rig_ask(&r, 0, IMSG_USER_GET_REQ, &u), ST_INVALID_TOKEN);
	refused(rig_ask(&r, 0, IMSG_CHECK_REQ, &c), ST_INVALID_TOKEN);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_rejects_old_value_of_another_user)
{
	up(_i);
	family();
	enter(other, "bobby", cookie);
	dead(cookie);
	lives(other);
	ck_assert_int_eq(SQL(FAMILY_LIVES), 0);
	ck_assert_int_eq(SQL(OTHERS_LIVE), 4);
	ck_assert_int_eq(SQL("SELECT count(*) FROM sessions WHERE ended_why "
	    "= 'replaced'"), 1);
	rig_db_down(&r);
}
END_TEST

/* A wrong password leaves the session of the browser alone. */
START_TEST(browser_rejects_login_without_loss)
{
	struct msg_login_req m = { CTX, .username = "bobby",
	    .password = "not the password", .browser = 1,
	    .cookie = cookie + 2 };

	up(_i);
	refused(rig_ask(&r, 0, IMSG_LOGIN_REQ, &m), ST_INVALID_CREDENTIALS);
	lives(cookie);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_rejects_children_after_logout)
{
	up(_i);
	family();
	ck_assert_int_eq(logout(cookie)->type, IMSG_DONE_RES);
	ck_assert_int_eq(SQL(FAMILY_LIVES), 0);
	ck_assert_int_eq(SQL(OTHERS_LIVE), 4);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_rejects_children_after_the_end_of_one)
{
	char id[TOKEN_TEXT] = "";

	up(_i);
	family();
	enter(other, "alice", "");
	SQL("UPDATE sessions SET id = "
	    "'01890000-0000-7000-8000-000000000001' WHERE id = (SELECT parent "
	    "FROM sessions WHERE id = 'c1')");
	SQL("UPDATE sessions SET parent = "
	    "'01890000-0000-7000-8000-000000000001' WHERE id IN ('c1', 'c5')");
	op_copy(id, sizeof(id), "01890000-0000-7000-8000-000000000001");
	ck_assert_int_eq(end(other, id)->type, IMSG_DONE_RES);
	dead(cookie);
	lives(other);
	ck_assert_int_eq(SQL(FAMILY_LIVES), 0);
	ck_assert_int_eq(SQL(OTHERS_LIVE), 4);
	rig_db_down(&r);
}
END_TEST

START_TEST(browser_rejects_others_after_their_end)
{
	up(_i);
	enter(other, "alice", "");
	ck_assert_int_eq(end(other, "")->type, IMSG_DONE_RES);
	dead(cookie);
	lives(other);
	rig_db_down(&r);
}
END_TEST

/* ---- known browsers ---- */

static char device[CAP_BEARER + 1];

static struct reply *
login_from(const char *ip, const char *name, const char *pw)
{
	struct msg_login_req m = { .ip = ip, .rid = "rid", .ua = ip,
	    .username = name, .password = pw, .browser = 1,
	    .device = device };

	return (rig_ask(&r, 0, IMSG_LOGIN_REQ, &m));
}

static void
up_known(int kind)
{
	struct reply *p;

	rig_db_up(&r, kind, 1);
	r.e.conf.password_free = 3;
	r.e.conf.password_first_s = 30;
	r.e.conf.password_max_s = 3600;
	ck_assert_int_eq(rig_register(&r, "alice")->type, IMSG_REGISTER_RES);
	ck_assert_int_eq(rig_register(&r, "bobby")->type, IMSG_REGISTER_RES);
	device[0] = '\0';
	p = login_from("192.0.2.1", "alice", PASSWORD);
	ck_assert_int_eq(p->type, IMSG_BROWSER_RES);
	ck_assert_uint_eq(strlen(p->refresh), TOKEN_TEXT - 1);
	op_copy(device, sizeof(device), p->refresh);
}

static void
guess_until_refused(const char *ip)
{
	struct msg_login_req m = { .ip = ip, .rid = "rid",
	    .username = "alice", .password = "a wrong one" };
	struct reply *p;
	int i;

	for (i = 0; i < 10; i++) {
		p = rig_ask(&r, 0, IMSG_LOGIN_REQ, &m);
		if (p->status == ST_RATE_LIMITED)
			return;
		refused(p, ST_INVALID_CREDENTIALS);
	}
	ck_abort_msg("nobody was refused");
}

START_TEST(known_browser_accepts_while_others_fail)
{
	struct reply *p;

	up_known(_i);
	guess_until_refused("198.51.100.7");
	/* from where nobody knows it, but in its browser */
	p = login_from("203.0.113.9", "alice", PASSWORD);
	ck_assert_int_eq(p->type, IMSG_BROWSER_RES);
	ck_assert_str_eq(p->refresh, "");
	ck_assert_int_eq(SQL("SELECT count(*) FROM outbox"), 0);
	ck_assert_int_eq(SQL("SELECT count(*) FROM known_browsers"), 1);
	rig_db_down(&r);
}
END_TEST

START_TEST(known_browser_rejects_its_own_failures)
{
	int i;

	up_known(_i);
	for (i = 0; i < 3; i++)
		refused(login_from("203.0.113.9", "alice", "a wrong one"),
		    ST_INVALID_CREDENTIALS);
	refused(login_from("203.0.113.8", "alice", PASSWORD),
	    ST_RATE_LIMITED);
	ck_assert_int_eq(SQL("SELECT count(*) FROM throttles WHERE kind = "
	    "'login'"), 0);
	rig_db_down(&r);
}
END_TEST

START_TEST(known_browser_rejects_who_it_is_not_known_to)
{
	struct reply *p;

	up_known(_i);
	p = login_from("192.0.2.1", "bobby", PASSWORD);
	ck_assert_int_eq(p->type, IMSG_BROWSER_RES);
	ck_assert_str_ne(p->refresh, "");
	ck_assert_str_ne(p->refresh, device);
	guess_until_refused("198.51.100.7");
	op_copy(device, sizeof(device), p->refresh);
	refused(login_from("203.0.113.9", "alice", PASSWORD),
	    ST_RATE_LIMITED);
	rig_db_down(&r);
}
END_TEST

START_TEST(known_browser_rejects_a_year_later)
{
	up_known(_i);
	SQL("UPDATE known_browsers SET expires_at = created_at");
	guess_until_refused("198.51.100.7");
	refused(login_from("203.0.113.9", "alice", PASSWORD),
	    ST_RATE_LIMITED);
	rig_db_down(&r);
}
END_TEST

START_TEST(known_browser_rejects_more_than_twenty)
{
	int i;

	up_known(_i);
	device[0] = '\0';
	for (i = 0; i < 21; i++)
		ck_assert_int_eq(login_from("192.0.2.1", "alice",
		    PASSWORD)->type, IMSG_BROWSER_RES);
	ck_assert_int_eq(SQL("SELECT count(*) FROM known_browsers"), 20);
	rig_db_down(&r);
}
END_TEST

/* A session that is good only for setting up a factor. */
START_TEST(browser_rejects_all_but_setup)
{
	struct msg_totp_setup_req s = { CTX, .bearer = cookie,
	    .password = PASSWORD };
	struct reply *p;

	up(_i);
	SQL("UPDATE tenants SET require_mfa = 1");
	p = login("alice", cookie + 2);
	ck_assert_int_eq(p->type, IMSG_BROWSER_RES);
	ck_assert_int_eq(p->items, 1);
	op_copy(cookie, sizeof(cookie), p->access);
	refused(rig_me(&r, cookie), ST_MFA_SETUP_REQUIRED);
	refused(step_up(cookie), ST_MFA_SETUP_REQUIRED);
	ck_assert_int_eq(rig_ask(&r, 0, IMSG_TOTP_SETUP_REQ, &s)->type,
	    IMSG_TOTP_RES);
	ck_assert_int_eq(logout(cookie)->type, IMSG_DONE_RES);
	rig_db_down(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		browser_accepts_cookie_as_bearer,
		browser_accepts_new_value_at_step_up,
		browser_accepts_new_value_at_login,
		browser_accepts_an_hour_from_its_last_use,
		browser_rejects_session_that_is_over,
		browser_rejects_what_is_no_cookie,
		browser_rejects_hash_as_cookie,
		browser_rejects_another_tenants_cookie,
		browser_rejects_administration_and_applications,
		browser_rejects_old_value_of_another_user,
		browser_rejects_login_without_loss,
		browser_rejects_children_after_logout,
		browser_rejects_children_after_the_end_of_one,
		browser_rejects_others_after_their_end,
		browser_rejects_all_but_setup,
		known_browser_accepts_while_others_fail,
		known_browser_rejects_its_own_failures,
		known_browser_rejects_who_it_is_not_known_to,
		known_browser_rejects_a_year_later,
		known_browser_rejects_more_than_twenty,
	};

	return (rig_db_main("engine_browser", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
