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
 * Roles and clients as SQL, on SQLite and, when MOATD_TEST_PG is a DSN, on
 * PostgreSQL: an operation that is tried again does nothing twice and nothing
 * to what came after it (CASES 54), and who is an administrator no more writes
 * nothing.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

/* An operator, and a user by the session s1 in the account's epoch. */
#define OPERATOR(o)							\
	ACT(o), .now = db_int(T0), .operator = db_int(1),		\
	.actor = db_text(NULL), .machine = db_int(0), .sid = db_text(""), \
	.home = db_text("default"), .epoch = db_int(0),			\
	.tenant = db_text("default"), .lax = db_int(1),			\
	.fresh = db_int(T0), .detail = db_text(NULL)
#define USER(o, e)							\
	ACT(o), .now = db_int(T0), .operator = db_int(0),		\
	.actor = db_text("u1"), .machine = db_int(0), .sid = db_text("s1"), \
	.home = db_text("default"), .epoch = db_int(e),			\
	.tenant = db_text("default"), .lax = db_int(1),			\
	.fresh = db_int(T0), .detail = db_text(NULL)

static struct sql_role_create
p_create(const char *op, const char *name)
{
	return ((struct sql_role_create){ OPERATOR(op),
	    .perm = db_text("roles:write"), .name = db_text(name),
	    .description = db_text(""), .names = db_text(""),
	    .count = db_int(0), .given = db_int(0) });
}

static int
create(const char *op, const char *name)
{
	struct sql_role_create p = p_create(op, name);

	return (run(SQL_ROLE_CREATE, &p, SQL_ROLE_CREATE__ROLE).rows);
}

static int
end_role(const char *op, const char *name)
{
	struct sql_role_delete p = { OPERATOR(op),
	    .perm = db_text("roles:write"), .name = db_text(name) };

	return (run(SQL_ROLE_DELETE, &p, SQL_ROLE_DELETE__OUTCOME).rows);
}

static struct sql_client_create
p_client(const char *op, const char *id)
{
	return ((struct sql_client_create){ OPERATOR(op),
	    .perm = db_text("clients:write"), .client = db_text(id),
	    .name = db_text("x"), .redirect_uris = db_text(""),
	    .logout_uris = db_text(""), .grant_types = db_text(""),
	    .auth_method = db_text("client_secret_basic"),
	    .jwks = db_text(""), .scope = db_text(""),
	    .sensitive = db_int(0), .audience = db_text(""),
	    .roles = db_text(""), .nroles = db_int(0),
	    .names = db_text("read"), .count = db_int(1),
	    .access_s = db_int(600), .refresh_s = db_int(600),
	    .id_alg = db_text("ES256"), .access_alg = db_text("ES256"),
	    .skip_consent = db_int(0), .disabled = db_int(0),
	    .backchannel = db_text(""), .require_par = db_int(0),
	    .dpop_bound = db_int(0), .hash = db_text("right") });
}

static int
make_client(const char *op, const char *id)
{
	struct sql_client_create p = p_client(op, id);

	return (run(SQL_CLIENT_CREATE, &p, SQL_CLIENT_CREATE__CLIENT).rows);
}

static int
end_client(const char *op, const char *id)
{
	struct sql_client_delete p = { OPERATOR(op),
	    .perm = db_text("clients:write"), .client = db_text(id) };

	return (run(SQL_CLIENT_DELETE, &p, SQL_CLIENT_DELETE__OUTCOME).rows);
}

static int
ask(const char *op, const char *hash, int stmt)
{
	struct sql_client_check p = { .op = db_text(op), .now = db_int(T0),
	    .tenant = db_text("default"), .client = db_text("app"),
	    .method = db_text("client_secret_basic"), .hash = db_text(hash),
	    .proved = db_int(0), .once = db_text(""), .once_until = db_int(0),
	    .subject = db_text("u1"),
	    .names = db_text("app:read"), .count = db_int(1),
	    .most = db_int(3), .span = db_int(60 * CLOCK_SEC),
	    .keep = db_int(3600 * CLOCK_SEC) };

	return (run(SQL_CLIENT_CHECK, &p, stmt).rows);
}

