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
 * Who runs this: a vault that the parent started with -g, confined like any
 * other, for the length of one job. Holds: what it has just made, or what it
 * moves. It is the only process that ever sends a private key outwards: to the
 * parent, which writes the files, or sealed by a passphrase (bundle.c).
 */
#include "config.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/vault/bundle.h"
#include "privsep/vault/derive.h"
#include "privsep/vault/generate.h"
#include "privsep/vault/keyring.h"
#include "src/base/log.h"

#define PART	65536		/* of a bundle, a message */

struct generate {
	enum vault_job	 job;
	unsigned	 count[3];	/* keys of each algorithm */
	char		*passphrase;	/* guarded memory */
	struct buf	 bundle;	/* to open */
	struct buf	 plain;		/* to seal */
};

static const enum jose_alg algs[] = { JOSE_ES256, JOSE_EDDSA, JOSE_RS256 };

struct generate *
generate_new(void)
{
	return calloc(1, sizeof(struct generate));
}

static void
take_job(struct generate *g, const struct msg_vault_job_set *m)
{
	size_t n = strlen(m->passphrase) + 1;

	g->job = (enum vault_job)m->job;
	g->count[0] = m->es256;
	g->count[1] = m->eddsa;
	g->count[2] = m->rs256;
	sodium_free(g->passphrase);
	if ((g->passphrase = sodium_malloc(n)) == NULL)
		fatal("passphrase");
	memcpy(g->passphrase, m->passphrase, n);
}

static void
take_secret(struct generate *g, const struct msg_secret_set *m)
{
	if (m->kind != SECRET_PEPPER && m->kind != SECRET_SEAL)
		fatalx("a secret that is not in keys/");
	if (bundle_put(&g->plain, m->kind == SECRET_PEPPER ? BUNDLE_PEPPER :
	    BUNDLE_SEAL, "", m->value.p, m->value.n) == -1)
		fatal("bundle");
}

void
generate_take(struct generate *g, uint16_t type, const union msg *m)
{
	const struct msg_signkey_set *k = &m->signkey_set;

	switch (type) {
	case IMSG_VAULT_JOB_SET:
		take_job(g, &m->vault_job_set);
		break;
	case IMSG_SECRET_SET:
		take_secret(g, &m->secret_set);
		break;
	case IMSG_SIGNKEY_SET:
		if (bundle_put(&g->plain, BUNDLE_KEY, k->kid, k->pem.p,
		    k->pem.n) == -1)
			fatal("bundle");
		break;
	case IMSG_BUNDLE_SET:
		if (g->bundle.len > BUNDLE_MAX ||
		    buf_add(&g->bundle, m->bundle_set.part.p,
		    m->bundle_set.part.n) == -1)
			fatalx("a bundle that is too long");
		break;
	}
}

/* ---- new keys ---- */

static EVP_PKEY *
make(enum jose_alg alg)
{
	switch (alg) {
	case JOSE_ES256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	case JOSE_EDDSA:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case JOSE_RS256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	default:
		return NULL;
	}
}

static int
write_pem(struct buf *pem, EVP_PKEY *pkey)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	long n;
	int rc = -1;

	if (bio == NULL)
		return -1;
	if (PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
	    NULL) == 1 && (n = BIO_get_mem_data(bio, &text)) > 0)
		rc = buf_add(pem, text, (size_t)n);
	BIO_free(bio);
	return rc;
}

int
generate_key(struct buf *pem, char kid[JWK_KID_LEN + 1], enum jose_alg alg)
{
	EVP_PKEY *pkey = make(alg);
	int rc = -1;

	if (pkey != NULL && jwk_thumbprint(pkey, kid) == 0)
		rc = write_pem(pem, pkey);
	EVP_PKEY_free(pkey);
	return rc;
}

/* ---- what leaves ---- */

static void
send_secret(struct proc *p, enum secret_kind kind, const void *value, size_t n)
{
	struct msg_secret_made m;

	m.kind = (uint8_t)kind;
	m.value.p = value;
	m.value.n = n;
	if (chan_send(p->parent, IMSG_SECRET_MADE, 0, &m, -1) == -1)
		proc_fail(p, "vault -g: cannot send a secret");
}

static void
send_key(struct proc *p, const char *kid, const void *pem, size_t n)
{
	struct msg_key_made m;

	m.kid = kid;
	m.pem.p = pem;
	m.pem.n = n;
	if (chan_send(p->parent, IMSG_KEY_MADE, 0, &m, -1) == -1)
		proc_fail(p, "vault -g: cannot send a signing key");
}

static void
new_secret(struct proc *p, enum secret_kind kind)
{
	uint8_t value[SEAL_LEN];

	randombytes_buf(value, sizeof(value));
	send_secret(p, kind, value, sizeof(value));
	sodium_memzero(value, sizeof(value));
}

static void
new_keys(struct generate *g, struct proc *p)
{
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	size_t i;

	for (i = 0; i < 3; i++)
		for (; g->count[i] > 0; g->count[i]--) {
			if (generate_key(&pem, kid, algs[i]) == -1)
				proc_fail(p, "vault -g: cannot make a "
				    "signing key");
			send_key(p, kid, pem.p, pem.len);
			buf_wipe_free(&pem);
		}
}

static void
send_bundle(struct generate *g, struct proc *p)
{
	struct buf sealed = BUF_INIT;
	struct msg_bundle_made m;
	size_t at;

	if (bundle_seal(&sealed, g->plain.p, g->plain.len,
	    g->passphrase) == -1)
		proc_fail(p, "vault -g: not enough memory to seal the keys");
	for (at = 0; at < sealed.len; at += m.part.n) {
		m.part.p = sealed.p + at;
		m.part.n = sealed.len - at < PART ? sealed.len - at : PART;
		if (chan_send(p->parent, IMSG_BUNDLE_MADE, 0, &m, -1) == -1)
			proc_fail(p, "vault -g: cannot send the bundle");
	}
	buf_free(&sealed);
}

static void
open_bundle(struct generate *g, struct proc *p)
{
	struct buf plain = BUF_INIT;
	struct keyring *check = keyring_new();
	struct bundle_item it;
	const char *why;
	size_t at = 0;
	int rv;

	if (check == NULL)
		proc_fail(p, "vault -g: out of memory");

	if ((why = bundle_open(&plain, g->bundle.p, g->bundle.len,
	    g->passphrase)) != NULL)
		proc_fail(p, "%s", why);
	while ((rv = bundle_next(&plain, &at, &it)) == 1) {
		if (it.kind == BUNDLE_KEY) {
			why = keyring_add(check, it.name, it.p, it.n);
			if (why != NULL)
				proc_fail(p, "a key in the file: %s", why);
			send_key(p, it.name, it.p, it.n);
		} else
			send_secret(p, it.kind == BUNDLE_PEPPER ?
			    SECRET_PEPPER : SECRET_SEAL, it.p, it.n);
	}
	if (rv == -1)
		proc_fail(p, "what the file holds is not keys");
	keyring_free(check);
	buf_wipe_free(&plain);
}

void
generate_run(struct generate *g, struct proc *p)
{
	switch (g->job) {
	case JOB_FIRST:
		new_secret(p, SECRET_PEPPER);
		new_secret(p, SECRET_SEAL);
		/* FALLTHROUGH */
	case JOB_KEYS:
		new_keys(g, p);
		break;
	case JOB_SEAL:
		send_bundle(g, p);
		break;
	case JOB_OPEN:
		open_bundle(g, p);
		break;
	}
	sodium_free(g->passphrase);
	buf_wipe_free(&g->plain);
	buf_free(&g->bundle);
	free(g);
}
