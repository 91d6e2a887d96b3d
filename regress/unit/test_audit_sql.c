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
 * Sealing as SQL, on SQLite and, when MOATD_TEST_PG is a DSN, on PostgreSQL:
 * two nodes that seal at once, clocks that are wrong, rows that are not as
 * they should be (I5).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_sql_fix.h"

#define ZERO	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define ID	64
#define HASH	43
#define LEASE	INT64_C(1000000)
#define FAR	INT64_C(60000000)

/* A hash that says whose it is. */
static char *
mark(char dst[HASH + 1], char who, int n)
{
	snprintf(dst, HASH + 1, "%c%042d", who, n);
	return (dst);
}

static void
entries_add(const char *prefix, int from, int n, const char *tenant)
{
	char sql[256];
	int i;

	for (i = from; i < from + n; i++) {
		snprintf(sql, sizeof(sql), "INSERT INTO audit (id, tenant, "
		    "created_at, action, result) VALUES ('%s%03d', '%s', %d, "
		    "'user.update', 'success')", prefix, i, tenant, i);
		fix_sql(&f, sql);
	}
}

static struct sql_audit_take
p_take(const char *node, int64_t now, int force)
{
	return ((struct sql_audit_take){ .now = db_int(now),
	    .node = db_text(node), .until = db_int(now + LEASE),
	    .far = db_int(now + FAR), .force = db_int(force),
	    .limit = db_int(128) });
}

static int
do_take(const char *node, int64_t now, int force)
{
	struct sql_audit_take p = p_take(node, now, force);

	return (run(SQL_AUDIT_TAKE, &p, SQL_AUDIT_TAKE__ENTRIES).rows);
}

/* n entries, from..from+n-1 of that prefix, behind base. */
struct put {
	char	ids[128 * ID + 1], chain[129 * HASH + 1], last[HASH + 1];
	char	prev[HASH + 1];
	struct sql_audit_put p;
};

static struct put *
p_put(struct put *u, const char *op, const char *node, char who,
    const char *prefix, int from, int n, int64_t base, const char *prev)
{
	int i;

	snprintf(u->prev, sizeof(u->prev), "%s", prev);
	snprintf(u->chain, sizeof(u->chain), "%s", prev);
	u->ids[0] = '\0';
	for (i = 0; i < n; i++) {
		snprintf(u->ids + i * ID, ID + 1, "%s%03d%*s", prefix,
		    from + i, (int)(ID - strlen(prefix) - 3), "");
		mark(u->last, who, (int)base + i + 1);
		memcpy(u->chain + (i + 1) * HASH, u->last, HASH + 1);
	}
	u->p = (struct sql_audit_put){ .op = db_text(op),
	    .node = db_text(node), .tenant = db_text("default"),
	    .base = db_int(base), .prev = db_text(u->prev),
	    .count = db_int(n), .last = db_text(u->last),
	    .ids = db_text(u->ids), .chain = db_text(u->chain) };
	return (u);
}

static int
do_put(const struct put *u)
{
	return (run(SQL_AUDIT_PUT, &u->p, SQL_AUDIT_PUT__OUTCOME).rows);
}

/* No gap, no fork: as many seqs as the highest, each prev the hash before. */
static void
whole(int64_t last)
{
	ck_assert_int_eq(count("audit WHERE seq IS NOT NULL"), last);
	ck_assert_int_eq(fix_sql(&f, "SELECT max(seq) FROM audit"), last);
	ck_assert_int_eq(fix_sql(&f, "SELECT seq FROM audit_chains "
	    "WHERE tenant = 'default'"), last);
	ck_assert_int_eq(count("audit AS a, audit AS b WHERE b.seq = a.seq + 1 "
	    "AND b.prev <> a.hash"), 0);
	ck_assert_int_eq(count("audit AS a, audit_chains AS c "
	    "WHERE a.seq = c.seq AND a.hash = c.hash"), 1);
	ck_assert_int_eq(count("audit WHERE seq = 1 AND prev = '" ZERO "'"),
	    1);
}

