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
 * CASES 64: whatever a hostile process sends, in all types and states, ends
 * its own channel with CHAN_VIOLATION, and this process serves an honest peer
 * on. Generated from the message table: a new row is tested by being there.
 */
#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "regress/wire/victim.h"

static const struct msg_row *rows;
static size_t nrows;
static struct victim honest;		/* lives through everything */

static void
check_honest(void)
{
	struct frame f;
	int before = honest.got;

	frame_make(&f, msg_row(IMSG_LOGIN_REQ), GEN_SMALL);
	victim_send(&honest, &f, 0);
	ck_assert_int_eq(honest.got, before + 1);
	ck_assert_int_eq(honest.ended, 0);
}

static void
expect_end(struct victim *v, enum chan_end end, const struct msg_row *row,
    const char *what, size_t n)
{
	victim_turn();
	ck_assert_msg(v->ended == 1 && v->end == end && v->got == 0,
	    "%s, %s %zu: ended %d, end %d, delivered %d", row->name, what, n,
	    v->ended, (int)v->end, v->got);
	victim_close(v);
}

/* Sends f on a channel that allows the row: must be a violation. */
static void
reject(const struct msg_row *row, const struct frame *f, int with_fd,
    const char *what, size_t n)
{
	struct victim v;

	victim_open_for(&v, row);
	victim_send(&v, f, with_fd);
	expect_end(&v, CHAN_VIOLATION, row, what, n);
}

static void
setup(void)
{
	victim_base = event_base_new();
	nrows = msg_rows(&rows);
	victim_open(&honest, ROLE_ENGINE, ROLE_WORKER, SERVE_PUBLIC, 1);
}

static void
teardown(void)
{
	check_honest();
	victim_close(&honest);
	event_base_free(victim_base);
}

/* ---- the tests, each for row number _i ---- */

START_TEST(wall_accepts_every_row)
{
	static const enum gen_how hows[] = { GEN_SMALL, GEN_FULL, GEN_RANDOM,
	    GEN_RANDOM, GEN_RANDOM };
	const struct msg_row *row = &rows[_i];
	struct victim v;
	struct frame f;
	size_t i;

	victim_open_for(&v, row);
	for (i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		frame_make(&f, row, hows[i]);
		victim_send(&v, &f, row->fd);
		ck_assert_msg(v.got == (int)i + 1 && !v.ended,
		    "%s was refused", row->name);
	}
	victim_close(&v);
}
END_TEST

START_TEST(wall_rejects_truncated_bodies)
{
	const struct msg_row *row = &rows[_i];
	struct frame f;
	size_t n, full;

	frame_make(&f, row, GEN_SMALL);
	full = f.n;
	for (n = WIRE_HDR; n < full; n++) {
		f.n = n;
		frame_len(&f, n - WIRE_HDR);
		reject(row, &f, row->fd, "cut at", n);
	}
}
END_TEST

/* The peer dies in the middle: its end, and nothing half is delivered. */
START_TEST(wall_rejects_frames_of_the_dying)
{
	const struct msg_row *row = &rows[_i];
	struct victim v;
	struct frame f;
	size_t full;

	frame_make(&f, row, GEN_SMALL);
	for (full = f.n, f.n = 0; f.n < full; f.n++) {
		victim_open_for(&v, row);
		victim_send(&v, &f, row->fd && f.n > 0);
		ck_assert_int_eq(v.ended, 0);
		shutdown(v.peer, SHUT_WR);
		expect_end(&v, CHAN_EOF, row, "died at", f.n);
	}
}
END_TEST

START_TEST(wall_rejects_oversized_bodies)
{
	static const uint32_t sizes[] = { MSG_BIG + 1, 1U << 20, 1U << 31,
	    UINT32_MAX };
	const struct msg_row *row = &rows[_i];
	struct frame f;
	size_t i;

	frame_make(&f, row, GEN_SMALL);
	frame_len(&f, row->max + 1);
	f.n = WIRE_HDR;			/* the header is enough to see it */
	reject(row, &f, row->fd, "over by", 1);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		frame_len(&f, sizes[i]);
		reject(row, &f, row->fd, "size", sizes[i]);
	}
}
END_TEST

