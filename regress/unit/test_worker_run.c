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
 * The worker as it is executed: confined, with a client on its listener and
 * an engine that this test plays. Runs ./worker of the build directory.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/proc.h"
#include "privsep/wall/shm.h"
#include "privsep/wall/wire.h"
#include "regress/unit/jose_help.h"
#include "src/base/clock.h"

#define ISSUER	"http://127.0.0.1:3000"
#define LOGIN	"{\"username\":\"alice\",\"password\":\"secret words\"}"

static pid_t child;
static int parent_fd, engine_fd, port;
static struct shm_parent *parent_board;
static struct shm_engine *engine_board;
static struct buf body = BUF_INIT;
static union msg in;
static char text[65536];

/* ---- as the parent ---- */

static void
tell(uint16_t type, const void *m, int fd)
{
	ck_assert_int_eq(chan_send_blocking(parent_fd, type, 0, m, fd), 0);
}

static void
execute(void)
{
	char arg0[] = "worker";
	char *argv[] = { arg0, NULL }, *envp[] = { NULL };
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		if (sv[1] == PROC_FD)
			(void)fcntl(PROC_FD, F_SETFD, 0);
		else
			dup2(sv[1], PROC_FD);
		execve("./worker", argv, envp);
		_exit(127);
	}
	close(sv[1]);
	parent_fd = sv[0];
}

/* After READY the frames are composed by hand: the blocking twins are for
 * set-up. */
static void
send_frame(int to, uint16_t type, uint64_t id, const void *m, int passfd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct buf b = BUF_INIT;
	struct cmsghdr *c;
	struct msghdr h;
	struct iovec iov;

	ck_assert_int_eq(wire_compose(&b, type, id, m), 0);
	memset(&h, 0, sizeof(h));
	iov.iov_base = b.p;
	iov.iov_len = b.len;
	h.msg_iov = &iov;
	h.msg_iovlen = 1;
	if (passfd != -1) {
		memset(&control, 0, sizeof(control));
		h.msg_control = control.buf;
		h.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passfd, sizeof(int));
	}
	ck_assert_int_eq(sendmsg(to, &h, 0), (ssize_t)b.len);
	buf_free(&b);
}

static void
tell_peer(int running)
{
	struct msg_peer_set peer;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	memset(&peer, 0, sizeof(peer));
	peer.role = ROLE_ENGINE;
	peer.permit = SERVE_ALL;
	if (running)
		send_frame(parent_fd, IMSG_PEER_SET, 0, &peer, sv[1]);
	else
		tell(IMSG_PEER_SET, &peer, sv[1]);
	close(sv[1]);
	engine_fd = sv[0];
}

static void
tell_listener(void)
{
	struct msg_listener_set set = { SERVE_PUBLIC, "test" };
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	port = ntohs(sin.sin_port);
	tell(IMSG_LISTENER_SET, &set, fd);
	close(fd);
}

static void *
tell_board(uint8_t kind, uint32_t size)
{
	struct msg_shm_set set = { kind, 0, kind == SHM_WORKER, size };
	int rw, ro;
	void *p;

	ck_assert_int_eq(shm_make("test", size, &rw, &ro), 0);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, rw, 0);
	ck_assert(p != MAP_FAILED);
	tell(IMSG_SHM_SET, &set, set.writable ? rw : ro);
	close(rw);
	close(ro);
	return p;
}

static void
tell_key(struct test_key *k)
{
	struct msg_pubkey_set m;
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k->pkey, &der);

	ck_assert_int_gt(n, 0);
	m.kid = k->kid;
	m.alg = (uint8_t)k->alg;
	m.spki.p = der;
	m.spki.n = (size_t)n;
	send_frame(parent_fd, IMSG_PUBKEY_SET, 0, &m, -1);
	OPENSSL_free(der);
}

static void
configure(void)
{
	struct msg_conf_common common;
	struct msg_conf_worker conf;
	struct msg_start start = { 0 };

	memset(&common, 0, sizeof(common));
	common.role = ROLE_WORKER;
	common.version = "9.9";
	memset(&conf, 0, sizeof(conf));
	conf.issuer = ISSUER;
	conf.serve = SERVE_PUBLIC;
	conf.max_conns = 64;
	conf.header_ms = conf.body_ms = conf.write_ms = conf.idle_ms = 5000;
	conf.drain_ms = 3000;
	conf.max_inflight = 4;
	conf.slots = 1;
	tell(IMSG_CONF_COMMON, &common, -1);
	tell(IMSG_CONF_WORKER, &conf, -1);
	tell_key(KEY_EC);
	parent_board = tell_board(SHM_PARENT, sizeof(*parent_board));
	engine_board = tell_board(SHM_ENGINE, sizeof(*engine_board));
	(void)tell_board(SHM_WORKER, sizeof(struct shm_worker));
	tell_listener();
	tell_peer(0);
	tell(IMSG_START, &start, -1);
}

static void
fixture(void)
{
	uint64_t id;
	uint16_t type = 0;
	int fd;

	alarm(20);
	execute();
	configure();
	ck_assert_int_eq(chan_recv_blocking(parent_fd, ROLE_PARENT,
	    ROLE_WORKER, &body, &type, &id, &in, &fd), 0);
	ck_assert_int_eq(type, IMSG_READY);
}

