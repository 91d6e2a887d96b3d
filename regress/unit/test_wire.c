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
 * Unit tests of the codec and of the message table itself.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "regress/wire/gen.h"

static const struct msg_row *rows;
static size_t nrows;

/* Composes and parses; the parsed message lies in b. */
static enum wire_err
round_trip(struct buf *b, const struct msg_row *row, const union msg *in,
    union msg *out)
{
	struct wire_hdr h;

	buf_reset(b);
	ck_assert_int_eq(wire_compose(b, row->type, 0x0102030405060708, in),
	    0);
	ck_assert_int_eq(wire_header(b->p, &h), WIRE_OK);
	ck_assert_uint_eq(h.type, row->type);
	ck_assert_uint_eq(h.len, b->len - WIRE_HDR);
	ck_assert(h.id == 0x0102030405060708);
	return (wire_parse(h.type, b->p + WIRE_HDR, h.len, out));
}

START_TEST(wire_accepts_every_row_both_ways)
{
	static struct gen g;
	static const enum gen_how first[] = { GEN_SMALL, GEN_FULL };
	struct buf b = BUF_INIT;
	union msg in, out;
	size_t i, k;

	nrows = msg_rows(&rows);
	for (i = 0; i < nrows; i++)
		for (k = 0; k < 60; k++) {
			gen_msg(&g, &rows[i], k < 2 ? first[k] : GEN_RANDOM,
			    &in);
			memset(&out, 0xa5, sizeof(out));
			ck_assert_msg(round_trip(&b, &rows[i], &in, &out) ==
			    WIRE_OK, "%s", rows[i].name);
			ck_assert_msg(gen_equal(&rows[i], &in, &out), "%s",
			    rows[i].name);
		}
	buf_free(&b);
}
END_TEST

START_TEST(wire_accepts_a_known_frame)
{
	static const uint8_t want[] = { 0, 220, 0, 0, 0, 0, 0, 16,
	    0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 'u', 0,
	    0, 0, 0, 5, 'p', 0xc3, 0xa4, 's', 's', 0 };
	struct msg_pw_hash_req m = { "u", "p\xc3\xa4ss" };
	struct buf b = BUF_INIT;

	ck_assert_int_eq(wire_compose(&b, IMSG_PW_HASH_REQ, 9, &m), 0);
	ck_assert_uint_eq(b.len, sizeof(want));
	ck_assert_mem_eq(b.p, want, sizeof(want));
	buf_free(&b);
}
END_TEST

START_TEST(wire_accepts_missing_texts_as_empty)
{
	struct msg_login_req m;
	struct buf b = BUF_INIT;
	union msg out;

	memset(&m, 0, sizeof(m));
	ck_assert_int_eq(wire_compose(&b, IMSG_LOGIN_REQ, 1, &m), 0);
	ck_assert_int_eq(wire_parse(IMSG_LOGIN_REQ, b.p + WIRE_HDR,
	    b.len - WIRE_HDR, &out), WIRE_OK);
	ck_assert_str_eq(out.login_req.username, "");
	ck_assert_str_eq(out.login_req.password, "");
	buf_free(&b);
}
END_TEST

/* Every row, and nothing of the copy lies where the message lay. */
START_TEST(msg_copy_accepts_every_row)
{
	static struct gen g;
	union msg m, *copy, *again;
	size_t i;
	int how;

	nrows = msg_rows(&rows);
	for (i = 0; i < nrows; i++)
		for (how = GEN_SMALL; how <= GEN_FULL; how++) {
			memset(&m, 0, sizeof(m));
			gen_msg(&g, &rows[i], (enum gen_how)how, &m);
			copy = msg_copy(&rows[i], &m);
			ck_assert_ptr_nonnull(copy);
			ck_assert_msg(gen_equal(&rows[i], &m, copy), "%s",
			    rows[i].name);
			again = msg_copy(&rows[i], copy);
			memset(g.room, 0x7f, sizeof(g.room));
			ck_assert(gen_equal(&rows[i], again, copy));
			msg_copy_free(again);
			msg_copy_free(copy);
		}
	msg_copy_free(NULL);
}
END_TEST