START_TEST(wall_rejects_trailing_bytes)
{
	const struct msg_row *row = &rows[_i];
	struct frame f;
	size_t k;

	for (k = 1; k <= 9; k++) {
		frame_make(&f, row, GEN_SMALL);
		frame_patch(&f, f.n, 0, "\0\0\0\0\0\0\0\0\0", k);
		reject(row, &f, row->fd, "trailing", k);
	}
}
END_TEST

static void
reject_number(const struct msg_row *row, size_t i)
{
	const struct msg_field *fd = &row->fields[i];
	static const uint8_t high[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff };
	size_t size = fd->kind == MSG_K_u8 ? 1 : fd->kind == MSG_K_u32 ? 4 : 8;
	uint8_t over[8];
	uint64_t v = fd->max + 1;
	struct frame f;
	size_t k, pos;

	frame_make(&f, row, GEN_SMALL);
	pos = WIRE_HDR + gen_offset(row, f.p + WIRE_HDR, i);
	frame_patch(&f, pos, size, high, size);
	reject(row, &f, row->fd, "largest number", i);
	for (k = size; k-- > 0; v >>= 8)
		over[k] = (uint8_t)v;
	frame_patch(&f, pos, size, over, size);
	reject(row, &f, row->fd, "number over its maximum", i);
}

/* A text or bytes one longer than may be, and lengths that lie. */
static void
reject_length(const struct msg_row *row, size_t i)
{
	static uint8_t xs[MSG_BIG];
	static const char *const lies[] = { "\xff\xff\xff\xff",
	    "\x7f\xff\xff\xff", "\x80\0\0\0", "\0\x01\x20\x01" };
	const struct msg_field *fd = &row->fields[i];
	struct frame f;
	size_t k, pos, n = fd->max + 1;

	frame_make(&f, row, GEN_SMALL);
	pos = WIRE_HDR + gen_offset(row, f.p + WIRE_HDR, i);
	for (k = 0; k < sizeof(lies) / sizeof(lies[0]); k++) {
		memcpy(f.p + pos, lies[k], 4);
		reject(row, &f, row->fd, "length that lies", k);
	}
	if (fd->max == 0 || n > row->max)
		return;
	frame_make(&f, row, GEN_SMALL);
	memset(xs, 'x', sizeof(xs));
	k = f.p[pos + 3];
	frame_patch(&f, pos + 4, k, xs, n);
	f.p[pos + 2] = (uint8_t)(n >> 8);
	f.p[pos + 3] = (uint8_t)n;
	reject(row, &f, row->fd, "one byte too many in field", i);
}

START_TEST(wall_rejects_values_over_their_maximum)
{
	const struct msg_row *row = &rows[_i];
	size_t i;

	for (i = 0; i < row->nfields; i++) {
		if (row->fields[i].kind >= MSG_K_str)
			reject_length(row, i);
		else if (row->fields[i].max != 0)
			reject_number(row, i);
	}
}
END_TEST

/* CASES 13, 14 */
START_TEST(wall_rejects_bad_text)
{
	static const struct {
		const char	*p;
		size_t		 n;
	} bad[] = { { "a\0b", 3 }, { "\0", 1 }, { "\xff", 1 },
	    { "\xc0\x80", 2 }, { "\xed\xa0\x80", 3 }, { "\xc3", 1 },
	    { "\xf4\x90\x80\x80", 4 }, { "\xe2\x82", 2 } };
	const struct msg_row *row = &rows[_i];
	struct frame f;
	size_t i, k, pos;

	for (i = 0; i < row->nfields; i++) {
		if (row->fields[i].kind != MSG_K_str)
			continue;
		for (k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			frame_make(&f, row, GEN_SMALL);
			pos = WIRE_HDR + gen_offset(row, f.p + WIRE_HDR, i);
			frame_patch(&f, pos + 4, f.p[pos + 3], bad[k].p, bad[k].n);
			f.p[pos + 3] = (uint8_t)bad[k].n;
			reject(row, &f, row->fd, "bad text", k);
		}
		frame_make(&f, row, GEN_SMALL);
		pos = WIRE_HDR + gen_offset(row, f.p + WIRE_HDR, i);
		f.p[pos + 4 + f.p[pos + 3]] = 'x';
		reject(row, &f, row->fd, "no NUL behind field", i);
	}
}
END_TEST

