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
 * Tenants that a worker names, honestly and not: the engine lets nobody out of
 * one (CASES 9, 64).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/engine/tenant.h"
#include "regress/unit/engine_rig.h"
#include "src/base/clock.h"

static struct rig r;

#define NOW	(clock_now() / CLOCK_SEC)

static void
make(const char *id)
{
	char text[256];

	snprintf(text, sizeof(text), "INSERT INTO tenants (id, name, "
	    "created_at) VALUES ('%s', 'x', 1)", id);
	rig_sql(&r, text);
}

static void
up(void)
{
	rig_up(&r);
	make("acme");
	make("other");
}

static struct reply *
enter(const char *tenant)
{
	struct msg_tenant_check_req m = { CTX, .tenant = tenant };

	return (rig_ask(&r, 0, IMSG_TENANT_CHECK_REQ, &m));
}

static struct reply *
me(const char *tenant, const char *bearer)
{
	struct msg_me_get_req m = { CTX, .tenant = tenant, .bearer = bearer };

	return (rig_ask(&r, 0, IMSG_ME_GET_REQ, &m));
}

static void
join(const char *tenant, const char *name, char id[CAP_ID + 1])
{
	struct msg_register_req m = { CTX, .tenant = tenant,
	    .username = name, .password = PASSWORD,
	    .email = "a@example.org" };
	struct reply *p = rig_ask(&r, 0, IMSG_REGISTER_REQ, &m);

	ck_assert_int_eq(p->type, IMSG_REGISTER_RES);
	ck_assert_int_eq(op_copy(id, CAP_ID + 1, p->text), 0);
}

static struct reply *
login(const char *tenant, const char *name)
{
	struct msg_login_req m = { CTX, .tenant = tenant, .username = name,
	    .password = PASSWORD };

	return (rig_ask(&r, 0, IMSG_LOGIN_REQ, &m));
}

static void
refused(const struct reply *p, enum msg_status st)
{
	ck_assert_int_eq(p->type, IMSG_ERROR_RES);
	ck_assert_int_eq(p->status, st);
}

START_TEST(engine_rejects_tenants_that_are_none)
{
	static const char *const bad[] = { "nobody", "A", "ACME", "-acme",
	    "acme/", "../acme", "acme other", "acme'--", "a.b", "%",
	    "acm\xc3\xa9", "00000000000000000000000000000000000000000000000000"
	    "00000000000000" };
	struct msg_refresh_req f = { CTX, .token = "x" };
	size_t i;

	up();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		refused(enter(bad[i]), ST_NOT_FOUND);
		refused(me(bad[i], "a.b.c"), ST_NOT_FOUND);
		refused(login(bad[i], "alice"), ST_NOT_FOUND);
		f.tenant = bad[i];
		refused(rig_ask(&r, 0, IMSG_REFRESH_REQ, &f), ST_NOT_FOUND);
	}
	ck_assert_int_eq(enter("acme")->type, IMSG_DONE_RES);
	ck_assert_int_eq(enter("default")->type, IMSG_DONE_RES);
	ck_assert_int_eq(enter("")->type, IMSG_DONE_RES);
	ck_assert_int_eq(r.bad, 0);
	rig_down(&r);
}
END_TEST

/* What was found good in one tenant, and is kept, is not in another. */
START_TEST(engine_rejects_bearer_of_another_tenant)
{
	char id[CAP_ID + 1], sid[CAP_ID + 1] = "known", *t;
	struct msg_logout_req m = { CTX, .tenant = "other" };

	up();
	join("acme", "alice", id);
	ck_assert_int_eq(login("acme", "alice")->type, IMSG_TOKENS_RES);
	rig_sql(&r, "UPDATE refresh_tokens SET session_id = 'known'");
	rig_sql(&r, "UPDATE sessions SET id = 'known'");
	t = rig_token(KEY_EC, "at+jwt", ISSUER "/t/acme", id, sid, "account",
	    NOW + 60);
	refused(me("other", t), ST_INVALID_TOKEN);
	ck_assert_int_eq(me("acme", t)->type, IMSG_ME_RES);
	refused(me("other", t), ST_INVALID_TOKEN);
	refused(me("default", t), ST_INVALID_TOKEN);
	m.bearer = t;
	refused(rig_ask(&r, 0, IMSG_LOGOUT_REQ, &m), ST_INVALID_TOKEN);
	ck_assert_int_eq(me("acme", t)->type, IMSG_ME_RES);
	free(t);
	/* its issuer is one, its user lives in the other */
	t = rig_token(KEY_EC, "at+jwt", ISSUER "/t/other", id, sid,
	    "account", NOW + 60);
	refused(me("other", t), ST_INVALID_TOKEN);
	refused(me("acme", t), ST_INVALID_TOKEN);
	free(t);
	ck_assert_int_eq(r.bad, 0);
	rig_down(&r);
}
END_TEST

/* The root's token is good in a tenant for administration alone, and there for
 * the super admin alone. */
