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
 * The engine and its peers: hostile frames of a worker, limits, hashers and
 * vaults that die, lie or sleep (CASES 52, 57, 64).
 */
#include "config.h"

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/wire.h"
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

/* ---- hostile workers ---- */

/* Frames that no honest worker sends. */
static void
frame_garbage(struct buf *b)
{
	buf_add(b, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
}

static void
frame_huge(struct buf *b)
{
	static const uint8_t h[WIRE_HDR] = { 0, IMSG_LOGIN_REQ, 0, 0, 0xff,
	    0xff, 0xff, 0xff };

	buf_add(b, h, sizeof(h));
}

static void
login_frame(struct buf *b)
{
	struct msg_login_req m = { CTX, .username = "alice",
	    .password = PASSWORD };

	ck_assert_int_eq(wire_compose(b, IMSG_LOGIN_REQ, 1, &m), 0);
}

static const struct msg_row *admin_row;

static void
admin_frame(struct buf *b)
{
	union msg m;

	memset(&m, 0, sizeof(m));
	ck_assert_int_eq(wire_compose(b, admin_row->type, 1, &m), 0);
}

static void
frame_trailing(struct buf *b)
{
	login_frame(b);
	buf_addc(b, 'x');
	b->p[7]++;
}

static void
frame_short(struct buf *b)
{
	login_frame(b);
	b->len--;
	b->p[7]--;
}

static void
frame_text(struct buf *b)
{
	uint8_t *p;

	login_frame(b);
	p = memmem(b->p, b->len, "rid-1", 5);
	ck_assert_ptr_nonnull(p);
	p[2] = 0xff;
}

static void
frame_fd_flag(struct buf *b)
{
	login_frame(b);
	b->p[3] = WIRE_F_FD;
}

static void
frame_answer(struct buf *b)
{
	struct msg_tokens_res m = { .access = "a", .refresh = "b" };

	wire_compose(b, IMSG_TOKENS_RES, 1, &m);
}

static void
frame_of_parent(struct buf *b)
{
	struct msg_superadmin_create_req m = { .username = "root",
	    .email = "r@example.org", .password = PASSWORD };

	wire_compose(b, IMSG_SUPERADMIN_CREATE_REQ, 1, &m);
}

static void
frame_of_vault(struct buf *b)
{
	struct msg_token_issue_req m = { .kid = "k", .sub = "root" };

	wire_compose(b, IMSG_TOKEN_ISSUE_REQ, 1, &m);
}

static void
frame_of_setup(struct buf *b)
{
	struct msg_fingerprint_set m = { SECRET_SEAL, "x" };

	wire_compose(b, IMSG_FINGERPRINT_SET, 1, &m);
}

static void
frame_of_control(struct buf *b)
{
	struct msg_ctl_migrate_req m = { 0 };

	wire_compose(b, IMSG_CTL_MIGRATE_REQ, 1, &m);
}

static void	(*const frames[])(struct buf *) = {
	frame_garbage, frame_huge, frame_trailing, frame_short, frame_text,
	frame_fd_flag, frame_answer, frame_of_parent, frame_of_vault,
	frame_of_setup, frame_of_control,
};

static void
hostile(void (*frame)(struct buf *), uint32_t permit)
{
	struct buf b = BUF_INIT;
	struct end w;
	char c[512];

	rig_raw(&r, &w, permit);
	r.bad = 0;
	frame(&b);
	ck_assert_int_eq(write(w.fd, b.p, b.len), (ssize_t)b.len);
	rig_wait(&r, &r.bad);
	ck_assert_int_eq(r.bad_role, ROLE_WORKER);
	ck_assert_int_eq(r.bad, 1);
	ck_assert_int_eq(read(w.fd, c, sizeof(c)), 0);
	close(w.fd);
	buf_free(&b);
}

START_TEST(peers_rejects_hostile_frames_of_one_worker)	/* 64 */
{
	size_t i;

	up_user();
	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		hostile(frames[i], SERVE_ALL);
		still_serves(0);
		still_serves(1);
	}
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM users"), 1);
	rig_down(&r);
}
END_TEST

START_TEST(peers_rejects_request_without_permit)	/* 64 */
{
	const struct msg_row *rows;
	size_t i, n, seen = 0;

	up_user();
	n = msg_rows(&rows);
	for (i = 0; i < n; i++) {
		admin_row = &rows[i];
		if (!(admin_row->class & SERVE_ADMIN))
			continue;
		hostile(admin_frame, SERVE_PUBLIC | SERVE_METRICS);
		seen++;
	}
	ck_assert_int_ge(seen, 25);
	hostile(login_frame, SERVE_METRICS);
	hostile(login_frame, SERVE_ADMIN);
	still_serves(0);
	rig_down(&r);
}
END_TEST

