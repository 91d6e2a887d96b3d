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
 * Who: the parent, at a first start or when it imports keys of another node,
 * before anything else runs. Holds: what a one-shot vault sent, until it is in
 * a file. The parent links no libcrypto and makes no key.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/keygen.h"
#include "privsep/parent/keymaker.h"
#include "privsep/parent/logpipe.h"
#include "privsep/parent/secret.h"
#include "privsep/parent/spawn.h"
#include "src/base/log.h"

#define PATIENCE_S	30

/* What the one-shot is asked for, and where what it makes goes. */
struct order {
	struct custody	*c;
	struct msg_vault_job_set job;
	const struct buf *bundle;	/* to open, or NULL */
	struct secret	*pepper;	/* of the bundle; its seal is awaited */
	int		 matched;
	unsigned	 added;
	char		 why[256];
};

static int
set_bundle(const struct buf *b, int fd)
{
	struct msg_bundle_set m;
	size_t at;

	for (at = 0; b != NULL && at < b->len; at += m.part.n) {
		m.part.p = b->p + at;
		m.part.n = b->len - at < 65536 ? b->len - at : 65536;
		if (chan_send_blocking(fd, IMSG_BUNDLE_SET, 0, &m, -1) == -1)
			return (-1);
	}
	return (0);
}

static int
set_up(const struct moatd *m, const struct order *o, int fd)
{
	struct msg_conf_common common;
	struct msg_conf_vault vault = { m->conf->issuer };
	struct msg_start start = { 0 };
	char root[4224] = "";

	memset(&common, 0, sizeof(common));
	common.role = ROLE_VAULT;
	common.flags = (m->privs.drop ? CONF_F_DROP : 0) |
	    (m->conf->sandbox_optional ? CONF_F_OPTIONAL : 0) |
	    (m->verbose ? CONF_F_VERBOSE : 0);
	if (m->privs.drop) {
		common.uid = m->privs.uid[ROLE_VAULT];
		common.gid = m->privs.gid[ROLE_VAULT];
		snprintf(root, sizeof(root), "%s/empty", m->custody->state);
	}
	common.chroot = root;
	common.state = m->custody->state;
	common.version = PACKAGE_VERSION;
	if (chan_send_blocking(fd, IMSG_CONF_COMMON, 0, &common, -1) == -1 ||
	    chan_send_blocking(fd, IMSG_CONF_VAULT, 0, &vault, -1) == -1 ||
	    chan_send_blocking(fd, IMSG_VAULT_JOB_SET, 0, &o->job, -1) == -1 ||
	    set_bundle(o->bundle, fd) == -1 ||
	    chan_send_blocking(fd, IMSG_START, 0, &start, -1) == -1)
		return (-1);
	return (0);
}

/* ---- a first start ---- */

static void
store(struct order *o, uint16_t type, const union msg *m)
{
	const struct msg_secret_made *s = &m->secret_made;

	if (type == IMSG_KEY_MADE)
		custody_store_key(o->c, m->key_made.kid, m->key_made.pem.p,
		    m->key_made.pem.n);
	else if (type == IMSG_SECRET_MADE)
		custody_store_secret(o->c, s->kind == SECRET_SEAL ? "seal" :
		    "pepper", s->value.p, s->value.n);
}

/* ---- keys of another node ---- */

/* Neither pepper nor seal is ever replaced; a missing one is written when the
 * other is known to fit. */
static void
import_secret(struct order *o, const struct msg_secret_made *s)
{
	const char *name = s->kind == SECRET_SEAL ? "seal" : "pepper";
	int same = custody_same(o->c, name, s->value.p, s->value.n);
	const void *p;
	size_t n;

	if (same == 0 && o->why[0] == '\0')
		snprintf(o->why, sizeof(o->why), "keys/%s is another one: "
		    "accounts of this node would be lost; where there are "
		    "none, remove keys/ first", name);
	if (o->why[0] != '\0')
		return;
	o->matched++;
	if (s->kind != SECRET_SEAL) {
		secret_free(o->pepper);
		o->pepper = secret_new(s->value.p, s->value.n);
		return;
	}
	if (o->pepper == NULL)
		return;
	p = secret_open(o->pepper, &n);
	custody_store_secret(o->c, "pepper", p, n);
	secret_close(o->pepper);
	custody_store_secret(o->c, "seal", s->value.p, s->value.n);
}

