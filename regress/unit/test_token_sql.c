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
 * Codes and clients' refresh tokens as SQL, on both databases and from two
 * nodes (CASES 23 to 30): what is retried, what comes at the same time, and
 * what a client that is not the one leaves as it was.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

#define RIGHT	"right"			/* as the database has a secret */
#define URI	"https://app/cb"

#define CLIENT(o, id, secret)						\
	.op = db_text(o), .now = db_int(T0),				\
	.tenant = db_text("default"), .client = db_text(id),		\
	.method = db_text("client_secret_basic"),			\
	.hash = db_text(secret), .proved = db_int(0),			\
	.once = db_text(""), .once_until = db_int(0),			\
	.most = db_int(10), .span = db_int(60 * CLOCK_SEC),		\
	.keep = db_int(600 * CLOCK_SEC)

static void
make_client(const char *id, const char *grants)
{
	char sql[1024];

	snprintf(sql, sizeof(sql), "INSERT INTO clients (tenant, client_id, "
	    "name, redirect_uris, logout_uris, grant_types, auth_method, "
	    "jwks, scope, sensitive, audience, access_s, refresh_s, id_alg, "
	    "access_alg, skip_consent, disabled, backchannel, require_par, "
	    "dpop_bound, secret_hash, created_at, updated_at, last_op) "
	    "VALUES ('default', '%s', 'x', '" URI "', '', '%s', "
	    "'client_secret_basic', '', 'openid offline_access', 0, '', 60, "
	    "100, 'ES256', 'ES256', 0, 0, '', 0, 0, '" RIGHT "', 0, 0, 'c')",
	    id, grants);
	fix_sql(&f, sql);
}

static void
make_code(const char *hash, const char *sid, const char *scope)
{
	char sql[1024];

	snprintf(sql, sizeof(sql), "INSERT INTO codes (hash, tenant, "
	    "client_id, user_id, session_id, redirect_uri, scope, nonce, "
	    "challenge, auth_at, acr, amr, created_at, expires_at) VALUES "
	    "('%s', 'default', 'app', 'u1', '%s', '" URI "', '%s', 'n', "
	    "'proof', 1, 'aal1', 'pwd', 0, %lld)", hash, sid, scope,
	    (long long)(T0 + 60 * CLOCK_SEC));
	fix_sql(&f, sql);
}

/* One user with a session s1, a client, and a code c1 of theirs. */
static void
up_code(int kind, const char *scope)
{
	up_user(kind);
	make_client("app", "authorization_code refresh_token");
	make_code("c1", "s1", scope);
}

static struct sql_code_redeem
p_redeem(const char *op, const char *code, const char *sid,
    const char *token)
{
	return ((struct sql_code_redeem){ CLIENT(op, "app", RIGHT),
		.code = db_text(code), .redirect_uri = db_text(URI),
		.verifier = db_text("proof"), .jkt = db_text(""),
		.sid = db_text(sid), .refresh = db_text(token),
		.abs = db_int(ABS), .ip = db_text("::1"),
		.ua = db_text("ua"), .rid = db_text("rid") });
}

static int
do_redeem(const char *op, const char *code, const char *sid,
    const char *token)
{
	struct sql_code_redeem p = p_redeem(op, code, sid, token);

	return (run(SQL_CODE_REDEEM, &p, SQL_CODE_REDEEM__OUTCOME).rows);
}

static struct sql_token_refresh
p_rotate(const char *op, const char *secret, const char *token,
    const char *succ)
{
	return ((struct sql_token_refresh){ CLIENT(op, "app", secret),
		.token = db_text(token), .succ = db_text(succ),
		.jkt = db_text(""), .grace = db_int(GRACE),
		.names = db_text(""), .count = db_int(0),
		.ip = db_text("::1"), .rid = db_text("rid") });
}

static int
do_rotate(const char *op, const char *token, const char *succ)
{
	struct sql_token_refresh p = p_rotate(op, RIGHT, token, succ);

	return (run(SQL_TOKEN_REFRESH, &p, SQL_TOKEN_REFRESH__OUTCOME).rows);
}

/* ---- codes ---- */

START_TEST(code_accepts_its_own_retry)
{
	up_code(_i, "openid offline_access");
	ck_assert_int_eq(do_redeem("o1", "c1", "k1", "t1"), 1);
	ck_assert_int_eq(do_redeem("o1", "c1", "k1", "t1"), 1);
	ck_assert_int_eq(count("sessions WHERE parent = 's1' AND offline = 1 "
	    "AND ended_at IS NULL"), 1);
	ck_assert_int_eq(count("refresh_tokens WHERE session_id = 'k1'"), 1);
	ck_assert_int_eq(count("audit WHERE action LIKE 'token.%'"), 0);
	ck_assert_int_eq(do_bearer("k1", T0), 1);
	down();
}
END_TEST

