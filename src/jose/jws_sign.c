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
 * Who runs this: the vault, and no other executable contains this object.
 * Holds: a reference to a private key and what is ready to sign with it.
 * Who may call it: privsep/vault/token.c, with claims that it composed.
 */
#include "config.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/b64.h"
#include "src/jose/jws_sign.h"

#define SIG_MAX	1024

struct jws_signer {
	enum jose_alg	 alg;
	EVP_PKEY	*pkey;
	EVP_PKEY_CTX	*pctx;		/* ES256, RS256 */
	EVP_MD_CTX	*mctx;		/* SHA-256; EdDSA: copied each time */
	EVP_MD		*sha256;
};

void
jws_signer_free(struct jws_signer *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_CTX_free(s->pctx);
	EVP_MD_CTX_free(s->mctx);
	EVP_MD_free(s->sha256);
	EVP_PKEY_free(s->pkey);
	free(s);
}

static int
ready(struct jws_signer *s)
{
	if ((s->mctx = EVP_MD_CTX_new()) == NULL)
		return -1;
	if (s->alg == JOSE_EDDSA)
		return EVP_DigestSignInit_ex(s->mctx, NULL, NULL, NULL, NULL,
		    s->pkey, NULL) == 1 ? 0 : -1;
	s->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	s->pctx = EVP_PKEY_CTX_new_from_pkey(NULL, s->pkey, NULL);
	if (s->sha256 == NULL || s->pctx == NULL ||
	    EVP_DigestInit_ex2(s->mctx, s->sha256, NULL) != 1 ||
	    EVP_PKEY_sign_init(s->pctx) != 1)
		return -1;
	if (s->alg == JOSE_RS256 &&
	    EVP_PKEY_CTX_set_rsa_padding(s->pctx, RSA_PKCS1_PADDING) != 1)
		return -1;
	return EVP_PKEY_CTX_set_signature_md(s->pctx, s->sha256) == 1 ? 0 : -1;
}

struct jws_signer *
jws_signer_new(EVP_PKEY *pkey, enum jose_alg alg)
{
	struct jws_signer *s;

	jose_init();
	if (alg == JOSE_NONE || jose_alg_of(pkey) != alg ||
	    (s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->alg = alg;
	if (EVP_PKEY_up_ref(pkey))
		s->pkey = pkey;
	if (s->pkey == NULL || ready(s) == -1) {
		jws_signer_free(s);
		return NULL;
	}
	return s;
}

/* DER to the raw form of RFC 7518 3.4; 64 or 0. */
static size_t
es256_raw(uint8_t *sig, const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	ECDSA_SIG *es = d2i_ECDSA_SIG(NULL, &p, (long)len);
	size_t n = 0;

	if (es != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(es), sig, 32) == 32 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(es), sig + 32, 32) == 32)
		n = 64;
	ECDSA_SIG_free(es);
	return n;
}

static size_t
sign_eddsa(struct jws_signer *s, const uint8_t *in, size_t n, uint8_t *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SIG_MAX;

	if (ctx == NULL || EVP_MD_CTX_copy_ex(ctx, s->mctx) != 1 ||
	    EVP_DigestSign(ctx, sig, &len, in, n) != 1)
		len = 0;
	EVP_MD_CTX_free(ctx);
	return len;
}

/* Returns the signature's length, 0 on failure. */
static size_t
sign(struct jws_signer *s, const uint8_t *in, size_t n, uint8_t *sig)
{
	uint8_t hash[32], raw[SIG_MAX];
	size_t len = SIG_MAX;

	if (s->alg == JOSE_EDDSA)
		return sign_eddsa(s, in, n, sig);
	if (EVP_DigestInit_ex2(s->mctx, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(s->mctx, in, n) != 1 ||
	    EVP_DigestFinal_ex(s->mctx, hash, NULL) != 1)
		return 0;
	if (s->alg == JOSE_RS256)
		return EVP_PKEY_sign(s->pctx, sig, &len, hash,
		    sizeof(hash)) == 1 ? len : 0;
	if (EVP_PKEY_sign(s->pctx, raw, &len, hash, sizeof(hash)) != 1)
		return 0;
	return es256_raw(sig, raw, len);
}

static void
add_b64(struct buf *b, const void *src, size_t n)
{
	if (buf_reserve(b, B64_LEN(n) + 1) == -1)
		return;
	b->len += b64_encode((char *)b->p + b->len, src, n);
}

int
jws_sign(struct buf *b, struct jws_signer *s, const char *header_b64,
    const char *payload, size_t len)
{
	uint8_t sig[SIG_MAX];
	size_t start = b->len, n;

	buf_adds(b, header_b64);
	buf_addc(b, '.');
	add_b64(b, payload, len);
	if (b->err || (n = sign(s, b->p + start, b->len - start, sig)) == 0) {
		b->len = start;
		return -1;
	}
	buf_addc(b, '.');
	add_b64(b, sig, n);
	if (b->err)
		b->len = start;
	return b->err ? -1 : 0;
}

int
jws_header(struct buf *b, enum jose_alg alg, const char *typ,
    const char *kid)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "{\"alg\":");
	buf_add_json(&text, jose_alg_name(alg));
	buf_adds(&text, ",\"typ\":");
	buf_add_json(&text, typ);
	buf_adds(&text, ",\"kid\":");
	buf_add_json(&text, kid);
	buf_addc(&text, '}');
	if (!text.err)
		add_b64(b, text.p, text.len);
	buf_free(&text);
	return text.err || b->err ? -1 : 0;
}
