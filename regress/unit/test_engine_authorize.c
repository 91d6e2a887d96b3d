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
 * Consent in the engine: a code comes of a request that waits, once, for the
 * session that it was made for and nobody else (CASES 36; API.md section 8).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "privsep/engine/authorize.h"
#include "regress/unit/engine_rig_db.h"

#define URI		"https://app.example.org/cb"
#define CHALLENGE	"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define MADE_UP		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct rig r;
static char alice[CAP_COOKIE + 1], again[CAP_COOKIE + 1];
static char bobby[CAP_COOKIE + 1], nonce[CAP_CODE + 1];

#define SQL(text)	rig_sql(&r, text)
#define CODES		"SELECT count(*) FROM codes"
#define GRANTS		"SELECT count(*) FROM grants"

static void
enter(char cookie[CAP_COOKIE + 1], const char *name)
{
	struct msg_login_req m = { CTX, .username = name,
	    .password = PASSWORD, .browser = 1 };
	struct reply *p = rig_ask(&r, 0, IMSG_LOGIN_REQ, &m);

	ck_assert_int_eq(p->type, IMSG_BROWSER_RES);
	op_copy(cookie, CAP_COOKIE + 1, p->access + strlen(WALL_COOKIE));
}

static void
client(const char *id)
{
	char text[900];

	snprintf(text, sizeof(text), "INSERT INTO clients (tenant, client_id, "
	    "name, redirect_uris, logout_uris, grant_types, auth_method, jwks,"
	    " scope, sensitive, audience, access_s, refresh_s, id_alg, "
	    "access_alg, skip_consent, disabled, backchannel, require_par, "
	    "dpop_bound, created_at, updated_at, last_op) VALUES ('default', "
	    "'%s', 'An app', '" URI "', '', 'authorization_code', 'none', '', "
	    "'openid email own', 0, '', 600, 600, 'ES256', 'ES256', 0, 0, '', "
	    "0, 0, 1, 1, 'made')", id);
	SQL(text);
}

static struct reply *
authorize(const char *cookie, const char *scope, const char *request_uri)
{
	struct msg_authorize_req m = { CTX, .cookie = cookie,
	    .client_id = "app", .response_type = "code", .redirect_uri = URI,
	    .scope = scope, .state = "st", .nonce = "n",
	    .code_challenge = CHALLENGE, .code_challenge_method = "S256",
	    .request_uri = request_uri };

	return (rig_ask(&r, 0, IMSG_AUTHORIZE_REQ, &m));
}

static void
is(const struct reply *p, enum authorize_kind kind)
{
	ck_assert_int_eq(p->type, IMSG_AUTHORIZE_RES);
	ck_assert_int_eq(p->items, (int)kind);
	if (kind == AUTHORIZE_PAGE) {
		ck_assert_str_eq(p->text, "");
		ck_assert_str_eq(p->reason, "");
		ck_assert_str_eq(p->access, "");
	}
}

static void
refused(const struct reply *p, enum msg_status st)
{
	ck_assert_int_eq(p->type, IMSG_ERROR_RES);
	ck_assert_int_eq(p->status, st);
}

/* A request that waits for alice. */
static void
wait_for(const char *scope)
{
	struct reply *p = authorize(alice, scope, "");

	is(p, AUTHORIZE_CONSENT);
	ck_assert_uint_eq(strlen(p->access), TOKEN_TEXT - 1);
	op_copy(nonce, sizeof(nonce), p->access);
}

static struct reply *
consent(const char *cookie, const char *which, int allow)
{
	struct msg_consent_req m = { CTX, .cookie = cookie, .nonce = which,
	    .allow = (uint8_t)allow };

	return (rig_ask(&r, 0, IMSG_CONSENT_REQ, &m));
}

static struct reply *
look(const char *cookie, const char *which)
{
	struct msg_consent_get_req m = { CTX, .cookie = cookie,
	    .nonce = which };

	return (rig_ask(&r, 0, IMSG_CONSENT_GET_REQ, &m));
}

static void
up(int kind)
{
	rig_db_up(&r, kind, 0);
	ck_assert_int_eq(rig_register(&r, "alice")->type, IMSG_REGISTER_RES);
	ck_assert_int_eq(rig_register(&r, "bobby")->type, IMSG_REGISTER_RES);
	enter(alice, "alice");
	enter(again, "alice");
	enter(bobby, "bobby");
	client("app");
	wait_for("openid");
}

