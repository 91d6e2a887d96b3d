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
 * Who runs this: the vault, at its start and when the parent brings or takes a
 * key. Holds: every signing key of the node. Who may call it: vault.c and
 * token.c; nothing here reads a channel. The algorithm is the key's, the kid is
 * its thumbprint: a file that was renamed or swapped does not start.
 */
#include "config.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/vault/keyring.h"

#define KEYRING_MAX	32
#define SECURE_HEAP	131072	/* bytes: 32 RSA 4096 keys, and to work in */

struct keyring {
	struct vkey	*key[KEYRING_MAX];
	size_t		 n;
};

void
keyring_init(void)
{
	jose_init();
	CRYPTO_secure_malloc_init(SECURE_HEAP, 32);
}

struct keyring *
keyring_new(void)
{
	return calloc(1, sizeof(struct keyring));
}

static void
vkey_free(struct vkey *k)
{
	if (k == NULL)
		return;
	jws_signer_free(k->signer);
	free(k->at_header);
	free(k->id_header);
	free(k);
}

void
keyring_free(struct keyring *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++)
		vkey_free(r->key[i]);
	free(r);
}

/* An encrypted file is not asked about at a terminal that is not there. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_pem(const void *pem, size_t len)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY *pkey;

	if (bio == NULL)
		return NULL;
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	return pkey;
}

/* The private half belongs to the public one, by which we name it. */
static int
is_pair(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	int ok = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/*
 * Signs once with rights still whole: whatever libcrypto makes at first use
 * (its random generator) is there when the sandbox closes.
 */
static int
warm_up(struct vkey *k)
{
	struct buf b = BUF_INIT;
	int rc = jws_sign(&b, k->signer, k->at_header, "{}", 2);

	buf_wipe_free(&b);
	return rc;
}

static char *
header_of(const struct vkey *k, const char *typ)
{
	struct buf b = BUF_INIT;
	char *text;

	if (jws_header(&b, k->alg, typ, k->kid) == -1 ||
	    (text = buf_cstr(&b)) == NULL) {
		buf_free(&b);
		return NULL;
	}
	return text;
}

/* Everything of a key that does not depend on what is signed. */
static int
vkey_ready(struct vkey *k, EVP_PKEY *pkey)
{
	long n = jwk_spki(k->spki, pkey);

	if (n == -1 || (k->signer = jws_signer_new(pkey, k->alg)) == NULL)
		return -1;
	k->spkilen = (size_t)n;
	k->at_header = header_of(k, "at+jwt");
	k->id_header = header_of(k, "JWT");
	return k->at_header != NULL && k->id_header != NULL ? warm_up(k) : -1;
}

const char *
keyring_add(struct keyring *r, const char *kid, const void *pem, size_t len)
{
	const char *why = "out of memory";
	EVP_PKEY *pkey = NULL;
	struct vkey *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return why;
	if (r->n == KEYRING_MAX)
		why = "too many signing keys";
	else if (len > 16384 || (pkey = read_pem(pem, len)) == NULL)
		why = "not an unencrypted private key in PEM form";
	else if ((k->alg = jose_alg_of(pkey)) == JOSE_NONE)
		why = "neither P-256, Ed25519 nor RSA of 2048 to 8192 bits "
		    "with an odd exponent from 65537";
	else if (jwk_thumbprint(pkey, k->kid) == -1 ||
	    strcmp(k->kid, kid) != 0)
		why = "its name is not the key's RFC 7638 thumbprint";
	else if (!is_pair(pkey))
		why = "its private half does not belong to its public one";
	else if (keyring_find(r, kid) != NULL)
		why = "the same key came twice";
	else if (vkey_ready(k, pkey) == 0) {
		r->key[r->n++] = k;
		k = NULL;
		why = NULL;
	}
	EVP_PKEY_free(pkey);
	vkey_free(k);
	return why;
}

void
keyring_drop(struct keyring *r, const char *kid)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->key[i]->kid, kid) == 0)
			break;
	if (i == r->n)
		return;
	vkey_free(r->key[i]);
	r->n--;
	memmove(&r->key[i], &r->key[i + 1],
	    (r->n - i) * sizeof(r->key[0]));
}

const struct vkey *
keyring_find(const struct keyring *r, const char *kid)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->key[i]->kid, kid) == 0)
			return r->key[i];
	return NULL;
}

size_t
keyring_count(const struct keyring *r)
{
	return r->n;
}

const struct vkey *
keyring_at(const struct keyring *r, size_t i)
{
	return i < r->n ? r->key[i] : NULL;
}
