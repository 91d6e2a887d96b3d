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
 * Signing keys as SQL, on SQLite and, when MOATD_TEST_PG is a DSN, on
 * PostgreSQL: one active and one next key of an algorithm whatever races, a
 * rotation that waits for every living node, keys that end in time (CASES 61).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

#define SEC	CLOCK_SEC

static void
make_key(const char *node, const char *kid, const char *alg, int64_t now)
{
	struct sql_keys_sync p = { .now = db_int(now), .node = db_text(node),
	    .kid = db_text(kid), .alg = db_text(alg) };

	run(SQL_KEYS_SYNC, &p, SQL_KEYS_SYNC__KEYS);
}

static struct sql_keys_rotate
p_rotate(const char *op, int64_t now)
{
	return ((struct sql_keys_rotate){ .op = db_text(op),
	    .now = db_int(now), .operator = db_int(1),
	    .machine = db_int(0), .sid = db_text(""),
	    .home = db_text("default"), .epoch = db_int(0),
	    .tenant = db_text("default"), .perm = db_text("keys:rotate"),
	    .lax = db_int(1), .fresh = db_int(0), .alg = db_text("ES256"),
	    .published = db_int(INT64_MAX), .alive = db_int(now - 30 * SEC),
	    .retire = db_int(now + 1000 * SEC), .most = db_int(20),
	    .ip = db_text("::1"), .rid = db_text("rid"),
	    .detail = db_text("{}") });
}

/* 1: done. */
static int
rotate(const char *op, int64_t now)
{
	struct sql_keys_rotate p = p_rotate(op, now);

	return (run(SQL_KEYS_ROTATE, &p, SQL_KEYS_ROTATE__OUTCOME).rows);
}

/* The state of a key that retire_ends, or "" when there is none. */
static struct out
retire(const char *op, const char *kid)
{
	struct sql_keys_retire p = { .op = db_text(op), .now = db_int(T0),
	    .operator = db_int(1), .machine = db_int(0), .sid = db_text(""),
	    .home = db_text("default"), .epoch = db_int(0),
	    .tenant = db_text("default"), .perm = db_text("keys:rotate"),
	    .lax = db_int(1), .fresh = db_int(0), .kid = db_text(kid) };

	return (run(SQL_KEYS_RETIRE, &p, SQL_KEYS_RETIRE__OUTCOME));
}

static void
beat(const char *node, const char *signing, int64_t now)
{
	struct sql_keys_beat p = { .now = db_int(now), .node = db_text(node),
	    .signing = db_text(signing), .until = db_int(now + 1000 * SEC),
	    .lost = db_int(now - 3600 * SEC),
	    .forget = db_int(now - 7200 * SEC) };

	run(SQL_KEYS_BEAT, &p, SQL_KEYS_BEAT__ALIVE);
}

#define STATE(kid, state)						\
	ck_assert_int_eq(count("signing_keys WHERE kid = '" kid	"' AND " \
	    "state = '" state "'"), 1)

static void
up_keys(int kind)
{
	up(kind);
	make_key("n1", "k1", "ES256", T0);
	make_key("n1", "k2", "ES256", T0 + 1);
	make_key("n1", "r1", "RS256", T0 + 2);
}

START_TEST(rotate_accepts_next_key)
{
	up_keys(_i);
	ck_assert_int_eq(rotate("o1", T0 + 3), 1);
	STATE("k1", "retiring");
	STATE("k2", "active");
	STATE("r1", "active");
	ck_assert_int_eq(count("audit WHERE action = 'key.rotate' AND "
	    "subject = 'k2'"), 1);
	ck_assert_int_eq(rotate("o2", T0 + 4), 0);	/* none is next */
	STATE("k2", "active");
	make_key("n1", "k3", "ES256", T0 + 5);
	STATE("k3", "next");
	ck_assert_int_eq(rotate("o3", T0 + 6), 1);
	ck_assert_int_eq(count("signing_keys WHERE state = 'retiring'"), 2);
	down();
}
END_TEST

