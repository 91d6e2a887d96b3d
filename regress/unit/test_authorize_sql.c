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
 * Authorization as SQL, on SQLite and, when MOATD_TEST_PG is a DSN, on
 * PostgreSQL: a retry of one operation is that operation (CASES 54), and of two
 * nodes at once one comes first.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

#define MIN	(60 * CLOCK_SEC)
#define SQL(text)	fix_sql(&f, text)

#define CONTEXT(o)							\
	.op = db_text(o), .now = db_int(T0), .tenant = db_text("default"), \
	.client = db_text("app"), .seen = db_text("made")

static struct sql_authorize_make
p_make(const char *op, const char *consent, const char *code)
{
	return ((struct sql_authorize_make){ CONTEXT(op),
	    .allowed = db_text(NULL), .cookie = db_text("cookie"),
	    .sid = db_text("s1"), .pushed = db_text(NULL),
	    .consent = db_text(consent),
	    .consent_until = db_int(T0 + 10 * MIN), .code = db_text(code),
	    .until = db_int(T0 + MIN), .redirect_uri = db_text("https://a/"),
	    .scope = db_text("openid"), .state = db_text("st"),
	    .nonce = db_text("n"), .challenge = db_text("c"),
	    .jkt = db_text("") });
}

static int
make(const struct sql_authorize_make *p)
{
	return (run(SQL_AUTHORIZE_MAKE, p, SQL_AUTHORIZE_MAKE__OUTCOME).rows);
}

static struct sql_consent_use
p_use(const char *op, const char *consent, const char *code)
{
	return ((struct sql_consent_use){ CONTEXT(op),
	    .cookie = db_text("cookie"), .consent = db_text(consent),
	    .code = db_text(code), .until = db_int(T0 + MIN),
	    .scope = db_text("openid"), .all = db_text("openid"),
	    .ip = db_text("::1"), .rid = db_text("rid"),
	    .detail = db_text("{}") });
}

static int
use(const struct sql_consent_use *p)
{
	return (run(SQL_CONSENT_USE, p, SQL_CONSENT_USE__OUTCOME).rows);
}

static struct sql_grant_delete
p_delete(const char *op)
{
	return ((struct sql_grant_delete){ BEARER("s1", T0), ACT(op),
	    .client = db_text("app") });
}

static int
delete(const struct sql_grant_delete *p)
{
	return (run(SQL_GRANT_DELETE, p, SQL_GRANT_DELETE__OUTCOME).rows);
}

static void
up_app(int kind)
{
	up_user(kind);
	SQL("UPDATE sessions SET cookie_hash = 'cookie'");
	SQL("INSERT INTO clients (tenant, client_id, name, redirect_uris, "
	    "logout_uris, grant_types, auth_method, jwks, scope, sensitive, "
	    "audience, access_s, refresh_s, id_alg, access_alg, skip_consent, "
	    "disabled, backchannel, require_par, dpop_bound, created_at, "
	    "updated_at, last_op) VALUES ('default', 'app', 'An app', "
	    "'https://a/', '', 'authorization_code', 'none', '', 'openid', 0, "
	    "'', 600, 600, 'ES256', 'ES256', 0, 0, '', 0, 0, 1, 1, 'made')");
}

static void
grant(void)
{
	SQL("INSERT INTO grants (user_id, tenant, client_id, scope, "
	    "created_at, updated_at, last_op) VALUES ('u1', 'default', 'app', "
	    "'openid', 1, 1, 'g1')");
}

static void
push(void)
{
	SQL("INSERT INTO pushed (hash, tenant, client_id, params, created_at, "
	    "expires_at) VALUES ('p1', 'default', 'app', '{}', 1, "
	    "9000000000000000)");
}

/* ---- retries ---- */

START_TEST(make_accepts_retry_of_one_operation)		/* 54 */
{
	struct sql_authorize_make p = p_make("o1", "k1", "c1");

	up_app(_i);
	push();
	p.pushed = db_text("p1");
	ck_assert_int_eq(make(&p), 1);
	ck_assert_int_eq(make(&p), 1);
	ck_assert_int_eq(count("codes"), 1);
	ck_assert_int_eq(count("consents WHERE used_by = 'o1'"), 1);
	ck_assert_int_eq(count("pushed WHERE used_by = 'o1'"), 1);
	down();
}
END_TEST