START_TEST(engine_rejects_bearer_of_the_root_in_a_tenant)
{
	struct msg_bearer_check_req check = { CTX, .tenant = "acme" };
	struct msg_user_get_req get = { CTX, .tenant = "acme" };
	char id[CAP_ID + 1], other[CAP_ID + 1], *t;

	up();
	join("", "alice", id);
	join("acme", "bob", other);
	ck_assert_int_eq(login("", "alice")->type, IMSG_TOKENS_RES);
	rig_sql(&r, "UPDATE refresh_tokens SET session_id = 'known'");
	rig_sql(&r, "UPDATE sessions SET id = 'known'");
	t = rig_token(KEY_EC, "at+jwt", ISSUER, id, "known", "account admin",
	    NOW + 60);
	check.bearer = get.bearer = t;
	get.user = other;
	refused(me("acme", t), ST_INVALID_TOKEN);
	refused(rig_ask(&r, 0, IMSG_BEARER_CHECK_REQ, &check),
	    ST_INVALID_TOKEN);
	refused(me("acme", t), ST_INVALID_TOKEN);	/* though it is known */
	refused(rig_ask(&r, 0, IMSG_USER_GET_REQ, &get), ST_INVALID_TOKEN);
	rig_sql(&r, "UPDATE users SET role = 'admin' WHERE tenant = 'default' "
	    "AND role = 'user'");
	refused(rig_ask(&r, 0, IMSG_USER_GET_REQ, &get), ST_INVALID_TOKEN);
	rig_sql(&r, "DELETE FROM users WHERE role = 'superadmin'");
	rig_sql(&r, "UPDATE users SET role = 'superadmin' WHERE role = 'admin'");
	ck_assert_int_eq(rig_ask(&r, 0, IMSG_BEARER_CHECK_REQ, &check)->type,
	    IMSG_DONE_RES);
	ck_assert_int_eq(rig_ask(&r, 0, IMSG_USER_GET_REQ, &get)->type,
	    IMSG_USER_RES);
	ck_assert_int_eq(rig_ask(&r, 0, IMSG_BEARER_CHECK_REQ, &check)->type,
	    IMSG_DONE_RES);
	get.user = id;			/* not one of acme's */
	refused(rig_ask(&r, 0, IMSG_USER_GET_REQ, &get), ST_NOT_FOUND);
	refused(me("acme", t), ST_INVALID_TOKEN);
	free(t);
	rig_down(&r);
}
END_TEST

/* A worker that takes no care of routes is no help. */
START_TEST(engine_rejects_tenants_messages_in_a_tenant)
{
	struct msg_tenants_list_req list = { CTX, .tenant = "acme" };
	struct msg_tenant_get_req get = { CTX, .tenant = "acme",
	    .id = "acme" };
	struct msg_tenant_create_req create = { CTX, .tenant = "acme",
	    .id = "new" };
	struct msg_tenant_patch_req patch = { CTX, .tenant = "acme",
	    .id = "acme" };
	struct msg_tenant_delete_req del = { CTX, .tenant = "acme",
	    .id = "acme" };

	up();
	refused(rig_ask(&r, 0, IMSG_TENANTS_LIST_REQ, &list), ST_NOT_FOUND);
	refused(rig_ask(&r, 0, IMSG_TENANT_GET_REQ, &get), ST_NOT_FOUND);
	refused(rig_ask(&r, 0, IMSG_TENANT_CREATE_REQ, &create),
	    ST_NOT_FOUND);
	refused(rig_ask(&r, 0, IMSG_TENANT_PATCH_REQ, &patch), ST_NOT_FOUND);
	refused(rig_ask(&r, 0, IMSG_TENANT_DELETE_REQ, &del), ST_NOT_FOUND);
	get.tenant = list.tenant = "";
	refused(rig_ask(&r, 0, IMSG_TENANT_GET_REQ, &get), ST_INVALID_TOKEN);
	refused(rig_ask(&r, 0, IMSG_TENANTS_LIST_REQ, &list),
	    ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

/* What is known of a tenant is forgotten when this node changes it. */
START_TEST(engine_rejects_a_tenant_that_was_suspended)
{
	up();
	ck_assert_int_eq(enter("acme")->type, IMSG_DONE_RES);
	rig_sql(&r, "UPDATE tenants SET status = 'suspended' "
	    "WHERE id = 'acme'");
	tenant_forget(&r.e, "nobody");
	tenant_forget(&r.e, "acme");
	refused(enter("acme"), ST_NOT_FOUND);
	refused(login("acme", "alice"), ST_NOT_FOUND);
	rig_down(&r);
}
END_TEST

/* Its worker dies, or its time is over, while a tenant is looked up. */
START_TEST(engine_rejects_nobody_who_is_gone)
{
	struct msg_login_req m = { CTX, .tenant = "acme", .username = "a",
	    .password = PASSWORD };
	unsigned i;

	up();
	for (i = 0; i < 20; i++)
		rig_send(&r, 0, IMSG_LOGIN_REQ, &m);
	rig_turn(&r, 0);
	rig_kill(&r.worker[0]);
	rig_turn(&r, 50);
	m.tenant = "other";
	refused(rig_ask(&r, 1, IMSG_LOGIN_REQ, &m), ST_INVALID_CREDENTIALS);
	ck_assert_uint_eq(r.e.nops, 0);
	rig_down(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		engine_rejects_tenants_that_are_none,
		engine_rejects_bearer_of_another_tenant,
		engine_rejects_bearer_of_the_root_in_a_tenant,
		engine_rejects_tenants_messages_in_a_tenant,
		engine_rejects_a_tenant_that_was_suspended,
		engine_rejects_nobody_who_is_gone,
	};

	return (rig_main("engine_tenant", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