static void
down(void)
{
	rig_db_down(&r);
}

/* ---- what works ---- */

START_TEST(consent_accepts_once)
{
	struct reply *p;

	up(_i);
	ck_assert_int_eq(SQL(CODES), 0);
	p = consent(alice, nonce, 1);
	is(p, AUTHORIZE_CODE);
	ck_assert_str_eq(p->text, URI);
	ck_assert_str_eq(p->reason, "st");
	ck_assert_uint_eq(strlen(p->access), TOKEN_TEXT - 1);
	ck_assert_str_ne(p->access, nonce);
	is(consent(alice, nonce, 1), AUTHORIZE_PAGE);
	is(consent(alice, nonce, 0), AUTHORIZE_PAGE);
	refused(look(alice, nonce), ST_NOT_FOUND);
	ck_assert_int_eq(SQL(CODES), 1);
	ck_assert_int_eq(SQL(GRANTS " WHERE scope = 'openid'"), 1);
	ck_assert_int_eq(SQL("SELECT count(*) FROM audit WHERE action = "
	    "'grant.create' AND client_id = 'app' AND actor = subject"), 1);
	/* and from now on nobody is asked, in the other browser either */
	is(authorize(alice, "openid", ""), AUTHORIZE_CODE);
	is(authorize(again, "openid", ""), AUTHORIZE_CODE);
	is(authorize(bobby, "openid", ""), AUTHORIZE_CONSENT);
	ck_assert_int_eq(SQL(CODES), 3);
	down();
}
END_TEST

START_TEST(consent_accepts_one_of_many_at_once)
{
	struct msg_consent_req m = { CTX, .cookie = alice, .nonce = nonce,
	    .allow = 1 };
	unsigned id[8];
	int i, codes = 0;

	up(_i);
	for (i = 0; i < 8; i++)
		id[i] = rig_send(&r, i & 1, IMSG_CONSENT_REQ, &m);
	for (i = 0; i < 8; i++)
		if (rig_reply(&r, id[i])->items == AUTHORIZE_CODE)
			codes++;
		else
			is(rig_reply(&r, id[i]), AUTHORIZE_PAGE);
	ck_assert_int_eq(codes, 1);
	ck_assert_int_eq(SQL(CODES), 1);
	ck_assert_int_eq(SQL("SELECT count(*) FROM audit WHERE action = "
	    "'grant.create'"), 1);
	down();
}
END_TEST

START_TEST(consent_accepts_more_scopes_later)
{
	up(_i);
	is(consent(alice, nonce, 1), AUTHORIZE_CODE);
	wait_for("email");
	is(consent(alice, nonce, 1), AUTHORIZE_CODE);
	ck_assert_int_eq(SQL(GRANTS " WHERE scope = 'openid email'"), 1);
	is(authorize(alice, "email openid", ""), AUTHORIZE_CODE);
	is(authorize(alice, "email own", ""), AUTHORIZE_CONSENT);
	down();
}
END_TEST

START_TEST(consent_shows_what_is_asked)
{
	struct reply *p;

	up(_i);
	SQL("INSERT INTO scopes VALUES ('default', 'own', 'Your\town\nthing', "
	    "1, 1, 'x')");
	SQL("INSERT INTO scopes VALUES ('default', 'ow', 'Not this', 1, 1, "
	    "'x')");
	SQL("INSERT INTO scopes VALUES ('other', 'openid', 'Nor this', 1, 1, "
	    "'x')");
	wait_for("openid own");
	p = look(alice, nonce);
	ck_assert_int_eq(p->type, IMSG_CONSENT_RES);
	ck_assert_str_eq(p->text, "alice");
	ck_assert_str_eq(p->reason, "An app");
	ck_assert_str_eq(p->access, "openid\t\nown\tYour own thing\n");
	is(consent(alice, nonce, 1), AUTHORIZE_CODE);
	down();
}
END_TEST

START_TEST(consent_accepts_after_a_change_of_roles)
{
	up(_i);
	SQL("UPDATE users SET epoch = epoch + 1");
	is(consent(alice, nonce, 1), AUTHORIZE_CODE);
	down();
}
END_TEST

/* ---- what does not ---- */

