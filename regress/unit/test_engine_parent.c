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
 * The engine and its parent: the first super admin, secrets and keys that are
 * not the database's, the end (CASES 65).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/engine/clockwatch.h"
#include "regress/unit/engine_rig.h"
#include "src/base/clock.h"

static struct rig r;

static void
up_user(void)
{
	rig_up(&r);
	ck_assert_int_eq(rig_register(&r, "alice")->type, IMSG_REGISTER_RES);
}

static void
refused(const struct reply *p, enum msg_status st)
{
	ck_assert_int_eq(p->type, IMSG_ERROR_RES);
	ck_assert_int_eq(p->status, st);
}

static unsigned
login_send(int worker, const char *name)
{
	struct msg_login_req m = { CTX, .username = name,
	    .password = PASSWORD };

	return (rig_send(&r, worker, IMSG_LOGIN_REQ, &m));
}

static void
still_serves(int worker)
{
	ck_assert_int_eq(rig_reply(&r, login_send(worker, "alice"))->type,
	    IMSG_TOKENS_RES);
}

/* Turns until that many were asked of the hashers. */
static void
hashers_hold(unsigned n)
{
	int i;

	for (i = 0; i < 2000 && r.hasher[0].asked + r.hasher[1].asked < n;
	    i++)
		rig_turn(&r, 1);
	ck_assert_int_eq(r.hasher[0].asked + r.hasher[1].asked, n);
}

static void
superadmin(const char *name, const char *password)
{
	struct msg_superadmin_create_req m = { .username = name,
	    .email = "root@example.org", .password = password };

	r.sa_done = 0;
	superadmin_create(&r.e, 1, &m);
	rig_wait(&r, &r.sa_done);
}

START_TEST(parent_accepts_one_superadmin)		/* 65 */
{
	rig_up(&r);
	ck_assert_int_eq(r.db_superadmin, 0);
	superadmin("root", "short");
	ck_assert_int_eq(r.sa_status, ST_WEAK_PASSWORD);
	superadmin("r", PASSWORD);
	ck_assert_int_eq(r.sa_status, ST_INVALID_REQUEST);
	rig_register(&r, "alice");
	superadmin("ALICE", PASSWORD);
	ck_assert_int_eq(r.sa_status, ST_USERNAME_TAKEN);
	ck_assert_int_eq(r.db_superadmin, 0);
	superadmin("root", PASSWORD);
	ck_assert_int_eq(r.sa_status, ST_OK);
	rig_wait(&r, &r.db_superadmin);
	superadmin("toor", PASSWORD);
	ck_assert_int_eq(r.sa_status, ST_FORBIDDEN);
	ck_assert_int_eq(rig_login(&r, "root", PASSWORD)->type,
	    IMSG_TOKENS_RES);
	rig_down(&r);
}
END_TEST

START_TEST(parent_rejects_start_with_another_seal)
{
	rig_up(&r);
	rig_stop(&r);
	snprintf(r.e.fingerprint[1], sizeof(r.e.fingerprint[1]), "xx");
	rig_start(&r);
	rig_wait(&r, &r.failed);
	rig_down(&r);
}
END_TEST

START_TEST(parent_accepts_node_without_active_key)
{
	rig_up(&r);
	rig_sql(&r, "UPDATE signing_keys SET kid = 'elsewhere'");
	rig_stop(&r);
	rig_start(&r);
	rig_wait(&r, &r.db_up);
	ck_assert_int_eq(r.e.keys.degraded, 1);
	rig_register(&r, "alice");
	still_serves(0);
	rig_down(&r);
}
END_TEST

/* ---- signing keys ---- */

/* A look at the rows, now. */
static void
look(void)
{
	r.e.keys.next_poll = 0;
	rig_turn(&r, 300);
}

static void
key_known(struct test_key *k)
{
	rig_key(&r, k);
	sync_again(&r.e);
	rig_turn(&r, 50);
	look();
}

START_TEST(parent_hears_which_keys_are_missing)
{
	rig_up(&r);
	r.e.keys.eager = 1;
	look();
	rig_wait(&r, &r.wants);
	ck_assert_uint_eq(r.wanted[0], 1);	/* its next one */
	ck_assert_uint_eq(r.wanted[1], 2);
	ck_assert_uint_eq(r.wanted[2], 2);
	key_known(KEY_ED);
	r.wants = 0;
	r.e.keys.next_want = 0;
	r.e.keys.eager = 1;
	look();
	rig_wait(&r, &r.wants);
	ck_assert_uint_eq(r.wanted[1], 1);
	ck_assert_uint_eq(r.wanted[2], 2);
	/* another node leads */
	rig_sql(&r, "INSERT INTO key_nodes (node, kid, seen_at) "
	    "VALUES ('', '', 9223372036854775807)");
	r.wants = 0;
	r.e.keys.next_want = 0;
	look();
	look();
	ck_assert_int_eq(r.wants, 0);
	rig_down(&r);
}
END_TEST

