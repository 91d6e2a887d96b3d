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
 * The engine's main. Holds the database credential until the store has it,
 * public keys, and the channels to all who ask and answer. Started by the
 * parent; rules and SQL live in the files beside this one.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/engine/engine.h"
#include "privsep/engine/engine_sandbox.h"
#include "privsep/wall/proc.h"
#include "src/base/log.h"

#define PEERS_MAX	512	/* that a set-up may name */

/* What arrives before there is an event loop to use it in. */
struct early {
	struct msg_peer_set peer[PEERS_MAX];
	int		 fd[PEERS_MAX];
	size_t		 npeers;
	char		*dsn;		/* guarded memory */
	int		 have_conf;
};

static struct context {
	struct engine	 eng;
	struct proc	*proc;
	struct early	*early;
	struct shm_engine own;		/* when the parent gives no board */
} ctx;

static struct early *
early(void)
{
	if (ctx.early == NULL &&
	    (ctx.early = calloc(1, sizeof(*ctx.early))) == NULL)
		fatal("calloc");
	return (ctx.early);
}

static void
conf_take(const struct msg_conf_engine *m)
{
	struct engine_conf *c = &ctx.eng.conf;

	snprintf(c->issuer, sizeof(c->issuer), "%s", m->issuer);
	c->postgres = m->database;
	c->access_s = m->access_s;
	c->rotate_s = m->key_rotate_s;
	c->idle_s = m->refresh_idle_s;
	c->abs_s = m->refresh_abs_s;
	c->grace_s = m->grace_s;
	c->password_min = m->password_min;
	c->hash_queue = m->hash_queue;
	c->inflight = m->inflight;
	c->bytes_ps = m->bytes_ps;
	c->fails_ps = m->fails_ps;
	c->db_ms = m->db_ms;
	c->hasher_ms = m->hasher_ms;
	c->vault_ms = m->vault_ms;
	c->migrate_manual = m->migrate_manual;
	c->registration = m->registration;
	c->mail = m->mail;
	c->backchannel = m->backchannel;
	c->mfa_admins = m->mfa_admins;
	c->client_registration = m->client_registration;
	c->password_free = m->password_free;
	c->password_first_s = m->password_first_s;
	c->password_max_s = m->password_max_s;
	c->password_suspend = m->password_suspend;
	c->otp_hour = m->otp_hour;
	c->otp_stop = m->otp_stop;
	c->source_failures = m->source_failures;
	c->register_hour = m->register_hour;
	c->mail_hour = m->mail_hour;
	c->address_hour = m->address_hour;
	c->client_minute = m->client_minute;
	early()->have_conf = 1;
}

static void
secret_take(const struct msg_secret_set *m)
{
	struct early *e = early();

	if (m->kind != SECRET_DSN || e->dsn != NULL)
		fatalx("a secret that is not for the engine");
	if ((e->dsn = sodium_malloc(m->value.n + 1)) == NULL)
		fatal("sodium_malloc");
	memcpy(e->dsn, m->value.p, m->value.n);
	e->dsn[m->value.n] = '\0';
}

static void
fingerprint_take(const struct msg_fingerprint_set *m)
{
	int which = m->kind == SECRET_SEAL;

	if (m->kind != SECRET_PEPPER && m->kind != SECRET_SEAL)
		fatalx("fingerprint of secret %u", m->kind);
	snprintf(ctx.eng.fingerprint[which], sizeof(ctx.eng.fingerprint[0]),
	    "%s", m->value);
}

static void
board_take(const struct msg_shm_set *m, int fd)
{
	if (m->kind != SHM_ENGINE || !m->writable) {
		close(fd);
		return;
	}
	ctx.eng.board = shm_map(fd, sizeof(struct shm_engine), 1);
	if (ctx.eng.board == NULL)
		fatalx("the engine's board does not map");
}

static void
peer_keep(const struct msg_peer_set *m, int fd)
{
	struct early *e = early();

	if (e->npeers == PEERS_MAX)
		fatalx("more than %d peers", PEERS_MAX);
	e->peer[e->npeers] = *m;
	e->fd[e->npeers++] = fd;
}

static void
pubkey_take(const struct msg_pubkey_set *m)
{
	if (ctx.eng.jwks == NULL && (ctx.eng.jwks = jwks_new()) == NULL)
		fatalx("out of memory for public keys");
	(void)keys_add(&ctx.eng, m);
}

