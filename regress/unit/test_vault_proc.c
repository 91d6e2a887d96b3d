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
 * The vault's executable, confined, between a fake parent on descriptor 3 and
 * fake engines on the channels it is given.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/vault/derive.h"
#include "privsep/vault/generate.h"
#include "privsep/vault/keyring.h"
#include "privsep/wall/chan.h"
#include "privsep/wall/proc.h"
#include "privsep/wall/wire.h"
#include "regress/unit/test_vault.h"
#include "src/base/clock.h"
#include "src/jose/jws.h"

static struct {
	pid_t		 pid;
	int		 parent;	/* our end of descriptor 3 */
	struct buf	 body;
	union msg	 m;
	uint64_t	 id;
} v;

static void
spawn(const char *arg)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	v.pid = fork();
	ck_assert_int_ne(v.pid, -1);
	if (v.pid == 0) {
		char *argv[] = { (char *)(uintptr_t)"vault",
		    (char *)(uintptr_t)arg, NULL }, *envp[] = { NULL };

		close(sv[0]);
		if (sv[1] != PROC_FD)
			dup2(sv[1], PROC_FD);
		execve(VAULT_PROGRAM, argv, envp);
		_exit(127);
	}
	close(sv[1]);
	v.parent = sv[0];
	ck_assert_int_ne(fcntl(v.parent, F_SETFD, FD_CLOEXEC), -1);
}

/* Sends to the vault; -1 when it is gone, which a test may expect. */
static int
tell(uint16_t type, const void *msg)
{
	return chan_send_blocking(v.parent, type, 0, msg, -1);
}

static uint16_t
hear(void)
{
	uint16_t type = 0;
	int passed;

	if (chan_recv_blocking(v.parent, ROLE_PARENT, ROLE_VAULT, &v.body,
	    &type, &v.id, &v.m, &passed) == -1)
		return 0;
	ck_assert_int_eq(passed, -1);
	return type;
}

static int
read_full(int fd, uint8_t *p, size_t n)
{
	ssize_t got;

	for (; n > 0; p += got, n -= (size_t)got)
		if ((got = read(fd, p, n)) <= 0)
			return -1;
	return 0;
}

/* The engine's half: chan_recv_blocking() is for set-up only. */
static uint16_t
hear_answer(int fd)
{
	uint8_t head[WIRE_HDR];
	struct wire_hdr h;

	if (read_full(fd, head, sizeof(head)) == -1)
		return 0;
	ck_assert_int_eq(wire_header(head, &h), WIRE_OK);
	buf_reset(&v.body);
	ck_assert_int_eq(buf_reserve(&v.body, h.len), 0);
	ck_assert_int_eq(read_full(fd, v.body.p, h.len), 0);
	ck_assert_int_eq(wire_parse(h.type, v.body.p, h.len, &v.m), WIRE_OK);
	v.id = h.id;
	return h.type;
}

static void
expect_exit(int code)
{
	int status;

	ck_assert_int_eq(waitpid(v.pid, &status, 0), v.pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == code,
	    "status %x", status);
	close(v.parent);
	buf_wipe_free(&v.body);
}

static void
tell_conf(void)
{
	struct msg_conf_common common;
	struct msg_conf_vault conf = { .issuer = ISSUER };

	memset(&common, 0, sizeof(common));
	common.role = ROLE_VAULT;
	common.flags = CONF_F_OPTIONAL;
	ck_assert_int_eq(tell(IMSG_CONF_COMMON, &common), 0);
	ck_assert_int_eq(tell(IMSG_CONF_VAULT, &conf), 0);
}

static void
tell_start(void)
{
	struct msg_start m = { 0 };

	ck_assert_int_eq(tell(IMSG_START, &m), 0);
}

static void
tell_seal(size_t n)
{
	uint8_t key[64];
	struct msg_secret_set m = { .kind = SECRET_SEAL };

	memset(key, 5, sizeof(key));
	m.value.p = key;
	m.value.n = n;
	tell(IMSG_SECRET_SET, &m);
}

