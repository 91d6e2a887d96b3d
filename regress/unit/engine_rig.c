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

/* See engine_rig.h. Part of test programs only. */
#include "config.h"

#include <sys/socket.h>

#include <openssl/x509.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regress/unit/engine_rig.h"
#include "src/base/clock.h"

#define WAIT_US	(10 * CLOCK_SEC)

static void
nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
rig_turn(struct rig *r, int ms)
{
	struct timeval tv = { 0, 5000 };
	struct event *ev = event_new(r->base, -1, EV_PERSIST, nothing, NULL);
	int64_t end = clock_mono() + ms * 1000LL;

	event_add(ev, &tv);
	do
		event_base_loop(r->base, EVLOOP_ONCE);
	while (clock_mono() < end);
	event_free(ev);
}

void
rig_wait(struct rig *r, const int *flag)
{
	int64_t end = clock_mono() + WAIT_US;

	while (!*flag) {
		rig_turn(r, 1);
		ck_assert_msg(clock_mono() < end, "waited too long");
	}
}

int64_t
rig_sql(struct rig *r, const char *sql)
{
	sqlite3_stmt *s;
	sqlite3 *db;
	char path[128];
	int64_t n = -1;

	if (r->sql != NULL)
		return (r->sql(sql));
	snprintf(path, sizeof(path), "%s/moatd.sqlite", r->dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 2000);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK,
	    "%s", sqlite3_errmsg(db));
	if (sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return (n);
}

void
rig_connect(struct rig *r, struct end *w, enum role role, uint32_t index,
    uint32_t permit)
{
	struct msg_peer_set m = { .role = (uint8_t)role, .index = index,
	    .generation = 1, .permit = permit };
	int sv[2];

	memset(w, 0, sizeof(*w));
	w->rig = r;
	w->role = role;
	w->index = index;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	w->fd = sv[1];
	peer_set(&r->e, &m, sv[0]);
	if (permit == 0 && role == ROLE_WORKER)
		return;
	w->chan = chan_new(r->base, sv[1], role, ROLE_ENGINE, 0, &rig_ops[role],
	    w);
	ck_assert_ptr_nonnull(w->chan);
	chan_set_running(w->chan);
}

/* A worker whose bytes the test writes itself. */
void
rig_raw(struct rig *r, struct end *w, uint32_t permit)
{
	struct msg_peer_set m = { .role = ROLE_WORKER, .index = 9,
	    .generation = 1, .permit = permit };
	int sv[2];

	memset(w, 0, sizeof(*w));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	w->rig = r;
	w->fd = sv[1];
	peer_set(&r->e, &m, sv[0]);
}

void
rig_kill(struct end *w)
{
	chan_free(w->chan);
	w->chan = NULL;
}

static void
rig_fail(struct engine *e, const char *text)
{
	struct rig *r = e->arg;

	(void)text;
	r->failed++;
}

static void
rig_leave(struct engine *e, int code)
{
	struct rig *r = e->arg;

	(void)code;
	r->left++;
}

void
rig_open(struct rig *r)
{
	struct engine_conf *c = &r->e.conf;

	memset(r, 0, sizeof(*r));
	r->base = event_base_new();
	snprintf(r->dir, sizeof(r->dir), "/tmp/moatd-engine-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(r->dir));
	snprintf(c->issuer, sizeof(c->issuer), "%s", ISSUER);
	c->access_s = 600;
	c->idle_s = 604800;
	c->abs_s = 2592000;
	c->grace_s = 10;
	c->password_min = 15;
	c->hash_queue = 2;
	c->inflight = 64;
	c->bytes_ps = 1 << 20;
	c->fails_ps = 20;
	c->db_ms = 2000;
	c->hasher_ms = 1000;
	c->vault_ms = 1000;
	snprintf(r->e.fingerprint[0], sizeof(r->e.fingerprint[0]), "pp");
	snprintf(r->e.fingerprint[1], sizeof(r->e.fingerprint[1]), "ss");
}

static void
parent_connect(struct rig *r)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	r->e.parent = chan_new(r->base, sv[0], ROLE_ENGINE, ROLE_PARENT, 0,
	    &rig_ops[ROLE_PARENT], r);
	r->parent = chan_new(r->base, sv[1], ROLE_PARENT, ROLE_ENGINE, 0,
	    &rig_ops[ROLE_PARENT], r);
	chan_set_running(r->e.parent);
	chan_set_running(r->parent);
}

