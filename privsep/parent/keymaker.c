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
 * Who: the parent. Holds: a job that a one-shot vault does, and between two
 * messages nothing of what it carries: a key is in its file and in custody, or
 * it is not there. Callers: child.c, setup.c. The engine decides when keys are
 * made and dropped; what happens to files is decided here.
 */
#include "config.h"

#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/parent/keyjob.h"
#include "privsep/parent/keymaker.h"
#include "privsep/parent/secret.h"
#include "privsep/parent/setup.h"
#include "src/base/log.h"

#define SPARE	2	/* places that making keys leaves to an operator */

/* ---- who has to know ---- */

/* Whether it serves, and can be told things. */
static int
listens(const struct child *c, enum role role)
{
	return (c->role == role && !c->apart && c->chan != NULL &&
	    !c->exited);
}

static void
publish(struct moatd *m, struct moatd_pubkey *k)
{
	struct child *c = NULL;

	k->published = 1;
	/* Workers first: what the engine knows may be signed with. */
	TAILQ_FOREACH(c, &m->children, entry)
		if (listens(c, ROLE_WORKER))
			setup_pubkey(c, k);
	TAILQ_FOREACH(c, &m->children, entry)
		if (listens(c, ROLE_ENGINE))
			setup_pubkey(c, k);
}

static unsigned
vaults(const struct moatd *m)
{
	const struct child *c;
	unsigned n = 0;

	TAILQ_FOREACH(c, &m->children, entry)
		if (listens(c, ROLE_VAULT) && !c->stopping)
			n++;
	return (n);
}

static struct moatd_pubkey *
pubkey_find(struct moatd *m, const char *kid)
{
	size_t i;

	for (i = 0; i < m->npubkeys; i++)
		if (strcmp(m->pubkey[i].kid, kid) == 0)
			return (&m->pubkey[i]);
	return (NULL);
}

void
keymaker_pubkey(struct child *c, const struct msg_pubkey_made *made)
{
	struct moatd *m = c->m;
	struct moatd_pubkey *k = pubkey_find(m, made->kid);

	/* A key that was dropped while a vault was started with it. */
	if (c->apart || custody_key(m->custody, made->kid) == NULL)
		return;
	if (k == NULL) {
		if (m->npubkeys == CUSTODY_KEYS ||
		    made->spki.n > sizeof(m->pubkey[0].spki))
			return;
		k = &m->pubkey[m->npubkeys++];
		memset(k, 0, sizeof(*k));
		snprintf(k->kid, sizeof(k->kid), "%s", made->kid);
		k->alg = made->alg;
		k->n = made->spki.n;
		memcpy(k->spki, made->spki.p, made->spki.n);
	}
	k->made++;
	if (!k->published && k->made >= vaults(m))
		publish(m, k);
}

/* A file more: to every vault, which answers with its public half. */
static int
key_come(struct moatd *m, const char *kid, const void *pem, size_t n)
{
	struct child *c = NULL;

	if (custody_key(m->custody, kid) != NULL)
		return (0);
	if (custody_add_key(m->custody, kid, pem, n) == -1)
		return (-1);
	log_info("signing key %s is in keys/", kid);
	TAILQ_FOREACH(c, &m->children, entry)
		if (listens(c, ROLE_VAULT))
			setup_signkey(c, custody_key(m->custody, kid));
	return (1);
}

void
keymaker_drop(struct moatd *m, const char *kid)
{
	struct moatd_pubkey *k = pubkey_find(m, kid);
	struct msg_signkey_drop s = { kid };
	struct msg_pubkey_drop p = { kid };
	struct child *c = NULL;

	if (custody_drop_key(m->custody, kid) == -1)
		return;		/* whatever the engine says, one stays */
	log_info("signing key %s is no longer in keys/", kid);
	if (k != NULL)
		*k = m->pubkey[--m->npubkeys];
	TAILQ_FOREACH(c, &m->children, entry) {
		if (listens(c, ROLE_WORKER) || listens(c, ROLE_ENGINE))
			chan_send(c->chan, IMSG_PUBKEY_DROP, 0, &p, -1);
		else if (listens(c, ROLE_VAULT))
			chan_send(c->chan, IMSG_SIGNKEY_DROP, 0, &s, -1);
	}
}