START_TEST(seal_accepts_batches_in_order)
{
	char hash[HASH + 1];
	struct put u;

	up(_i);
	ck_assert_int_eq(do_take("n1", T0, 0), 0);
	entries_add("e", 0, 128, "default");
	entries_add("e", 128, 2, "default");
	ck_assert_int_eq(do_take("n1", T0, 0), 128);
	ck_assert_int_eq(do_put(p_put(&u, "o1", "n1", 'a', "e", 0, 128, 0,
	    ZERO)), 1);
	ck_assert_int_eq(do_take("n1", T0, 0), 2);
	ck_assert_int_eq(do_put(p_put(&u, "o2", "n1", 'a', "e", 128, 2, 128,
	    mark(hash, 'a', 128))), 1);
	ck_assert_int_eq(do_take("n1", T0, 0), 0);
	whole(130);
	ck_assert_int_eq(count("audit WHERE seq <> created_at + 1"), 0);
	down();
}
END_TEST

START_TEST(seal_accepts_retry_of_one_operation)		/* 54 */
{
	struct put u;

	up(_i);
	entries_add("e", 0, 3, "default");
	do_take("n1", T0, 0);
	p_put(&u, "o1", "n1", 'a', "e", 0, 3, 0, ZERO);
	ck_assert_int_eq(do_put(&u), 1);
	ck_assert_int_eq(do_put(&u), 1);
	whole(3);
	down();
}
END_TEST

START_TEST(seal_rejects_second_on_the_same_base)
{
	struct put u, v;
	char hash[HASH + 1];

	up(_i);
	entries_add("e", 0, 4, "default");
	do_take("n1", T0, 0);
	ck_assert_int_eq(do_put(p_put(&u, "o1", "n1", 'a', "e", 0, 2, 0,
	    ZERO)), 1);
	/* the lease is not what decides */
	do_take("n2", T0, 1);
	p_put(&v, "o2", "n2", 'b', "e", 0, 4, 0, ZERO);
	ck_assert_int_eq(do_put(&v), 0);
	/* the right base, but entries that are sealed already */
	p_put(&v, "o3", "n2", 'b', "e", 1, 2, 2, mark(hash, 'a', 2));
	ck_assert_int_eq(do_put(&v), 0);
	/* another tenant's, unknown ones, the same one twice */
	entries_add("t", 0, 1, "other");
	p_put(&v, "o4", "n2", 'b', "t", 0, 1, 2, mark(hash, 'a', 2));
	ck_assert_int_eq(do_put(&v), 0);
	p_put(&v, "o5", "n2", 'b', "e", 3, 2, 2, mark(hash, 'a', 2));
	ck_assert_int_eq(do_put(&v), 0);
	/* a hash that is not the chain's end */
	p_put(&v, "o6", "n2", 'b', "e", 2, 2, 2, mark(hash, 'x', 2));
	ck_assert_int_eq(do_put(&v), 0);
	whole(2);
	down();
}
END_TEST

START_TEST(seal_rejects_who_lost_the_lease)
{
	struct put u;

	up(_i);
	entries_add("e", 0, 2, "default");
	ck_assert_int_eq(do_take("n1", T0, 0), 2);
	ck_assert_int_eq(do_take("n2", T0, 0), 0);
	ck_assert_int_eq(do_take("n2", T0 + LEASE - 1, 0), 0);
	ck_assert_int_eq(do_take("n2", T0 + LEASE, 0), 2);
	ck_assert_int_eq(do_put(p_put(&u, "o1", "n1", 'a', "e", 0, 2, 0,
	    ZERO)), 0);
	ck_assert_int_eq(count("audit WHERE seq IS NOT NULL"), 0);
	ck_assert_int_eq(do_put(p_put(&u, "o2", "n2", 'b', "e", 0, 2, 0,
	    ZERO)), 1);
	whole(2);
	down();
}
END_TEST

/* A lease by a clock that was a day ahead does not last a day; 56 */
START_TEST(seal_accepts_after_a_clock_step)
{
	up(_i);
	entries_add("e", 0, 2, "default");
	ck_assert_int_eq(do_take("n1", T0 + 1440 * FAR, 0), 2);
	ck_assert_int_eq(do_take("n2", T0, 0), 2);
	ck_assert_int_eq(do_take("n1", T0, 0), 0);
	/* back by a day: the holder goes on */
	ck_assert_int_eq(do_take("n2", T0 - 1440 * FAR, 0), 2);
	ck_assert_int_eq(do_take("n1", T0 - 1440 * FAR, 1), 2);
	down();
}
END_TEST

