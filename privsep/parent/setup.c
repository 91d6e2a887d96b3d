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
 * Who: the parent. Holds: nothing; what it sends is gone from here at once.
 * Callers: child.c. Each role gets its own secrets and no other's: the table
 * at the end is the whole truth about it.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "privsep/parent/keymaker.h"
#include "privsep/parent/peers.h"
#include "privsep/parent/secret.h"
#include "privsep/parent/setup.h"
#include "privsep/wall/wire.h"
#include "src/base/log.h"

static int
put(struct child *c, uint16_t type, const void *msg, int fd)
{
	int copy = -1;

	if (fd != -1 && (copy = fcntl(fd, F_DUPFD_CLOEXEC, 3)) == -1) {
		log_warn("descriptor for %s", c->name);
		return (-1);
	}
	return (chan_send(c->chan, type, 0, msg, copy));
}

static int
put_common(struct child *c)
{
	const struct moatd *m = c->m;
	struct msg_conf_common msg;
	char root[4224] = "";
	int sqlite = c->role == ROLE_ENGINE && !m->conf->postgres;

	memset(&msg, 0, sizeof(msg));
	msg.role = (uint8_t)c->role;
	msg.index = c->index;
	msg.generation = c->generation;
	msg.flags = (m->privs.drop ? CONF_F_DROP : 0) |
	    (m->conf->sandbox_optional ? CONF_F_OPTIONAL : 0) |
	    (m->verbose ? CONF_F_VERBOSE : 0) |
	    (m->db_known ? CONF_F_DB_KNOWN : 0) |
	    (c->selftest != 0 ? CONF_F_SELFTEST : 0);
	if (m->privs.drop) {
		msg.uid = m->privs.uid[c->role];
		msg.gid = m->privs.gid[c->role];
		/* PostgreSQL: sockets and TLS files must stay in reach. */
		if (c->role != ROLE_ENGINE || sqlite)
			snprintf(root, sizeof(root), "%s/%s",
			    m->custody->state, sqlite ? "db" : "empty");
	}
	msg.chroot = root;
	msg.state = m->custody->state;
	msg.version = PACKAGE_VERSION;
	msg.selftest = c->selftest;
	return (put(c, IMSG_CONF_COMMON, &msg, -1));
}

static void
fill_worker(const struct conf *conf, struct msg_conf_worker *msg)
{
	memset(msg, 0, sizeof(*msg));
	msg->issuer = conf->issuer;
	msg->max_conns = conf->lim_connections;
	msg->header_ms = conf->lim_header * 1000;
	msg->body_ms = conf->lim_body * 1000;
	msg->write_ms = conf->lim_write * 1000;
	msg->idle_ms = conf->lim_idle * 1000;
	msg->drain_ms = MOATD_DRAIN_MS - 500;
	msg->max_inflight = conf->lim_inflight;
	msg->password_min = conf->pw_minimum;
	msg->mail = (uint8_t)conf->mail;
	msg->client_registration = (uint8_t)conf->client_registration;
}

static int
put_worker(struct child *c)
{
	const struct conf *conf = c->m->conf;
	struct msg_conf_worker msg;
	size_t i;
	int rv;

	fill_worker(conf, &msg);
	msg.serve = c->serve;
	msg.slots = (uint32_t)c->m->boards.nworkers;
	rv = put(c, IMSG_CONF_WORKER, &msg, -1);
	for (i = 0; i < conf->trust.n; i++) {
		struct msg_conf_trust t = { conf->trust.v[i] };

		rv |= put(c, IMSG_CONF_TRUST, &t, -1);
	}
	for (i = 0; i < conf->cors.n; i++) {
		struct msg_conf_cors o = { conf->cors.v[i] };

		rv |= put(c, IMSG_CONF_CORS, &o, -1);
	}
	return (rv);
}

static void
fill_throttles(const struct conf *conf, struct msg_conf_engine *msg)
{
	msg->password_free = conf->th_pw_free;
	msg->password_first_s = conf->th_pw_first;
	msg->password_max_s = conf->th_pw_max;
	msg->password_suspend = conf->th_pw_suspend;
	msg->otp_hour = conf->th_otp_hour;
	msg->otp_stop = conf->th_otp_stop;
	msg->source_failures = conf->th_source;
	msg->register_hour = conf->th_register;
	msg->mail_hour = conf->th_mail;
	msg->address_hour = conf->th_address;
	msg->client_minute = conf->th_client;
}

