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
 * Unit tests of asking, limits and boards.
 */
#include "config.h"

#include <sys/mman.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/limit.h"
#include "privsep/wall/shm.h"
#include "regress/wire/pair.h"

/* ---- asking ---- */

static int answered, failed_asks;

static void
on_answer(uint16_t type, const union msg *m, int last, void *arg)
{
	struct end *e = arg;

	(void)type;
	if (m == NULL)
		failed_asks++;
	else
		answered += last;
	if (!last)
		failed_asks += 1000;
	(void)e;
}

static int
ask_login(unsigned ms)
{
	struct msg_login_req m;

	memset(&m, 0, sizeof(m));
	return (ask(pair_a.asker, IMSG_LOGIN_REQ, &m, ms, on_answer, &pair_a));
}

static void
ask_begin(unsigned max)
{
	answered = failed_asks = 0;
	pair_a.asker = asker_new(pair_base, max);
	asker_set_chan(pair_a.asker, pair_a.chan);
}

START_TEST(ask_accepts_answers_and_lists)
{
	struct msg_done_res done = { 0 };
	struct msg_session_item_res item;
	int i;

	memset(&item, 0, sizeof(item));
	ask_begin(100);
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(ask_login(1000), 0);
		pair_turn();
		chan_send(pair_b.chan, IMSG_DONE_RES, pair_b.last_id, &done, -1);
		pair_turn();
	}
	ck_assert_int_eq(answered, 100);
	ck_assert_int_eq(ask_login(1000), 0);
	pair_turn();
	chan_send(pair_b.chan, IMSG_SESSION_ITEM_RES, pair_b.last_id, &item, -1);
	chan_send(pair_b.chan, IMSG_SESSION_ITEM_RES, pair_b.last_id, &item, -1);
	chan_send(pair_b.chan, IMSG_DONE_RES, pair_b.last_id, &done, -1);
	pair_turn();
	pair_turn();
	ck_assert_int_eq(failed_asks, 2000);	/* two items */
	ck_assert_int_eq(answered, 101);
	ck_assert_uint_eq(asker_inflight(pair_a.asker), 0);
	ck_assert_int_eq(pair_a.bad_answers, 0);
}
END_TEST

START_TEST(ask_rejects_more_than_its_share)
{
	int i;

	ask_begin(130);
	for (i = 0; i < 130; i++)
		ck_assert_int_eq(ask_login(1000), 0);
	ck_assert_int_eq(ask_login(1000), -1);
	ck_assert_int_eq(errno, EAGAIN);
	asker_set_chan(pair_a.asker, NULL);
	ck_assert_int_eq(failed_asks, 130);
	ck_assert_int_eq(ask_login(1000), -1);
	ck_assert_int_eq(errno, ENOTCONN);
	ck_assert_int_eq(failed_asks, 130);
}
END_TEST

START_TEST(ask_rejects_answers_that_were_never_asked_for)
{
	static const uint64_t ids[] = { 0, 1, 63, 64, 65535, UINT64_MAX,
	    UINT64_C(1) << 63, (UINT64_C(1) << 16) + 1,
	    (UINT64_C(1) << 16) + 63, (UINT64_C(2) << 16), 0x10000ffff };
	struct msg_done_res done = { 0 };
	size_t i;

	ask_begin(10);
	ck_assert_int_eq(ask_login(1000), 0);
	pair_turn();
	ck_assert_uint_eq(pair_b.last_id, UINT64_C(1) << 16);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		chan_send(pair_b.chan, IMSG_DONE_RES, ids[i], &done, -1);
	pair_turn();
	pair_turn();
	ck_assert_int_eq(pair_a.bad_answers, (int)i);
	ck_assert_int_eq(answered, 0);
	chan_send(pair_b.chan, IMSG_DONE_RES, pair_b.last_id, &done, -1);
	chan_send(pair_b.chan, IMSG_DONE_RES, pair_b.last_id, &done, -1); /* late */
	pair_turn();
	pair_turn();
	ck_assert_int_eq(answered, 1);
	ck_assert_int_eq(pair_a.bad_answers, (int)i);
}
END_TEST

