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
 * Who runs this: worker and engine, on every bearer token. Holds: nothing.
 * Who may call it: whoever has a set of public keys; one thread.
 * There is no code for symmetric algorithms, for "none", for a key that a
 * token brings along or for any serialisation but the compact one.
 */
#include "config.h"

#include <openssl/rsa.h>
#include <string.h>
#include <strings.h>

#include "src/base/b64.h"
#include "src/jose/jws.h"
#include "src/json/json.h"

#define HEADER_MAX	512	/* bytes, decoded */
#define SIG_MAX		1024	/* bytes, RSA 8192 */
#define ES256_HALF	32
#define DER_MAX		(2 + 2 * (3 + ES256_HALF))

static const char *const errors[] = {
	[JWS_OK] = "no error",
	[JWS_FORM] = "not three canonical base64url parts",
	[JWS_HEADER] = "header not acceptable",
	[JWS_KEY] = "unknown key",
	[JWS_ALG] = "algorithm is not the key's",
	[JWS_TYP] = "another type of token",
	[JWS_SIGNATURE] = "signature does not verify",
	[JWS_PAYLOAD] = "payload is not a strict object",
	[JWS_NOMEM] = "out of memory",
};

const char *
jws_strerror(enum jws_err e)
{
	return errors[e];
}

/* Order of the group of P-256, big endian (FIPS 186-4 D.1.2.3). */
static const uint8_t p256_n[ES256_HALF] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
	0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51
};

/*
 * Appends one half as a DER INTEGER; 0 when it is not in 1..n-1. Public
 * values: no need for constant time.
 */
static size_t
der_integer(uint8_t *dst, const uint8_t half[ES256_HALF])
{
	size_t skip = 0, n, pad;

	while (skip < ES256_HALF && half[skip] == 0)
		skip++;
	if (skip == ES256_HALF || memcmp(half, p256_n, ES256_HALF) >= 0)
		return 0;
	n = ES256_HALF - skip;
	pad = half[skip] >> 7;
	dst[0] = 0x02;
	dst[1] = (uint8_t)(n + pad);
	dst[2] = 0;
	memcpy(dst + 2 + pad, half + skip, n);
	return 2 + pad + n;
}

/* RFC 7518 3.4: exactly 64 bytes, r and s. libcrypto wants them in DER. */
static size_t
es256_der(uint8_t der[DER_MAX], const uint8_t *sig, size_t siglen)
{
	size_t r, s;

	if (siglen != (size_t)2 * ES256_HALF ||
	    (r = der_integer(der + 2, sig)) == 0 ||
	    (s = der_integer(der + 2 + r, sig + ES256_HALF)) == 0)
		return 0;
	der[0] = 0x30;
	der[1] = (uint8_t)(r + s);
	return 2 + r + s;
}