static void
tell_key(const struct buf *pem, const char *kid)
{
	struct msg_signkey_set m = { .kid = kid };

	m.pem.p = pem->p;
	m.pem.n = pem->len;
	tell(IMSG_SIGNKEY_SET, &m);
}

/* A new channel to the vault; returns the engine's end. */
static int
tell_peer(enum role role)
{
	struct msg_peer_set m = { .role = (uint8_t)role };
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert_int_eq(chan_send_blocking(v.parent, IMSG_PEER_SET, 0, &m,
	    sv[1]), 0);
	close(sv[1]);
	return sv[0];
}

/* Up to READY, with one key and one engine. */
static int
ready(struct buf *pem, char kid[JWK_KID_LEN + 1], struct jwks *ks)
{
	struct seal *s;
	uint8_t key[SEAL_LEN];
	char fp[FINGERPRINT_LEN];
	int engine;

	ck_assert_int_eq(generate_key(pem, kid, JOSE_ES256), 0);
	spawn(NULL);
	tell_conf();
	tell_seal(SEAL_LEN);
	tell_key(pem, kid);
	engine = tell_peer(ROLE_ENGINE);
	tell_start();
	ck_assert_int_eq(hear(), IMSG_PUBKEY_MADE);
	ck_assert_str_eq(v.m.pubkey_made.kid, kid);
	ck_assert_int_eq(jwks_add_spki(ks, kid,
	    (enum jose_alg)v.m.pubkey_made.alg, v.m.pubkey_made.spki.p,
	    v.m.pubkey_made.spki.n), 0);
	ck_assert_int_eq(hear(), IMSG_FINGERPRINT_MADE);
	memset(key, 5, sizeof(key));
	s = seal_new(key, sizeof(key));
	seal_fingerprint(s, fp);
	seal_free(s);
	ck_assert_str_eq(v.m.fingerprint_made.value, fp);
	ck_assert_int_eq(hear(), IMSG_READY);
	return engine;
}

static void
issue(int engine, struct msg_token_issue_req *m, enum msg_status want)
{
	m->auth_time = clock_now() / CLOCK_SEC;
	ck_assert_int_eq(chan_send_blocking(engine, IMSG_TOKEN_ISSUE_REQ, 77,
	    m, -1), 0);
	ck_assert_int_eq(hear_answer(engine), IMSG_TOKEN_ISSUE_RES);
	ck_assert_uint_eq(v.id, 77);
	ck_assert_int_eq(v.m.token_issue_res.status, want);
}

static void
stop(void)
{
	struct msg_stop m = { 0 };

	ck_assert_int_eq(tell(IMSG_STOP, &m), 0);
	expect_exit(0);
}

START_TEST(vault_accepts_a_login_and_a_refresh)
{
	struct msg_token_issue_req m;
	struct msg_refresh_derive_req d;
	uint8_t token[REFRESH_LEN], next[REFRESH_LEN];
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct jwks *ks = jwks_new();
	struct at_claims c;
	int engine = ready(&pem, kid, ks);

	vault_request(&m, kid);
	issue(engine, &m, ST_OK);
	ck_assert_int_eq(at_verify(ks, v.m.token_issue_res.access,
	    strlen(v.m.token_issue_res.access), ISSUER,
	    clock_now() / CLOCK_SEC, &c), AT_OK);
	ck_assert(c.exp - c.iat == 600);
	at_free(&c);
	ck_assert_uint_eq(v.m.token_issue_res.refresh.n, REFRESH_LEN);
	memcpy(token, v.m.token_issue_res.refresh.p, sizeof(token));
	m.refresh = 0;
	issue(engine, &m, ST_OK);
	ck_assert_uint_eq(v.m.token_issue_res.refresh.n, 0);
	d.token.p = token;
	d.token.n = sizeof(token);
	chan_send_blocking(engine, IMSG_REFRESH_DERIVE_REQ, 1, &d, -1);
	ck_assert_int_eq(hear_answer(engine), IMSG_REFRESH_DERIVE_RES);
	ck_assert_uint_eq(v.m.refresh_derive_res.successor.n, REFRESH_LEN);
	memcpy(next, v.m.refresh_derive_res.successor.p, sizeof(next));
	chan_send_blocking(engine, IMSG_REFRESH_DERIVE_REQ, 2, &d, -1);
	ck_assert_int_eq(hear_answer(engine), IMSG_REFRESH_DERIVE_RES);
	ck_assert_mem_eq(next, v.m.refresh_derive_res.successor.p,
	    sizeof(next));
	close(engine);
	stop();
	buf_wipe_free(&pem);
	jwks_free(ks);
}
END_TEST