/* ---- what a job's vault is sent ---- */

static int
send_bundle(struct child *c, const struct buf *b)
{
	struct msg_bundle_set m;
	size_t at;
	int rv = 0;

	for (at = 0; at < b->len; at += m.part.n) {
		m.part.p = b->p + at;
		m.part.n = b->len - at < 65536 ? b->len - at : 65536;
		rv |= chan_send(c->chan, IMSG_BUNDLE_SET, 0, &m, -1);
	}
	return (rv);
}

int
keymaker_send(struct child *c)
{
	struct keyjob *j = c->job;
	struct msg_vault_job_set m = { (uint8_t)j->job, j->want[0],
	    j->want[1], j->want[2], "" };
	int rv;

	if (j->passphrase != NULL)
		m.passphrase = secret_open(j->passphrase, NULL);
	rv = chan_send(c->chan, IMSG_VAULT_JOB_SET, 0, &m, -1);
	if (j->passphrase != NULL)
		secret_close(j->passphrase);
	if (j->job == JOB_SEAL)
		rv |= setup_keys(c);
	if (j->job == JOB_OPEN)
		rv |= send_bundle(c, &j->bundle);
	return (rv);
}

/* ---- what it says ---- */

void
keymaker_key(struct child *c, const struct msg_key_made *k)
{
	struct keyjob *j = c->job;
	int rv;

	/* Keys of a bundle count when its pepper and seal are ours. */
	if (j->job == JOB_OPEN && (j->why[0] != '\0' || j->matched != 2))
		return;
	if ((rv = key_come(c->m, k->kid, k->pem.p, k->pem.n)) == -1)
		snprintf(j->why, sizeof(j->why), "a key cannot be kept; the "
		    "log says why");
	else
		j->added += (unsigned)rv;
}

void
keymaker_secret(struct child *c, const struct msg_secret_made *s)
{
	const char *name = s->kind == SECRET_SEAL ? "seal" : "pepper";
	struct keyjob *j = c->job;

	if (j->job != JOB_OPEN)
		return;		/* this node has both */
	if (custody_same(c->m->custody, name, s->value.p, s->value.n) == 1)
		j->matched++;
	else if (j->why[0] == '\0')
		snprintf(j->why, sizeof(j->why), "its %s is not the one that "
		    "the accounts of this node were made with", name);
}

void
keymaker_bundle(struct child *c, const struct msg_bundle_made *b)
{
	struct keyjob *j = c->job;

	if (j->job == JOB_SEAL && j->bundle.len <= KEYS_BUNDLE)
		buf_add(&j->bundle, b->part.p, b->part.n);
}

/* ---- keys for the engine ---- */

static void
made(struct child *c, int status, void *arg)
{
	struct keyjob *j = arg;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		log_warnx("a signing key was not made%s%s",
		    c->fail[0] != '\0' ? ": " : "", c->fail);
	j->m->making = NULL;
	keyjob_free(j);
}

void
keymaker_want(struct moatd *m, const struct msg_key_want *w)
{
	size_t n = (size_t)w->es256 + w->eddsa + w->rs256;
	struct keyjob *j;

	if (m->making != NULL || m->phase == MOATD_STOPPING)
		return;
	if (n == 0 || m->custody->nkeys + n + SPARE > CUSTODY_KEYS) {
		log_warnx("no room for a new signing key in keys/: retire "
		    "old ones");
		return;
	}
	j = keyjob_new(m, JOB_KEYS);
	j->want[0] = w->es256;
	j->want[1] = w->eddsa;
	j->want[2] = w->rs256;
	if (child_keymaker(m, j, made) == NULL)
		keyjob_free(j);
	else
		m->making = j;
}
