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
 * Who runs this: worker, engine and vault. Holds: public keys.
 * Who may call it: their own process; one thread.
 * A set is short (the active key and a few retiring ones), so a lookup is a
 * walk; a kid never leaves memory for a file or a database.
 */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "src/jose/jwk.h"

struct jwks {
	struct jwk	*key[JWKS_MAX];	/* each apart: jwks_find() lends them */
	size_t		 n;
	EVP_MD		*sha256;	/* fetched once */
	struct jwks_work *work;		/* changes while the set is const */
};

static const char *const alg_names[] = {
	[JOSE_NONE] = "none",
	[JOSE_ES256] = "ES256",
	[JOSE_EDDSA] = "EdDSA",
	[JOSE_RS256] = "RS256",
};

void
jose_init(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT, NULL);
}

const char *
jose_alg_name(enum jose_alg alg)
{
	return alg_names[alg];
}

static int
rsa_is_strong(const EVP_PKEY *pkey)
{
	int bits = EVP_PKEY_get_bits(pkey), ok;
	BIGNUM *e = NULL;

	if (bits < 2048 || bits > 8192 ||
	    !EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e))
		return 0;
	ok = BN_is_odd(e) && BN_num_bits(e) >= 17 && BN_num_bits(e) <= 64;
	BN_free(e);
	return ok;
}

enum jose_alg
jose_alg_of(const EVP_PKEY *pkey)
{
	char group[32];

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_EC:
		if (EVP_PKEY_get_utf8_string_param(pkey,
		    OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) &&
		    strcmp(group, "prime256v1") == 0)
			return JOSE_ES256;
		return JOSE_NONE;
	case EVP_PKEY_ED25519:
		return JOSE_EDDSA;
	case EVP_PKEY_RSA:
		return rsa_is_strong(pkey) ? JOSE_RS256 : JOSE_NONE;
	default:
		return JOSE_NONE;
	}
}

struct jwks *
jwks_new(void)
{
	struct jwks *ks;

	jose_init();
	if ((ks = calloc(1, sizeof(*ks))) == NULL)
		return NULL;
	ks->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if ((ks->work = calloc(1, sizeof(*ks->work))) != NULL)
		ks->work->sha256 = EVP_MD_CTX_new();
	if (ks->sha256 == NULL || ks->work == NULL ||
	    ks->work->sha256 == NULL || EVP_DigestInit_ex2(ks->work->sha256,
	    ks->sha256, NULL) != 1) {
		jwks_free(ks);
		return NULL;
	}
	return ks;
}

static void
jwk_free(struct jwk *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_CTX_free(k->pctx);
	EVP_MD_CTX_free(k->mctx);
	EVP_PKEY_free(k->pkey);
	free(k);
}

void
jwks_free(struct jwks *ks)
{
	size_t i;

	if (ks == NULL)
		return;
	for (i = 0; i < ks->n; i++)
		jwk_free(ks->key[i]);
	if (ks->work != NULL)
		EVP_MD_CTX_free(ks->work->sha256);
	free(ks->work);
	EVP_MD_free(ks->sha256);
	free(ks);
}

struct jwks_work *
jwks_work(const struct jwks *ks)
{
	return ks->work;
}

/* Everything that does not depend on the message, once a key. */
static int
jwk_ready(struct jwk *k)
{
	if (k->alg == JOSE_EDDSA) {
		k->mctx = EVP_MD_CTX_new();
		return k->mctx != NULL && EVP_DigestVerifyInit_ex(k->mctx,
		    NULL, NULL, NULL, NULL, k->pkey, NULL) == 1 ? 0 : -1;
	}
	k->pctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (k->pctx == NULL || EVP_PKEY_verify_init(k->pctx) != 1)
		return -1;
	if (k->alg == JOSE_RS256 &&
	    EVP_PKEY_CTX_set_rsa_padding(k->pctx, RSA_PKCS1_PADDING) != 1)
		return -1;
	return EVP_PKEY_CTX_set_signature_md(k->pctx, EVP_sha256()) == 1 ? 0 :
	    -1;
}

/* Takes the key over, also when it fails. kid NULL: the thumbprint. */
static int
jwks_take(struct jwks *ks, EVP_PKEY *pkey, const char *kid,
    enum jose_alg alg)
{
	struct jwk *k;

	if ((k = calloc(1, sizeof(*k))) == NULL) {
		EVP_PKEY_free(pkey);
		return -1;
	}
	k->pkey = pkey;
	k->alg = jose_alg_of(pkey);
	if (k->alg == JOSE_NONE || (alg != JOSE_NONE && alg != k->alg) ||
	    jwk_thumbprint(pkey, k->kid) == -1 ||
	    (kid != NULL && strcmp(kid, k->kid) != 0))
		goto refuse;
	if (jwks_find(ks, k->kid, JWK_KID_LEN) != NULL) {
		jwk_free(k);
		return 0;
	}
	if (ks->n == JWKS_MAX || jwk_ready(k) == -1)
		goto refuse;
	ks->key[ks->n++] = k;
	return 0;
refuse:
	jwk_free(k);
	return -1;
}

int
jwks_add_pkey(struct jwks *ks, EVP_PKEY *pkey, const char *kid,
    enum jose_alg alg)
{
	if (!EVP_PKEY_up_ref(pkey))
		return -1;
	return jwks_take(ks, pkey, kid, alg);
}

int
jwks_add_spki(struct jwks *ks, const char *kid, enum jose_alg alg,
    const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	EVP_PKEY *pkey;

	if (alg == JOSE_NONE || len > JWK_SPKI_MAX ||
	    (pkey = d2i_PUBKEY(NULL, &p, (long)len)) == NULL)
		return -1;
	if (p != der + len) {
		EVP_PKEY_free(pkey);
		return -1;
	}
	return jwks_take(ks, pkey, kid, alg);
}

void
jwks_drop(struct jwks *ks, const char *kid)
{
	size_t i;

	for (i = 0; i < ks->n; i++)
		if (strcmp(ks->key[i]->kid, kid) == 0)
			break;
	if (i == ks->n)
		return;
	ks->work->n = 0;	/* a header that was accepted names its key */
	ks->work->key = NULL;
	jwk_free(ks->key[i]);
	ks->n--;
	memmove(&ks->key[i], &ks->key[i + 1],
	    (ks->n - i) * sizeof(ks->key[0]));
}

const struct jwk *
jwks_find(const struct jwks *ks, const char *kid, size_t len)
{
	size_t i;

	if (len != JWK_KID_LEN)
		return NULL;
	for (i = 0; i < ks->n; i++)
		if (memcmp(ks->key[i]->kid, kid, JWK_KID_LEN) == 0)
			return ks->key[i];
	return NULL;
}

size_t
jwks_count(const struct jwks *ks)
{
	return ks->n;
}

const struct jwk *
jwks_at(const struct jwks *ks, size_t i)
{
	return i < ks->n ? ks->key[i] : NULL;
}

long
jwk_spki(uint8_t der[JWK_SPKI_MAX], const EVP_PKEY *pkey)
{
	unsigned char *p = der;
	int n = i2d_PUBKEY(pkey, NULL);

	if (n <= 0 || n > JWK_SPKI_MAX)
		return -1;
	return i2d_PUBKEY(pkey, &p);
}