static void
ask(int engine, uint16_t type, const void *m, uint16_t want)
{
	ck_assert_int_eq(chan_send_blocking(engine, type, 78, m, -1), 0);
	ck_assert_int_eq(hear_answer(engine), want);
	ck_assert_uint_eq(v.id, 78);
}

/* The confined process makes secrets, pictures, codes, links and heads. */
START_TEST(vault_accepts_second_factors)
{
	struct msg_totp_make_req make = { .user_id = "u1", .account = "al" };
	struct msg_totp_check_req check = { .user_id = "u2", .otp = "123456",
	    .now = 1800000000 };
	struct msg_recovery_make_req codes = { 0 };
	struct msg_link_derive_req link = { LINK_RESET, "l1" };
	struct msg_head_sign_req head = { .tenant = "default", .seq = 1,
	    .hash = "0123456789abcdefghijklmnopqrstuvwxyz-_ABCDE" };
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1], sealed[CAP_SEALED];
	struct jwks *ks = jwks_new();
	int engine = ready(&pem, kid, ks);

	ask(engine, IMSG_TOTP_MAKE_REQ, &make, IMSG_TOTP_MAKE_RES);
	ck_assert_int_eq(v.m.totp_make_res.status, ST_OK);
	ck_assert_uint_eq(strlen(v.m.totp_make_res.secret), 32);
	ck_assert_ptr_nonnull(strstr(v.m.totp_make_res.url, "/auth.example"));
	ck_assert_ptr_nonnull(strstr(v.m.totp_make_res.svg, "<svg"));
	ck_assert_int_eq(strncmp(v.m.totp_make_res.png, "iVBORw0KGgo", 11), 0);
	snprintf(sealed, sizeof(sealed), "%s", v.m.totp_make_res.sealed);
	check.sealed = sealed;
	ask(engine, IMSG_TOTP_CHECK_REQ, &check, IMSG_TOTP_CHECK_RES);
	ck_assert_int_eq(v.m.totp_check_res.status, ST_INTERNAL);
	check.user_id = "u1";
	check.otp = "12345";
	ask(engine, IMSG_TOTP_CHECK_REQ, &check, IMSG_TOTP_CHECK_RES);
	ck_assert_int_eq(v.m.totp_check_res.status, ST_OK);
	ck_assert_int_eq(v.m.totp_check_res.match, 0);
	ask(engine, IMSG_RECOVERY_MAKE_REQ, &codes, IMSG_RECOVERY_MAKE_RES);
	ck_assert_uint_eq(strlen(v.m.recovery_make_res.codes), 299);
	ask(engine, IMSG_LINK_DERIVE_REQ, &link, IMSG_LINK_DERIVE_RES);
	ck_assert_uint_eq(v.m.link_derive_res.token.n, LINK_LEN);
	link.purpose = 0;
	ask(engine, IMSG_LINK_DERIVE_REQ, &link, IMSG_LINK_DERIVE_RES);
	ck_assert_int_eq(v.m.link_derive_res.status, ST_INVALID_REQUEST);
	ck_assert_uint_eq(v.m.link_derive_res.token.n, 0);
	head.kid = kid;
	ask(engine, IMSG_HEAD_SIGN_REQ, &head, IMSG_HEAD_SIGN_RES);
	ck_assert_int_eq(v.m.head_sign_res.status, ST_OK);
	head.kid = "";
	ask(engine, IMSG_HEAD_SIGN_REQ, &head, IMSG_HEAD_SIGN_RES);
	ck_assert_int_eq(v.m.head_sign_res.status, ST_INVALID_REQUEST);
	ck_assert_str_eq(v.m.head_sign_res.jws, "");
	close(engine);
	stop();
	buf_wipe_free(&pem);
	jwks_free(ks);
}
END_TEST