START_TEST(ask_rejects_silence)
{
	struct msg_done_res done = { 0 };

	ask_begin(10);
	ck_assert_int_eq(ask_login(60000), 0);
	pair_turn();
	ck_assert_int_eq(ask_login(40), 0);
	ck_assert_int_eq(ask_login(20), 0);
	while (failed_asks < 2)
		event_base_loop(pair_base, EVLOOP_ONCE);
	ck_assert_uint_eq(asker_inflight(pair_a.asker), 1);
	chan_send(pair_b.chan, IMSG_DONE_RES, pair_b.last_id, &done, -1);	/* late */
	pair_turn();
	pair_turn();
	ck_assert_int_eq(answered, 0);
	ck_assert_int_eq(pair_a.bad_answers, 0);
	asker_free(pair_a.asker);
	pair_a.asker = NULL;
	ck_assert_int_eq(failed_asks, 3);
	asker_free(NULL);
}
END_TEST

static void
ask_again(uint16_t type, const union msg *m, int last, void *arg)
{
	(void)type;
	(void)last;
	(void)arg;
	if (m != NULL)
		return;
	failed_asks++;
	if (pair_a.asker != NULL && failed_asks == 1)
		ck_assert_int_eq(ask_login(1000), 0);
	else if (failed_asks == 2) {
		asker_free(pair_a.asker);
		pair_a.asker = NULL;
	}
}

/* The peer changed: what is asked anew goes to the new one. */
START_TEST(ask_accepts_asking_inside_callbacks)
{
	struct msg_login_req m;

	memset(&m, 0, sizeof(m));
	ask_begin(10);
	asker_set_chan(pair_a.asker, NULL);
	asker_set_chan(pair_a.asker, pair_a.chan);
	ck_assert_int_eq(ask(pair_a.asker, IMSG_LOGIN_REQ, &m, 10, ask_again,
	    NULL), 0);
	ck_assert_int_eq(ask(pair_a.asker, IMSG_LOGIN_REQ, &m, 10, ask_again,
	    NULL), 0);
	while (failed_asks < 3)
		event_base_loop(pair_base, EVLOOP_ONCE);
	ck_assert_ptr_null(pair_a.asker);
}
END_TEST

/* ---- limits ---- */

START_TEST(limit_rejects_what_is_over)
{
	struct limit l;
	int64_t t = 1000;
	int i;

	limit_init(&l, 2, 1000, 3, t);
	ck_assert_int_eq(limit_admit(&l, 400, t), 1);
	ck_assert_int_eq(limit_admit(&l, 400, t), 1);
	ck_assert_int_eq(limit_admit(&l, 1, t), 0);	/* in flight */
	limit_done(&l);
	ck_assert_int_eq(limit_admit(&l, 201, t), 0);	/* bytes */
	ck_assert_int_eq(limit_admit(&l, 200, t), 1);
	limit_done(&l);
	t += 500000;
	ck_assert_int_eq(limit_admit(&l, 501, t), 0);
	ck_assert_int_eq(limit_admit(&l, 500, t), 1);
	limit_done(&l);
	ck_assert_int_eq(limit_admit(&l, 5000, t), 0);
	t += 3600 * INT64_C(1000000);
	ck_assert_int_eq(limit_admit(&l, 5000, t), 1);	/* all of it */
	ck_assert_int_eq(limit_admit(&l, 1, t), 0);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(limit_login(&l, t), 1);
		limit_failed(&l, t);
	}
	ck_assert_int_eq(limit_login(&l, t), 0);
	for (i = 0; i < 1000; i++)
		limit_failed(&l, t);
	ck_assert_int_eq(limit_login(&l, t + 1300000), 0);
	ck_assert_int_eq(limit_login(&l, t + 1400000), 1);
	ck_assert_int_eq(limit_login(&l, t), 1);	/* clock went back */
	for (i = 0; i < 9; i++)
		limit_done(&l);
	ck_assert_uint_eq(l.inflight, 0);
}
END_TEST