/* What is free is not taken when there is nothing to do. */
START_TEST(seal_rejects_lease_without_work)
{
	up(_i);
	ck_assert_int_eq(do_take("n1", T0, 1), 0);
	ck_assert_int_eq(count("leases WHERE holder = ''"), 1);
	down();
}
END_TEST

START_TEST(seal_rejects_a_seq_given_twice)
{
	struct put u;
	struct out o;

	up(_i);
	entries_add("e", 0, 4, "default");
	do_take("n1", T0, 0);
	do_put(p_put(&u, "o1", "n1", 'a', "e", 0, 2, 0, ZERO));
	/* somebody sets the chain back: the index still refuses */
	fix_sql(&f, "UPDATE audit_chains SET seq = 0, hash = '" ZERO "'");
	p_put(&u, "o2", "n1", 'b', "e", 2, 2, 0, ZERO);
	begin(f.st, SQL_AUDIT_PUT, &u.p, SQL_AUDIT_PUT__OUTCOME, &o);
	fix_wait(&f, &o.done, 1);
	ck_assert_int_ne(o.status, STORE_OK);
	ck_assert_int_eq(count("audit WHERE seq IS NOT NULL"), 2);
	ck_assert_int_eq(count("audit_chains WHERE seq = 0"), 1);
	down();
}
END_TEST

START_TEST(seal_accepts_tenants_apart)
{
	struct put u;

	up(_i);
	entries_add("e", 0, 2, "default");
	entries_add("t", 2, 2, "other");
	ck_assert_int_eq(do_take("n1", T0, 0), 2);
	do_put(p_put(&u, "o1", "n1", 'a', "e", 0, 2, 0, ZERO));
	ck_assert_int_eq(do_take("n1", T0, 0), 2);
	p_put(&u, "o2", "n1", 'b', "t", 2, 2, 0, ZERO);
	u.p.tenant = db_text("other");
	ck_assert_int_eq(do_put(&u), 1);
	ck_assert_int_eq(do_take("n1", T0, 0), 0);
	ck_assert_int_eq(count("audit WHERE seq = 1 AND prev = '" ZERO "'"),
	    2);
	ck_assert_int_eq(count("audit_chains WHERE seq = 2"), 2);
	down();
}
END_TEST

/*
 * Two nodes take by force and put as fast as they can, each what it saw: one
 * chain comes out.
 */
START_TEST(seal_accepts_one_of_two_that_race)
{
	struct sql_audit_take t[2] = { p_take("n1", T0, 1),
	    p_take("n2", T0, 1) };
	struct store *st[2];
	char op[32], prev[HASH + 1];
	struct out took[2], put[2];
	struct put u[2];
	int i, j, k, won = 0, base = 0;

	up(_i);
	up_other();
	st[0] = f.st;
	st[1] = other;
	for (i = 0; i < 30; i++) {
		entries_add("e", i, 1, "default");
		for (j = 0; j < 2; j++)
			begin(st[j], SQL_AUDIT_TAKE, &t[j],
			    SQL_AUDIT_TAKE__ENTRIES, &took[j]);
		for (j = 0; j < 2; j++)
			fix_wait(&f, &took[j].done, 1);
		if (base == 0)
			snprintf(prev, sizeof(prev), ZERO);
		for (j = 0; j < 2; j++) {
			snprintf(op, sizeof(op), "o%d-%d", i, j);
			p_put(&u[j], op, j == 0 ? "n1" : "n2",
			    (char)('a' + j), "e", base, i + 1 - base, base,
			    prev);
			begin(st[j], SQL_AUDIT_PUT, &u[j].p,
			    SQL_AUDIT_PUT__OUTCOME, &put[j]);
		}
		for (j = 0; j < 2; j++)
			fix_wait(&f, &put[j].done, 1);
		ck_assert_int_eq(put[0].status, STORE_OK);
		ck_assert_int_eq(put[1].status, STORE_OK);
		ck_assert_int_le(put[0].rows + put[1].rows, 1);
		for (k = 0; k < 2; k++)
			if (put[k].rows == 1) {
				won++;
				base = i + 1;
				mark(prev, (char)('a' + k), base);
			}
	}
	ck_assert_int_gt(won, 0);
	whole(base);
	down();
}
END_TEST

/* ---- heads, ranges ---- */