START_TEST(vault_accepts_a_restarted_engine)
{
	struct msg_token_issue_req m;
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct jwks *ks = jwks_new();
	int first = ready(&pem, kid, ks), second, i;

	for (i = 0; i < 20; i++) {	/* more than there are places */
		second = tell_peer(ROLE_ENGINE);
		vault_request(&m, kid);
		issue(second, &m, ST_OK);
		close(first);
		first = second;
	}
	close(first);
	stop();
	buf_wipe_free(&pem);
	jwks_free(ks);
}
END_TEST

START_TEST(vault_rejects_hostile_questions)	/* CASES 64 */
{
	struct msg_token_issue_req m;
	struct msg_refresh_derive_req d = { { NULL, 0 } };
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct jwks *ks = jwks_new();
	int engine = ready(&pem, kid, ks);

	vault_request(&m, "");
	issue(engine, &m, ST_INVALID_REQUEST);
	ck_assert_str_eq(v.m.token_issue_res.access, "");
	ck_assert_uint_eq(v.m.token_issue_res.refresh.n, 0);
	vault_request(&m, "../../keys/seal");
	issue(engine, &m, ST_NOT_FOUND);
	vault_request(&m, kid);
	m.sub = "";
	issue(engine, &m, ST_INVALID_REQUEST);
	vault_request(&m, kid);
	m.lifetime_s = 0;
	issue(engine, &m, ST_INVALID_REQUEST);
	chan_send_blocking(engine, IMSG_REFRESH_DERIVE_REQ, 1, &d, -1);
	ck_assert_int_eq(hear_answer(engine), IMSG_REFRESH_DERIVE_RES);
	ck_assert_uint_eq(v.m.refresh_derive_res.successor.n, 0);
	vault_request(&m, kid);		/* and it still answers */
	issue(engine, &m, ST_OK);
	close(engine);
	stop();
	buf_wipe_free(&pem);
	jwks_free(ks);
}
END_TEST

/* A mad frame ends that channel; the other one and the vault live. */
START_TEST(vault_rejects_frames_of_no_engine)	/* CASES 64 */
{
	static const uint8_t bad[][20] = {
		{ 0xff, 0xff, 0, 0, 0, 0, 0, 4, 0 },	/* no such message */
		{ 0, 200, 0, 0, 0xff, 0xff, 0xff, 0xff },	/* 4 GiB */
		{ 0, 201, 0, 0, 0, 0, 0, 4, 0 },	/* an answer */
		{ 0, 26, 0, 0, 0, 0, 0, 4, 0 },		/* the parent's */
		{ 0, 202, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
		    0xff, 0xff, 0xff },			/* a field cut off */
	};
	struct msg_token_issue_req m;
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct jwks *ks = jwks_new();
	int good = ready(&pem, kid, ks), mad;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mad = tell_peer(ROLE_ENGINE);
		ck_assert_int_eq(write(mad, bad[i], 20), 20);
		ck_assert_int_eq(hear_answer(mad), 0);	/* closed */
		close(mad);
		vault_request(&m, kid);
		issue(good, &m, ST_OK);
	}
	close(good);
	stop();
	buf_wipe_free(&pem);
	jwks_free(ks);
}
END_TEST