START_TEST(limit_accepts_all_without_limits)
{
	struct limit l;
	int i;

	limit_init(&l, 100000, 0, 0, 0);
	for (i = 0; i < 10000; i++) {
		ck_assert_int_eq(limit_admit(&l, MSG_BIG, 0), 1);
		limit_failed(&l, 0);
		ck_assert_int_eq(limit_login(&l, 0), 1);
	}
}
END_TEST

/* ---- boards ---- */

START_TEST(shm_accepts_one_writer_and_readers)
{
	struct shm_engine *w;
	const struct shm_engine *r;
	int rw, ro;

	ck_assert_int_eq(shm_make("engine", sizeof(*w), &rw, &ro), 0);
	w = shm_map(rw, sizeof(*w), 1);
	r = shm_map(ro, sizeof(*r), 0);
	ck_assert(w != NULL && r != NULL);
	ck_assert_uint_eq(shm_get(&r->db_up), 0);
	shm_set(&w->db_up, 1);
	shm_inc(&w->logins[LOGIN_FAILURE]);
	shm_add(&w->logins[LOGIN_FAILURE], 2);
	ck_assert_uint_eq(shm_get(&r->db_up), 1);
	ck_assert_uint_eq(shm_get(&r->logins[LOGIN_FAILURE]), 3);
	munmap(w, sizeof(*w));
	munmap((void *)(uintptr_t)r, sizeof(*r));
}
END_TEST

START_TEST(shm_rejects_readers_that_write)
{
	int rw, ro, p[2];
	void *m;

	ck_assert_int_eq(shm_make("x", 8192, &rw, &ro), 0);
	ck_assert_int_eq(write(ro, "x", 1), -1);
	ck_assert_ptr_null(shm_map(dup(ro), 8192, 1));
	m = mmap(NULL, 8192, PROT_READ, MAP_SHARED, ro, 0);
	ck_assert_ptr_ne(m, MAP_FAILED);
	ck_assert_int_eq(mprotect(m, 8192, PROT_READ | PROT_WRITE), -1);
	munmap(m, 8192);
	/* the size is sealed, and another size is not ours */
	ck_assert_int_eq(ftruncate(rw, 0), -1);
	ck_assert_int_eq(ftruncate(rw, 1 << 20), -1);
	ck_assert_ptr_null(shm_map(dup(ro), 4096, 0));
	ck_assert_ptr_null(shm_map(dup(ro), 12288, 0));
	ck_assert_ptr_null(shm_map(-1, 8192, 0));
	ck_assert_int_eq(pipe(p), 0);
	ck_assert_ptr_null(shm_map(p[0], 0, 0));
	ck_assert_int_eq(fcntl(p[0], F_GETFD), -1);	/* closed */
	close(p[1]);
	close(rw);
	close(ro);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ask");
	TCase *t = tcase_create("ask");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, pair_setup, pair_teardown);
	tcase_add_test(t, ask_accepts_answers_and_lists);
	tcase_add_test(t, ask_rejects_more_than_its_share);
	tcase_add_test(t, ask_rejects_answers_that_were_never_asked_for);
	tcase_add_test(t, ask_rejects_silence);
	tcase_add_test(t, ask_accepts_asking_inside_callbacks);
	tcase_add_test(t, limit_rejects_what_is_over);
	tcase_add_test(t, limit_accepts_all_without_limits);
	tcase_add_test(t, shm_accepts_one_writer_and_readers);
	tcase_add_test(t, shm_rejects_readers_that_write);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? 0 : 1);
}