/* The commit was lost on its way to us, and a next key was made meanwhile. */
START_TEST(rotate_rejects_its_own_repetition)
{
	up_keys(_i);
	ck_assert_int_eq(rotate("o1", T0 + 3), 1);
	make_key("n1", "k3", "ES256", T0 + 4);
	ck_assert_int_eq(rotate("o1", T0 + 3), 1);	/* as it was */
	STATE("k2", "active");
	STATE("k3", "next");
	ck_assert_int_eq(count("audit WHERE action = 'key.rotate'"), 1);
	down();
}
END_TEST

START_TEST(rotate_rejects_key_that_is_not_everywhere)
{
	up_keys(_i);
	make_key("n2", "k1", "ES256", T0 + 2);
	ck_assert_int_eq(rotate("o1", T0 + 3), 0);
	STATE("k1", "active");
	make_key("n2", "k2", "ES256", T0 + 4);
	ck_assert_int_eq(rotate("o2", T0 + 5), 1);
	/* a node with no key at all lives, too */
	make_key("n1", "k3", "ES256", T0 + 6);
	make_key("n2", "k3", "ES256", T0 + 6);
	beat("n3", "", T0 + 7);
	ck_assert_int_eq(rotate("o3", T0 + 8), 0);
	/* and one that was not seen for half a minute does not */
	beat("n1", "k2", T0 + 40 * SEC);
	beat("n2", "k2", T0 + 40 * SEC);
	ck_assert_int_eq(rotate("o4", T0 + 41 * SEC), 1);
	STATE("k3", "active");
	down();
}
END_TEST

START_TEST(rotate_rejects_too_new_and_too_many)
{
	struct sql_keys_rotate p = p_rotate("o1", T0 + 3);

	up_keys(_i);
	p.published = db_int(T0);
	ck_assert_int_eq(run(SQL_KEYS_ROTATE, &p,
	    SQL_KEYS_ROTATE__OUTCOME).rows, 0);
	p.published = db_int(T0 + 1);
	p.most = db_int(0);
	ck_assert_int_eq(run(SQL_KEYS_ROTATE, &p,
	    SQL_KEYS_ROTATE__OUTCOME).rows, 0);
	p.most = db_int(1);
	/* nobody who may not: not an operator, and no bearer */
	p.operator = db_int(0);
	p.actor = db_text("u1");
	ck_assert_int_eq(run(SQL_KEYS_ROTATE, &p,
	    SQL_KEYS_ROTATE__OUTCOME).rows, 0);
	STATE("k1", "active");
	p.operator = db_int(1);
	p.actor = db_text(NULL);
	ck_assert_int_eq(run(SQL_KEYS_ROTATE, &p,
	    SQL_KEYS_ROTATE__OUTCOME).rows, 1);
	down();
}
END_TEST