static int
ended(void)
{
	int st;

	ck_assert_int_eq(waitpid(child, &st, 0), child);
	child = 0;
	return WIFSIGNALED(st) ? 1000 + WTERMSIG(st) : WEXITSTATUS(st);
}

static void
fixture_end(void)
{
	close(parent_fd);
	close(engine_fd);
	if (child != 0)
		ck_assert_int_eq(ended(), 0);
	alarm(0);
}

/* ---- as the engine ---- */

static void
read_all(uint8_t *p, size_t n)
{
	ssize_t r;

	for (; n > 0; p += r, n -= (size_t)r) {
		r = read(engine_fd, p, n);
		ck_assert_int_gt(r, 0);
	}
}

/* Waits for a request of that type: its id; the message is in `in`. */
static uint64_t
asked(uint16_t want)
{
	uint8_t hdr[WIRE_HDR];
	struct wire_hdr h;

	read_all(hdr, sizeof(hdr));
	ck_assert_int_eq(wire_header(hdr, &h), WIRE_OK);
	ck_assert_int_eq(h.type, want);
	buf_reset(&body);
	ck_assert_int_eq(buf_reserve(&body, h.len), 0);
	read_all(body.p, h.len);
	ck_assert_int_eq(wire_parse(h.type, body.p, h.len, &in), WIRE_OK);
	return h.id;
}

static void
answer_done(uint64_t id)
{
	struct msg_done_res m = { 0 };

	send_frame(engine_fd, IMSG_DONE_RES, id, &m, -1);
}

/* ---- as a client ---- */

static int
client(const char *method, const char *path, const char *bearer,
    const char *json)
{
	struct sockaddr_in sin;
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)),
	    0);
	ck_assert_int_gt(dprintf(fd, "%s %s HTTP/1.1\r\nHost: x\r\n"
	    "Connection: close\r\n%s%s%sContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s", method, path,
	    bearer != NULL ? "Authorization: Bearer " : "",
	    bearer != NULL ? bearer : "", bearer != NULL ? "\r\n" : "",
	    strlen(json), json), 0);
	return fd;
}