START_TEST(code_rejects_reuse)					/* 29 */
{
	up_code(_i, "openid offline_access");
	ck_assert_int_eq(do_redeem("o1", "c1", "k1", "t1"), 1);
	ck_assert_int_eq(do_rotate("o2", "t1", "t2"), 1);
	ck_assert_int_eq(do_redeem("o3", "c1", "k2", "t3"), 0);
	ck_assert_int_eq(do_redeem("o3", "c1", "k2", "t3"), 0);
	ck_assert_int_eq(do_bearer("k1", T0), 0);
	ck_assert_int_eq(do_bearer("s1", T0), 1);
	ck_assert_int_eq(do_rotate("o4", "t2", "t4"), 0);
	ck_assert_int_eq(count("sessions WHERE id = 'k2'"), 0);
	ck_assert_int_eq(count("audit WHERE action = 'token.reuse'"), 1);
	down();
}
END_TEST

#define STORM	20

START_TEST(code_accepts_one_of_many_at_once)
{
	struct sql_code_redeem p;
	struct out o[STORM];
	char op[STORM][16], sid[STORM][16], token[STORM][16];
	int i, good = 0;

	up_code(_i, "openid offline_access");
	up_other();
	for (i = 0; i < STORM; i++) {
		snprintf(op[i], sizeof(op[i]), "o%d", i);
		snprintf(sid[i], sizeof(sid[i]), "k%d", i);
		snprintf(token[i], sizeof(token[i]), "t%d", i);
		p = p_redeem(op[i], "c1", sid[i], token[i]);
		begin(i % 2 ? f.st : other, SQL_CODE_REDEEM, &p,
		    SQL_CODE_REDEEM__OUTCOME, &o[i]);
	}
	for (i = 0; i < STORM; i++) {
		fix_wait(&f, &o[i].done, 1);
		ck_assert_int_eq(o[i].status, STORE_OK);
		good += o[i].rows;
	}
	ck_assert_int_eq(good, 1);
	ck_assert_int_eq(count("sessions WHERE parent = 's1'"), 1);
	ck_assert_int_eq(count("sessions WHERE parent = 's1' AND ended_at IS "
	    "NULL"), 0);
	ck_assert_int_eq(count("audit WHERE action = 'token.reuse'"), 1);
	down();
}
END_TEST

/* What ends the browser's session, or all but one of the user's. */
static void
race(int i, int password)
{
	struct sql_password_change c;
	struct sql_code_redeem p;
	struct sql_logout l;
	struct out x, y;
	char sid[16], kid[16], code[16], op[16], end[16], token[16];

	snprintf(sid, sizeof(sid), "b%d", i);
	snprintf(kid, sizeof(kid), "kid%d", i);
	snprintf(code, sizeof(code), "code%d", i);
	snprintf(op, sizeof(op), "op%d", i);
	snprintf(end, sizeof(end), "end%d", i);
	snprintf(token, sizeof(token), "tok%d", i);
	if (password)
		fix_sql(&f, "UPDATE users SET version = 1");
	ck_assert_int_eq(do_login(token, sid, token, T0), 1);
	make_code(code, sid, "openid");
	l = (struct sql_logout){ BEARER(sid, T0), ACT(end) };
	c = (struct sql_password_change){ BEARER("s1", T0), ACT(end),
	    .version = db_int(1), .record = db_text("new") };
	p = p_redeem(op, code, kid, end);
	if (password)
		begin(i % 2 ? f.st : other, SQL_PASSWORD_CHANGE, &c,
		    SQL_PASSWORD_CHANGE__OUTCOME, &x);
	else
		begin(i % 2 ? f.st : other, SQL_LOGOUT, &l,
		    SQL_LOGOUT__OUTCOME, &x);
	begin(i % 2 ? other : f.st, SQL_CODE_REDEEM, &p,
	    SQL_CODE_REDEEM__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows, 1);
	ck_assert_int_eq(y.status, STORE_OK);
	ck_assert_int_eq(do_bearer(sid, T0), 0);
	ck_assert_int_eq(do_bearer(kid, T0), 0);
}

START_TEST(code_rejects_survivor_of_racing_logout)
{
	int i;

	up_code(_i, "openid");
	up_other();
	for (i = 0; i < 20; i++)
		race(i, 0);
	down();
}
END_TEST

START_TEST(code_rejects_survivor_of_racing_password_change)
{
	int i;

	up_code(_i, "openid");
	up_other();
	for (i = 0; i < 20; i++)
		race(i, 1);
	down();
}
END_TEST

