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
 * Who: the parent, at a first start, before anything else runs. Holds: what
 * a one-shot vault made, until it is in a file. The parent links no libcrypto
 * and makes no key; this is the only message that carries one outwards.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/keygen.h"
#include "privsep/parent/logpipe.h"
#include "privsep/parent/spawn.h"
#include "src/base/log.h"

#define PATIENCE_S	30

static int
set_up(const struct moatd *m, int fd)
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
	    chan_send_blocking(fd, IMSG_START, 0, &start, -1) == -1)
		return (-1);
	return (0);
}

static void
store(struct custody *c, uint16_t type, const union msg *m)
{
	if (type == IMSG_KEY_MADE)
		custody_store_key(c, m->key_made.kid, m->key_made.pem.p,
		    m->key_made.pem.n);
	else if (type == IMSG_SECRET_MADE &&
	    m->secret_made.kind == SECRET_PEPPER)
		custody_store_secret(c, "pepper", m->secret_made.value.p,
		    m->secret_made.value.n);
	else if (type == IMSG_SECRET_MADE &&
	    m->secret_made.kind == SECRET_SEAL)
		custody_store_secret(c, "seal", m->secret_made.value.p,
		    m->secret_made.value.n);
}

/* Until READY. -1: it broke off. */
static int
receive(struct moatd *m, int fd, char *why, size_t n)
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
			store(m->custody, type, &msg);
	}
	buf_wipe_free(&body);
	return (rv);
}

void
keygen_run(struct moatd *m)
{
	struct timeval tv = { PATIENCE_S, 0 };
	struct logpipe *log;
	struct spawned s;
	char why[256] = "cannot be set up";
	int ok, status;

	if (custody_load(m->custody) == 0)
		return;
	log_info("making the keys that %s/keys lacks", m->custody->state);
	if (spawn_role(ROLE_VAULT, 1, &s) == -1)
		fatal("vault");
	log = logpipe_new(NULL, s.log, "vault");
	if (setsockopt(s.chan, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)) == -1)
		fatal("setsockopt");
	ok = set_up(m, s.chan) == 0 && receive(m, s.chan, why,
	    sizeof(why)) == 0;
	close(s.chan);
	while (waitpid(s.pid, &status, 0) == -1 && errno == EINTR)
		;
	logpipe_free(log);
	if (!ok)
		fatalx("the vault made no keys: %s", why);
	if (custody_load(m->custody) != 0)
		fatalx("the vault made no keys: some are still missing");
}