START_TEST(consent_rejects_denial)
{
	struct reply *p;

	up(_i);
	p = consent(alice, nonce, 0);
	is(p, AUTHORIZE_ERROR);
	ck_assert_str_eq(p->path, "access_denied");
	ck_assert_str_eq(p->text, URI);
	ck_assert_str_eq(p->reason, "st");
	is(consent(alice, nonce, 1), AUTHORIZE_PAGE);
	ck_assert_int_eq(SQL(CODES), 0);
	ck_assert_int_eq(SQL(GRANTS), 0);
	down();
}
END_TEST

START_TEST(consent_rejects_another_session)
{
	up(_i);
	is(consent(again, nonce, 1), AUTHORIZE_PAGE);
	is(consent(bobby, nonce, 1), AUTHORIZE_PAGE);
	is(consent(bobby, nonce, 0), AUTHORIZE_PAGE);
	refused(look(again, nonce), ST_NOT_FOUND);
	refused(look(bobby, nonce), ST_NOT_FOUND);
	refused(consent("", nonce, 1), ST_INVALID_TOKEN);
	refused(consent(MADE_UP, nonce, 1), ST_INVALID_TOKEN);
	refused(look("", nonce), ST_INVALID_TOKEN);
	ck_assert_int_eq(SQL(CODES), 0);
	ck_assert_int_eq(SQL(GRANTS), 0);
	/* and none of that has used it up */
	is(consent(alice, nonce, 1), AUTHORIZE_CODE);
	down();
}
END_TEST

START_TEST(consent_rejects_made_up_nonces)
{
	char hash[TOKEN_TEXT];

	up(_i);
	is(consent(alice, "", 1), AUTHORIZE_PAGE);
	is(consent(alice, "x", 1), AUTHORIZE_PAGE);
	is(consent(alice, MADE_UP, 1), AUTHORIZE_PAGE);
	ck_assert_int_eq(authorize_hash(hash, nonce), 0);
	is(consent(alice, hash, 1), AUTHORIZE_PAGE);
	is(consent(alice, alice, 1), AUTHORIZE_PAGE);
	SQL("UPDATE consents SET expires_at = 1");
	is(consent(alice, nonce, 1), AUTHORIZE_PAGE);
	ck_assert_int_eq(SQL(CODES), 0);
	down();
}
END_TEST

START_TEST(consent_rejects_a_session_that_is_over)
{
	static const char *const ends[] = {
		"UPDATE sessions SET ended_at = 1",
		"UPDATE sessions SET expires_at = 1",
		"UPDATE sessions SET idle_at = 1",
		"UPDATE sessions SET scope = 'mfa_setup'",
		"UPDATE users SET status = 'disabled'",
	};
	size_t i;

	up(_i);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		SQL(ends[i]);
		refused(consent(alice, nonce, 1), ST_INVALID_TOKEN);
		refused(look(alice, nonce), ST_INVALID_TOKEN);
		SQL("UPDATE users SET status = 'active'");
		enter(alice, "alice");
		wait_for("openid");
	}
	ck_assert_int_eq(SQL(CODES), 0);
	is(consent(alice, nonce, 1), AUTHORIZE_CODE);
	down();
}
END_TEST

START_TEST(consent_rejects_a_client_that_was_changed)
{
	struct reply *p;

	up(_i);
	SQL("UPDATE clients SET disabled = 1");
	is(consent(alice, nonce, 1), AUTHORIZE_PAGE);
	refused(look(alice, nonce), ST_NOT_FOUND);
	SQL("UPDATE clients SET disabled = 0, redirect_uris = '" URI "/x'");
	is(consent(alice, nonce, 1), AUTHORIZE_PAGE);
	SQL("UPDATE clients SET redirect_uris = '" URI "', scope = 'email'");
	p = consent(alice, nonce, 1);
	is(p, AUTHORIZE_ERROR);
	ck_assert_str_eq(p->path, "invalid_scope");
	SQL("UPDATE clients SET scope = 'openid email', last_op = 'new'");
	wait_for("openid email");
	SQL("UPDATE clients SET scope = 'email', last_op = 'newer'");
	is(consent(alice, nonce, 1), AUTHORIZE_CODE);
	ck_assert_int_eq(SQL(CODES), 1);
	ck_assert_int_eq(SQL(CODES " WHERE scope = 'email'"), 1);
	ck_assert_int_eq(SQL(GRANTS " WHERE scope = 'email'"), 1);
	down();
}
END_TEST

