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

/* See engine_sql_fix.h. Part of test programs only. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

struct fix	 f;
struct store	*other;

static void
out_cb(enum store_status status, const struct store_result *res, void *arg)
{
	struct out *o = arg;
	const char *s;

	o->done = 1;
	o->status = status;
	if (res == NULL)
		return;
	o->rows = store_rows(res, o->stmt);
	o->changed = store_changed(res, o->stmt);
	if (o->rows > 0 && (s = store_text(res, o->stmt, 0, 0)) != NULL)
		snprintf(o->id, sizeof(o->id), "%s", s);
}

void
begin(struct store *st, int op, const void *p, int stmt, struct out *o)
{
	memset(o, 0, sizeof(*o));
	o->stmt = stmt;
	store_run(st, (enum sql_op)op, p, out_cb, o);
}

struct out
run(int op, const void *p, int stmt)
{
	struct out o;

	begin(f.st, op, p, stmt, &o);
	fix_wait(&f, &o.done, 1);
	ck_assert_int_eq(o.status, STORE_OK);
	return (o);
}

void
up(int kind)
{
	fix_init(&f, kind);
	f.conf.set = NULL;
	fix_up(&f);
}

void
up_other(void)
{
	f.ups = 0;
	other = store_prepare(&f.conf);
	store_start(other, f.base);
	fix_wait(&f, &f.ups, 1);
}

void
down(void)
{
	store_free(other);
	other = NULL;
	fix_free(&f);
}

int64_t
count(const char *what)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", what);
	return (fix_sql(&f, sql));
}

/* ---- the operations, with what the tests do not vary filled in ---- */

struct sql_register
p_register(const char *op, const char *id, const char *key)
{
	return ((struct sql_register){
		.op = db_text(op), .now = db_int(T0),
		.tenant = db_text("default"), .user = db_text(id),
		.username = db_text(key), .key = db_text(key),
		.email = db_text("A@example.org"),
		.email_key = db_text("a@example.org"), .name = db_text(NULL),
		.status = db_text("active"), .record = db_text("record"), .ip = db_text("::1"),
		.rid = db_text("rid") });
}

int
do_register(const char *op, const char *id, const char *key)
{
	struct sql_register p = p_register(op, id, key);

	return (run(SQL_REGISTER, &p, SQL_REGISTER__OUTCOME).rows);
}

struct sql_login_commit
p_login(const char *op, const char *sid, const char *token, int64_t now)
{
	return ((struct sql_login_commit){
		.op = db_text(op), .now = db_int(now),
		.tenant = db_text("default"), .user = db_text("u1"),
		.version = db_int(1), .epoch = db_int(1),
		.record = db_text(NULL), .sid = db_text(sid),
		.client = db_text("moatd"), .scope = db_text("account"),
		.acr = db_text("aal1"), .amr = db_text("pwd"),
		.ip = db_text("::1"), .ua = db_text("ua"),
		.rid = db_text("rid"), .token = db_text(token),
		.idle = db_int(now + IDLE), .expires = db_int(now + ABS),
		.mfa = db_int(0), .ticket = db_text(NULL),
		.device = db_text("device") });
}

int
do_login(const char *op, const char *sid, const char *token, int64_t now)
{
	struct sql_login_commit p = p_login(op, sid, token, now);

	return (run(SQL_LOGIN_COMMIT, &p, SQL_LOGIN_COMMIT__OUTCOME).rows);
}

struct sql_refresh
p_refresh(const char *op, const char *token, const char *succ, int64_t now)
{
	return ((struct sql_refresh){
		.op = db_text(op), .now = db_int(now),
		.tenant = db_text("default"),
		.token = db_text(token), .succ = db_text(succ),
		.client = db_text("moatd"), .grace = db_int(GRACE),
		.idle = db_int(now + IDLE), .ip = db_text("::1"),
		.rid = db_text("rid") });
}

int
do_refresh(const char *op, const char *token, const char *succ, int64_t now)
{
	struct sql_refresh p = p_refresh(op, token, succ, now);

	return (run(SQL_REFRESH, &p, SQL_REFRESH__OUTCOME).rows);
}

int
do_bearer(const char *sid, int64_t now)
{
	struct sql_bearer_check p = { BEARER(sid, now),
	    .realm = db_text("default"), .machine = db_int(0) };

	return (run(SQL_BEARER_CHECK, &p, SQL_BEARER_CHECK__BEARER).rows);
}

int
do_logout(const char *op, const char *sid, int64_t now)
{
	struct sql_logout p = { BEARER(sid, now), ACT(op) };

	return (run(SQL_LOGOUT, &p, SQL_LOGOUT__OUTCOME).rows);
}

int
do_password(const char *op, const char *sid, int64_t version, int64_t now)
{
	struct sql_password_change p = { BEARER(sid, now), ACT(op),
	    .version = db_int(version), .record = db_text("new") };

	return (run(SQL_PASSWORD_CHANGE, &p,
	    SQL_PASSWORD_CHANGE__OUTCOME).rows);
}

void
up_user(int kind)
{
	up(kind);
	ck_assert_int_eq(do_register("r1", "u1", "alice"), 1);
	ck_assert_int_eq(do_login("l1", "s1", "a1", T0), 1);
}

int
run_tests(const char *name, const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *sr;
	size_t i;
	int failed;

	tcase_set_timeout(tc, 60);
	for (i = 0; i < n; i++)
		tcase_add_loop_test(tc, tests[i], 0, fix_kinds());
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