START_TEST(wall_rejects_messages_out_of_phase)
{
	const struct msg_row *row = &rows[_i];
	struct victim v;
	struct frame f;

	if (row->phase == PH_ANY)
		return;
	frame_make(&f, row, GEN_SMALL);
	victim_open(&v, victim_role(row->to), victim_role(row->from), SERVE_ALL,
	    row->phase == PH_SETUP);
	victim_send(&v, &f, row->fd);
	expect_end(&v, CHAN_VIOLATION, row, "phase", row->phase);
}
END_TEST

START_TEST(wall_rejects_messages_of_other_roles)
{
	const struct msg_row *row = &rows[_i];
	struct victim v;
	struct frame f;
	unsigned self, peer;

	frame_make(&f, row, GEN_SMALL);
	for (self = 0; self < ROLE__MAX; self++)
		for (peer = 0; peer < ROLE__MAX; peer++) {
			victim_open(&v, (enum role)self, (enum role)peer,
			    SERVE_ALL, row->phase == PH_RUN);
			victim_send(&v, &f, row->fd);
			if ((row->to & ROLE_BIT(self)) &&
			    (row->from & ROLE_BIT(peer))) {
				ck_assert_int_eq(v.got, 1);
				ck_assert_int_eq(v.ended, 0);
				victim_close(&v);
			} else
				expect_end(&v, CHAN_VIOLATION, row, "from",
				    peer);
		}
}
END_TEST

START_TEST(wall_rejects_messages_without_permit)
{
	const struct msg_row *row = &rows[_i];
	uint32_t permit;
	struct victim v;
	struct frame f;

	frame_make(&f, row, GEN_SMALL);
	for (permit = 0; permit <= SERVE_ALL; permit++) {
		victim_open(&v, victim_role(row->to), victim_role(row->from), permit,
		    row->phase == PH_RUN);
		victim_send(&v, &f, row->fd);
		if ((permit & row->class) == row->class) {
			ck_assert_int_eq(v.got, 1);
			victim_close(&v);
		} else
			expect_end(&v, CHAN_VIOLATION, row, "permit", permit);
	}
}
END_TEST

START_TEST(wall_rejects_wrong_flags)
{
	const struct msg_row *row = &rows[_i];
	struct frame f;
	unsigned bit;
	int with_fd;

	for (bit = 0; bit < 16; bit++)
		for (with_fd = 0; with_fd < 2; with_fd++) {
			frame_make(&f, row, GEN_SMALL);
			f.p[2] ^= (uint8_t)(1U << bit >> 8);
			f.p[3] ^= (uint8_t)(1U << bit);
			reject(row, &f, with_fd, "flag", bit);
		}
}
END_TEST

START_TEST(wall_rejects_wrong_descriptors)
{
	static const size_t counts[] = { 2, 3, 4, 5, 32 };
	const struct msg_row *row = &rows[_i];
	struct victim v;
	struct frame f;
	size_t i, fds = victim_fds();

	frame_make(&f, row, GEN_SMALL);
	reject(row, &f, !row->fd, "descriptor", !row->fd);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		victim_open_for(&v, row);
		victim_send_fds(&v, &f, counts[i]);
		expect_end(&v, CHAN_VIOLATION, row, "descriptors", counts[i]);
	}
	/* one that comes with the first bytes of a header */
	victim_open_for(&v, row);
	f.n = 3;
	victim_send(&v, &f, 1);
	frame_make(&f, row, GEN_SMALL);
	memmove(f.p, f.p + 3, f.n - 3);
	f.n -= 3;
	victim_send(&v, &f, 0);
	ck_assert_int_eq(v.ended, !row->fd);
	victim_close(&v);
	ck_assert_uint_eq(victim_fds(), fds);	/* none of them stays */
}
END_TEST