START_TEST(consent_rejects_a_deleted_client)
{
	up(_i);
	SQL("DELETE FROM clients");
	is(consent(alice, nonce, 1), AUTHORIZE_PAGE);
	ck_assert_int_eq(SQL(CODES), 0);
	down();
}
END_TEST

START_TEST(consent_rejects_second_flow_of_a_pushed_request)
{
	struct msg_par_req m = { CTX, .auth = CLIENT_AUTH_NONE,
	    .client_id = "app", .response_type = "code", .redirect_uri = URI,
	    .scope = "openid", .state = "pushed", .code_challenge = CHALLENGE,
	    .code_challenge_method = "S256" };
	char uri[128], first[CAP_CODE + 1];
	struct reply *p;

	up(_i);
	p = rig_ask(&r, 0, IMSG_PAR_REQ, &m);
	ck_assert_int_eq(p->type, IMSG_PAR_RES);
	op_copy(uri, sizeof(uri), p->text);
	p = authorize(alice, "own", uri);
	is(p, AUTHORIZE_CONSENT);
	op_copy(first, sizeof(first), p->access);
	p = authorize(bobby, "own", uri);
	is(p, AUTHORIZE_CONSENT);
	op_copy(nonce, sizeof(nonce), p->access);
	p = consent(alice, first, 1);
	is(p, AUTHORIZE_CODE);
	ck_assert_str_eq(p->reason, "pushed");
	is(consent(bobby, nonce, 1), AUTHORIZE_PAGE);
	is(authorize(bobby, "own", uri), AUTHORIZE_PAGE);
	ck_assert_int_eq(SQL(CODES " WHERE scope = 'openid'"), 1);
	ck_assert_int_eq(SQL(CODES), 1);
	ck_assert_int_eq(SQL(GRANTS), 1);
	down();
}
END_TEST

/* Anybody may push in the name of a public client; no more than can be kept. */
START_TEST(par_rejects_a_flood)
{
	struct msg_par_req m = { CTX, .auth = CLIENT_AUTH_NONE,
	    .client_id = "app", .response_type = "code", .redirect_uri = URI,
	    .scope = "openid", .code_challenge = CHALLENGE,
	    .code_challenge_method = "S256" };
	struct reply *p;
	int i, kept = 0;

	up(_i);
	r.e.conf.fails_ps = 5;
	for (i = 0; i < 300; i++) {
		p = rig_ask(&r, 0, IMSG_PAR_REQ, &m);
		if (p->type == IMSG_PAR_RES)
			kept++;
		else
			refused(p, ST_BUSY);
	}
	ck_assert_int_ge(kept, 5);
	ck_assert_int_lt(kept, 300);
	ck_assert_int_eq(SQL("SELECT count(*) FROM pushed"), kept);
	enter(bobby, "bobby");
	down();
}
END_TEST

/* What looks like an attack is on record, but nobody fills the disk with it or
 * keeps others from logging in. */
START_TEST(authorize_rejects_a_flood)
{
	struct msg_authorize_req m = { CTX, .cookie = "",
	    .client_id = "app", .redirect_uri = URI "/evil" };
	int64_t n;
	int i;

	up(_i);
	r.e.conf.fails_ps = 5;
	for (i = 0; i < 300; i++)
		is(rig_ask(&r, 0, IMSG_AUTHORIZE_REQ, &m), AUTHORIZE_PAGE);
	n = SQL("SELECT count(*) FROM audit WHERE action = "
	    "'authorize.refuse' AND subject = 'app'");
	ck_assert_int_ge(n, 5);
	ck_assert_int_lt(n, 300);
	enter(bobby, "bobby");
	m.client_id = "nobody";
	is(rig_ask(&r, 0, IMSG_AUTHORIZE_REQ, &m), AUTHORIZE_PAGE);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		consent_accepts_once,
		consent_accepts_one_of_many_at_once,
		consent_accepts_more_scopes_later,
		consent_shows_what_is_asked,
		consent_accepts_after_a_change_of_roles,
		consent_rejects_denial,
		consent_rejects_another_session,
		consent_rejects_made_up_nonces,
		consent_rejects_a_session_that_is_over,
		consent_rejects_a_client_that_was_changed,
		consent_rejects_a_deleted_client,
		consent_rejects_second_flow_of_a_pushed_request,
		par_rejects_a_flood,
		authorize_rejects_a_flood,
	};

	return (rig_db_main("engine_authorize", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