/* Reads until the server closes; the status. The answer is in text. */
static int
reply(int fd)
{
	size_t n = 0;
	ssize_t r;

	while ((r = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)r;
	close(fd);
	text[n] = '\0';
	ck_assert_msg(strncmp(text, "HTTP/1.1 ", 9) == 0, "%s", text);
	return atoi(text + 9);
}

static int
get(const char *path)
{
	return reply(client("GET", path, NULL, ""));
}

/* A token that says it is good until exp. */
static char *
token(struct test_key *k, int64_t exp)
{
	char claims[1024];
	int64_t now = clock_now() / CLOCK_SEC;

	(void)snprintf(claims, sizeof(claims), "{\"iss\":\"" ISSUER "\","
	    "\"aud\":\"" ISSUER "\",\"sub\":\"u\",\"jti\":\"j\","
	    "\"client_id\":\"moatd\",\"scope\":\"account\",\"sid\":\"s\","
	    "\"acr\":\"aal1\",\"amr\":[\"pwd\"],\"roles\":[\"user\"],"
	    "\"tenant\":\"default\",\"epoch\":1,\"auth_time\":%lld,"
	    "\"iat\":%lld,\"exp\":%lld}", (long long)now, (long long)now,
	    (long long)exp);
	return test_token(k, "at+jwt", claims);
}

/* ---- tests ---- */

START_TEST(worker_accepts_health)
{
	ck_assert_int_eq(get("/health/live"), 200);
	ck_assert_int_eq(get("/health/ready"), 503);
	shm_set(&parent_board->ready, 1);
	shm_set(&engine_board->db_up, 1);
	shm_set(&engine_board->heartbeat, clock_mono());
	ck_assert_int_eq(get("/health"), 200);
	ck_assert_ptr_nonnull(strstr(text, "\"version\":\"9.9\""));
	ck_assert_int_eq(get("/metrics"), 404);		/* not served here */
}
END_TEST

START_TEST(worker_accepts_login)
{
	struct msg_tokens_res t = { "acc", "ref", 600, 604800 };
	uint64_t id;
	int fd = client("POST", "/auth/login", NULL, LOGIN);

	id = asked(IMSG_LOGIN_REQ);
	ck_assert_str_eq(in.login_req.username, "alice");
	ck_assert_str_eq(in.login_req.password, "secret words");
	ck_assert_str_eq(in.login_req.ip, "127.0.0.1");
	ck_assert_int_eq(in.login_req.loopback, 1);
	send_frame(engine_fd, IMSG_TOKENS_RES, id, &t, -1);
	ck_assert_int_eq(reply(fd), 200);
	ck_assert_ptr_nonnull(strstr(text, "\"access_token\":\"acc\""));
}
END_TEST

START_TEST(worker_accepts_bearer)
{
	char *t = token(KEY_EC, clock_now() / CLOCK_SEC + 60);
	int fd = client("POST", "/auth/logout", t, "");

	answer_done(asked(IMSG_LOGOUT_REQ));
	ck_assert_str_eq(in.logout_req.bearer, t);
	ck_assert_int_eq(reply(fd), 204);
	free(t);
}
END_TEST

START_TEST(worker_rejects_bearer_alone)
{
	char *old = token(KEY_EC, clock_now() / CLOCK_SEC - 1);
	char *other = token(KEY_ED, clock_now() / CLOCK_SEC + 60);
	int fd;

	/* without a word to the engine */
	ck_assert_int_eq(reply(client("POST", "/auth/logout", old, "")), 401);
	ck_assert_int_eq(reply(client("POST", "/auth/logout", other, "")),
	    401);
	ck_assert_int_eq(reply(client("POST", "/auth/logout", "x", "")), 401);
	/* a key that comes later is known from then on */
	tell_key(KEY_ED);
	do
		ck_assert_int_eq(get("/.well-known/jwks.json"), 200);
	while (strstr(text, KEY_ED->kid) == NULL);
	fd = client("POST", "/auth/logout", other, "");
	answer_done(asked(IMSG_LOGOUT_REQ));
	ck_assert_int_eq(reply(fd), 204);
	free(old);
	free(other);
}
END_TEST

START_TEST(worker_survives_the_engine)
{
	int fd = client("POST", "/auth/login", NULL, LOGIN);

	(void)asked(IMSG_LOGIN_REQ);
	close(engine_fd);
	ck_assert_int_eq(reply(fd), 503);
	ck_assert_ptr_nonnull(strstr(text, "Retry-After: "));
	ck_assert_int_eq(reply(client("POST", "/auth/login", NULL, LOGIN)),
	    503);
	ck_assert_int_eq(get("/health/live"), 200);
	tell_peer(1);
	do {
		fd = client("POST", "/auth/login", NULL, "{}");
		ck_assert_int_eq(reply(fd), 400);
		fd = client("POST", "/auth/refresh", NULL,
		    "{\"refresh_token\":\"r\"}");
	} while (recv(fd, text, 1, MSG_PEEK | MSG_DONTWAIT) == 1);
	(void)asked(IMSG_REFRESH_REQ);
	close(fd);
}
END_TEST

/* What waited on the old channel is answered when a new one replaces it. */
START_TEST(worker_replaces_the_engine)
{
	int fd = client("POST", "/auth/login", NULL, LOGIN);
	int old;

	(void)asked(IMSG_LOGIN_REQ);
	old = engine_fd;
	tell_peer(1);
	ck_assert_int_eq(reply(fd), 503);
	close(old);
	fd = client("POST", "/auth/login", NULL, LOGIN);
	(void)asked(IMSG_LOGIN_REQ);
	close(fd);
}
END_TEST

START_TEST(worker_rejects_too_many)
{
	int fd[5], i;

	for (i = 0; i < 4; i++) {
		fd[i] = client("POST", "/auth/login", NULL, LOGIN);
		(void)asked(IMSG_LOGIN_REQ);
	}
	ck_assert_int_eq(reply(client("POST", "/auth/login", NULL, LOGIN)),
	    503);
	for (i = 0; i < 4; i++)
		close(fd[i]);
}
END_TEST

START_TEST(worker_rejects_answers_to_nothing)
{
	answer_done(UINT64_C(0xdeadbeef));
	ck_assert_int_eq(ended(), 1);
}
END_TEST

START_TEST(worker_drains)
{
	struct msg_stop stop = { 0 };
	struct msg_register_res res = { "id-1", 0 };
	uint64_t id;
	int fd = client("POST", "/auth/register", NULL,
	    "{\"username\":\"abc\",\"password\":\"p\",\"email\":\"a@b.c\"}");

	id = asked(IMSG_REGISTER_REQ);
	send_frame(parent_fd, IMSG_STOP, 0, &stop, -1);
	ck_assert_int_eq(kill(child, SIGTERM), 0);	/* twice is once */
	send_frame(engine_fd, IMSG_REGISTER_RES, id, &res, -1);
	ck_assert_int_eq(reply(fd), 201);
	ck_assert_ptr_nonnull(strstr(text, "\"userId\":\"id-1\""));
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(worker_ends_with_its_parent)
{
	close(parent_fd);
	ck_assert_int_eq(ended(), 0);
	parent_fd = -1;
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("worker");
	TCase *t = test_key_cases("worker");
	SRunner *r = srunner_create(s);
	int bad;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, fixture, fixture_end);
	tcase_add_test(t, worker_accepts_health);
	tcase_add_test(t, worker_accepts_login);
	tcase_add_test(t, worker_accepts_bearer);
	tcase_add_test(t, worker_rejects_bearer_alone);
	tcase_add_test(t, worker_survives_the_engine);
	tcase_add_test(t, worker_replaces_the_engine);
	tcase_add_test(t, worker_rejects_too_many);
	tcase_add_test(t, worker_rejects_answers_to_nothing);
	tcase_add_test(t, worker_drains);
	tcase_add_test(t, worker_ends_with_its_parent);
	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad != 0;
}
