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
		parent_accepts_stop_after_drain,
		clockwatch_accepts_slow_changes_and_tells_steps,
	};

	return (rig_main("engine_parent", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
