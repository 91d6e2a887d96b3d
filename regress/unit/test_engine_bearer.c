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
 * Bearers that are forged, foreign, narrow or revoked: the engine trusts no
 * worker's verdict (CASES 1, 9).
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

static void
bearer_rejected(char *token, enum msg_status st)
{
	struct msg_bearer_check_req m = { CTX, .bearer = token };

	refused(rig_ask(&r, 0, IMSG_BEARER_CHECK_REQ, &m), st);
	refused(rig_me(&r, token), st);
	refused(list(token, 0, ""), st);
	refused(change(token, PASSWORD, PASSWORD " 2"), st);
	refused(logout(token), st);
	free(token);
}

START_TEST(engine_rejects_bearer_forged_or_foreign)	/* 1, 9 */
{
	struct reply *p;
	const char *sub, *sid = "s";
	char *t, uid[64];

	rig_up(&r);
	op_copy(uid, sizeof(uid), rig_register(&r, "alice")->text);
	sub = uid;
	p = login();
	t = strdup(p->access);
	t[strlen(t) - 5] = t[strlen(t) - 5] == 'A' ? 'B' : 'A';
	bearer_rejected(t, ST_INVALID_TOKEN);
	/* a key that the engine does not have */
	bearer_rejected(rig_token(KEY_ED, "at+jwt", ISSUER, sub, sid,
	    "account", NOW + 60), ST_INVALID_TOKEN);
	bearer_rejected(rig_token(KEY_EC, "at+jwt", "https://evil.example",
	    sub, sid, "account", NOW + 60), ST_INVALID_TOKEN);
	bearer_rejected(rig_token(KEY_EC, "JWT", ISSUER, sub, sid, "account",
	    NOW + 60), ST_INVALID_TOKEN);
	bearer_rejected(rig_token(KEY_EC, "at+jwt", ISSUER, sub, sid,
	    "account", NOW - 1), ST_INVALID_TOKEN);
	/* signed, but of no session */
	bearer_rejected(rig_token(KEY_EC, "at+jwt", ISSUER, sub, sid,
	    "account", NOW + 60), ST_INVALID_TOKEN);
	bearer_rejected(rig_token(KEY_EC, "at+jwt", ISSUER, sub, "",
	    "account", NOW + 60), ST_INVALID_TOKEN);
	bearer_rejected(strdup(""), ST_INVALID_TOKEN);
	bearer_rejected(strdup("a.b.c"), ST_INVALID_TOKEN);
	ck_assert_int_eq(rig_me(&r, p->access)->type, IMSG_ME_RES);
	ck_assert_int_eq(r.bad, 0);
	rig_down(&r);
}
END_TEST

/* The session is another user's: sub and sid must belong together. */
START_TEST(engine_rejects_bearer_with_session_of_another)
{
	char sid[64], uid[64], *t;

	up_user();
	op_copy(uid, sizeof(uid), rig_register(&r, "bob")->text);
	login();
	ck_assert_int_eq(rig_sql(&r, "UPDATE sessions SET id = 'known'"), -1);
	snprintf(sid, sizeof(sid), "known");
	t = rig_token(KEY_EC, "at+jwt", ISSUER, uid, sid, "account",
	    NOW + 60);
	bearer_rejected(t, ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

START_TEST(engine_rejects_narrow_scope_after_token)
{
	struct msg_bearer_check_req m = { CTX };
	char uid[64], *t;

	rig_up(&r);
	op_copy(uid, sizeof(uid), rig_register(&r, "alice")->text);
	login();
	rig_sql(&r, "UPDATE refresh_tokens SET session_id = 'known'");
	rig_sql(&r, "UPDATE sessions SET id = 'known'");
	t = rig_token(KEY_EC, "at+jwt", ISSUER, uid, "known",
	    "openid accounts", NOW + 60);
	m.bearer = t;
	/* it holds, whatever it is good for */
	ck_assert_int_eq(rig_ask(&r, 0, IMSG_BEARER_CHECK_REQ, &m)->type,
	    IMSG_DONE_RES);
	refused(rig_me(&r, t), ST_INSUFFICIENT_SCOPE);
	rig_sql(&r, "UPDATE sessions SET ended_at = 1");
	refused(rig_me(&r, t), ST_INVALID_TOKEN);
	free(t);
	rig_down(&r);
}
END_TEST

static const char *const killers[] = {
	"UPDATE users SET epoch = 2",
	"UPDATE users SET status = 'disabled'",
	"UPDATE users SET tenant = 'other'",
	"UPDATE sessions SET ended_at = 1",
	"UPDATE sessions SET expires_at = 1",
};

START_TEST(engine_rejects_bearer_that_was_revoked)
{
	size_t i;

	for (i = 0; i < sizeof(killers) / sizeof(killers[0]); i++) {
		struct reply *p;

		up_user();
		p = login();
		rig_sql(&r, killers[i]);
		bearer_rejected(strdup(p->access), ST_INVALID_TOKEN);
		rig_down(&r);
	}
}
END_TEST

/* What was found good once is found good only while it lives. */
START_TEST(engine_rejects_known_bearer_that_expired)
{
	char uid[64], *t, *u;

	rig_up(&r);
	op_copy(uid, sizeof(uid), rig_register(&r, "alice")->text);
	login();
	rig_sql(&r, "UPDATE refresh_tokens SET session_id = 'known'");
	rig_sql(&r, "UPDATE sessions SET id = 'known'");
	t = rig_token(KEY_EC, "at+jwt", ISSUER, uid, "known", "account",
	    NOW + 2);
	ck_assert_int_eq(rig_me(&r, t)->type, IMSG_ME_RES);
	ck_assert_int_eq(rig_me(&r, t)->type, IMSG_ME_RES);
	/* the same with one character behind it is another token */
	ck_assert_int_gt(asprintf(&u, "%sA", t), 0);
	refused(rig_me(&r, u), ST_INVALID_TOKEN);
	free(u);
	rig_turn(&r, 2100);
	refused(rig_me(&r, t), ST_INVALID_TOKEN);
	free(t);
	rig_down(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		engine_rejects_bearer_forged_or_foreign,
		engine_rejects_bearer_with_session_of_another,
		engine_rejects_narrow_scope_after_token,
		engine_rejects_bearer_that_was_revoked,
		engine_rejects_known_bearer_that_expired,
	};

	return (rig_main("engine_bearer", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