static void
setup(struct proc *p, uint16_t type, const union msg *m, int fd)
{
	(void)p;
	switch (type) {
	case IMSG_CONF_ENGINE:
		conf_take(&m->conf_engine);
		break;
	case IMSG_SECRET_SET:
		secret_take(&m->secret_set);
		break;
	case IMSG_FINGERPRINT_SET:
		fingerprint_take(&m->fingerprint_set);
		break;
	case IMSG_PUBKEY_SET:
		pubkey_take(&m->pubkey_set);
		break;
	case IMSG_PUBKEY_DROP:
		keys_drop(&ctx.eng, m->pubkey_drop.kid);
		break;
	case IMSG_SHM_SET:
		board_take(&m->shm_set, fd);
		break;
	case IMSG_PEER_SET:
		peer_keep(&m->peer_set, fd);
		break;
	default:
		log_debug("set-up message %u is not for the engine", type);
		if (fd != -1)
			close(fd);
	}
}

static void
fail(struct engine *e, const char *text)
{
	(void)e;
	proc_fail(ctx.proc, "%s", text);
}

/* With nothing under way the database is closed in order. */
static void
leave(struct engine *e, int code)
{
	if (e->stopping && e->nops == 0 && e->store != NULL) {
		(void)event_del(e->tick);
		store_free(e->store);
		e->store = NULL;
	}
	proc_exit(ctx.proc, code);
}

static void
database_dir(const struct proc *p, char *dir, size_t cap)
{
	if ((size_t)snprintf(dir, cap, "%s/db", p->state) >= cap)
		fatalx("the state directory's name is too long");
}

static int
chrooted(const struct proc *p)
{
	return ((p->flags & CONF_F_DROP) != 0 && p->chroot[0] != '\0');
}

static void
prepare(struct proc *p)
{
	struct engine *e = &ctx.eng;
	struct early *early_ = early();
	struct store_conf sc;
	char dir[1100];

	ctx.proc = p;
	keys_node(e, p->state);
	if (!early_->have_conf)
		fatalx("set-up has no CONF_ENGINE");
	if (e->conf.postgres && early_->dsn == NULL)
		fatalx("set-up has no connection string");
	database_dir(p, dir, sizeof(dir));
	memset(&sc, 0, sizeof(sc));
	sc.postgres = e->conf.postgres;
	sc.dsn = early_->dsn;
	sc.dir = dir;
	sc.known = (p->flags & CONF_F_DB_KNOWN) != 0;
	sc.timeout_ms = e->conf.db_ms;
	sc.migrate_manual = e->conf.migrate_manual;
	sc.event = engine_store_event;
	sc.ended = engine_store_ended;
	sc.arg = e;
	e->fail = fail;
	e->leave = leave;
	e->store = store_prepare(&sc);
	sodium_free(early_->dsn);	/* wipes */
	early_->dsn = NULL;
}

static void
policy(struct proc *p, struct sandbox_policy *pol)
{
	char dir[1100];

	if (ctx.eng.conf.postgres) {
		engine_policy_pgsql(pol, ctx.eng.store);
		return;
	}
	database_dir(p, dir, sizeof(dir));
	engine_policy_sqlite(pol, chrooted(p) ? "/" : dir);
}

static void
run(struct proc *p)
{
	struct engine *e = &ctx.eng;
	struct early *early_ = ctx.early;
	size_t i;

	e->base = p->base;
	e->parent = p->parent;
	if (e->board == NULL)
		e->board = &ctx.own;
	/* A predecessor wrote on the same board. */
	shm_set(&e->board->db_up, 0);
	engine_init(e);
	for (i = 0; i < early_->npeers; i++)
		peer_set(e, &early_->peer[i], early_->fd[i]);
	free(early_);
	ctx.early = NULL;
	if (!e->conf.postgres && chrooted(p))
		store_confined(e->store, "/");
	store_start(e->store, p->base);
	if (engine_start(e) == -1)
		fatalx("event for the tick");
}

static void
msg(struct proc *p, uint16_t type, uint64_t id, const union msg *m, int fd)
{
	struct engine *e = &ctx.eng;

	if (p->stopping) {
		if (fd != -1)
			close(fd);
		return;
	}
	switch (type) {
	case IMSG_PEER_SET:
		peer_set(e, &m->peer_set, fd);
		break;
	case IMSG_PEER_GONE:
		peer_gone(e, &m->peer_gone);
		break;
	case IMSG_PUBKEY_SET:
		if (keys_add(e, &m->pubkey_set) == 0)
			sync_again(e);
		break;
	case IMSG_PUBKEY_DROP:
		keys_drop(e, m->pubkey_drop.kid);
		break;
	case IMSG_SUPERADMIN_CREATE_REQ:
		superadmin_create(e, id, &m->superadmin_create_req);
		break;
	case IMSG_CTL_PASS:
		control_pass(e, fd);
		break;
	default:
		log_debug("message %u is not for the engine", type);
		if (fd != -1)
			close(fd);
	}
}

static void
stop(struct proc *p)
{
	(void)p;
	engine_stop(&ctx.eng);
}

static const struct proc_ops ops = {
	.role = ROLE_ENGINE,
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
		fatalx("libsodium");
	proc_main(&ops, argc, argv);
}