static int
do_head(int64_t seq, const char *hash, const char *jws)
{
	struct sql_audit_head_add p = { .tenant = db_text("default"),
	    .seq = db_int(seq), .hash = db_text(hash), .kid = db_text("k"),
	    .jws = db_text(jws), .now = db_int(T0) };

	return (run(SQL_AUDIT_HEAD_ADD, &p, SQL_AUDIT_HEAD_ADD__HEAD).changed);
}

static int
do_due(const char *node, int64_t now)
{
	struct sql_audit_head_due p = { .now = db_int(now),
	    .node = db_text(node), .until = db_int(now + LEASE),
	    .far = db_int(now + FAR), .force = db_int(0),
	    .after = db_text("") };

	return (run(SQL_AUDIT_HEAD_DUE, &p, SQL_AUDIT_HEAD_DUE__HEADS).rows);
}

START_TEST(head_rejects_what_the_chain_has_not)
{
	char hash[HASH + 1];
	struct put u;

	up(_i);
	ck_assert_int_eq(do_due("n1", T0), 0);
	entries_add("e", 0, 2, "default");
	ck_assert_int_eq(do_due("n1", T0), 0);	/* nothing is sealed */
	do_take("n1", T0, 0);
	do_put(p_put(&u, "o1", "n1", 'a', "e", 0, 2, 0, ZERO));
	ck_assert_int_eq(do_due("n2", T0), 0);	/* n1 holds the lease */
	ck_assert_int_eq(do_due("n1", T0), 1);
	ck_assert_int_eq(do_head(2, ZERO, "j"), 0);
	ck_assert_int_eq(do_head(3, mark(hash, 'a', 2), "j"), 0);
	ck_assert_int_eq(do_head(2, mark(hash, 'a', 2), "j"), 1);
	ck_assert_int_eq(do_head(2, mark(hash, 'a', 2), "k"), 0);
	ck_assert_int_eq(do_due("n1", T0), 0);
	ck_assert_int_eq(count("audit_heads WHERE jws = 'j'"), 1);
	down();
}
END_TEST

START_TEST(range_accepts_entries_out_of_order)
{
	struct sql_audit_range p = { .tenant = db_text("default"),
	    .from = db_int(2), .to = db_int(3) };
	struct put u;

	up(_i);
	/* the entry of time 1 was committed last, that of time 3 second */
	entries_add("e", 0, 1, "default");
	entries_add("e", 3, 1, "default");
	entries_add("e", 2, 1, "default");
	entries_add("e", 1, 1, "default");
	do_take("n1", T0, 0);
	do_put(p_put(&u, "o1", "n1", 'a', "e", 0, 4, 0, ZERO));
	fix_sql(&f, "UPDATE audit SET seq = NULL");
	fix_sql(&f, "UPDATE audit SET seq = CASE id WHEN 'e000' THEN 1 "
	    "WHEN 'e003' THEN 2 WHEN 'e002' THEN 3 ELSE 4 END");
	ck_assert_str_eq(run(SQL_AUDIT_RANGE, &p,
	    SQL_AUDIT_RANGE__FIRST).id, "2");
	ck_assert_str_eq(run(SQL_AUDIT_RANGE, &p,
	    SQL_AUDIT_RANGE__LAST).id, "4");
	down();
}
END_TEST

START_TEST(purge_rejects_audit)
{
	struct sql_purge p = { .before = db_int(INT64_MAX / 2),
	    .batch = db_int(500) };

	up_user(_i);
	entries_add("e", 0, 5, "default");
	run(SQL_PURGE, &p, 0);
	ck_assert_int_eq(count("sessions"), 0);
	ck_assert_int_eq(count("audit"), 7);
	down();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { seal_accepts_batches_in_order,
	    seal_accepts_retry_of_one_operation,
	    seal_rejects_second_on_the_same_base,
	    seal_rejects_who_lost_the_lease, seal_accepts_after_a_clock_step,
	    seal_rejects_lease_without_work, seal_rejects_a_seq_given_twice,
	    seal_accepts_tenants_apart, seal_accepts_one_of_two_that_race,
	    head_rejects_what_the_chain_has_not,
	    range_accepts_entries_out_of_order, purge_rejects_audit };

	return (run_tests("audit_sql", tests,
	    sizeof(tests) / sizeof(tests[0])));
}