static void
fill_engine(const struct conf *conf, struct msg_conf_engine *msg)
{
	memset(msg, 0, sizeof(*msg));
	msg->issuer = conf->issuer;
	msg->database = (uint8_t)conf->postgres;
	msg->access_s = conf->tok_access;
	msg->key_rotate_s = conf->tok_rotate;
	msg->refresh_idle_s = conf->tok_idle;
	msg->refresh_abs_s = conf->tok_absolute;
	msg->grace_s = conf->tok_grace;
	msg->password_min = conf->pw_minimum;
	msg->hash_queue = conf->lim_hash_queue;
	msg->inflight = conf->lim_inflight;
	msg->bytes_ps = conf->lim_bytes;
	msg->fails_ps = conf->lim_failures;
	msg->db_ms = conf->to_database * 1000;
	msg->hasher_ms = conf->to_hasher * 1000;
	msg->vault_ms = conf->to_vault * 1000;
	msg->migrate_manual = (uint8_t)conf->migrate_manual;
	msg->registration = (uint8_t)conf->registration;
	msg->mail = (uint8_t)conf->mail;
	msg->backchannel = conf->backchannel != BACKCHANNEL_NO;
	msg->mfa_admins = (uint8_t)conf->mfa_admins;
	msg->client_registration = (uint8_t)conf->client_registration;
	fill_throttles(conf, msg);
}

static int
put_engine(struct child *c)
{
	struct msg_conf_engine msg;

	fill_engine(c->m->conf, &msg);
	return (put(c, IMSG_CONF_ENGINE, &msg, -1));
}

static int
put_vault(struct child *c)
{
	struct msg_conf_vault msg = { c->m->conf->issuer };

	return (put(c, IMSG_CONF_VAULT, &msg, -1));
}

static int
put_hasher(struct child *c)
{
	struct msg_conf_hasher msg = { c->m->conf->pw_memory,
	    c->m->conf->pw_time };

	return (put(c, IMSG_CONF_HASHER, &msg, -1));
}

static int
put_secret(struct child *c, enum secret_kind kind, struct secret *s)
{
	struct msg_secret_set msg;
	size_t n;
	int rv;

	if (s == NULL)
		return (0);
	memset(&msg, 0, sizeof(msg));
	msg.kind = (uint8_t)kind;
	msg.value.p = secret_open(s, &n);
	msg.value.n = n;
	rv = put(c, IMSG_SECRET_SET, &msg, -1);
	secret_close(s);
	return (rv);
}

int
setup_signkey(struct child *c, const struct custody_key *k)
{
	struct msg_signkey_set msg;
	size_t n;
	int rv;

	memset(&msg, 0, sizeof(msg));
	msg.kid = k->kid;
	msg.pem.p = secret_open(k->pem, &n);
	msg.pem.n = n;
	rv = put(c, IMSG_SIGNKEY_SET, &msg, -1);
	secret_close(k->pem);
	return (rv);
}

static int
secrets_vault(struct child *c)
{
	const struct custody *cu = c->m->custody;
	size_t i;
	int rv;

	rv = put_secret(c, SECRET_SEAL, cu->seal);
	for (i = 0; i < cu->nkeys; i++)
		rv |= setup_signkey(c, &cu->key[i]);
	return (rv);
}

/* All of keys/, to one that seals it. */
int
setup_keys(struct child *c)
{
	return (put_secret(c, SECRET_PEPPER, c->m->custody->pepper) |
	    secrets_vault(c));
}

static int
secrets_hasher(struct child *c)
{
	return (put_secret(c, SECRET_PEPPER, c->m->custody->pepper));
}

static void
fill_mailer(const struct conf *conf, struct msg_conf_mailer *msg)
{
	msg->from = conf->mail_from != NULL ? conf->mail_from : "";
	msg->issuer = conf->issuer;
	msg->ca = conf->mail_ca != NULL ? conf->mail_ca : "";
	msg->private = (uint8_t)conf->mail_private;
	msg->backchannel = (uint8_t)conf->backchannel;
}

static int
put_mailer(struct child *c)
{
	struct msg_conf_mailer msg;

	fill_mailer(c->m->conf, &msg);
	return (put(c, IMSG_CONF_MAILER, &msg, -1));
}

static int
belongings_mailer(struct child *c)
{
	const struct conf *conf = c->m->conf;
	const struct conf_template *t;
	struct msg_template_set msg;
	size_t i;
	int rv;

	rv = conf->smtp != NULL ? put_secret(c, SECRET_SMTP, conf->smtp) : 0;
	for (i = 0; i < MAIL_T__MAX * 2; i++) {
		t = &conf->template[i / 2][i % 2];
		if (t->text == NULL)
			continue;
		msg.name = conf_template_name(i / 2);
		msg.html = i % 2;
		msg.file = t->file;
		msg.text = t->text;
		rv |= put(c, IMSG_TEMPLATE_SET, &msg, -1);
	}
	return (rv);
}

int
setup_pubkey(struct child *c, const struct moatd_pubkey *k)
{
	struct msg_pubkey_set msg;

	memset(&msg, 0, sizeof(msg));
	msg.kid = k->kid;
	msg.alg = k->alg;
	msg.spki.p = k->spki;
	msg.spki.n = k->n;
	return (put(c, IMSG_PUBKEY_SET, &msg, -1));
}

static int
public_keys(struct child *c)
{
	const struct moatd *m = c->m;
	size_t i;
	int rv = 0;

	for (i = 0; i < m->npubkeys; i++)
		rv |= setup_pubkey(c, &m->pubkey[i]);
	return (rv);
}