static int
eddsa_signature(const struct jwk *k, const char *input, size_t n,
    const uint8_t *sig, size_t siglen)
{
	EVP_MD_CTX *ctx;
	int ok;

	if (siglen != 64 || (ctx = EVP_MD_CTX_new()) == NULL)
		return 0;
	ok = EVP_MD_CTX_copy_ex(ctx, k->mctx) == 1 && EVP_DigestVerify(ctx,
	    sig, siglen, (const uint8_t *)input, n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

int
jws_signature(const struct jwks *ks, const struct jwk *k, const char *input,
    size_t n, const uint8_t *sig, size_t siglen)
{
	EVP_MD_CTX *md = jwks_work(ks)->sha256;
	uint8_t hash[32], der[DER_MAX];

	if (k->alg == JOSE_EDDSA)
		return eddsa_signature(k, input, n, sig, siglen);
	if (k->alg == JOSE_ES256) {
		if ((siglen = es256_der(der, sig, siglen)) == 0)
			return 0;
		sig = der;
	} else if (siglen != (size_t)EVP_PKEY_get_size(k->pkey))
		return 0;
	if (EVP_DigestInit_ex2(md, NULL, NULL) != 1 ||
	    EVP_DigestUpdate(md, input, n) != 1 ||
	    EVP_DigestFinal_ex(md, hash, NULL) != 1)
		return 0;
	return EVP_PKEY_verify(k->pctx, sig, siglen, hash,
	    sizeof(hash)) == 1;
}

struct parts {
	const char	*p[3];		/* header, payload, signature */
	size_t		 n[3];
};

/* Two dots, no empty part, nothing over the limit. */
static int
split(struct parts *parts, const char *token, size_t len)
{
	const char *end = token + len, *dot;
	int i;

	if (len > JWS_MAX)
		return -1;
	for (i = 0; i < 3; i++) {
		dot = memchr(token, '.', (size_t)(end - token));
		if ((dot == NULL) != (i == 2))
			return -1;
		if (dot == NULL)
			dot = end;
		if (dot == token)
			return -1;
		parts->p[i] = token;
		parts->n[i] = (size_t)(dot - token);
		token = dot + 1;
	}
	return 0;
}

static int
is_kid(const char *s, size_t n)
{
	return n == JWK_KID_LEN && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_") == n;
}

static int
is_typ(json_t *v, const char *want)
{
	const char *s = json_string_value(v);

	if (s == NULL)
		return 0;
	if (strncasecmp(s, "application/", 12) == 0)
		s += 12;
	return strcasecmp(s, want) == 0;
}

/* alg, kid, typ and cty, and no other: no key comes in by a header. */
static int
only_known_members(json_t *header)
{
	const char *name;
	json_t *v;

	json_object_foreach(header, name, v) {
		if (strcmp(name, "alg") != 0 && strcmp(name, "kid") != 0 &&
		    strcmp(name, "typ") != 0 && strcmp(name, "cty") != 0)
			return 0;
		if (!json_is_string(v))
			return 0;
	}
	return 1;
}

static enum jws_err
check_header(const struct jwks *ks, json_t *header, const char *typ,
    const struct jwk **key)
{
	json_t *kid = json_object_get(header, "kid");
	const char *alg = json_string_value(json_object_get(header, "alg"));

	if (!only_known_members(header) || alg == NULL || kid == NULL ||
	    !is_kid(json_string_value(kid), json_string_length(kid)))
		return JWS_HEADER;
	*key = jwks_find(ks, json_string_value(kid),
	    json_string_length(kid));
	if (*key == NULL)
		return JWS_KEY;
	if (strcmp(alg, jose_alg_name((*key)->alg)) != 0)
		return JWS_ALG;
	return is_typ(json_object_get(header, "typ"), typ) ? JWS_OK : JWS_TYP;
}

static int
is_remembered(const struct jwks_work *w, const struct parts *t,
    const char *typ)
{
	return w->n == t->n[0] && memcmp(w->header, t->p[0], w->n) == 0 &&
	    strcmp(w->typ, typ) == 0;
}

static void
remember(struct jwks_work *w, const struct parts *t, const char *typ,
    const struct jwk *key)
{
	if (t->n[0] > sizeof(w->header) || strlen(typ) >= sizeof(w->typ))
		return;
	memcpy(w->header, t->p[0], t->n[0]);
	memcpy(w->typ, typ, strlen(typ) + 1);
	w->n = t->n[0];
	w->key = key;
}

static enum jws_err
read_header(const struct jwks *ks, const struct parts *t, const char *typ,
    const struct jwk **key)
{
	struct jwks_work *w = jwks_work(ks);
	char text[HEADER_MAX];
	enum jws_err e;
	json_t *header;
	long n;

	if (is_remembered(w, t, typ)) {
		*key = w->key;
		return JWS_OK;
	}
	if ((n = b64_decode(text, sizeof(text), t->p[0], t->n[0])) == -1)
		return JWS_FORM;
	if ((header = json_strict_object(text, (size_t)n, NULL)) == NULL)
		return JWS_HEADER;
	e = check_header(ks, header, typ, key);
	json_decref(header);
	if (e == JWS_OK)
		remember(w, t, typ, *key);
	return e;
}

enum jws_err
jws_verify(const struct jwks *ks, const char *token, size_t len,
    const char *typ, json_t **payload, const struct jwk **key)
{
	char text[JWS_MAX];
	uint8_t sig[SIG_MAX];
	const struct jwk *k = NULL;
	struct parts t;
	enum jws_err e;
	long n, siglen;

	*payload = NULL;
	if (split(&t, token, len) == -1)
		return JWS_FORM;
	if ((e = read_header(ks, &t, typ, &k)) != JWS_OK)
		return e;
	siglen = b64_decode(sig, sizeof(sig), t.p[2], t.n[2]);
	n = b64_decode(text, sizeof(text), t.p[1], t.n[1]);
	if (siglen == -1 || n == -1)
		return JWS_FORM;
	if (!jws_signature(ks, k, token, t.n[0] + 1 + t.n[1], sig,
	    (size_t)siglen))
		return JWS_SIGNATURE;
	if ((*payload = json_strict_object(text, (size_t)n, NULL)) == NULL)
		return JWS_PAYLOAD;
	if (key != NULL)
		*key = k;
	return JWS_OK;
}

static enum jws_err
read_payload(const struct parts *t, json_t **payload)
{
	char text[JWS_MAX];
	long n = b64_decode(text, sizeof(text), t->p[1], t->n[1]);

	if (n == -1)
		return JWS_FORM;
	*payload = json_strict_object(text, (size_t)n, NULL);
	return *payload != NULL ? JWS_OK : JWS_PAYLOAD;
}

enum jws_err
jws_payload(const char *token, size_t len, json_t **payload)
{
	struct parts t;

	*payload = NULL;
	return split(&t, token, len) == -1 ? JWS_FORM :
	    read_payload(&t, payload);
}

static enum jws_err
check_any_header(json_t *header, char alg[16])
{
	json_t *typ = json_object_get(header, "typ");
	const char *s = json_string_value(json_object_get(header, "alg"));

	if (!only_known_members(header) || s == NULL || strlen(s) >= 16)
		return JWS_HEADER;
	if (typ != NULL && !is_typ(typ, "JWT") &&
	    !is_typ(typ, "client-authentication+jwt"))
		return JWS_TYP;
	memcpy(alg, s, strlen(s) + 1);
	return JWS_OK;
}

static enum jws_err
read_any_header(const struct parts *t, char alg[16])
{
	char text[HEADER_MAX];
	json_t *header;
	enum jws_err e;
	long n = b64_decode(text, sizeof(text), t->p[0], t->n[0]);

	if (n == -1)
		return JWS_FORM;
	if ((header = json_strict_object(text, (size_t)n, NULL)) == NULL)
		return JWS_HEADER;
	e = check_any_header(header, alg);
	json_decref(header);
	return e;
}

enum jws_err
jws_verify_any(const struct jwks *ks, const char *token, size_t len,
    json_t **payload)
{
	uint8_t sig[SIG_MAX];
	enum jws_err e;
	const struct jwk *k;
	struct parts t;
	char alg[16];
	long siglen;
	size_t i;

	*payload = NULL;
	if (split(&t, token, len) == -1)
		return JWS_FORM;
	if ((e = read_any_header(&t, alg)) != JWS_OK)
		return e;
	if ((siglen = b64_decode(sig, sizeof(sig), t.p[2], t.n[2])) == -1)
		return JWS_FORM;
	e = JWS_ALG;
	for (i = 0; (k = jwks_at(ks, i)) != NULL; i++) {
		if (strcmp(alg, jose_alg_name(k->alg)) != 0)
			continue;
		if (jws_signature(ks, k, token, t.n[0] + 1 + t.n[1], sig,
		    (size_t)siglen))
			return read_payload(&t, payload);
		e = JWS_SIGNATURE;
	}
	return e;
}
