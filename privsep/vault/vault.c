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
 * The vault. Run by the parent, as _moatkey. Holds: the signing keys and the
 * sealing key's sub-keys. May touch: its channels, nothing else. Asked by: the
 * engine, who names what a token is for; the claims are composed here
 * (token.c), and no message brings bytes that are signed as they are.
 * With -g it is a one-shot that makes keys, or moves them (generate.c).
 */
#include "config.h"

#include <sys/resource.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/vault/answer.h"
#include "privsep/vault/generate.h"
#include "privsep/vault/keyring.h"
#include "privsep/vault/vault_sandbox.h"
#include "privsep/wall/proc.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/rnd.h"

#define PEERS_MAX	8	/* an engine and its predecessors that drain */

static struct vault {
	struct generate	*generate;	/* -g; else NULL */
	struct answer_with with;
	struct proc	*proc;
	struct {
		int		 fd;	/* until there is a loop; -1: none */
		uint32_t	 generation, permit;
		struct chan	*chan;
	} peer[PEERS_MAX];
} vault;

static void
peer_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	(void)arg;
	if (fd != -1)
		close(fd);
	if (answer_question(&vault.with, c, type, id, m) == -1)
		chan_violation(c, "not a question to the vault");
}

static void
peer_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	size_t i;

	(void)arg;
	if (end != CHAN_EOF)
		log_warnx("engine's channel: %s", why);
	for (i = 0; i < PEERS_MAX; i++)
		if (vault.peer[i].chan == c)
			vault.peer[i].chan = NULL;
	chan_free(c);
}

static const struct chan_ops peer_ops = { peer_msg, peer_end };

static void
peer_open(size_t i)
{
	int fd = vault.peer[i].fd;

	vault.peer[i].fd = -1;
	vault.peer[i].chan = chan_new(vault.proc->base, fd, ROLE_VAULT,
	    ROLE_ENGINE, vault.peer[i].permit, &peer_ops, NULL);
	if (vault.peer[i].chan == NULL)
		fatal("channel to the engine");
	chan_set_running(vault.peer[i].chan);
}

/* Returns the place, or PEERS_MAX. */
static size_t
peer_take(const struct msg_peer_set *m, int fd)
{
	size_t i;

	for (i = 0; i < PEERS_MAX; i++)
		if (vault.peer[i].fd == -1 && vault.peer[i].chan == NULL)
			break;
	if (m->role != ROLE_ENGINE || i == PEERS_MAX) {
		log_warnx("a peer that the vault does not serve");
		close(fd);
		return PEERS_MAX;
	}
	vault.peer[i].fd = fd;
	vault.peer[i].generation = m->generation;
	vault.peer[i].permit = m->permit;
	return i;
}

static void
set_issuer(struct proc *p, const union msg *m)
{
	(void)p;
	if (sodium_init() == -1)
		fatalx("libsodium does not start");
	keyring_init();
	free(vault.with.issuer);
	if ((vault.with.issuer = strdup(m->conf_vault.issuer)) == NULL ||
	    (vault.with.keys = keyring_new()) == NULL)
		fatal("set-up");
}

static void
set_signkey(struct proc *p, const union msg *m)
{
	const struct msg_signkey_set *k = &m->signkey_set;
	const char *why;

	if (vault.with.keys == NULL)
		fatalx("a signing key before CONF_VAULT");
	why = keyring_add(vault.with.keys, k->kid, k->pem.p, k->pem.n);
	if (why != NULL)
		proc_fail(p, "signing key %s: %s", k->kid, why);
}

static void
set_secret(struct proc *p, const union msg *m)
{
	const struct msg_secret_set *s = &m->secret_set;

	if (s->kind != SECRET_SEAL || vault.with.keys == NULL)
		fatalx("a secret that is not the vault's");
	seal_free(vault.with.seal);
	vault.with.seal = seal_new(s->value.p, s->value.n);
	if (vault.with.seal == NULL)
		proc_fail(p, "sealing key: not %d bytes, or no memory",
		    SEAL_LEN);
}

/* It was taken away while this process was being set up. */
static void
drop_signkey(struct proc *p, const union msg *m)
{
	(void)p;
	if (vault.with.keys != NULL)
		keyring_drop(vault.with.keys, m->signkey_drop.kid);
}

static const struct {
	uint16_t	  type;
	void		(*set)(struct proc *, const union msg *);
} setups[] = {
	{ IMSG_CONF_VAULT, set_issuer },
	{ IMSG_SIGNKEY_SET, set_signkey },
	{ IMSG_SIGNKEY_DROP, drop_signkey },
	{ IMSG_SECRET_SET, set_secret },
};

