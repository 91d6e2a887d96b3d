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
 * hasher: makes and verifies password records. Runs as _moatkey at nice 19,
 * one hash at a time; the engine queues in front of it. Holds the pepper. Its
 * only peer is the engine; it reads, writes and computes, and opens nothing.
 */
#include "config.h"

#include <sys/resource.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/hasher/arena.h"
#include "privsep/hasher/foreign.h"
#include "privsep/hasher/record.h"
#include "privsep/wall/proc.h"
#include "src/base/log.h"

/* An arena that was idle for so long is given back, and wiped by that. */
static const struct timeval idle_after = { 1, 0 };

static struct hasher {
	struct pepper		*pepper;
	struct argon_cost	 cost;
	char			 dummy[RECORD_CAP];
	struct chan		*engine;	/* NULL: none now */
	int			 engine_fd;	/* came before the loop */
	struct event		*idle;
} hasher = { .engine_fd = -1 };

/* Everything it needs is what any role needs. */
static void
policy(struct proc *p, struct sandbox_policy *pol)
{
	(void)p;
	pol->pledge = "stdio recvfd";
	pol->nofile = 64;
	pol->nproc = 1;
}

/* ---- the engine's requests ---- */

static uint8_t
status_of(enum record_err e, const char *user_id)
{
	if (e == RECORD_OK || e == RECORD_MISMATCH)
		return (ST_OK);
	log_warnx("record of user %s: %s", user_id, record_strerror(e));
	return (e == RECORD_NOMEM ? ST_UNAVAILABLE : ST_OK);
}

static void
answer_hash(struct chan *c, uint64_t id, const union msg *m)
{
	const struct msg_pw_hash_req *q = &m->pw_hash_req;
	struct msg_pw_hash_res r;
	char record[RECORD_CAP] = "";
	enum record_err e;

	e = record_make(hasher.pepper, q->user_id, q->password, &hasher.cost,
	    record);
	r.status = status_of(e, q->user_id);
	if (e != RECORD_OK && r.status == ST_OK)
		r.status = ST_INTERNAL;
	r.record = e == RECORD_OK ? record : "";
	(void)chan_send(c, IMSG_PW_HASH_RES, id, &r, -1);
	sodium_memzero(record, sizeof(record));
}

static void
answer_match(struct chan *c, uint64_t id, uint8_t status, int match,
    const char *record)
{
	struct msg_pw_verify_res r;

	r.status = status;
	r.match = match != 0;
	r.record = record;
	(void)chan_send(c, IMSG_PW_VERIFY_RES, id, &r, -1);
}

static void
answer_verify(struct chan *c, uint64_t id, const union msg *m)
{
	const struct msg_pw_verify_req *q = &m->pw_verify_req;
	char record[RECORD_CAP] = "";
	enum record_err e;

	e = record_verify(hasher.pepper, q->user_id, q->record, q->password,
	    q->raw, hasher.dummy);
	/* Made with older parameters, or elsewhere: now is when the password
	 * is at hand. Without a new record the old one stays good. */
	if (e == RECORD_OK && (record_stale(q->record, &hasher.cost) ||
	    record_imported(hasher.pepper, q->user_id, q->record)) &&
	    record_make(hasher.pepper, q->user_id, q->password, &hasher.cost,
	    record) != RECORD_OK)
		record[0] = '\0';
	answer_match(c, id, status_of(e, q->user_id), e == RECORD_OK, record);
	sodium_memzero(record, sizeof(record));
}

static void
answer_replace(struct chan *c, uint64_t id, const union msg *m)
{
	const struct msg_pw_replace_req *q = &m->pw_replace_req;
	char record[RECORD_CAP] = "";
	enum record_err e, made;
	uint8_t status;

	e = record_verify(hasher.pepper, q->user_id, q->record, q->old, "",
	    hasher.dummy);
	status = status_of(e, q->user_id);
	if (e == RECORD_OK) {
		made = record_make(hasher.pepper, q->user_id, q->password,
		    &hasher.cost, record);
		if (made != RECORD_OK) {
			record[0] = '\0';
			status = made == RECORD_NOMEM ? ST_UNAVAILABLE :
			    ST_INTERNAL;
		}
	}
	answer_match(c, id, status, e == RECORD_OK, record);
	sodium_memzero(record, sizeof(record));
}

static void
answer_import(struct chan *c, uint64_t id, const union msg *m)
{
	const struct msg_pw_import_req *q = &m->pw_import_req;
	struct msg_pw_import_res r;
	char record[RECORD_CAP] = "";
	enum record_err e;

	e = record_import(hasher.pepper, q->user_id, q->hash, record);
	r.status = e == RECORD_OK ? ST_OK : ST_INVALID_REQUEST;
	r.record = e == RECORD_OK ? record : "";
	r.reason = e == RECORD_OK ? "" : record_strerror(e);
	(void)chan_send(c, IMSG_PW_IMPORT_RES, id, &r, -1);
	sodium_memzero(record, sizeof(record));
}