START_TEST(peers_rejects_nothing_else_when_worker_dies)
{
	int i;

	up_user();
	r.hasher[0].hold = r.hasher[1].hold = 1;
	r.hasher[0].asked = r.hasher[1].asked = 0;
	for (i = 0; i < 6; i++)
		login_send(1, "alice");
	hashers_hold(4);
	rig_kill(&r.worker[1]);
	r.hasher[0].hold = r.hasher[1].hold = 0;
	rig_turn(&r, 50);
	/* what it had waiting is gone, what was asked runs out */
	ck_assert_int_eq(r.hasher[0].asked + r.hasher[1].asked, 4);
	rig_turn(&r, 1100);
	ck_assert_int_eq(r.e.nops, 0);
	still_serves(0);
	ck_assert_int_eq(r.bad, 0);
	rig_down(&r);
}
END_TEST

START_TEST(peers_rejects_requests_over_inflight)
{
	struct msg_me_get_req m = { CTX, .bearer = "x" };
	unsigned id[8];
	int i, busy = 0;

	up_user();
	r.hasher[0].hold = r.hasher[1].hold = 1;
	r.e.workers.tqh_first->limit.inflight_max = 4;
	for (i = 0; i < 4; i++)
		login_send(0, "alice");
	for (i = 0; i < 4; i++)
		id[i] = rig_send(&r, 0, IMSG_ME_GET_REQ, &m);
	for (i = 0; i < 4; i++) {
		busy += rig_reply(&r, id[i])->status == ST_BUSY;
		ck_assert_int_gt(rig_reply(&r, id[i])->retry, 0);
	}
	ck_assert_int_eq(busy, 4);
	/* the other channel has its own limit */
	refused(rig_ask(&r, 1, IMSG_ME_GET_REQ, &m), ST_INVALID_TOKEN);
	ck_assert_int_eq(r.bad, 0);
	rig_down(&r);
}
END_TEST

START_TEST(peers_rejects_failed_logins_over_rate)
{
	int i, busy = 0;

	rig_open(&r);
	r.e.conf.fails_ps = 5;
	rig_start(&r);
	rig_wait(&r, &r.db_up);
	rig_register(&r, "alice");
	for (i = 0; i < 12; i++)
		busy += rig_login(&r, "nobody", PASSWORD)->status == ST_BUSY;
	ck_assert_int_ge(busy, 3);
	still_serves(1);
	rig_turn(&r, 1100);
	still_serves(0);
	ck_assert_int_gt(r.board.logins[LOGIN_BUSY], 0);
	rig_down(&r);
}
END_TEST

/* Two hashers with two each and two waiting for each: eight, then BUSY. */
START_TEST(peers_rejects_logins_over_hash_queue)	/* 52 */
{
	struct msg_me_get_req m = { CTX, .bearer = "x" };
	unsigned id[12];
	int i, busy = 0;

	up_user();
	r.hasher[0].hold = r.hasher[1].hold = 1;
	for (i = 0; i < 12; i++)
		id[i] = login_send(0, "alice");
	for (i = 0; i < 12; i++) {
		rig_reply(&r, id[i]);
		if (r.reply[id[i]].status == ST_BUSY) {
			busy++;
			ck_assert_int_gt(r.reply[id[i]].retry, 0);
		} else
			refused(&r.reply[id[i]], ST_UNAVAILABLE);
	}
	ck_assert_int_eq(busy, 4);
	refused(rig_ask(&r, 0, IMSG_ME_GET_REQ, &m), ST_INVALID_TOKEN);
	rig_down(&r);
}
END_TEST

/* ---- hashers and vaults ---- */

START_TEST(peers_rejects_only_what_a_dead_hasher_held)	/* 57 */
{
	unsigned id[6];
	int i, failed = 0;

	up_user();
	r.hasher[0].hold = 1;
	r.hasher[0].asked = r.hasher[1].asked = 0;
	for (i = 0; i < 6; i++)
		id[i] = login_send(0, "alice");
	for (i = 0; i < 200 && r.hasher[0].asked < 2; i++)
		rig_turn(&r, 1);
	rig_kill(&r.hasher[0]);
	for (i = 0; i < 6; i++) {
		rig_reply(&r, id[i]);
		if (r.reply[id[i]].type == IMSG_ERROR_RES) {
			refused(&r.reply[id[i]], ST_UNAVAILABLE);
			failed++;
		}
	}
	ck_assert_int_eq(failed, 2);
	ck_assert_int_eq(r.bad, 0);
	still_serves(0);
	rig_down(&r);
}
END_TEST