/* Two nodes at once: one rotation, one active key, one next. */
START_TEST(rotate_accepts_one_of_two_at_once)
{
	struct sql_keys_rotate p = p_rotate("o1", T0 + 3);
	struct sql_keys_rotate q = p_rotate("o2", T0 + 3);
	struct out x, y;

	up_keys(_i);
	up_other();
	begin(f.st, SQL_KEYS_ROTATE, &p, SQL_KEYS_ROTATE__OUTCOME, &x);
	begin(other, SQL_KEYS_ROTATE, &q, SQL_KEYS_ROTATE__OUTCOME, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(x.rows + y.rows, 1);
	STATE("k1", "retiring");
	STATE("k2", "active");
	ck_assert_int_eq(count("audit WHERE action = 'key.rotate'"), 1);
	down();
}
END_TEST

START_TEST(sync_accepts_one_next_of_two_at_once)
{
	struct sql_keys_sync p = { .now = db_int(T0), .node = db_text("n1"),
	    .kid = db_text("a"), .alg = db_text("EdDSA") };
	struct sql_keys_sync q = { .now = db_int(T0), .node = db_text("n2"),
	    .kid = db_text("b"), .alg = db_text("EdDSA") };
	struct out x, y;

	up_keys(_i);
	up_other();
	begin(f.st, SQL_KEYS_SYNC, &p, SQL_KEYS_SYNC__KEYS, &x);
	begin(other, SQL_KEYS_SYNC, &q, SQL_KEYS_SYNC__KEYS, &y);
	fix_wait(&f, &x.done, 1);
	fix_wait(&f, &y.done, 1);
	ck_assert_int_eq(count("signing_keys WHERE alg = 'EdDSA'"), 2);
	ck_assert_int_eq(count("signing_keys WHERE alg = 'EdDSA' AND "
	    "state = 'active'"), 1);
	/* a third one is nobody's: no row, and no sign of it */
	make_key("n1", "c", "EdDSA", T0 + 1);
	ck_assert_int_eq(count("signing_keys WHERE kid = 'c'"), 0);
	ck_assert_int_eq(count("key_nodes WHERE kid = 'c'"), 0);
	down();
}
END_TEST

START_TEST(retire_rejects_active_and_unknown)
{
	up_keys(_i);
	ck_assert_int_eq(retire("o1", "k1").rows, 1);
	STATE("k1", "active");
	ck_assert_int_eq(retire("o2", "nobody").rows, 0);
	ck_assert_int_eq(count("audit WHERE action = 'key.retire'"), 0);
	ck_assert_int_eq(rotate("o3", T0 + 3), 1);
	ck_assert_str_eq(retire("o4", "k1").id, "retired");
	STATE("k1", "retired");
	ck_assert_str_eq(retire("o5", "k1").id, "retired");	/* again */
	ck_assert_int_eq(count("audit WHERE action = 'key.retire'"), 1);
	/* a file that a crash left behind does not bring it back */
	make_key("n1", "k1", "ES256", T0 + 9);
	STATE("k1", "retired");
	ck_assert_int_eq(count("key_nodes WHERE node = 'n1' AND kid = 'k1' "
	    "AND seen_at > 1000000000"), 0);
	down();
}
END_TEST

START_TEST(beat_ends_what_is_over)
{
	up_keys(_i);
	ck_assert_int_eq(rotate("o1", T0), 1);		/* until T0 + 1000 s */
	beat("n1", "k2", T0 + 999 * SEC);
	STATE("k1", "retiring");
	beat("n1", "k2", T0 + 1000 * SEC);
	STATE("k1", "retired");
	ck_assert_int_eq(count("key_nodes WHERE kid = 'k1'"), 0);
	STATE("k2", "active");
	down();
}
END_TEST

/* A node without the active key signs on with the one of before. */
START_TEST(beat_keeps_key_that_still_signs)
{
	up_keys(_i);
	ck_assert_int_eq(rotate("o1", T0), 1);
	beat("n2", "k1", T0 + 900 * SEC);
	beat("n1", "k2", T0 + 1100 * SEC);
	STATE("k1", "retiring");
	beat("n1", "k2", T0 + 1900 * SEC);
	STATE("k1", "retired");
	down();
}
END_TEST

/* Its only holder is gone for good. */
START_TEST(beat_ends_next_key_of_nobody)
{
	up_keys(_i);
	beat("n2", "k1", T0 + 3000 * SEC);
	STATE("k2", "next");
	beat("n1", "k1", T0 + 3600 * SEC);	/* it is back */
	beat("n2", "k1", T0 + 3700 * SEC);
	STATE("k2", "next");
	beat("n2", "k1", T0 + 7201 * SEC);
	STATE("k2", "retired");
	STATE("k1", "active");
	make_key("n2", "k9", "ES256", T0 + 7202 * SEC);
	STATE("k9", "next");
	beat("n2", "k1", T0 + 10801 * SEC);	/* and n1 is forgotten */
	ck_assert_int_eq(count("key_nodes WHERE node = 'n1'"), 0);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		rotate_accepts_next_key,
		rotate_rejects_its_own_repetition,
		rotate_rejects_key_that_is_not_everywhere,
		rotate_rejects_too_new_and_too_many,
		rotate_accepts_one_of_two_at_once,
		sync_accepts_one_next_of_two_at_once,
		retire_rejects_active_and_unknown,
		beat_ends_what_is_over,
		beat_keeps_key_that_still_signs,
		beat_ends_next_key_of_nobody,
	};

	return (run_tests("keys_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