START_TEST(vault_rejects_a_worker_as_peer)
{
	struct msg_token_issue_req m;
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct jwks *ks = jwks_new();
	int engine = ready(&pem, kid, ks), worker;

	worker = tell_peer(ROLE_WORKER);
	ck_assert_int_eq(hear_answer(worker), 0);	/* closed */
	close(worker);
	vault_request(&m, kid);
	issue(engine, &m, ST_OK);
	close(engine);
	stop();
	buf_wipe_free(&pem);
	jwks_free(ks);
}
END_TEST

static void
expect_fail(const char *part)
{
	uint16_t type;

	do {
		type = hear();
	} while (type == IMSG_PUBKEY_MADE);
	ck_assert_int_eq(type, IMSG_FAIL);
	ck_assert_msg(strstr(v.m.fail.reason, part) != NULL, "%s",
	    v.m.fail.reason);
	expect_exit(PROC_EX_FAIL);
}

START_TEST(vault_rejects_a_renamed_key)
{
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];

	ck_assert_int_eq(generate_key(&pem, kid, JOSE_ES256), 0);
	kid[0] = kid[0] == 'A' ? 'B' : 'A';
	spawn(NULL);
	tell_conf();
	tell_key(&pem, kid);
	expect_fail(kid);
	buf_wipe_free(&pem);
}
END_TEST

START_TEST(vault_rejects_a_start_without_secrets)
{
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];

	ck_assert_int_eq(generate_key(&pem, kid, JOSE_ES256), 0);
	spawn(NULL);
	tell_conf();
	tell_key(&pem, kid);
	tell_start();
	expect_fail("sealing key");
	spawn(NULL);
	tell_conf();
	tell_seal(SEAL_LEN);
	tell_start();
	expect_fail("no signing key");
	spawn(NULL);
	tell_conf();
	tell_seal(31);
	expect_fail("sealing key");
	buf_wipe_free(&pem);
}
END_TEST

static void
tell_job(enum vault_job job, uint8_t ec, uint8_t others, const char *secret)
{
	struct msg_vault_job_set m = { (uint8_t)job, ec, others, others,
	    secret };

	ck_assert_int_eq(tell(IMSG_VAULT_JOB_SET, &m), 0);
}

static void
tell_bundle(const struct buf *b)
{
	struct msg_bundle_set m = { { b->p, b->len } };

	ck_assert_int_eq(tell(IMSG_BUNDLE_SET, &m), 0);
}

/* Two keys of each algorithm, each under its own name. */
START_TEST(vault_generates_each_algorithm)
{
	static const enum jose_alg want[] = { JOSE_ES256, JOSE_EDDSA,
	    JOSE_EDDSA, JOSE_RS256, JOSE_RS256 };
	struct keyring *r = keyring_new();
	size_t i;

	spawn("-g");
	tell_conf();
	tell_job(JOB_KEYS, 1, 2, "");
	tell_start();
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(hear(), IMSG_KEY_MADE);
		ck_assert_pstr_eq(keyring_add(r, v.m.key_made.kid,
		    v.m.key_made.pem.p, v.m.key_made.pem.n), NULL);
		ck_assert_int_eq(keyring_at(r, i)->alg, want[i]);
	}
	ck_assert_int_eq(hear(), IMSG_READY);
	expect_exit(0);
	keyring_free(r);
}
END_TEST

/* keys/ into a bundle; pem: the one key of it. */
static void
seal_keys(struct buf *pem, char kid[JWK_KID_LEN + 1], struct buf *bundle)
{
	uint8_t key[32];
	struct msg_secret_set pepper = { SECRET_PEPPER, { key, 32 } };

	memset(key, 7, sizeof(key));
	ck_assert_int_eq(generate_key(pem, kid, JOSE_ES256), 0);
	spawn("-g");
	tell_conf();
	tell_job(JOB_SEAL, 0, 0, "the right passphrase");
	ck_assert_int_eq(tell(IMSG_SECRET_SET, &pepper), 0);
	tell_seal(32);
	tell_key(pem, kid);
	tell_start();
	ck_assert_int_eq(hear(), IMSG_BUNDLE_MADE);
	buf_add(bundle, v.m.bundle_made.part.p, v.m.bundle_made.part.n);
	ck_assert_int_eq(hear(), IMSG_READY);
	expect_exit(0);
	ck_assert_ptr_null(memmem(bundle->p, bundle->len, "PRIVATE", 7));
	ck_assert_ptr_null(memmem(bundle->p, bundle->len, kid, 43));
}