static int
put_board(struct child *c, enum shm_kind kind, uint32_t slot, int writable,
    size_t size, const struct board *b)
{
	struct msg_shm_set msg = { (uint8_t)kind, slot, (uint8_t)writable,
	    (uint32_t)size };

	return (put(c, IMSG_SHM_SET, &msg, writable ? b->rw : b->ro));
}

static int
secrets_engine(struct child *c)
{
	const struct moatd *m = c->m;
	struct msg_fingerprint_set msg;
	uint8_t kind;
	int rv;

	rv = put_secret(c, SECRET_DSN, m->conf->dsn);
	rv |= public_keys(c);
	for (kind = SECRET_PEPPER; kind <= SECRET_SEAL; kind++) {
		msg.kind = kind;
		msg.value = m->fingerprint[kind];
		rv |= put(c, IMSG_FINGERPRINT_SET, &msg, -1);
	}
	rv |= put_board(c, SHM_ENGINE, 0, 1, sizeof(struct shm_engine),
	    &m->boards.of_engine);
	return (rv);
}

static int
boards_worker(struct child *c)
{
	const struct boards *bs = &c->m->boards;
	uint32_t i;
	int rv;

	rv = put_board(c, SHM_PARENT, 0, 0, sizeof(struct shm_parent),
	    &bs->of_parent);
	rv |= put_board(c, SHM_ENGINE, 0, 0, sizeof(struct shm_engine),
	    &bs->of_engine);
	for (i = 0; i < bs->nworkers; i++)
		rv |= put_board(c, SHM_WORKER, i, (int)i == c->wboard,
		    sizeof(struct shm_worker), &bs->worker[i]);
	return (rv);
}

static int
belongings_worker(struct child *c)
{
	const struct listeners *ls = &c->m->listeners;
	struct msg_listener_set msg;
	size_t i;
	int rv;

	rv = public_keys(c);
	rv |= boards_worker(c);
	for (i = 0; i < ls->n; i++) {
		if (ls->v[i].serve != c->serve)
			continue;
		msg.serve = ls->v[i].serve;
		msg.name = ls->v[i].name;
		rv |= put(c, IMSG_LISTENER_SET, &msg, ls->v[i].fd);
	}
	return (rv);
}

static const struct {
	enum role	  role;
	int		(*conf)(struct child *);
	int		(*belongings)(struct child *);	/* not to test */
} roles[] = {
	{ ROLE_VAULT, put_vault, secrets_vault },
	{ ROLE_HASHER, put_hasher, secrets_hasher },
	{ ROLE_ENGINE, put_engine, secrets_engine },
	{ ROLE_WORKER, put_worker, belongings_worker },
	{ ROLE_MAILER, put_mailer, belongings_mailer }
};

int
setup_send(struct child *c)
{
	struct msg_start start = { 0 };
	size_t i;
	int rv;

	rv = put_common(c);
	for (i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		if (roles[i].role != c->role)
			continue;
		rv |= roles[i].conf(c);
		if (!c->apart)
			rv |= roles[i].belongings(c);
	}
	if (c->job != NULL)
		rv |= keymaker_send(c);
	if (!c->apart)
		rv |= peers_connect(c);
	rv |= put(c, IMSG_START, &start, -1);
	return (rv != 0 ? -1 : 0);
}

static void
digest_mailer(const struct conf *conf, struct buf *b)
{
	struct msg_conf_mailer msg;
	const char *s;
	size_t i, n;

	if (!conf->mailer)
		return;
	fill_mailer(conf, &msg);
	wire_compose(b, IMSG_CONF_MAILER, 0, &msg);
	if (conf->smtp != NULL) {
		s = secret_open(conf->smtp, &n);
		buf_add(b, s, n + 1);
		secret_close(conf->smtp);
	}
	for (i = 0; i < MAIL_T__MAX * 2; i++) {
		s = conf->template[i / 2][i % 2].text;
		buf_addc(b, s != NULL ? '1' : '0');
		if (s != NULL)
			buf_add(b, s, strlen(s) + 1);
	}
}

void
setup_digest(const struct conf *conf, enum role role, struct buf *b)
{
	struct msg_conf_vault vault = { conf->issuer };
	struct msg_conf_hasher hasher = { conf->pw_memory, conf->pw_time };
	struct msg_conf_engine engine;
	const char *dsn;
	size_t n;

	if (role == ROLE_VAULT)
		wire_compose(b, IMSG_CONF_VAULT, 0, &vault);
	if (role == ROLE_HASHER)
		wire_compose(b, IMSG_CONF_HASHER, 0, &hasher);
	if (role == ROLE_MAILER)
		digest_mailer(conf, b);
	if (role != ROLE_ENGINE)
		return;
	fill_engine(conf, &engine);
	wire_compose(b, IMSG_CONF_ENGINE, 0, &engine);
	if (conf->dsn != NULL) {
		dsn = secret_open(conf->dsn, &n);
		buf_add(b, dsn, n);
		secret_close(conf->dsn);
	}
}