static const struct {
	uint16_t	type;
	void		(*answer)(struct chan *, uint64_t, const union msg *);
} answers[] = {
	{ IMSG_PW_HASH_REQ, answer_hash },
	{ IMSG_PW_VERIFY_REQ, answer_verify },
	{ IMSG_PW_REPLACE_REQ, answer_replace },
	{ IMSG_PW_IMPORT_REQ, answer_import },
};

static void
on_engine_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	size_t i;

	(void)arg;
	if (fd != -1)
		close(fd);
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].type == type) {
			answers[i].answer(c, id, m);
			/* The next one may take long: this one leaves now. */
			(void)chan_flush(c);
			(void)event_add(hasher.idle, &idle_after);
			return;
		}
	chan_violation(c, "no request for a hasher");
}

/* The parent sends a new end when there is a new engine. */
static void
on_engine_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	(void)arg;
	if (end != CHAN_EOF)
		log_warnx("engine: %s", why);
	if (hasher.engine == c)
		hasher.engine = NULL;
	chan_free(c);
}

static const struct chan_ops engine_ops = { on_engine_msg, on_engine_end };

static void
engine_connect(struct proc *p, int fd)
{
	struct chan *c;

	c = chan_new(p->base, fd, ROLE_HASHER, ROLE_ENGINE, 0, &engine_ops,
	    NULL);
	if (c == NULL)
		fatal("channel to the engine");
	chan_set_running(c);
	chan_free(hasher.engine);
	hasher.engine = c;
}

/* ---- the parent's messages ---- */

static void
peer_take(const struct msg_peer_set *m, int fd)
{
	if (m->role != ROLE_ENGINE)
		fatalx("peer of role %u", m->role);
	if (hasher.engine_fd != -1)
		close(hasher.engine_fd);
	hasher.engine_fd = fd;
}

static void
secret_take(const struct msg_secret_set *m)
{
	if (m->kind != SECRET_PEPPER || m->value.n != PEPPER_LEN)
		fatalx("secret of kind %u with %zu bytes", m->kind,
		    m->value.n);
	pepper_free(hasher.pepper);
	hasher.pepper = pepper_new(m->value.p);
	if (hasher.pepper == NULL)
		fatal("guarded memory");
}

static void
setup(struct proc *p, uint16_t type, const union msg *m, int fd)
{
	(void)p;
	switch (type) {
	case IMSG_CONF_HASHER:
		hasher.cost.kib = m->conf_hasher.memory_kib;
		hasher.cost.passes = m->conf_hasher.time;
		break;
	case IMSG_SECRET_SET:
		secret_take(&m->secret_set);
		break;
	case IMSG_PEER_SET:
		peer_take(&m->peer_set, fd);
		break;
	default:
		/* Boards are nothing to a hasher. */
		if (fd != -1)
			close(fd);
		break;
	}
}

static void
fingerprint_send(void)
{
	struct msg_fingerprint_made m;
	char fp[PEPPER_FP_CAP];

	pepper_fingerprint(hasher.pepper, fp);
	m.kind = SECRET_PEPPER;
	m.value = fp;
	if (chan_send_blocking(PROC_FD, IMSG_FINGERPRINT_MADE, 0, &m,
	    -1) == -1)
		fatal("FINGERPRINT_MADE");
}

static void
prepare(struct proc *p)
{
	if (hasher.pepper == NULL)
		fatalx("no pepper");
	if (!argon_cost_ok(&hasher.cost))
		proc_fail(p, "password memory %u KiB, time %u: more than a "
		    "hasher computes", hasher.cost.kib, hasher.cost.passes);
	if (foreign_warm_up() == -1)
		fatalx("hashes of other systems do not compute");
	record_dummy(hasher.pepper, &hasher.cost, hasher.dummy);
	fingerprint_send();
	/* Token traffic goes first, whatever the number of logins. */
	if (setpriority(PRIO_PROCESS, 0, 19) == -1)
		log_warn("setpriority");
}

static void
on_idle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	arena_release();
}

static void
run(struct proc *p)
{
	hasher.idle = evtimer_new(p->base, on_idle, NULL);
	if (hasher.idle == NULL)
		fatal("event");
	if (hasher.engine_fd != -1) {
		engine_connect(p, hasher.engine_fd);
		hasher.engine_fd = -1;
	}
}

static void
msg(struct proc *p, uint16_t type, uint64_t id, const union msg *m, int fd)
{
	(void)id;
	if (type == IMSG_PEER_SET && m->peer_set.role == ROLE_ENGINE)
		engine_connect(p, fd);
	else if (fd != -1)
		close(fd);
}

/* Requests are answered within their callback: nothing is held here. */
static void
stop(struct proc *p)
{
	pepper_free(hasher.pepper);
	hasher.pepper = NULL;
	chan_free(hasher.engine);
	hasher.engine = NULL;
	proc_exit(p, 0);
}

static const struct proc_ops ops = {
	.role = ROLE_HASHER,
	.setup = setup,
	.prepare = prepare,
	.run = run,
	.msg = msg,
	.stop = stop,
	.policy = policy,
};

int
main(int argc, char *argv[])
{
	if (sodium_init() == -1)
		fatalx("sodium_init");
	proc_main(&ops, argc, argv);
}