/* A number that exists once, an answer for each question, sane maxima. */
START_TEST(wire_accepts_its_own_table)
{
	const char *end;
	size_t i, k;

	nrows = msg_rows(&rows);
	ck_assert_uint_ge(nrows, 60);
	for (i = 0; i < nrows; i++) {
		ck_assert_ptr_nonnull(msg_row(rows[i].type));
		ck_assert_str_eq(msg_row(rows[i].type)->name, rows[i].name);
		ck_assert(rows[i].from != 0 && rows[i].to != 0);
		ck_assert_uint_gt(rows[i].nfields, 0);
		ck_assert_uint_le(rows[i].max, MSG_BIG);
		/* administration: not from any worker */
		if (rows[i].type / 100 == 5 &&
		    (rows[i].from & ROLE_BIT(ROLE_WORKER)) != 0)
			ck_assert_uint_eq(rows[i].class, SERVE_ADMIN);
		/* gen_msg() leaves 16 bytes a field */
		ck_assert_uint_gt(rows[i].max, 16 * rows[i].nfields);
		for (k = 0; k < rows[i].nfields; k++)
			ck_assert_uint_lt(rows[i].fields[k].off,
			    sizeof(union msg));
		end = rows[i].name + strlen(rows[i].name);
		if (strcmp(end - 4, "_REQ") == 0)
			ck_assert_uint_eq(rows[i].type % 2, 0);
		if (strcmp(end - 4, "_RES") == 0)
			ck_assert_uint_eq(rows[i].type % 2, 1);
	}
	ck_assert_int_eq(msg_is_item(msg_row(IMSG_SESSION_ITEM_RES)), 1);
	ck_assert_int_eq(msg_is_item(msg_row(IMSG_LIST_END_RES)), 0);
	ck_assert_int_eq(msg_is_item(msg_row(IMSG_STOP)), 0);
}
END_TEST

START_TEST(wire_rejects_rows_that_do_not_exist)
{
	struct buf b = BUF_INIT;
	union msg m;
	uint8_t hdr[WIRE_HDR] = { 0xff, 0xfe };
	struct wire_hdr h;

	memset(&m, 0, sizeof(m));
	ck_assert_ptr_null(msg_row(0));
	ck_assert_ptr_null(msg_row(1));
	ck_assert_ptr_null(msg_row(UINT16_MAX));
	ck_assert_int_eq(wire_compose(&b, 1, 0, &m), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(wire_parse(1, hdr, 0, &m), WIRE_TYPE);
	ck_assert_int_eq(wire_header(hdr, &h), WIRE_TYPE);
	ck_assert_str_ne(wire_strerror(WIRE_TEXT), "");
	ck_assert_str_eq(wire_strerror((enum wire_err)99), "unknown");
}
END_TEST

static void
compose_fails(uint16_t type, const void *m)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "before");
	errno = 0;
	ck_assert_int_eq(wire_compose(&b, type, 1, m), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_uint_eq(b.len, 6);
	ck_assert_int_eq(b.err, 0);
	buf_free(&b);
}

/* Our own mistakes are found before they leave. */
START_TEST(wire_rejects_own_messages_that_are_wrong)
{
	char text[CAP_RID + 2];
	struct msg_login_req m;
	struct msg_conf_vault v = { "bad \xff" };
	struct msg_refresh_derive_req d = { { NULL, 5 } };

	memset(text, 'r', sizeof(text));
	memset(&m, 0, sizeof(m));
	text[CAP_RID] = '\0';
	m.rid = text;
	m.loopback = 2;			/* the maximum is 1 */
	compose_fails(IMSG_LOGIN_REQ, &m);
	m.loopback = 1;
	text[CAP_RID] = 'r';
	text[CAP_RID + 1] = '\0';
	compose_fails(IMSG_LOGIN_REQ, &m);
	compose_fails(IMSG_CONF_VAULT, &v);
	compose_fails(IMSG_REFRESH_DERIVE_REQ, &d);
}
END_TEST

/*
 * Fields that are within their caps are within the row's maximum together:
 * whatever passed the checks of its fields can be sent.
 */
START_TEST(wire_accepts_all_fields_at_their_caps)
{
	const struct msg_field *f;
	size_t i, k, sum;

	nrows = msg_rows(&rows);
	for (i = 0; i < nrows; i++) {
		for (k = 0, sum = 0; k < rows[i].nfields; k++) {
			f = &rows[i].fields[k];
			if (f->kind < MSG_K_str) {
				sum += 8;
				continue;
			}
			ck_assert_uint_gt(f->max, 0);
			sum += f->max + 5;
		}
		ck_assert_msg(sum <= rows[i].max, "%s: %zu > %u",
		    rows[i].name, sum, rows[i].max);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire");
	TCase *t = tcase_create("wire");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 30);
	tcase_add_test(t, wire_accepts_every_row_both_ways);
	tcase_add_test(t, wire_accepts_a_known_frame);
	tcase_add_test(t, wire_accepts_missing_texts_as_empty);
	tcase_add_test(t, msg_copy_accepts_every_row);
	tcase_add_test(t, wire_accepts_its_own_table);
	tcase_add_test(t, wire_rejects_rows_that_do_not_exist);
	tcase_add_test(t, wire_rejects_own_messages_that_are_wrong);
	tcase_add_test(t, wire_accepts_all_fields_at_their_caps);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? 0 : 1);
}