START_TEST(peers_accepts_login_after_hasher_came_back)
{
	unsigned id;

	up_user();
	rig_kill(&r.hasher[0]);
	rig_kill(&r.hasher[1]);
	rig_turn(&r, 20);
	id = login_send(0, "alice");
	rig_turn(&r, 50);
	ck_assert_int_eq(r.reply[id].done, 0);
	rig_connect(&r, &r.hasher[0], ROLE_HASHER, 0, 0);
	ck_assert_int_eq(rig_reply(&r, id)->type, IMSG_TOKENS_RES);
	rig_down(&r);
}
END_TEST

START_TEST(peers_rejects_login_when_hasher_sleeps)
{
	up_user();
	r.hasher[0].hold = r.hasher[1].hold = 1;
	refused(rig_reply(&r, login_send(0, "alice")), ST_UNAVAILABLE);
	r.hasher[0].hold = r.hasher[1].hold = 0;
	still_serves(0);
	ck_assert_int_eq(r.bad, 0);
	rig_down(&r);
}
END_TEST

static void
vault_dies(struct rig *g)
{
	int i;

	g->meanwhile = NULL;
	for (i = 0; i < VAULTS; i++)
		if (g->vault[i].asked > 0) {
			g->vault[i].hold = 1;
			shutdown(g->vault[i].fd, SHUT_RDWR);
		}
}

START_TEST(peers_accepts_token_from_another_vault)
{
	up_user();
	r.meanwhile = vault_dies;
	still_serves(0);
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM sessions"), 1);
	ck_assert_int_eq(r.bad, 0);
	rig_down(&r);
}
END_TEST

START_TEST(peers_rejects_vault_that_lies)
{
	uint32_t i;
	int lie;

	for (lie = 1; lie <= 2; lie++) {
		up_user();
		r.vault[0].lie = r.vault[1].lie = lie;
		refused(rig_reply(&r, login_send(0, "alice")),
		    ST_UNAVAILABLE);
		ck_assert_int_ge(r.bad, 1);
		ck_assert_int_eq(r.bad_role, ROLE_VAULT);
		for (i = 0; i < VAULTS; i++) {
			r.vault[i].lie = 0;
			if (r.vault[i].chan == NULL)
				rig_connect(&r, &r.vault[i], ROLE_VAULT, i, 0);
		}
		still_serves(0);
		rig_down(&r);
	}
}
END_TEST

START_TEST(peers_rejects_late_answer_after_deadline)
{
	struct msg_pw_verify_res v = { .match = 1, .record = "" };
	unsigned id;

	up_user();
	r.hasher[0].hold = r.hasher[1].hold = 1;
	r.hasher[0].asked = r.hasher[1].asked = 0;
	id = login_send(0, "alice");
	hashers_hold(1);
	op_expire(&r.e, INT64_MAX);
	refused(rig_reply(&r, id), ST_UNAVAILABLE);
	chan_send(r.hasher[r.hasher[1].asked].chan, IMSG_PW_VERIFY_RES,
	    r.hasher[r.hasher[1].asked].held_id, &v, -1);
	rig_turn(&r, 50);
	ck_assert_int_eq(r.e.nops, 0);
	ck_assert_int_eq(rig_sql(&r, "SELECT count(*) FROM sessions"), 0);
	rig_down(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		peers_rejects_hostile_frames_of_one_worker,
		peers_rejects_request_without_permit,
		peers_rejects_nothing_else_when_worker_dies,
		peers_rejects_requests_over_inflight,
		peers_rejects_failed_logins_over_rate,
		peers_rejects_logins_over_hash_queue,
		peers_rejects_only_what_a_dead_hasher_held,
		peers_accepts_login_after_hasher_came_back,
		peers_rejects_login_when_hasher_sleeps,
		peers_accepts_token_from_another_vault,
		peers_rejects_vault_that_lies,
		peers_rejects_late_answer_after_deadline,
	};

	return (rig_main("engine_peers", tests, sizeof(tests) / sizeof(tests[0])));
}
