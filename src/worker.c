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
 * worker: the process that faces the network. Run as _moatd, one a core,
 * started by the parent only. Holds no secret: listeners, public keys and a
 * channel to the engine, to whom every operation goes whole. What it may do
 * once confined is in worker_sandbox.c.
 */
#include "config.h"

#include <sys/types.h>

#include <openssl/crypto.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/ask.h"
#include "privsep/wall/shm.h"
#include "src/api/api.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/oauth/oauth.h"
#include "src/pages/pages.h"
#include "src/worker.h"

#define BEAT_USEC	500000

struct worker worker = { .engine_fd = -1 };

/* ---- set-up messages ---- */

/* Appends a copy to a NULL-terminated vector. */
static void
vec_add(const char *const **vec, const char *text)
{
	const char **v = (const char **)(uintptr_t)*vec, **more;
	size_t n = 0;

	while (v != NULL && v[n] != NULL)
		n++;
	more = reallocarray(v, n + 2, sizeof(*v));
	if (more == NULL)
		fatal("set-up");
	*vec = more;
	more[n + 1] = NULL;
	if ((more[n] = strdup(text)) == NULL)
		fatal("set-up");
}

static void
set_conf(struct proc *p, const union msg *m, int fd)
{
	const struct msg_conf_worker *c = &m->conf_worker;

	(void)p;
	(void)fd;
	if (strlen(c->issuer) >= sizeof(api.issuer) || c->slots > UINT16_MAX)
		fatalx("a configuration that cannot be");
	memcpy(api.issuer, c->issuer, strlen(c->issuer) + 1);
	api.nworkers = c->slots;
	api.workers = calloc(c->slots + 1, sizeof(*api.workers));
	if (api.workers == NULL)
		fatal("set-up");
	worker.max_conns = worker.http.max_conns = c->max_conns;
	worker.http.header_ms = c->header_ms;
	worker.http.body_ms = c->body_ms;
	worker.http.write_ms = c->write_ms;
	worker.http.idle_ms = c->idle_ms;
	worker.http.hsts = strncmp(c->issuer, "https://", 8) == 0;
	worker.http.done = metrics_done;
	worker.drain_ms = c->drain_ms;
	worker.max_inflight = c->max_inflight;
	api.client_registration = c->client_registration;
}

static void
set_trust(struct proc *p, const union msg *m, int fd)
{
	(void)p;
	(void)fd;
	vec_add(&worker.http.trust, m->conf_trust.cidr);
}

static void
set_cors(struct proc *p, const union msg *m, int fd)
{
	(void)p;
	(void)fd;
	vec_add(&worker.http.cors, m->conf_cors.origin);
}

static void
set_listener(struct proc *p, const union msg *m, int fd)
{
	(void)p;
	if (worker.nlisteners == WORKER_LISTENERS)
		fatalx("more than %d listeners", WORKER_LISTENERS);
	worker.listener[worker.nlisteners].fd = fd;
	worker.listener[worker.nlisteners++].serve = m->listener_set.serve;
}

static void
set_key(struct proc *p, const union msg *m, int fd)
{
	const struct msg_pubkey_set *k = &m->pubkey_set;

	(void)p;
	(void)fd;
	if (api_add_key(k->kid, (enum jose_alg)k->alg, k->spki.p,
	    k->spki.n) == -1)
		log_warnx("public key %s is not usable", k->kid);
}

static void
drop_key(struct proc *p, const union msg *m, int fd)
{
	(void)p;
	(void)fd;
	if (api_drop_key(m->pubkey_drop.kid) == -1)
		fatalx("the key set without %s", m->pubkey_drop.kid);
}

static void
set_board(struct proc *p, const union msg *m, int fd)
{
	const struct msg_shm_set *s = &m->shm_set;
	void *board = NULL;

	(void)p;
	if (s->kind == SHM_PARENT)
		api.parent = board = shm_map(fd, sizeof(*api.parent), 0);
	else if (s->kind == SHM_ENGINE)
		api.board = board = shm_map(fd, sizeof(*api.board), 0);
	else if (s->kind == SHM_WORKER && s->slot < api.nworkers) {
		board = shm_map(fd, sizeof(*api.mine), s->writable);
		if (s->writable)
			api.mine = board;
		api.workers[s->slot] = board;
	}
	if (board == NULL)
		fatalx("board %u of kind %u cannot be mapped", s->slot,
		    s->kind);
}

/* ---- the engine ---- */

static void
engine_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	(void)arg;
	if (fd != -1)
		close(fd);
	if (asker_answer(api.engine, type, id, m) == -1)
		chan_violation(c, "an answer to nothing");
}

/*
 * End of file: the engine died, the parent sends a new channel. Anything else
 * leaves an engine that thinks we are there: a new worker gets a new channel.
 */
static void
engine_end(struct chan *c, enum chan_end how, const char *why, void *arg)
{
	struct proc *p = arg;

	log_warnx("engine: %s", why);
	worker.engine = NULL;
	api.engine_up = 0;
	asker_set_chan(api.engine, NULL);
	chan_free(c);
	if (how != CHAN_EOF)
		proc_exit(p, 1);
}

