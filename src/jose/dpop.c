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
 * Who runs this: engine, on each proof. Holds: nothing. The one place where a
 * key that comes along with what it signed is used: it says who holds the key,
 * never that the holder may do anything.
 */
#include "config.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "src/base/b64.h"
#include "src/jose/dpop.h"
#include "src/jose/jws.h"
#include "src/json/json.h"

#define HEADER_MAX	2048	/* bytes, decoded */
#define SIG_MAX		1024
#define URL_MAX_LEN	1200

/* ---- the URL ---- */

static int
lower(int c)
{
	return (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static int
hex(int c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c = lower(c);
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

static int
is_unreserved(int c)
{
	return ((c >= '0' && c <= '9') || (lower(c) >= 'a' &&
	    lower(c) <= 'z') || (c != '\0' && strchr("-._~", c) != NULL));
}

/* Scheme and host in small letters, no default port. Bytes used of s; 0: no
 * URL of a server. */
static size_t
url_origin(char *dst, size_t cap, const char *s)
{
	size_t i, n, scheme;

	if (strncasecmp(s, "https://", 8) == 0)
		scheme = 8;
	else if (strncasecmp(s, "http://", 7) == 0)
		scheme = 7;
	else
		return (0);
	n = scheme + strcspn(s + scheme, "/?#");
	if (n == scheme || n >= cap || memchr(s, '@', n) != NULL)
		return (0);
	for (i = 0; i < n; i++) {
		if (s[i] <= ' ' || s[i] > '~')
			return (0);
		dst[i] = (char)lower((unsigned char)s[i]);
	}
	dst[n] = '\0';
	i = strlen(scheme == 8 ? ":443" : ":80");
	if (n - scheme > i &&
	    strcmp(dst + n - i, scheme == 8 ? ":443" : ":80") == 0)
		dst[n - i] = '\0';
	return (n);
}

/* Without query and fragment; what need not be encoded is not (RFC 3986
 * section 6.2.2). 0; -1: no URL, or too long. */
static int
url_normal(char dst[URL_MAX_LEN], const char *s)
{
	size_t n = url_origin(dst, URL_MAX_LEN - 1, s), at;
	int c, hi, lo;

	if (n == 0)
		return (-1);
	at = strlen(dst);
	s += n;
	if (*s != '/')
		dst[at++] = '/';
	for (; *s != '\0' && *s != '?' && *s != '#'; s++) {
		if (*s <= ' ' || *s > '~' || at + 4 >= URL_MAX_LEN)
			return (-1);
		if (*s != '%') {
			dst[at++] = *s;
			continue;
		}
		if ((hi = hex((unsigned char)s[1])) == -1 ||
		    (lo = hex((unsigned char)s[2])) == -1)
			return (-1);
		c = hi * 16 + lo;
		if (is_unreserved(c))
			dst[at++] = (char)c;
		else {
			dst[at++] = '%';
			dst[at++] = "0123456789ABCDEF"[hi];
			dst[at++] = "0123456789ABCDEF"[lo];
		}
		s += 2;
	}
	dst[at] = '\0';
	return (0);
}

int
dpop_same_url(const char *a, const char *b)
{
	char na[URL_MAX_LEN], nb[URL_MAX_LEN];

	return (url_normal(na, a) == 0 && url_normal(nb, b) == 0 &&
	    strcmp(na, nb) == 0);
}

/* ---- the proof ---- */

int
dpop_is_jkt(const char *s)
{
	uint8_t raw[32];

	return (strlen(s) == JWK_KID_LEN &&
	    b64_decode(raw, sizeof(raw), s, JWK_KID_LEN) == 32);
}

static int
sha256_text(char out[JWK_KID_LEN + 1], const char *a, const char *b)
{
	uint8_t md[32];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx != NULL &&
	    EVP_DigestInit_ex2(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, a, strlen(a)) == 1 &&
	    EVP_DigestUpdate(ctx, b, strlen(b)) == 1 &&
	    EVP_DigestFinal_ex(ctx, md, NULL) == 1;

	EVP_MD_CTX_free(ctx);
	if (!ok)
		return (-1);
	b64_encode(out, md, sizeof(md));
	return (0);
}

static const char *
text(json_t *o, const char *name)
{
	return (json_string_value(json_object_get(o, name)));
}

/* alg, typ and jwk, and no other: no kid, no crit, nothing to fetch. */
static int
header_ok(json_t *h)
{
	const char *name, *typ = text(h, "typ");
	json_t *v;

	json_object_foreach(h, name, v)
		if (strcmp(name, "alg") != 0 && strcmp(name, "typ") != 0 &&
		    strcmp(name, "jwk") != 0)
			return (0);
	return (typ != NULL && strcasecmp(typ, "dpop+jwt") == 0 &&
	    text(h, "alg") != NULL &&
	    json_is_object(json_object_get(h, "jwk")));
}

static int
claims_take(json_t *c, const char *htm, const char *htu, const char *access,
    struct dpop_proof *p)
{
	const char *m = text(c, "htm"), *u = text(c, "htu");
	const char *jti = text(c, "jti"), *ath = text(c, "ath");
	json_t *iat = json_object_get(c, "iat");
	json_t *nonce = json_object_get(c, "nonce");
	char want[JWK_KID_LEN + 1];

	if (m == NULL || strcmp(m, htm) != 0 || u == NULL ||
	    !dpop_same_url(u, htu) || jti == NULL || *jti == '\0' ||
	    strlen(jti) > DPOP_JTI_MAX || !json_is_integer(iat) ||
	    json_integer_value(iat) < 0)
		return (-1);
	if (access != NULL && (ath == NULL ||
	    sha256_text(want, access, "") == -1 || strcmp(ath, want) != 0))
		return (-1);
	p->iat = json_integer_value(iat);
	p->nonce[0] = '\0';
	if (nonce != NULL) {
		if (!json_is_string(nonce) ||
		    json_string_length(nonce) == 0)
			return (-1);
		/* one that is too long is none of ours, and is told so */
		if (json_string_length(nonce) > DPOP_NONCE_MAX)
			memcpy(p->nonce, "?", 2);
		else
			memcpy(p->nonce, json_string_value(nonce),
			    json_string_length(nonce) + 1);
	}
	return (sha256_text(p->id, p->jkt, jti));
}

/* 1: signed by the key of its header, whose thumbprint is kept. */
static int
signed_ok(json_t *header, const char *proof, size_t n, const char *sig64,
    char jkt[JWK_KID_LEN + 1])
{
	struct jwks *set = jwks_new();
	const struct jwk *k;
	uint8_t sig[SIG_MAX];
	long siglen = b64_decode(sig, sizeof(sig), sig64, strlen(sig64));
	int ok = 0;

	if (set != NULL && siglen > 0 && jwks_add_object(set,
	    json_object_get(header, "jwk")) == 0 &&
	    (k = jwks_at(set, 0)) != NULL &&
	    strcmp(text(header, "alg"), jose_alg_name(k->alg)) == 0 &&
	    jws_signature(set, k, proof, n, sig, (size_t)siglen)) {
		memcpy(jkt, k->kid, sizeof(k->kid));
		ok = 1;
	}
	jwks_free(set);
	return (ok);
}

static json_t *
part(const char *p, size_t n, size_t cap)
{
	char buf[JWS_MAX];
	long len;

	if ((len = b64_decode(buf, cap, p, n)) == -1)
		return (NULL);
	return (json_strict_object(buf, (size_t)len, NULL));
}

int
dpop_check(const char *proof, const char *htm, const char *htu,
    const char *access, struct dpop_proof *out)
{
	const char *dot = strchr(proof, '.');
	const char *dot2 = dot != NULL ? strchr(dot + 1, '.') : NULL;
	json_t *header, *claims = NULL;
	int rv = -1;

	memset(out, 0, sizeof(*out));
	if (dot2 == NULL || strchr(dot2 + 1, '.') != NULL ||
	    strlen(proof) > JWS_MAX)
		return (-1);
	header = part(proof, (size_t)(dot - proof), HEADER_MAX);
	if (header != NULL && header_ok(header) && signed_ok(header, proof,
	    (size_t)(dot2 - proof), dot2 + 1, out->jkt) &&
	    (claims = part(dot + 1, (size_t)(dot2 - dot - 1), JWS_MAX)) !=
	    NULL)
		rv = claims_take(claims, htm, htu, access, out);
	json_decref(header);
	json_decref(claims);
	return (rv);
}

int
dpop_fresh(const struct dpop_proof *p, int64_t now)
{
	return (p->iat <= now + DPOP_WINDOW && p->iat >= now - DPOP_WINDOW);
}