START_TEST(code_rejects_what_is_not_its_own)			/* 30, 33 */
{
	struct sql_code_redeem p;

	up_code(_i, "openid");
	make_client("thief", "authorization_code");
	p = p_redeem("o1", "c1", "k1", "t1");
	p.client = db_text("thief");
	ck_assert_int_eq(run(SQL_CODE_REDEEM, &p,
	    SQL_CODE_REDEEM__OUTCOME).rows, 0);
	p = p_redeem("o2", "c1", "k1", "t1");
	p.hash = db_text("wrong");
	ck_assert_int_eq(run(SQL_CODE_REDEEM, &p,
	    SQL_CODE_REDEEM__OUTCOME).rows, 0);
	p = p_redeem("o3", "c1", "k1", "t1");
	p.tenant = db_text("acme");
	ck_assert_int_eq(run(SQL_CODE_REDEEM, &p,
	    SQL_CODE_REDEEM__OUTCOME).rows, 0);
	p = p_redeem("o4", "c1", "k1", "t1");
	p.now = db_int(T0 + 60 * CLOCK_SEC);
	ck_assert_int_eq(run(SQL_CODE_REDEEM, &p,
	    SQL_CODE_REDEEM__OUTCOME).rows, 0);
	ck_assert_int_eq(count("codes WHERE used_at IS NULL"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'token.refuse'"), 1);
	ck_assert_int_eq(count("throttles WHERE kind = 'client' AND subject = "
	    "'app'"), 1);
	/* of acme's app, which there is not */
	ck_assert_int_eq(count("throttles WHERE kind = 'client' AND subject = "
	    "''"), 1);
	/* a wrong proof spends it */
	p = p_redeem("o5", "c1", "k1", "t1");
	p.verifier = db_text("other");
	ck_assert_int_eq(run(SQL_CODE_REDEEM, &p,
	    SQL_CODE_REDEEM__OUTCOME).rows, 0);
	ck_assert_int_eq(do_redeem("o6", "c1", "k1", "t1"), 0);
	ck_assert_int_eq(count("audit WHERE action = 'token.refuse'"), 2);
	ck_assert_int_eq(count("audit WHERE action = 'token.reuse'"), 0);
	ck_assert_int_eq(count("sessions WHERE parent IS NOT NULL"), 0);
	down();
}
END_TEST

/* A code that is bound to a key is redeemed with that key (RFC 9449 10). */
START_TEST(code_rejects_another_key)
{
	struct sql_code_redeem p;

	up_code(_i, "openid");
	fix_sql(&f, "UPDATE codes SET jkt = 'key'");
	p = p_redeem("o1", "c1", "k1", "t1");
	p.jkt = db_text("another");
	ck_assert_int_eq(run(SQL_CODE_REDEEM, &p,
	    SQL_CODE_REDEEM__OUTCOME).rows, 0);
	make_code("c2", "s1", "openid");
	fix_sql(&f, "UPDATE codes SET jkt = 'key' WHERE hash = 'c2'");
	p = p_redeem("o2", "c2", "k2", "t2");
	p.jkt = db_text("key");
	ck_assert_int_eq(run(SQL_CODE_REDEEM, &p,
	    SQL_CODE_REDEEM__OUTCOME).rows, 1);
	down();
}
END_TEST

/* ---- refresh tokens ---- */

START_TEST(rotation_accepts_a_chain_and_retries)		/* 25 */
{
	up_code(_i, "offline_access");
	ck_assert_int_eq(do_redeem("o1", "c1", "k1", "t1"), 1);
	ck_assert_int_eq(do_rotate("o2", "t1", "t2"), 1);
	ck_assert_int_eq(do_rotate("o2", "t1", "t2"), 1);
	ck_assert_int_eq(do_rotate("o3", "t1", "t2"), 1);
	ck_assert_int_eq(do_rotate("o4", "t2", "t3"), 1);
	ck_assert_int_eq(count("refresh_tokens WHERE session_id = 'k1'"), 3);
	ck_assert_int_eq(do_rotate("o5", "t1", "t2"), 0);
	ck_assert_int_eq(do_bearer("k1", T0), 0);
	ck_assert_int_eq(count("audit WHERE action = 'token.reuse'"), 1);
	down();
}
END_TEST

/* Who is not the client changes nothing but its counter. */
START_TEST(rotation_rejects_another_client)
{
	struct sql_token_refresh p;
	char op[16];
	int i;

	up_code(_i, "offline_access");
	make_client("thief", "refresh_token");
	ck_assert_int_eq(do_redeem("o1", "c1", "k1", "t1"), 1);
	p = p_rotate("o2", RIGHT, "t1", "t2");
	p.client = db_text("thief");
	ck_assert_int_eq(run(SQL_TOKEN_REFRESH, &p,
	    SQL_TOKEN_REFRESH__OUTCOME).rows, 0);
	for (i = 0; i < 12; i++) {
		snprintf(op, sizeof(op), "w%d", i);
		p = p_rotate(op, "wrong", "t1", "t2");
		ck_assert_int_eq(run(SQL_TOKEN_REFRESH, &p,
		    SQL_TOKEN_REFRESH__CLIENT).rows, 0);
	}
	ck_assert_int_eq(fix_sql(&f, "SELECT charges FROM throttles WHERE "
	    "kind = 'client'"), 10);
	/* even the right one waits now */
	ck_assert_int_eq(do_rotate("o3", "t1", "t2"), 0);
	ck_assert_int_eq(count("refresh_tokens WHERE used_at IS NOT NULL"),
	    0);
	fix_sql(&f, "DELETE FROM throttles");
	ck_assert_int_eq(do_rotate("o4", "t1", "t2"), 1);
	down();
}
END_TEST

/* Who does not exist takes as much writing, and no more room. */
START_TEST(client_rejects_nobody_by_the_same_work)
{
	struct sql_client_auth p = { CLIENT("o1", "nobody", RIGHT) };
	struct out o;
	char op[16];
	int i;

	up_user(_i);
	for (i = 0; i < 15; i++) {
		snprintf(op, sizeof(op), "n%d", i);
		p.op = db_text(op);
		p.client = db_text(i % 2 ? "nobody" : "somebody");
		o = run(SQL_CLIENT_AUTH, &p, SQL_CLIENT_AUTH__CHARGE);
		ck_assert_int_eq(o.changed, 1);
		ck_assert_int_eq(run(SQL_CLIENT_AUTH, &p,
		    SQL_CLIENT_AUTH__UNTIL).rows, 0);
	}
	ck_assert_int_eq(count("throttles"), 1);
	down();
}
END_TEST

START_TEST(rotation_rejects_another_key)
{
	struct sql_token_refresh p;

	up_code(_i, "offline_access");
	ck_assert_int_eq(do_redeem("o1", "c1", "k1", "t1"), 1);
	fix_sql(&f, "UPDATE sessions SET jkt = 'key' WHERE id = 'k1'");
	ck_assert_int_eq(do_rotate("o2", "t1", "t2"), 0);
	p = p_rotate("o3", RIGHT, "t1", "t2");
	p.jkt = db_text("key");
	ck_assert_int_eq(run(SQL_TOKEN_REFRESH, &p,
	    SQL_TOKEN_REFRESH__OUTCOME).rows, 1);
	ck_assert_int_eq(count("audit WHERE action = 'token.reuse'"), 0);
	down();
}
END_TEST

/* ---- assertions ---- */

START_TEST(assertion_counts_once)
{
	struct sql_client_auth p = { CLIENT("o1", "app", "-") };

	up_code(_i, "openid");
	fix_sql(&f, "UPDATE clients SET auth_method = 'private_key_jwt'");
	p.method = db_text("private_key_jwt");
	p.proved = db_int(1);
	p.once = db_text("jti");
	p.once_until = db_int(T0 + CLOCK_SEC);
	ck_assert_int_eq(run(SQL_CLIENT_AUTH, &p,
	    SQL_CLIENT_AUTH__CLIENT).rows, 1);
	ck_assert_int_eq(run(SQL_CLIENT_AUTH, &p,
	    SQL_CLIENT_AUTH__CLIENT).rows, 1);	/* a retry of its own */
	p.op = db_text("o2");
	ck_assert_int_eq(run(SQL_CLIENT_AUTH, &p,
	    SQL_CLIENT_AUTH__CLIENT).rows, 0);
	p.op = db_text("o3");
	p.once = db_text("another");
	p.proved = db_int(0);
	ck_assert_int_eq(run(SQL_CLIENT_AUTH, &p,
	    SQL_CLIENT_AUTH__CLIENT).rows, 0);
	ck_assert_int_eq(count("once"), 1);
	ck_assert_int_eq(fix_sql(&f, "SELECT charges FROM throttles WHERE "
	    "kind = 'client'"), 2);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		code_accepts_its_own_retry,
		code_rejects_reuse,
		code_accepts_one_of_many_at_once,
		code_rejects_survivor_of_racing_logout,
		code_rejects_survivor_of_racing_password_change,
		code_rejects_what_is_not_its_own,
		code_rejects_another_key,
		rotation_accepts_a_chain_and_retries,
		rotation_rejects_another_client,
		rotation_rejects_another_key,
		client_rejects_nobody_by_the_same_work,
		assertion_counts_once,
	};

	return (run_tests("token_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
