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
 * Channels of the engine. Runs in the engine. Workers are held here, hashers
 * and vaults in their pools. A peer that breaks the wall's rules loses its
 * channel and is named to the parent, who starts it anew; nothing else.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/engine/op.h"
#include "privsep/engine/outbox.h"
#include "src/base/clock.h"
#include "src/base/log.h"

void
peer_bad(struct engine *e, enum role role, uint32_t index,
    uint32_t generation, enum chan_end end, const char *why)
{
	struct msg_peer_bad m;

	if (end == CHAN_EOF) {
		log_debug("%s %u is gone", role_name(role), index);
		return;
	}
	log_warnx("%s %u: channel ends: %s", role_name(role), index, why);
	memset(&m, 0, sizeof(m));
	m.role = (uint8_t)role;
	m.index = index;
	m.generation = generation;
	m.reason = why;
	if (chan_send(e->parent, IMSG_PEER_BAD, 0, &m, -1) == -1)
		log_warn("PEER_BAD");
}

static void
worker_free(struct worker *w)
{
	op_worker_gone(w);
	TAILQ_REMOVE(&w->eng->workers, w, entry);
	chan_free(w->chan);
	free(w);
}

/* Bytes of a message as the channel's limit counts them. */
static size_t
message_size(const struct msg_row *row, const union msg *m)
{
	size_t i, n = 16;
	const char *p;

	for (i = 0; i < row->nfields; i++) {
		p = (const char *)m + row->fields[i].off;
		if (row->fields[i].kind == MSG_K_str)
			n += 3 + strlen(*(const char *const *)p);
		else
			n += 8;
	}
	return (n);
}

static void
worker_busy(struct worker *w, uint64_t id)
{
	struct msg_error_res m;

	memset(&m, 0, sizeof(m));
	m.status = ST_BUSY;
	m.retry_after_s = 1;
	if (chan_send(w->chan, IMSG_ERROR_RES, id, &m, -1) == -1)
		log_warn("BUSY to worker %u is lost", w->index);
}

static void
on_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m, int fd,
    void *arg)
{
	struct worker *w = arg;
	struct op *op;

	(void)c;
	(void)fd;		/* no row from a worker carries one */
	if (w->eng->stopping ||
	    !limit_admit(&w->limit, message_size(msg_row(type), m),
	    clock_mono())) {
		worker_busy(w, id);
		return;
	}
	if ((op = op_new(w->eng, w, id, type)) == NULL) {
		limit_done(&w->limit);
		worker_busy(w, id);
		return;
	}
	answer(op, m);
}

static void
on_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	struct worker *w = arg;

	(void)c;
	peer_bad(w->eng, ROLE_WORKER, w->index, w->generation, end, why);
	worker_free(w);
}

static const struct chan_ops worker_ops = { on_msg, on_end };

static void
worker_add(struct engine *e, const struct msg_peer_set *m, int fd)
{
	struct worker *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatal("calloc");
	w->eng = e;
	w->index = m->index;
	w->generation = m->generation;
	TAILQ_INIT(&w->ops);
	limit_init(&w->limit, e->conf.inflight, e->conf.bytes_ps,
	    e->conf.fails_ps, clock_mono());
	w->chan = chan_new(e->base, fd, ROLE_ENGINE, ROLE_WORKER, m->permit,
	    &worker_ops, w);
	if (w->chan == NULL)
		fatal("channel to worker %u", m->index);
	chan_set_running(w->chan);
	TAILQ_INSERT_TAIL(&e->workers, w, entry);
}

void
peer_set(struct engine *e, const struct msg_peer_set *m, int fd)
{
	switch (m->role) {
	case ROLE_WORKER:
		worker_add(e, m, fd);
		break;
	case ROLE_HASHER:
		pool_add(e->hashers, m->index, m->generation, fd);
		break;
	case ROLE_VAULT:
		pool_add(e->vaults, m->index, m->generation, fd);
		break;
	case ROLE_MAILER:
		outbox_peer(e, m, fd);
		break;
	default:
		log_warnx("a peer of role %u is not for the engine", m->role);
		close(fd);
	}
}

void
peer_gone(struct engine *e, const struct msg_peer_gone *m)
{
	struct worker *w, *next;

	if (m->role == ROLE_HASHER)
		pool_remove(e->hashers, m->index, m->generation);
	else if (m->role == ROLE_VAULT)
		pool_remove(e->vaults, m->index, m->generation);
	else if (m->role == ROLE_MAILER)
		outbox_peer_gone(e, m);
	if (m->role != ROLE_WORKER)
		return;
	for (w = TAILQ_FIRST(&e->workers); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (w->index == m->index && w->generation == m->generation)
			worker_free(w);
	}
}

void
peers_clear(struct engine *e)
{
	struct worker *w;

	while ((w = TAILQ_FIRST(&e->workers)) != NULL)
		worker_free(w);
}
