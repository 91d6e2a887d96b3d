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
 * Who: the parent. Holds: nothing. Callers: moatd.c, once at start.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/privs.h"
#include "src/base/buf.h"
#include "src/base/log.h"

static const struct {
	unsigned	 bit;
	const char	*name;
} needed[] = {
	{ CAP_CHOWN, "CAP_CHOWN" }, { CAP_SETGID, "CAP_SETGID" },
	{ CAP_SETUID, "CAP_SETUID" }, { CAP_SYS_CHROOT, "CAP_SYS_CHROOT" }
};

static const enum role dropping[] = { ROLE_VAULT, ROLE_HASHER, ROLE_ENGINE,
    ROLE_WORKER, ROLE_MAILER };

static void
missing_caps(struct buf *out)
{
	struct __user_cap_header_struct hdr = { _LINUX_CAPABILITY_VERSION_3,
	    0 };
	struct __user_cap_data_struct data[2];
	size_t i;

	memset(data, 0, sizeof(data));
	if (syscall(SYS_capget, &hdr, data) == -1)
		memset(data, 0, sizeof(data));
	for (i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if ((data[needed[i].bit / 32].effective &
		    (1U << (needed[i].bit % 32))) == 0)
			buf_addf(out, "%s%s", out->len > 0 ? ", " : "",
			    needed[i].name);
}

static void
missing_users(struct privs *p, const struct conf *c, struct buf *out)
{
	const struct passwd *pw;
	enum role r;
	size_t i;

	for (i = 0; i < sizeof(dropping) / sizeof(*dropping); i++) {
		r = dropping[i];
		pw = getpwnam(c->user[r]);
		if (pw == NULL && r == ROLE_MAILER && !c->mailer)
			continue;	/* there will be none */
		if (pw == NULL && i > 0 &&
		    strcmp(c->user[r], c->user[dropping[i - 1]]) == 0)
			continue;	/* named already */
		if (pw == NULL)
			buf_addf(out, "%suser %s", out->len > 0 ? ", " : "",
			    c->user[r]);
		else if (pw->pw_uid == 0)
			fatalx("user %s for the %s is root", c->user[r],
			    role_name(r));
		else {
			p->uid[r] = (uint32_t)pw->pw_uid;
			p->gid[r] = (uint32_t)pw->pw_gid;
		}
	}
}

/* Whoever shares an identity may signal the other. Vault and hasher do. */
static void
same_users(const struct privs *p, const struct conf *c)
{
	enum role a, b;
	size_t i, k;

	for (i = 0; i < sizeof(dropping) / sizeof(*dropping); i++) {
		for (k = 0; k < i; k++) {
			a = dropping[k];
			b = dropping[i];
			if (p->uid[a] != p->uid[b] ||
			    (a == ROLE_VAULT && b == ROLE_HASHER))
				continue;
			fatalx("user %s is for the %s and the %s: each needs "
			    "its own", c->user[b], role_name(a), role_name(b));
		}
	}
}

void
privs_find(struct privs *p, const struct conf *c)
{
	struct buf out = BUF_INIT;

	memset(p, 0, sizeof(*p));
	if (geteuid() != 0) {
		log_info("not root: processes share uid %u and have no "
		    "chroot", (unsigned)geteuid());
		return;
	}
	missing_caps(&out);
	missing_users(p, c, &out);
	if (out.len == 0) {
		p->drop = 1;
		same_users(p, c);
	} else
		log_warnx("missing %s: processes stay root and have no chroot",
		    buf_cstr(&out));
	buf_free(&out);
}

void
privs_harden(void)
{
	struct rlimit rl = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &rl) == -1)
		fatal("setrlimit");
#ifndef SANDBOX_RELAXED
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("prctl");
#endif
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &rl) == -1)
			log_warn("setrlimit");
	}
}