void
rig_key(struct rig *r, struct test_key *k)
{
	struct msg_pubkey_set m = { .kid = k->kid, .alg = (uint8_t)k->alg };
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k->pkey, &der);

	ck_assert_int_gt(n, 0);
	m.spki = (struct wire_bin){ der, (size_t)n };
	ck_assert_int_eq(keys_add(&r->e, &m), 0);
	OPENSSL_free(der);
}

void
rig_start(struct rig *r)
{
	struct store_conf sc = { .dir = r->dir, .timeout_ms = 2000,
	    .postgres = r->dsn != NULL, .dsn = r->dsn,
	    .event = engine_store_event, .arg = &r->e };
	uint32_t i;

	r->e.base = r->base;
	r->e.board = &r->board;
	r->e.fail = rig_fail;
	r->e.leave = rig_leave;
	r->e.arg = r;
	parent_connect(r);
	engine_init(&r->e);
	snprintf(r->e.keys.node, sizeof(r->e.keys.node), "rig");
	rig_key(r, KEY_EC);
	for (i = 0; i < WORKERS; i++)
		rig_connect(r, &r->worker[i], ROLE_WORKER, i, SERVE_ALL);
	for (i = 0; i < HASHERS; i++)
		rig_connect(r, &r->hasher[i], ROLE_HASHER, i, 0);
	for (i = 0; i < VAULTS; i++)
		rig_connect(r, &r->vault[i], ROLE_VAULT, i, 0);
	if (r->e.conf.mail)
		rig_connect(r, &r->mailer, ROLE_MAILER, 0, 0);
	r->e.store = store_prepare(&sc);
	store_start(r->e.store, r->base);
	ck_assert_int_eq(engine_start(&r->e), 0);
}

void
rig_up(struct rig *r)
{
	rig_open(r);
	rig_start(r);
	rig_wait(r, &r->db_up);
}

void
rig_stop(struct rig *r)
{
	uint32_t i;

	store_free(r->e.store);
	r->e.store = NULL;
	engine_clear(&r->e);
	for (i = 0; i < WORKERS; i++)
		rig_kill(&r->worker[i]);
	for (i = 0; i < HASHERS; i++)
		rig_kill(&r->hasher[i]);
	for (i = 0; i < VAULTS; i++)
		rig_kill(&r->vault[i]);
	rig_kill(&r->mailer);
	chan_free(r->e.parent);
	chan_free(r->parent);
	r->db_up = 0;
	memset(&r->e.sync, 0, sizeof(r->e.sync));
	memset(&r->e.keys, 0, sizeof(r->e.keys));
}

void
rig_down(struct rig *r)
{
	static const char *const names[] = { "", "-wal", "-shm", "-journal" };
	char path[128];
	size_t i;

	rig_stop(r);
	event_base_free(r->base);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/moatd.sqlite%s", r->dir,
		    names[i]);
		unlink(path);
	}
	rmdir(r->dir);
}

unsigned
rig_send(struct rig *r, int worker, uint16_t type, const void *msg)
{
	unsigned id = r->ids++ & 255;

	memset(&r->reply[id], 0, sizeof(r->reply[id]));
	ck_assert_int_eq(chan_send(r->worker[worker].chan, type, id, msg, -1),
	    0);
	return (id);
}

struct reply *
rig_reply(struct rig *r, unsigned id)
{
	rig_wait(r, &r->reply[id].done);
	return (&r->reply[id]);
}

struct reply *
rig_ask(struct rig *r, int worker, uint16_t type, const void *msg)
{
	return (rig_reply(r, rig_send(r, worker, type, msg)));
}

struct reply *
rig_register(struct rig *r, const char *name)
{
	struct msg_register_req m = { CTX, .username = name,
	    .password = PASSWORD, .email = "a@example.org", .name = "" };

	return (rig_ask(r, 0, IMSG_REGISTER_REQ, &m));
}

struct reply *
rig_login(struct rig *r, const char *name, const char *pw)
{
	struct msg_login_req m = { CTX, .username = name, .password = pw };

	return (rig_ask(r, 0, IMSG_LOGIN_REQ, &m));
}

struct reply *
rig_me(struct rig *r, const char *bearer)
{
	struct msg_me_get_req m = { CTX, .bearer = bearer };

	return (rig_ask(r, 0, IMSG_ME_GET_REQ, &m));
}

int
rig_main(const char *name, const TTest *const *tests, size_t n)
{
	Suite *s = suite_create(name);
	TCase *tc = test_key_cases(name);
	SRunner *sr;
	size_t i;
	int failed;

	tcase_set_timeout(tc, 60);
	for (i = 0; i < n; i++)
		tcase_add_test(tc, tests[i]);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return (failed != 0);
}
