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
 * other, for the length of one answer. Holds: what it has just made. It is
 * the only process that ever sends a private key outwards, and only to the
 * parent, which writes the files that are missing.
 */
#include "config.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <sodium.h>

#include "privsep/vault/derive.h"
#include "privsep/vault/generate.h"

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
generate_key(struct buf *pem, char kid[JWK_KID_LEN + 1])
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	int rc = -1;

	if (pkey != NULL && jwk_thumbprint(pkey, kid) == 0)
		rc = write_pem(pem, pkey);
	EVP_PKEY_free(pkey);
	return rc;
}

static void
send_secret(struct proc *p, enum secret_kind kind)
{
	struct msg_secret_made m;
	uint8_t value[SEAL_LEN];

	randombytes_buf(value, sizeof(value));
	m.kind = (uint8_t)kind;
	m.value.p = value;
	m.value.n = sizeof(value);
	if (chan_send(p->parent, IMSG_SECRET_MADE, 0, &m, -1) == -1)
		proc_fail(p, "vault -g: cannot send a secret");
	sodium_memzero(value, sizeof(value));
}

void
generate_run(struct proc *p)
{
	struct buf pem = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct msg_key_made m;

	send_secret(p, SECRET_PEPPER);
	send_secret(p, SECRET_SEAL);
	if (generate_key(&pem, kid) == -1)
		proc_fail(p, "vault -g: cannot make a signing key");
	m.kid = kid;
	m.pem.p = pem.p;
	m.pem.n = pem.len;
	if (chan_send(p->parent, IMSG_KEY_MADE, 0, &m, -1) == -1)
		proc_fail(p, "vault -g: cannot send the signing key");
	buf_wipe_free(&pem);
}