/* proc.c wipes what a message held. */
static void
vault_setup(struct proc *p, uint16_t type, const union msg *m, int fd)
{
	size_t i;

	if (type == IMSG_PEER_SET) {
		peer_take(&m->peer_set, fd);
		return;
	}
	if (fd != -1)
		close(fd);	/* a board: the vault reads none */
	if (vault.generate != NULL && type != IMSG_CONF_VAULT) {
		generate_take(vault.generate, type, m);
		return;
	}
	for (i = 0; i < sizeof(setups) / sizeof(setups[0]); i++)
		if (setups[i].type == type)
			setups[i].set(p, m);
}

static void
tell_parent(uint16_t type, const void *msg)
{
	if (chan_send_blocking(PROC_FD, type, 0, msg, -1) == -1)
		fatal("to the parent");
}

static void
public_half(struct msg_pubkey_made *pub, const struct vkey *k)
{
	memset(pub, 0, sizeof(*pub));
	pub->kid = k->kid;
	pub->alg = (uint8_t)k->alg;
	pub->spki.p = k->spki;
	pub->spki.n = k->spkilen;
}

/* The public halves, for workers and engine, and the fingerprint. */
static void
vault_prepare(struct proc *p)
{
	struct msg_fingerprint_made f = { .kind = SECRET_SEAL };
	struct msg_pubkey_made pub;
	char text[FINGERPRINT_LEN];
	const struct vkey *k;
	size_t i;

	if (vault.with.keys == NULL || *vault.with.issuer == '\0')
		fatalx("no CONF_VAULT");
	if (vault.generate != NULL) {
		/* A key more is no reason to be slow for those who wait. */
		if (setpriority(PRIO_PROCESS, 0, 19) == -1)
			log_warn("setpriority");
		return;
	}
	if (vault.with.seal == NULL)
		proc_fail(p, "no sealing key");
	if (keyring_count(vault.with.keys) == 0)
		proc_fail(p, "no signing key");
	for (i = 0; (k = keyring_at(vault.with.keys, i)) != NULL; i++) {
		public_half(&pub, k);
		tell_parent(IMSG_PUBKEY_MADE, &pub);
	}
	seal_fingerprint(vault.with.seal, text);
	f.value = text;
	tell_parent(IMSG_FINGERPRINT_MADE, &f);
}

static void
vault_run(struct proc *p)
{
	size_t i;

	vault.proc = p;
	if (vault.generate != NULL) {
		generate_run(vault.generate, p);
		proc_exit(p, 0);
		return;
	}
	for (i = 0; i < PEERS_MAX; i++)
		if (vault.peer[i].fd != -1)
			peer_open(i);
}

/* One more while it serves: a bad one is left aside, not died of. */
static void
key_come(struct proc *p, const struct msg_signkey_set *m)
{
	struct msg_pubkey_made pub;
	const char *why = NULL;

	if (keyring_find(vault.with.keys, m->kid) == NULL)
		why = keyring_add(vault.with.keys, m->kid, m->pem.p, m->pem.n);
	if (why != NULL) {
		log_warnx("signing key %s: %s", m->kid, why);
		return;
	}
	public_half(&pub, keyring_find(vault.with.keys, m->kid));
	if (chan_send(p->parent, IMSG_PUBKEY_MADE, 0, &pub, -1) == -1)
		log_warn("PUBKEY_MADE");
}

/* A new engine, or the new end of a restarted one; a key that comes or goes. */
static void
vault_msg(struct proc *p, uint16_t type, uint64_t id, const union msg *m,
    int fd)
{
	size_t i;

	(void)id;
	if (type == IMSG_PEER_SET) {
		if ((i = peer_take(&m->peer_set, fd)) < PEERS_MAX)
			peer_open(i);
	} else if (type == IMSG_SIGNKEY_SET)
		key_come(p, &m->signkey_set);
	else if (type == IMSG_SIGNKEY_DROP)
		keyring_drop(vault.with.keys, m->signkey_drop.kid);
	else if (fd != -1)
		close(fd);
}

/* Each question is answered at once, so that only bytes can wait. */
static void
vault_stop(struct proc *p)
{
	size_t i;

	for (i = 0; i < PEERS_MAX; i++)
		if (vault.peer[i].chan != NULL)
			chan_flush(vault.peer[i].chan);
	keyring_free(vault.with.keys);
	seal_free(vault.with.seal);
	vault.with.keys = NULL;
	vault.with.seal = NULL;
	for (i = 0; i < PEERS_MAX; i++) {
		chan_free(vault.peer[i].chan);
		vault.peer[i].chan = NULL;
	}
	proc_exit(p, 0);
}

static const struct proc_ops ops = {
	.role = ROLE_VAULT,
	.setup = vault_setup,
	.prepare = vault_prepare,
	.run = vault_run,
	.msg = vault_msg,
	.stop = vault_stop,
	.policy = vault_policy,
};

int
main(int argc, char *argv[])
{
	size_t i;

	for (i = 0; i < PEERS_MAX; i++)
		vault.peer[i].fd = -1;
	if (argc == 2 && strcmp(argv[1], "-g") == 0 &&
	    (vault.generate = generate_new()) == NULL)
		fatal("vault -g");
	proc_main(&ops, argc, argv);
}