static void
import(struct order *o, uint16_t type, const union msg *m)
{
	const struct msg_key_made *k = &m->key_made;

	if (type == IMSG_SECRET_MADE)
		import_secret(o, &m->secret_made);
	else if (type == IMSG_KEY_MADE && o->why[0] == '\0' &&
	    o->matched == 2 && custody_key(o->c, k->kid) == NULL) {
		if (custody_add_key(o->c, k->kid, k->pem.p, k->pem.n) == -1)
			snprintf(o->why, sizeof(o->why), "a key cannot be "
			    "kept");
		else
			o->added++;
	}
}

/* Until READY. -1: it broke off. */
static int
receive(struct order *o, int fd, char *why, size_t n)
{
	struct buf body = BUF_INIT;
	uint16_t type = 0;
	union msg msg;
	uint64_t id;
	int passfd, rv = 0;

	snprintf(why, n, "it ended; the line before says why");
	while (rv == 0 && type != IMSG_READY) {
		if (chan_recv_blocking(fd, ROLE_PARENT, ROLE_VAULT, &body,
		    &type, &id, &msg, &passfd) == -1)
			rv = -1;
		else if (type == IMSG_FAIL) {
			snprintf(why, n, "%s", msg.fail.reason);
			rv = -1;
		} else
			(o->bundle != NULL ? import : store)(o, type, &msg);
	}
	buf_wipe_free(&body);
	return (rv);
}

/* 0; -1: why. */
static int
one_shot(struct moatd *m, struct order *o, char *why, size_t n)
{
	struct timeval tv = { PATIENCE_S, 0 };
	struct logpipe *log;
	struct spawned s;
	int ok, status;

	snprintf(why, n, "cannot be set up");
	if (spawn_role(ROLE_VAULT, 1, &s) == -1)
		fatal("vault");
	log = logpipe_new(NULL, s.log, "vault");
	if (setsockopt(s.chan, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)) == -1)
		fatal("setsockopt");
	ok = set_up(m, o, s.chan) == 0 && receive(o, s.chan, why, n) == 0;
	close(s.chan);
	while (waitpid(s.pid, &status, 0) == -1 && errno == EINTR)
		;
	logpipe_free(log);
	return (ok ? 0 : -1);
}

void
keygen_run(struct moatd *m)
{
	struct order o = { .c = m->custody,
	    .job = { JOB_FIRST, 1, 0, 0, "" } };
	char why[256];

	if (custody_load(m->custody) == 0)
		return;
	log_info("making the keys that %s/keys lacks", m->custody->state);
	if (one_shot(m, &o, why, sizeof(why)) == -1)
		fatalx("the vault made no keys: %s", why);
	if (custody_load(m->custody) != 0)
		fatalx("the vault made no keys: some are still missing");
}

static void
read_line(char *dst, size_t n)
{
	if (fgets(dst, (int)n, stdin) == NULL)
		dst[0] = '\0';
	dst[strcspn(dst, "\r\n")] = '\0';
	if (dst[0] == '\0')
		fatalx("no passphrase on standard input");
}

void
keygen_import(struct moatd *m, const char *path)
{
	struct order o = { .c = m->custody,
	    .job = { JOB_OPEN, 0, 0, 0, "" } };
	char passphrase[CAP_PASSWORD + 1], why[256];
	struct buf b = BUF_INIT;
	const char *no;
	int fd;

	read_line(passphrase, sizeof(passphrase));
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		fatal("%s", path);
	if ((no = keyjob_read(fd, &b)) != NULL)
		fatalx("%s: %s", path, no);
	close(fd);
	custody_load(m->custody);
	o.bundle = &b;
	o.job.passphrase = passphrase;
	if (one_shot(m, &o, why, sizeof(why)) == -1)
		fatalx("%s: %s", path, why);
	sodium_memzero(passphrase, sizeof(passphrase));
	if (o.why[0] != '\0')
		fatalx("%s: %s", path, o.why);
	if (o.matched != 2)
		fatalx("%s: it lacks a pepper or a seal", path);
	printf("%u keys added\n", o.added);
	secret_free(o.pepper);
	buf_free(&b);
}
