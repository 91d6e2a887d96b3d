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
 * Commands of moatctl that are the engine's: the parent passes the connection
 * on, its request unread. Runs in the engine; the parent has checked who is at
 * the other end.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/engine/audit_export.h"
#include "privsep/engine/control_super.h"
#include "privsep/engine/import.h"
#include "privsep/engine/op.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define CONTROL_INFLIGHT	64	/* of administration, a connection */

/* Lives until both the connection and what it asked for are over. */
struct control {
	struct engine	*eng;
	struct chan	*chan;		/* NULL: gone */
	uint64_t	 id;		/* of the request that came last */
	uint16_t	 type;
	int		 busy;		/* requests under way, of one type */
	struct worker	 ops;		/* administration, as a worker asks */
};

static void
control_end(struct control *c)
{
	if (c->chan == NULL && c->busy == 0)
		free(c);
}

static void
on_line(const char *line, void *arg)
{
	struct control *c = arg;
	struct msg_ctl_text_res m = { .text = line };

	if (c->chan != NULL)
		(void)chan_send(c->chan, IMSG_CTL_TEXT_RES, c->id, &m, -1);
}

static void
on_done(int ok, const char *summary, void *arg)
{
	struct control *c = arg;
	struct msg_ctl_done_res m;

	memset(&m, 0, sizeof(m));
	m.code = ok == 0 ? 0 : 1;
	m.text = summary;
	if (c->chan != NULL)
		(void)chan_send(c->chan, IMSG_CTL_DONE_RES, c->id, &m, -1);
	c->busy--;
	control_end(c);
}

static void
migrate(struct control *c, const union msg *m)
{
	store_migrate(c->eng->store, m->ctl_migrate_req.dry_run, on_line,
	    on_done, c);
}

/* ---- audit export ---- */

static void
export_text(const char *text, size_t n, void *arg)
{
	char piece[65536];

	if (n >= sizeof(piece))
		return;
	memcpy(piece, text, n);
	piece[n] = '\0';
	on_line(piece, arg);
}

static long
export_pending(void *arg)
{
	struct control *c = arg;

	return (c->chan != NULL ? (long)chan_pending(c->chan) : -1);
}

static void
export_done(int code, const char *why, void *arg)
{
	on_done(code == 0 ? 0 : -1, why, arg);
}

static void
export(struct control *c, const union msg *m)
{
	const struct msg_ctl_audit_export_req *r = &m->ctl_audit_export_req;
	const struct export_to to = { export_text, export_pending,
	    export_done, c };

	audit_export(c->eng, r->tenant, r->from, r->to, &to);
}

/* ---- user import: an answer for each, in any order ---- */

struct import_answer {
	struct control	*control;
	uint64_t	 id;
};

static void
imported(void *arg, enum msg_status st, const char *path, const char *reason)
{
	struct import_answer *a = arg;
	struct control *c = a->control;
	struct msg_ctl_user_import_res m = { (uint8_t)st, path, reason };

	if (c->chan != NULL)
		(void)chan_send(c->chan, IMSG_CTL_USER_IMPORT_RES, a->id, &m,
		    -1);
	free(a);
	c->busy--;
	control_end(c);
}

static void
import(struct control *c, const union msg *m)
{
	struct import_answer *a;

	if ((a = malloc(sizeof(*a))) == NULL) {
		c->busy--;
		chan_violation(c->chan, "no memory");
		return;
	}
	a->control = c;
	a->id = c->id;
	import_user(c->eng, &m->ctl_user_import_req, imported, a);
}

/* ---- one account ---- */

static void
password_link(struct control *c, const union msg *m)
{
	const struct control_to to = { on_line, on_done, c };

	control_password_link(c->eng, m->ctl_password_link_req.tenant,
	    m->ctl_password_link_req.user, &to);
}

/* ---- the super admin ---- */

static void
on_password(const char *username, const char *password, void *arg)
{
	struct control *c = arg;
	struct msg_ctl_password_res m = { username, password };

	if (c->chan != NULL)
		(void)chan_send(c->chan, IMSG_CTL_PASSWORD_RES, c->id, &m,
		    -1);
}