/* Its tokens die with it, also one that was verified and remembered. */
START_TEST(parent_hears_which_key_is_retired)
{
	char token[CAP_BEARER + 1];
	const struct reply *p;

	up_user();
	p = rig_login(&r, "alice", PASSWORD);
	snprintf(token, sizeof(token), "%s", p->access);
	ck_assert_int_eq(rig_me(&r, token)->type, IMSG_ME_RES);
	ck_assert_int_eq(rig_me(&r, token)->type, IMSG_ME_RES);
	key_known(KEY_ED);
	rig_sql(&r, "UPDATE signing_keys SET state = 'retired' "
	    "WHERE alg = 'ES256'");
	look();
	rig_wait(&r, &r.drops);
	ck_assert_str_eq(r.dropped, KEY_EC->kid);
	refused(rig_me(&r, token), ST_INVALID_TOKEN);
	/* what is left signs, and nothing that is retired comes back */
	ck_assert_str_eq(r.e.keys.signing, KEY_ED->kid);
	key_known(KEY_EC);
	ck_assert_str_eq(r.e.keys.signing, KEY_ED->kid);
	ck_assert_int_eq(r.drops, 2);
	refused(rig_me(&r, token), ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

/* A key more than there is a place for: after three looks it goes. */
START_TEST(parent_hears_which_key_has_no_row)
{
	rig_up(&r);
	rig_sql(&r, "INSERT INTO signing_keys (kid, alg, state, created_at) "
	    "VALUES ('n', 'EdDSA', 'next', 1), ('a', 'EdDSA', 'active', 1)");
	key_known(KEY_ED);
	ck_assert_int_eq(r.drops, 0);
	look();
	look();
	rig_wait(&r, &r.drops);
	ck_assert_str_eq(r.dropped, KEY_ED->kid);
	ck_assert_str_eq(r.e.keys.signing, KEY_EC->kid);
	ck_assert_int_eq(rig_sql(&r, "SELECT COUNT(*) FROM signing_keys"), 3);
	rig_down(&r);
}
END_TEST

/* No next key: it waits some seconds, and is refused with a reason. */
START_TEST(parent_accepts_operator_who_rotates)
{
	struct msg_key_rotate_req m = { CTX, .bearer = "", .alg = "HS256" };
	const struct reply *p;
	char sql[160];
	unsigned id;

	rig_up(&r);
	TAILQ_FIRST(&r.e.workers)->operator = 1;
	refused(rig_ask(&r, r.e.workers.tqh_first->index ? 1 : 0,
	    IMSG_KEY_ROTATE_REQ, &m), ST_INVALID_REQUEST);
	m.alg = "ES256";
	id = rig_send(&r, r.e.workers.tqh_first->index ? 1 : 0,
	    IMSG_KEY_ROTATE_REQ, &m);
	rig_turn(&r, 200);
	/* of now: one that nobody has for long is given up */
	snprintf(sql, sizeof(sql), "INSERT INTO signing_keys (kid, alg, state, "
	    "created_at) VALUES ('n', 'ES256', 'next', %lld)",
	    (long long)clock_now());
	rig_sql(&r, sql);
	p = rig_reply(&r, id);		/* not refused, but not ours */
	refused(p, ST_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(p->reason, "lacks the next key"));
	rig_sql(&r, "INSERT INTO key_nodes (node, kid, seen_at) "
	    "SELECT node, 'n', MAX(seen_at) FROM key_nodes GROUP BY node");
	p = rig_ask(&r, r.e.workers.tqh_first->index ? 1 : 0,
	    IMSG_KEY_ROTATE_REQ, &m);
	ck_assert_int_eq(p->type, IMSG_KEY_RES);
	look();
	ck_assert_int_eq(r.e.keys.degraded, 1);
	ck_assert_str_eq(r.e.keys.signing, KEY_EC->kid);
	rig_down(&r);
}
END_TEST

START_TEST(parent_accepts_stop_after_drain)
{
	unsigned id;

	up_user();
	r.hasher[0].hold = r.hasher[1].hold = 1;
	r.hasher[0].asked = r.hasher[1].asked = 0;
	id = login_send(0, "alice");
	hashers_hold(1);
	engine_stop(&r.e);
	ck_assert_int_eq(r.left, 0);
	refused(rig_reply(&r, login_send(1, "alice")), ST_BUSY);
	refused(rig_reply(&r, id), ST_UNAVAILABLE);
	rig_wait(&r, &r.left);
	rig_down(&r);
}
END_TEST

/* The board's offset moves, as if the clock had; 56 */
START_TEST(clockwatch_accepts_slow_changes_and_tells_steps)
{
	static const int64_t s[] = { 3600, -3600, 86400, -86400, 6, -6 };
	size_t i;

	memset(&r.board, 0, sizeof(r.board));
	ck_assert_int_eq(clockwatch(&r.board), 0);
	for (i = 0; i < 3; i++) {
		shm_add(&r.board.clock_offset, 4 * CLOCK_SEC);
		ck_assert_int_eq(clockwatch(&r.board), 0);
	}
	ck_assert_int_eq(r.board.clock_steps, 0);
	for (i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		shm_add(&r.board.clock_offset, -s[i] * CLOCK_SEC);
		/* what the two reads are apart may be missing */
		ck_assert_int_le(llabs(clockwatch(&r.board) -
		    s[i] * CLOCK_SEC), CLOCK_SEC);
		ck_assert_int_eq(r.board.clock_steps, i + 1);
		ck_assert_int_eq(clockwatch(&r.board), 0);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		parent_accepts_one_superadmin,
		parent_rejects_start_with_another_seal,
		parent_accepts_node_without_active_key,
		parent_hears_which_keys_are_missing,
		parent_hears_which_key_is_retired,
		parent_hears_which_key_has_no_row,
		parent_accepts_operator_who_rotates,
		parent_accepts_stop_after_drain,
		clockwatch_accepts_slow_changes_and_tells_steps,
	};

	return (rig_main("engine_parent", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