START_TEST(use_accepts_retry_of_one_operation)		/* 54 */
{
	struct sql_authorize_make p = p_make("o1", "k1", NULL);
	struct sql_consent_use q = p_use("o2", "k1", "c1");

	up_app(_i);
	push();
	p.pushed = db_text("p1");
	ck_assert_int_eq(make(&p), 1);
	ck_assert_int_eq(make(&p), 1);
	ck_assert_int_eq(count("codes"), 0);
	ck_assert_int_eq(count("pushed WHERE used_by IS NULL"), 1);
	ck_assert_int_eq(use(&q), 1);
	ck_assert_int_eq(use(&q), 1);
	ck_assert_int_eq(count("codes"), 1);
	ck_assert_int_eq(count("grants"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'grant.create'"), 1);
	ck_assert_int_eq(count("pushed WHERE used_by = 'o2'"), 1);
	down();
}
END_TEST

START_TEST(delete_accepts_retry_of_one_operation)	/* 54 */
{
	struct sql_authorize_make p = p_make("o1", "k1", "c1");
	struct sql_grant_delete q = p_delete("o2");

	up_app(_i);
	grant();
	ck_assert_int_eq(make(&p), 1);
	ck_assert_int_eq(delete(&q), 1);
	ck_assert_int_eq(delete(&q), 1);
	ck_assert_int_eq(count("codes"), 0);
	ck_assert_int_eq(count("grants"), 0);
	ck_assert_int_eq(count("audit WHERE action = 'grant.delete'"), 1);
	q.op = db_text("o3");
	ck_assert_int_eq(delete(&q), 0);
	down();
}
END_TEST

/* ---- what was judged is not what is there ---- */

START_TEST(make_rejects_what_was_changed)
{
	struct sql_authorize_make p = p_make("o1", "k1", "c1");

	up_app(_i);
	p.seen = db_text("older");
	ck_assert_int_eq(make(&p), 0);
	p.seen = db_text("made");
	p.allowed = db_text("g1");
	ck_assert_int_eq(make(&p), 0);
	grant();
	p.allowed = db_text("g0");
	ck_assert_int_eq(make(&p), 0);
	p.allowed = db_text("g1");
	p.pushed = db_text("p1");
	ck_assert_int_eq(make(&p), 0);
	p.pushed = db_text(NULL);
	p.cookie = db_text("other");
	ck_assert_int_eq(make(&p), 0);
	p.cookie = db_text("cookie");
	p.sid = db_text("s2");
	ck_assert_int_eq(make(&p), 0);
	ck_assert_int_eq(count("codes"), 0);
	ck_assert_int_eq(count("consents"), 0);
	p.sid = db_text("s1");
	ck_assert_int_eq(make(&p), 1);
	down();
}
END_TEST

START_TEST(use_rejects_what_was_changed)
{
	struct sql_authorize_make p = p_make("o1", "k1", NULL);
	struct sql_consent_use q = p_use("o2", "k1", "c1");

	up_app(_i);
	ck_assert_int_eq(make(&p), 1);
	q.seen = db_text("older");
	ck_assert_int_eq(use(&q), 0);
	q.seen = db_text("made");
	q.cookie = db_text("other");
	ck_assert_int_eq(use(&q), 0);
	q.cookie = db_text("cookie");
	q.client = db_text("else");
	ck_assert_int_eq(use(&q), 0);
	q.client = db_text("app");
	ck_assert_int_eq(count("codes"), 0);
	ck_assert_int_eq(count("grants"), 0);
	ck_assert_int_eq(use(&q), 1);
	down();
}
END_TEST

/* ---- two nodes ---- */

START_TEST(use_rejects_racing_twin)			/* 36 */
{
	struct sql_authorize_make p = p_make("o1", "k1", NULL);
	struct sql_consent_use a = p_use("o2", "k1", "c1");
	struct sql_consent_use b = p_use("o3", "k1", "c2");
	struct out x, y;

	up_app(_i);
	up_other();
	ck_assert_int_eq(make(&p), 1);
	begin(f.st, SQL_CONSENT_USE, &a, SQL_CONSENT_USE__OUTCOME, &x);
	begin(other, SQL_CONSENT_USE, &b, SQL_CONSENT_USE__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	ck_assert_int_eq(count("codes"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'grant.create'"), 1);
	down();
}
END_TEST

START_TEST(make_rejects_racing_twin_of_a_pushed_request)
{
	struct sql_authorize_make a = p_make("o1", "k1", "c1");
	struct sql_authorize_make b = p_make("o2", "k2", "c2");
	struct out x, y;

	up_app(_i);
	up_other();
	push();
	a.pushed = b.pushed = db_text("p1");
	begin(f.st, SQL_AUTHORIZE_MAKE, &a, SQL_AUTHORIZE_MAKE__OUTCOME, &x);
	begin(other, SQL_AUTHORIZE_MAKE, &b, SQL_AUTHORIZE_MAKE__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	ck_assert_int_eq(count("codes"), 1);
	down();
}
END_TEST

START_TEST(make_rejects_racing_end_of_its_grant)
{
	struct sql_authorize_make a = p_make("o1", "k1", "c1");
	struct sql_grant_delete b = p_delete("o2");
	struct out x, y;

	up_app(_i);
	up_other();
	grant();
	a.allowed = db_text("g1");
	begin(f.st, SQL_AUTHORIZE_MAKE, &a, SQL_AUTHORIZE_MAKE__OUTCOME, &x);
	begin(other, SQL_GRANT_DELETE, &b, SQL_GRANT_DELETE__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(y.rows, 1);
	ck_assert_int_eq(count("codes"), 0);
	ck_assert_int_eq(count("grants"), 0);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		make_accepts_retry_of_one_operation,
		use_accepts_retry_of_one_operation,
		delete_accepts_retry_of_one_operation,
		make_rejects_what_was_changed,
		use_rejects_what_was_changed,
		use_rejects_racing_twin,
		make_rejects_racing_twin_of_a_pushed_request,
		make_rejects_racing_end_of_its_grant,
	};

	return (run_tests("authorize_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