static void
superadmin(struct control *c, const union msg *m)
{
	const struct control_super to = {
		{ on_line, on_done, c }, on_password
	};

	switch (c->type) {
	case IMSG_CTL_SUPERADMIN_CREATE_REQ:
		control_superadmin_create(c->eng,
		    m->ctl_superadmin_create_req.username,
		    m->ctl_superadmin_create_req.email, &to);
		break;
	case IMSG_CTL_SUPERADMIN_TRANSFER_REQ:
		control_superadmin_transfer(c->eng,
		    m->ctl_superadmin_transfer_req.user, &to);
		break;
	case IMSG_CTL_SUPERADMIN_RESET_REQ:
		control_superadmin_reset(c->eng, &to);
		break;
	default:
		control_revoke_all(c->eng, &to);
	}
}

/* ---- backup ---- */

static void
backed_up(int fd, uint64_t size, const char *why, void *arg)
{
	struct control *c = arg;
	struct msg_ctl_file_res m = { size };

	if (fd != -1 && c->chan == NULL)
		close(fd);
	else if (fd != -1)
		(void)chan_send(c->chan, IMSG_CTL_FILE_RES, c->id, &m, fd);
	on_done(fd == -1 ? -1 : 0, why, c);
}

static void
backup(struct control *c, const union msg *m)
{
	(void)m;
	store_backup(c->eng->store, backed_up, c);
}

/* ---- requests ---- */

static const struct request {
	uint16_t	  type;
	int		  window;	/* so many unanswered ones */
	void		(*run)(struct control *, const union msg *);
} requests[] = {
	{ IMSG_CTL_MIGRATE_REQ, 1, migrate },
	{ IMSG_CTL_PASSWORD_LINK_REQ, 1, password_link },
	{ IMSG_CTL_SUPERADMIN_CREATE_REQ, 1, superadmin },
	{ IMSG_CTL_SUPERADMIN_TRANSFER_REQ, 1, superadmin },
	{ IMSG_CTL_SUPERADMIN_RESET_REQ, 1, superadmin },
	{ IMSG_CTL_REVOKE_ALL_REQ, 1, superadmin },
	{ IMSG_CTL_BACKUP_REQ, 1, backup },
	{ IMSG_CTL_AUDIT_EXPORT_REQ, 1, export },
	{ IMSG_CTL_USER_IMPORT_REQ, CTL_IMPORT_WINDOW, import },
};

static const struct request *
request_find(uint16_t type)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (requests[i].type == type)
			return (&requests[i]);
	return (NULL);
}

/*
 * What an administrator may ask for, an operator may: the same answers run,
 * but they ask for no bearer.
 */
static void
administer(struct control *c, uint16_t type, uint64_t id, const union msg *m)
{
	struct op *op;

	if (c->eng->stopping ||
	    !limit_admit(&c->ops.limit, 0, clock_mono()) ||
	    (op = op_new(c->eng, &c->ops, id, type)) == NULL) {
		chan_violation(c->chan, "too many requests");
		return;
	}
	answer(op, m);
}

static void
on_msg(struct chan *chan, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	struct control *c = arg;
	const struct request *r = request_find(type);

	(void)fd;
	if (type >= IMSG_USERS_LIST_REQ) {
		administer(c, type, id, m);
		return;
	}
	if (r == NULL || c->busy >= r->window || c->eng->stopping ||
	    (c->busy > 0 && c->type != type)) {
		chan_violation(chan, "too many requests");
		return;
	}
	c->id = id;
	c->type = type;
	c->busy++;
	r->run(c, m);
}

static void
on_end(struct chan *chan, enum chan_end end, const char *why, void *arg)
{
	struct control *c = arg;

	if (end != CHAN_EOF)
		log_warnx("control connection: %s", why);
	op_worker_gone(&c->ops);
	chan_free(chan);
	c->chan = c->ops.chan = NULL;
	control_end(c);
}

static const struct chan_ops control_ops = { on_msg, on_end };

void
control_pass(struct engine *e, int fd)
{
	struct control *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return;
	}
	c->eng = e;
	c->ops.eng = e;
	c->ops.operator = 1;
	TAILQ_INIT(&c->ops.ops);
	limit_init(&c->ops.limit, CONTROL_INFLIGHT, 0, 0, clock_mono());
	c->chan = c->ops.chan = chan_new(e->base, fd, ROLE_ENGINE, ROLE_CTL,
	    SERVE_ADMIN | SERVE_PUBLIC, &control_ops, c);
	if (c->chan == NULL) {
		close(fd);
		free(c);
	}
}