/* ---- not bound to a row ---- */

START_TEST(wall_rejects_unknown_messages)
{
	struct victim v;
	struct frame f;
	uint32_t type;

	for (type = 0; type <= UINT16_MAX; type += type < 1024 ? 1 : 97) {
		if (msg_row((uint16_t)type) != NULL)
			continue;
		frame_make(&f, msg_row(IMSG_LOGIN_REQ), GEN_SMALL);
		f.p[0] = (uint8_t)(type >> 8);
		f.p[1] = (uint8_t)type;
		victim_open(&v, ROLE_ENGINE, ROLE_WORKER, SERVE_ALL, 1);
		victim_send(&v, &f, 0);
		expect_end(&v, CHAN_VIOLATION, &rows[0], "type", type);
	}
}
END_TEST

/* Noise, and honest frames with a few bytes changed: nobody dies. */
START_TEST(wall_rejects_noise)
{
	const struct msg_row *row;
	struct victim v;
	struct frame f;
	size_t i, k;
	int round;

	for (round = 0; round < 3000; round++) {
		row = &rows[gen_rand() % nrows];
		frame_make(&f, row, GEN_SMALL);
		if (round % 3 == 0)
			for (i = 0; i < f.n; i++)
				f.p[i] = (uint8_t)gen_rand();
		for (k = gen_rand() % 4; k > 0; k--)
			f.p[gen_rand() % f.n] = (uint8_t)gen_rand();
		victim_open_for(&v, row);
		for (i = 0; i < 3; i++)
			victim_send(&v, &f, (int)(gen_rand() % 2));
		victim_close(&v);
		if (round % 100 == 0)
			check_honest();
	}
}
END_TEST

START_TEST(wall_rejects_nothing_of_the_honest)
{
	struct victim v[8];
	struct frame f, bad;
	size_t i;

	frame_make(&f, msg_row(IMSG_ME_GET_REQ), GEN_SMALL);
	bad = f;
	bad.p[0] = 0xff;
	for (i = 0; i < 8; i++)
		victim_open(&v[i], ROLE_ENGINE, ROLE_WORKER, SERVE_ALL, 1);
	for (i = 0; i < 8; i++)
		victim_send(&v[i], i % 2 ? &bad : &f, 0);
	for (i = 0; i < 8; i++)
		victim_send(&v[i], &f, 0);
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(v[i].ended, i % 2);
		ck_assert_int_eq(v[i].got, i % 2 ? 0 : 2);
		victim_close(&v[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wall_hostile");
	TCase *t = tcase_create("wall_hostile");
	SRunner *r;
	int failed, n = (int)msg_rows(&rows);

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, wall_accepts_every_row, 0, n);
	tcase_add_loop_test(t, wall_rejects_truncated_bodies, 0, n);
	tcase_add_loop_test(t, wall_rejects_frames_of_the_dying, 0, n);
	tcase_add_loop_test(t, wall_rejects_oversized_bodies, 0, n);
	tcase_add_loop_test(t, wall_rejects_trailing_bytes, 0, n);
	tcase_add_loop_test(t, wall_rejects_values_over_their_maximum, 0, n);
	tcase_add_loop_test(t, wall_rejects_bad_text, 0, n);
	tcase_add_loop_test(t, wall_rejects_messages_out_of_phase, 0, n);
	tcase_add_loop_test(t, wall_rejects_messages_of_other_roles, 0, n);
	tcase_add_loop_test(t, wall_rejects_messages_without_permit, 0, n);
	tcase_add_loop_test(t, wall_rejects_wrong_flags, 0, n);
	tcase_add_loop_test(t, wall_rejects_wrong_descriptors, 0, n);
	tcase_add_test(t, wall_rejects_unknown_messages);
	tcase_add_test(t, wall_rejects_noise);
	tcase_add_test(t, wall_rejects_nothing_of_the_honest);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? 0 : 1);
}