START_TEST(vault_opens_what_it_sealed)
{
	struct buf pem = BUF_INIT, bundle = BUF_INIT;
	char kid[JWK_KID_LEN + 1];

	seal_keys(&pem, kid, &bundle);
	spawn("-g");
	tell_conf();
	tell_job(JOB_OPEN, 0, 0, "the right passphrase");
	tell_bundle(&bundle);
	tell_start();
	ck_assert_int_eq(hear(), IMSG_SECRET_MADE);
	ck_assert_int_eq(v.m.secret_made.kind, SECRET_PEPPER);
	ck_assert_int_eq(v.m.secret_made.value.p[31], 7);
	ck_assert_int_eq(hear(), IMSG_SECRET_MADE);
	ck_assert_int_eq(v.m.secret_made.kind, SECRET_SEAL);
	ck_assert_int_eq(v.m.secret_made.value.p[31], 5);
	ck_assert_int_eq(hear(), IMSG_KEY_MADE);
	ck_assert_str_eq(v.m.key_made.kid, kid);
	ck_assert_uint_eq(v.m.key_made.pem.n, pem.len);
	ck_assert_mem_eq(v.m.key_made.pem.p, pem.p, pem.len);
	ck_assert_int_eq(hear(), IMSG_READY);
	expect_exit(0);
	buf_wipe_free(&pem);
	buf_free(&bundle);
}
END_TEST

/* Nothing of a file leaves that is not as it was sealed. */
START_TEST(vault_rejects_changed_bundles)
{
	struct buf pem = BUF_INIT, bundle = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	static const struct {
		size_t		 at, len;	/* byte to change, 0: whole */
		const char	*secret, *why;
	} bad[] = {
		{ 0, 0, "the wrong passphrase", "passphrase is wrong" },
		{ 0, 0, "", "passphrase is wrong" },
		{ 30, 0, "the right passphrase", "passphrase is wrong" },
		{ 100, 0, "the right passphrase", "passphrase is wrong" },
		{ 3, 0, "the right passphrase", "not a file of" },
		{ 17, 0, "the right passphrase", "newer" },
		{ 20, 0, "the right passphrase", "newer" },
		{ 0, 79, "the right passphrase", "not a file of" },
		{ 0, 200, "the right passphrase", "passphrase is wrong" },
	};
	struct buf b;
	size_t i;

	seal_keys(&pem, kid, &bundle);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		spawn("-g");
		tell_conf();
		tell_job(JOB_OPEN, 0, 0, bad[i].secret);
		b = bundle;
		if (bad[i].len > 0)
			b.len = bad[i].len;
		bundle.p[bad[i].at] ^= bad[i].at > 0 ? 0x40 : 0;
		tell_bundle(&b);
		bundle.p[bad[i].at] ^= bad[i].at > 0 ? 0x40 : 0;
		tell_start();
		expect_fail(bad[i].why);
	}
	buf_wipe_free(&pem);
	buf_free(&bundle);
}
END_TEST

