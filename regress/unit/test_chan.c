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
 * Unit tests of channels and their blocking twins, with honest peers that are
 * slow, dead or large. What hostile ones send is tested in regress/wire.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/shm.h"
#include "privsep/wall/wire.h"
#include "regress/wire/gen.h"
#include "regress/wire/pair.h"

static int
send_text(struct chan *c, size_t n)
{
	static char text[65536];
	struct msg_ctl_text_res m = { text };

	memset(text, 'x', n);
	text[n] = '\0';
	return (chan_send(c, IMSG_CTL_TEXT_RES, n, &m, -1));
}

/* ---- channels ---- */

START_TEST(chan_accepts_many_messages_in_order)
{
	uint64_t i;

	for (i = 1; i <= 1000; i++)
		ck_assert_int_eq(pair_login(pair_a.chan, i), 0);
	ck_assert_uint_gt(chan_pending(pair_a.chan), 0);
	while (pair_b.got < 1000)
		pair_turn();
	ck_assert_uint_eq(pair_b.last_id, 1000);
	ck_assert_uint_eq(chan_pending(pair_a.chan), 0);
}
END_TEST

START_TEST(chan_accepts_large_messages_in_pieces)
{
	size_t n;

	pair_close();
	pair_open(ROLE_ENGINE, ROLE_CTL);
	for (n = 0; n <= 65535; n += 331) {
		ck_assert_int_eq(send_text(pair_a.chan, n), 0);
		if (n % 3 == 0)
			pair_turn();
	}
	while (chan_pending(pair_a.chan) > 0)
		pair_turn();
	pair_turn();
	ck_assert_int_eq(pair_b.ended, 0);
	ck_assert_uint_eq(pair_b.sum, 331 * 197 * 198 / 2);
}
END_TEST

/* One byte at a time, as a slow peer would. */
START_TEST(chan_accepts_single_bytes)
{
	struct buf out = BUF_INIT;
	struct msg_done_res m = { 0 };
	int sv[2];
	size_t i;

	for (i = 0; i < 5; i++)
		wire_compose(&out, IMSG_DONE_RES, i, &m);
	chan_free(pair_a.chan);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	pair_a.chan = chan_new(pair_base, sv[0], ROLE_WORKER, ROLE_ENGINE, 0,
	    &pair_ops, &pair_a);
	chan_set_running(pair_a.chan);
	for (i = 0; i < out.len; i++) {
		ck_assert_int_eq(write(sv[1], out.p + i, 1), 1);
		pair_turn();
		ck_assert_int_eq(pair_a.got, (int)((i + 1) / (WIRE_HDR + 1)));
	}
	ck_assert_int_eq(pair_a.ended, 0);
	close(sv[1]);
	buf_free(&out);
}
END_TEST

START_TEST(chan_accepts_descriptors_between_messages)
{
	struct msg_ctl_pass pass = { 0 };
	struct msg_db_state s = { 1, 1, "up" };
	struct stat st, want;
	int i, fd;

	pair_close();
	pair_open(ROLE_PARENT, ROLE_ENGINE);
	stat("/dev/null", &want);
	for (i = 0; i < 300; i++) {
		fd = open("/dev/null", O_RDONLY);
		ck_assert_int_eq(chan_send(pair_a.chan, IMSG_CTL_PASS, 7, &pass,
		    fd), 0);
		/* sent along and closed: not ours any more */
		if (i % 7 == 0) {
			struct msg_peer_gone g = { 1, 1, 1 };

			chan_send(pair_a.chan, IMSG_PEER_GONE, 0, &g, -1);
			chan_send(pair_b.chan, IMSG_DB_STATE, 0, &s, -1);
		}
		if (i % 50 == 49)
			pair_turn();
	}
	while (chan_pending(pair_a.chan) > 0)
		pair_turn();
	pair_turn();
	ck_assert_int_eq(pair_b.ended, 0);
	ck_assert_int_eq(pair_b.got, 300 + 43);
	ck_assert_int_eq(pair_a.got, 43);
	ck_assert_int_eq(fstat(pair_b.last_fd, &st), 0);
	ck_assert_uint_eq(st.st_rdev, want.st_rdev);
	ck_assert_int_ne(fcntl(pair_b.last_fd, F_GETFD) & FD_CLOEXEC, 0);
}
END_TEST