START_TEST(role_accepts_second_try_of_a_create)
{
	up(_i);
	ck_assert_int_eq(create("o1", "helper"), 1);
	fix_sql(&f, "INSERT INTO user_roles SELECT id, tenant, 'helper' "
	    "FROM users");
	ck_assert_int_eq(create("o1", "helper"), 1);
	ck_assert_int_eq(create("o2", "helper"), 0);
	ck_assert_int_eq(count("roles WHERE name = 'helper'"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'role.create'"), 1);
	down();
}
END_TEST

START_TEST(role_rejects_second_try_of_a_create_that_would_take)
{
	up(_i);
	do_register("r1", "u1", "alice");
	create("o1", "helper");
	fix_sql(&f, "INSERT INTO user_roles VALUES ('u1', 'default', "
	    "'helper')");
	create("o1", "helper");
	ck_assert_int_eq(count("user_roles"), 1);
	down();
}
END_TEST

START_TEST(role_accepts_second_try_of_an_end)
{
	up(_i);
	do_register("r1", "u1", "alice");
	create("o1", "helper");
	fix_sql(&f, "INSERT INTO user_roles VALUES ('u1', 'default', "
	    "'helper')");
	ck_assert_int_eq(end_role("o2", "helper"), 1);
	ck_assert_int_eq(end_role("o2", "helper"), 1);
	ck_assert_int_eq(count("users WHERE id = 'u1' AND epoch = 2"), 1);
	ck_assert_int_eq(count("user_roles"), 0);
	/* and not of what came after it */
	ck_assert_int_eq(create("o3", "helper"), 1);
	ck_assert_int_eq(end_role("o2", "helper"), 1);
	ck_assert_int_eq(end_role("o4", "nobody"), 0);
	ck_assert_int_eq(count("roles WHERE name = 'helper'"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'role.delete'"), 1);
	down();
}
END_TEST

START_TEST(role_rejects_actor_of_another_epoch)
{
	struct sql_role_create p;

	up(_i);
	do_register("r1", "u1", "alice");
	do_login("l1", "s1", "a1", T0);
	fix_sql(&f, "UPDATE users SET role = 'admin' WHERE id = 'u1'");
	p = p_create("o1", "one");
	p = (struct sql_role_create){ USER("o1", 1), .perm = p.perm,
	    .name = p.name, .description = p.description, .names = p.names,
	    .count = p.count, .given = p.given };
	ck_assert_int_eq(run(SQL_ROLE_CREATE, &p,
	    SQL_ROLE_CREATE__ROLE).rows, 1);
	p.op = db_text("o2");
	p.name = db_text("two");
	p.epoch = db_int(2);
	ck_assert_int_eq(run(SQL_ROLE_CREATE, &p,
	    SQL_ROLE_CREATE__ROLE).rows, 0);
	/* nor by a mark that an earlier operation left */
	p.epoch = db_int(1);
	fix_sql(&f, "UPDATE users SET role = 'user' WHERE id = 'u1'");
	ck_assert_int_eq(run(SQL_ROLE_CREATE, &p,
	    SQL_ROLE_CREATE__ROLE).rows, 0);
	ck_assert_int_eq(count("roles WHERE name = 'two'"), 0);
	down();
}
END_TEST

START_TEST(client_accepts_second_try_of_each)
{
	up(_i);
	ck_assert_int_eq(make_client("o1", "app"), 1);
	ck_assert_int_eq(make_client("o1", "app"), 1);
	ck_assert_int_eq(make_client("o2", "app"), 0);
	ck_assert_int_eq(count("permissions WHERE client_id = 'app'"), 1);
	ck_assert_int_eq(end_client("o3", "app"), 1);
	ck_assert_int_eq(end_client("o3", "app"), 1);
	ck_assert_int_eq(count("permissions WHERE client_id = 'app'"), 0);
	ck_assert_int_eq(make_client("o4", "app"), 1);
	ck_assert_int_eq(end_client("o3", "app"), 1);
	ck_assert_int_eq(count("clients"), 1);
	ck_assert_int_eq(count("permissions WHERE client_id = 'app'"), 1);
	ck_assert_int_eq(count("audit WHERE action = 'client.delete'"), 1);
	down();
}
END_TEST

START_TEST(check_charges_a_wrong_secret_once)
{
	const int until = SQL_CLIENT_CHECK__UNTIL;
	const int client = SQL_CLIENT_CHECK__CLIENT;
	int i;

	up(_i);
	make_client("o1", "app");
	ck_assert_int_eq(ask("c1", "right", client), 1);
	for (i = 0; i < 5; i++)
		ck_assert_int_eq(ask("c2", "wrong", client), 0);
	ck_assert_int_eq(count("throttles WHERE kind = 'client' AND "
	    "charges = 1"), 1);
	ask("c3", "wrong", client);
	ck_assert_int_eq(ask("c4", "wrong", until), 0);	/* the last free one */
	ck_assert_int_eq(ask("c5", "wrong", until), 1);
	ck_assert_int_eq(ask("c6", "right", until), 1);
	ck_assert_int_eq(ask("c6", "right", client), 0);
	ck_assert_int_eq(ask("c6", "right", SQL_CLIENT_CHECK__HELD), 0);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		role_accepts_second_try_of_a_create,
		role_rejects_second_try_of_a_create_that_would_take,
		role_accepts_second_try_of_an_end,
		role_rejects_actor_of_another_epoch,
		client_accepts_second_try_of_each,
		check_charges_a_wrong_secret_once,
	};

	return (run_tests("role_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