/* A vault that serves takes a key more, says so, and forgets it again. */
START_TEST(vault_accepts_keys_that_come_and_go)
{
	struct msg_token_issue_req m;
	struct buf pem = BUF_INIT, more = BUF_INIT;
	char kid[JWK_KID_LEN + 1], other[JWK_KID_LEN + 1];
	struct msg_signkey_drop drop = { other };
	struct jwks *ks = jwks_new();
	int engine = ready(&pem, kid, ks);

	ck_assert_int_eq(generate_key(&more, other, JOSE_RS256), 0);
	tell_key(&more, kid);		/* not its name, but one we have */
	tell_key(&pem, other);		/* not its name */
	tell_key(&more, other);
	ck_assert_int_eq(hear_answer(v.parent), IMSG_PUBKEY_MADE);
	ck_assert_str_eq(v.m.pubkey_made.kid, kid);
	ck_assert_int_eq(hear_answer(v.parent), IMSG_PUBKEY_MADE);
	ck_assert_str_eq(v.m.pubkey_made.kid, other);
	ck_assert_int_eq(v.m.pubkey_made.alg, ALG_RS256);
	vault_request(&m, other);
	issue(engine, &m, ST_OK);
	ck_assert_int_eq(tell(IMSG_SIGNKEY_DROP, &drop), 0);
	tell_key(&more, kid);		/* its answer: the drop was seen */
	ck_assert_int_eq(hear_answer(v.parent), IMSG_PUBKEY_MADE);
	issue(engine, &m, ST_NOT_FOUND);
	vault_request(&m, kid);
	issue(engine, &m, ST_OK);
	close(engine);
	stop();
	buf_wipe_free(&pem);
	buf_wipe_free(&more);
	jwks_free(ks);
}
END_TEST

START_TEST(vault_generates_and_leaves)
{
	struct keyring *r = keyring_new();
	uint8_t pepper[64], seal[64];

	spawn("-g");
	tell_conf();
	tell_job(JOB_FIRST, 1, 0, "");
	tell_start();
	ck_assert_int_eq(hear(), IMSG_SECRET_MADE);
	ck_assert_int_eq(v.m.secret_made.kind, SECRET_PEPPER);
	ck_assert_uint_eq(v.m.secret_made.value.n, 32);
	memcpy(pepper, v.m.secret_made.value.p, 32);
	ck_assert_int_eq(hear(), IMSG_SECRET_MADE);
	ck_assert_int_eq(v.m.secret_made.kind, SECRET_SEAL);
	ck_assert_uint_eq(v.m.secret_made.value.n, SEAL_LEN);
	memcpy(seal, v.m.secret_made.value.p, 32);
	ck_assert_mem_ne(pepper, seal, 32);
	ck_assert_int_eq(hear(), IMSG_KEY_MADE);
	ck_assert_pstr_eq(keyring_add(r, v.m.key_made.kid,
	    v.m.key_made.pem.p, v.m.key_made.pem.n), NULL);
	ck_assert_int_eq(hear(), IMSG_READY);
	expect_exit(0);
	keyring_free(r);
}
END_TEST

START_TEST(vault_leaves_with_its_parent)	/* CASES 58 */
{
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct jwks *ks = jwks_new();
	int engine = ready(&pem, kid, ks);

	shutdown(v.parent, SHUT_RDWR);
	expect_exit(0);
	close(engine);
	buf_wipe_free(&pem);
	jwks_free(ks);
}
END_TEST

static void
start(void)
{
	ck_assert_int_ne(sodium_init(), -1);
	keyring_init();
}

TCase *
vault_proc_cases(void)
{
	TCase *t = tcase_create("process");

	tcase_add_unchecked_fixture(t, start, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, vault_accepts_a_login_and_a_refresh);
	tcase_add_test(t, vault_accepts_second_factors);
	tcase_add_test(t, vault_accepts_a_restarted_engine);
	tcase_add_test(t, vault_rejects_hostile_questions);
	tcase_add_test(t, vault_rejects_frames_of_no_engine);
	tcase_add_test(t, vault_rejects_a_worker_as_peer);
	tcase_add_test(t, vault_rejects_a_renamed_key);
	tcase_add_test(t, vault_rejects_a_start_without_secrets);
	tcase_add_test(t, vault_generates_and_leaves);
	tcase_add_test(t, vault_generates_each_algorithm);
	tcase_add_test(t, vault_opens_what_it_sealed);
	tcase_add_test(t, vault_rejects_changed_bundles);
	tcase_add_test(t, vault_accepts_keys_that_come_and_go);
	tcase_add_test(t, vault_leaves_with_its_parent);
	return t;
}