static const struct chan_ops engine_ops = { engine_msg, engine_end };

static void
engine_attach(struct proc *p, int fd, uint32_t permit)
{
	asker_set_chan(api.engine, NULL);
	chan_free(worker.engine);
	worker.engine = chan_new(p->base, fd, ROLE_WORKER, ROLE_ENGINE, permit,
	    &engine_ops, p);
	if (worker.engine == NULL)
		fatal("engine channel");
	chan_set_running(worker.engine);
	asker_set_chan(api.engine, worker.engine);
	api.engine_up = 1;
}

static void
set_peer(struct proc *p, const union msg *m, int fd)
{
	if (m->peer_set.role != ROLE_ENGINE) {
		log_warnx("a peer that a worker has not");
		close(fd);
		return;
	}
	if (api.engine != NULL) {
		engine_attach(p, fd, m->peer_set.permit);
		return;
	}
	if (worker.engine_fd != -1)
		close(worker.engine_fd);
	worker.engine_fd = fd;
	worker.engine_permit = m->peer_set.permit;
}

/* ---- dispatch ---- */

static const struct {
	uint16_t	 type;
	int		 after;		/* also after READY */
	void		(*set)(struct proc *, const union msg *, int);
} rows[] = {
	{ IMSG_CONF_WORKER, 0, set_conf },
	{ IMSG_CONF_TRUST, 0, set_trust },
	{ IMSG_CONF_CORS, 0, set_cors },
	{ IMSG_LISTENER_SET, 0, set_listener },
	{ IMSG_PUBKEY_SET, 1, set_key },
	{ IMSG_PUBKEY_DROP, 1, drop_key },
	{ IMSG_SHM_SET, 0, set_board },
	{ IMSG_PEER_SET, 1, set_peer },
};

static void
dispatch(struct proc *p, uint16_t type, const union msg *m, int fd, int after)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type && (!after || rows[i].after)) {
			rows[i].set(p, m, fd);
			return;
		}
	log_warnx("message %u is not for a worker", type);
	if (fd != -1)
		close(fd);
}

static void
worker_setup(struct proc *p, uint16_t type, const union msg *m, int fd)
{
	dispatch(p, type, m, fd, 0);
}

static void
worker_msg(struct proc *p, uint16_t type, uint64_t id, const union msg *m,
    int fd)
{
	(void)id;
	dispatch(p, type, m, fd, 1);
}

/* ---- life ---- */

static void
worker_prepare(struct proc *p)
{
	size_t i;

	(void)strncpy(api.version, p->version, sizeof(api.version) - 1);
	if (api.workers == NULL || worker.nlisteners == 0)
		fatalx("set-up messages are missing");
	api_add_routes(api_own, api_nown);
	api_add_routes(oauth_routes, oauth_nroutes);
	api_add_routes(page_routes, page_nroutes);
	api_start();
	page_start();
	worker.http.page_error = page_error;
	/* before the sandbox: limits and socket options are set here */
	worker.server = http_server_new(p->base, api_routes, api_nroutes,
	    &worker.http);
	if (worker.server == NULL)
		fatalx("no server");
	for (i = 0; i < worker.nlisteners; i++)
		if (http_server_listen(worker.server, worker.listener[i].fd,
		    worker.listener[i].serve) == -1)
			fatal("listener");
}

static void
worker_beat(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (api.mine == NULL)
		return;
	shm_set(&api.mine->heartbeat, clock_mono());
	shm_set(&api.mine->conns, http_server_conns(worker.server));
}

static void
worker_run(struct proc *p)
{
	const struct timeval every = { 0, BEAT_USEC };

	api.engine = asker_new(p->base, worker.max_inflight);
	worker.beat = event_new(p->base, -1, EV_PERSIST, worker_beat, NULL);
	if (api.engine == NULL || worker.beat == NULL ||
	    event_add(worker.beat, &every) == -1)
		fatalx("out of memory");
	if (worker.engine_fd != -1)
		engine_attach(p, worker.engine_fd, worker.engine_permit);
	worker_beat(-1, 0, NULL);
}

static void
worker_drained(void *arg)
{
	proc_exit(arg, 0);
}

static void
worker_stop(struct proc *p)
{
	if (worker.stopping++ == 0)
		http_server_drain(worker.server, worker.drain_ms,
		    worker_drained, p);
}

static const struct proc_ops worker_ops = {
	.role = ROLE_WORKER,
	.setup = worker_setup,
	.prepare = worker_prepare,
	.run = worker_run,
	.msg = worker_msg,
	.stop = worker_stop,
	.policy = worker_policy,
};

int
main(int argc, char *argv[])
{
	/* openssl.cnf has no say here, and could not be read later */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 ||
	    sodium_init() == -1)
		fatalx("crypto libraries do not start");
	proc_main(&worker_ops, argc, argv);
}