START_TEST(chan_rejects_own_mistakes)
{
	struct msg_tokens_res t = { "a", "r", 1, 1 };
	struct msg_login_req m;
	int fd = open("/dev/null", O_RDONLY);

	memset(&m, 0, sizeof(m));
	/* not this way */
	ck_assert_int_eq(chan_send(pair_a.chan, IMSG_TOKENS_RES, 1, &t, -1), -1);
	ck_assert_int_eq(errno, EINVAL);
	/* a descriptor that does not belong to it is closed all the same */
	ck_assert_int_eq(chan_send(pair_a.chan, IMSG_LOGIN_REQ, 1, &m, fd), -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	m.username = "\xff";
	ck_assert_int_eq(pair_login(pair_a.chan, 1), 0);
	ck_assert_int_eq(chan_send(pair_a.chan, IMSG_LOGIN_REQ, 2, &m, -1), -1);
	ck_assert_int_eq(chan_send(pair_a.chan, 1, 2, &m, -1), -1);
	pair_turn();
	ck_assert_int_eq(pair_b.got, 1);
	ck_assert_int_eq(pair_a.ended + pair_b.ended, 0);
}
END_TEST

START_TEST(chan_rejects_peers_that_do_not_read)
{
	int i, sv[2];

	pair_close();
	pair_open(ROLE_ENGINE, ROLE_CTL);
	chan_free(pair_b.chan);
	pair_b.chan = NULL;
	pair_turn();
	ck_assert_int_eq(pair_a.ended, 1);		/* it is gone */
	ck_assert_int_eq(pair_a.end, CHAN_EOF);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	memset(&pair_a, 0, sizeof(pair_a));
	pair_a.last_fd = -1;
	pair_a.chan = chan_new(pair_base, sv[0], ROLE_ENGINE, ROLE_CTL, 0,
	    &pair_ops, &pair_a);
	for (i = 0; i < 300 && send_text(pair_a.chan, 60000) == 0; i++)
		pair_turn();
	ck_assert_int_gt(i, 130);
	ck_assert_int_lt(i, 160);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(pair_a.ended, 0);		/* told from the loop only */
	ck_assert_int_eq(send_text(pair_a.chan, 1), -1);
	pair_turn();
	ck_assert_int_eq(pair_a.ended, 1);
	ck_assert_int_eq(pair_a.end, CHAN_FULL);
	close(sv[1]);
}
END_TEST

/* A child that sends FAIL and dies is heard, though we wrote to it. */
START_TEST(chan_accepts_last_words)
{
	struct msg_done_res m = { 0 };

	ck_assert_int_eq(chan_send(pair_b.chan, IMSG_DONE_RES, 5, &m, -1), 0);
	ck_assert_int_eq(chan_flush(pair_b.chan), 0);
	chan_free(pair_b.chan);
	pair_b.chan = NULL;
	ck_assert_int_eq(pair_login(pair_a.chan, 1), 0);
	ck_assert_int_eq(chan_flush(pair_a.chan), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(pair_login(pair_a.chan, 2), -1);
	pair_turn();
	pair_turn();
	ck_assert_int_eq(pair_a.got, 1);
	ck_assert_int_eq(pair_a.ended, 1);
	ck_assert_int_eq(pair_a.end, CHAN_EOF);
}
END_TEST

START_TEST(chan_accepts_free_inside_callbacks)
{
	uint64_t i;

	pair_b.free_on_msg = 1;
	for (i = 0; i < 10; i++)
		pair_login(pair_a.chan, i);
	pair_turn();
	pair_turn();
	ck_assert_int_eq(pair_b.got, 1);		/* nothing behind its end */
	ck_assert_int_eq(pair_b.ended, 0);
	ck_assert_int_eq(pair_a.ended, 1);
	chan_free(NULL);
}
END_TEST

START_TEST(chan_rejects_all_behind_a_violation)
{
	int i;

	pair_close();
	pair_open(ROLE_ENGINE, ROLE_CTL);
	pair_b.violate_on_msg = 1;
	for (i = 0; i < 10; i++)
		send_text(pair_a.chan, 60000);
	while (!pair_b.ended)
		pair_turn();
	pair_turn();
	ck_assert_int_eq(pair_b.got, 1);
	ck_assert_uint_eq(pair_b.sum, 120000);
	ck_assert_int_eq(pair_b.end, CHAN_VIOLATION);
	ck_assert_int_eq(pair_a.ended, 1);
	ck_assert_int_eq(pair_a.end, CHAN_EOF);
}
END_TEST

START_TEST(chan_rejects_descriptors_that_are_none)
{
	ck_assert_ptr_null(chan_new(pair_base, -1, ROLE_ENGINE, ROLE_WORKER, 0,
	    &pair_ops, NULL));
}
END_TEST

/* ---- blocking twins ---- */

START_TEST(blocking_accepts_set_up_messages)
{
	struct msg_conf_vault v = { "https://example.org" };
	struct msg_shm_set s = { SHM_ENGINE, 0, 1, 4096 };
	struct buf body = BUF_INIT;
	union msg m;
	uint16_t type;
	uint64_t id;
	int sv[2], fd, null = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert_int_eq(chan_send_blocking(sv[0], IMSG_CONF_VAULT, 1, &v,
	    -1), 0);
	ck_assert_int_eq(chan_send_blocking(sv[0], IMSG_SHM_SET, 2, &s, null),
	    0);
	ck_assert_int_eq(close(null), 0);	/* it stayed ours */
	ck_assert_int_eq(chan_recv_blocking(sv[1], ROLE_VAULT, ROLE_PARENT,
	    &body, &type, &id, &m, &fd), 0);
	ck_assert_uint_eq(type, IMSG_CONF_VAULT);
	ck_assert_uint_eq(id, 1);
	ck_assert_str_eq(m.conf_vault.issuer, v.issuer);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(chan_recv_blocking(sv[1], ROLE_VAULT, ROLE_PARENT,
	    &body, &type, &id, &m, &fd), 0);
	ck_assert_uint_eq(type, IMSG_SHM_SET);
	ck_assert_int_eq(close(fd), 0);
	close(sv[0]);
	ck_assert_int_eq(chan_recv_blocking(sv[1], ROLE_VAULT, ROLE_PARENT,
	    &body, &type, &id, &m, &fd), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	close(sv[1]);
	buf_wipe_free(&body);
}
END_TEST

START_TEST(blocking_rejects_what_is_not_allowed)
{
	static const struct {
		enum role	 self, peer;
		uint16_t	 type;
	} v[] = { { ROLE_HASHER, ROLE_PARENT, IMSG_CONF_VAULT },
	    { ROLE_VAULT, ROLE_ENGINE, IMSG_CONF_VAULT },
	    { ROLE_ENGINE, ROLE_WORKER, IMSG_LOGIN_REQ } };
	static struct gen g;
	struct buf body = BUF_INIT;
	union msg m;
	uint16_t type;
	uint64_t id;
	int sv[2], fd;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
		gen_msg(&g, msg_row(v[i].type), GEN_SMALL, &m);
		ck_assert_int_eq(chan_send_blocking(sv[0], v[i].type, 0, &m,
		    -1), 0);
		ck_assert_int_eq(chan_recv_blocking(sv[1], v[i].self,
		    v[i].peer, &body, &type, &id, &m, &fd), -1);
		ck_assert_int_eq(errno, EPROTO);
		ck_assert_int_eq(fd, -1);
		close(sv[0]);
		close(sv[1]);
	}
	ck_assert_int_eq(chan_send_blocking(0, IMSG_CONF_VAULT, 0, &m, 0),
	    -1);
	ck_assert_int_eq(errno, EINVAL);
	buf_free(&body);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chan");
	TCase *t = tcase_create("chan");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, pair_setup, pair_teardown);
	tcase_add_test(t, chan_accepts_many_messages_in_order);
	tcase_add_test(t, chan_accepts_large_messages_in_pieces);
	tcase_add_test(t, chan_accepts_single_bytes);
	tcase_add_test(t, chan_accepts_descriptors_between_messages);
	tcase_add_test(t, chan_rejects_own_mistakes);
	tcase_add_test(t, chan_rejects_peers_that_do_not_read);
	tcase_add_test(t, chan_accepts_last_words);
	tcase_add_test(t, chan_accepts_free_inside_callbacks);
	tcase_add_test(t, chan_rejects_all_behind_a_violation);
	tcase_add_test(t, chan_rejects_descriptors_that_are_none);
	tcase_add_test(t, blocking_accepts_set_up_messages);
	tcase_add_test(t, blocking_rejects_what_is_not_allowed);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? 0 : 1);
}
