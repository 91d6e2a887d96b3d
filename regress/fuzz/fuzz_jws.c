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
 * Fuzz target of tokens. The first byte chooses: the input is a token as it
 * comes; or two parts, header and claims, that are encoded (and for claims
 * signed with our key, so that what lies behind the signature is reached); the
 * same of a proof, which brings its key along; or a JWK set. Nothing but a token that we signed may verify.
 */
#include "config.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/b64.h"
#include "src/jose/dpop.h"
#include "src/jose/jws.h"
#include "src/jose/jws_sign.h"

#define ISS	"https://a"
#define NOW	INT64_C(1000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct {
	struct jwks	*set;
	struct jws_signer *signer;
	EVP_PKEY	*pkey;
	char		 kid[JWK_KID_LEN + 1];
} ctx;

static void
start(void)
{
	EVP_PKEY *pkey;

	jose_init();
	ctx.set = jwks_new();
	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (ctx.set == NULL || jwk_thumbprint(pkey, ctx.kid) == -1 ||
	    jwks_add_pkey(ctx.set, pkey, NULL, JOSE_EDDSA) == -1 ||
	    (ctx.signer = jws_signer_new(pkey, JOSE_EDDSA)) == NULL)
		abort();
	ctx.pkey = pkey;
}

/* A key of this process alone: no input can hold its signature. */
static void
stranger(const char *token, size_t n)
{
	struct at_claims c;
	json_t *payload;

	(void)jws_payload(token, n, &payload);
	json_decref(payload);
	if (at_verify(ctx.set, token, n, ISS, NOW, &c) == AT_OK ||
	    jws_verify_any(ctx.set, token, n, &payload) == JWS_OK ||
	    jws_verify(ctx.set, token, n, "JWT", &payload, NULL) == JWS_OK)
		abort();
}

static void
claims(const char *text, size_t n)
{
	struct buf header = BUF_INIT, token = BUF_INIT;
	struct at_claims c;

	jws_header(&header, JOSE_EDDSA, "at+jwt", ctx.kid);
	if (jws_sign(&token, ctx.signer, buf_cstr(&header), text, n) == -1)
		abort();
	if (at_verify(ctx.set, (char *)token.p, token.len, ISS, NOW,
	    &c) == AT_OK) {
		if (c.exp <= NOW || strcmp(c.iss, ISS) != 0 || *c.sub == '\0')
			abort();
		at_has_scope(c.scope, "account");
		at_free(&c);
	}
	buf_free(&header);
	buf_free(&token);
}

/* Any header, signed: only the one that we would make may pass. */
static void
header(const char *text, size_t n)
{
	struct buf token = BUF_INIT;
	char *b64 = malloc(B64_LEN(n) + 1);
	json_t *payload = NULL;

	if (b64 == NULL)
		abort();
	b64_encode(b64, text, n);
	if (jws_sign(&token, ctx.signer, b64, "{}", 2) == -1)
		abort();
	if (jws_verify(ctx.set, (char *)token.p, token.len, "at+jwt",
	    &payload, NULL) == JWS_OK && memmem(text, n, ctx.kid,
	    JWK_KID_LEN) == NULL && memchr(text, '\\', n) == NULL)
		abort();
	json_decref(payload);
	buf_free(&token);
	free(b64);
}

static void
set(const char *text, size_t n)
{
	struct jwks *ks = jwks_new();
	struct buf b = BUF_INIT;

	if (jwks_add_json(ks, text, n) > 0 && jwks_json(&b, ks) == -1)
		abort();
	if (jwks_add_spki(ks, ctx.kid, JOSE_EDDSA, (const uint8_t *)text,
	    n) == 0)
		abort();
	(void)jwks_add_json_any(ks, text, n);
	buf_free(&b);
	jwks_free(ks);
}

/* A proof's claims, or its header, signed by our key as another's would be; and
 * as a URL, which is the same as itself or none. */
static void
proof(const char *text, size_t n, int is_header)
{
	struct buf h = BUF_INIT, jwk = BUF_INIT, token = BUF_INIT;
	struct dpop_proof p;
	char *b64 = malloc(B64_LEN(n) + 1), *s = calloc(1, n + 1);
	char *head;

	if (b64 == NULL || s == NULL)
		abort();
	memcpy(s, text, n);
	b64_encode(b64, text, n);
	if (jwk_public_json(&jwk, ctx.pkey, ctx.kid, JOSE_EDDSA) == -1)
		abort();
	buf_addf(&h, "{\"alg\":\"EdDSA\",\"typ\":\"dpop+jwt\",\"jwk\":%s}",
	    buf_cstr(&jwk));
	if ((head = malloc(B64_LEN(h.len) + 1)) == NULL)
		abort();
	b64_encode(head, h.p, h.len);
	if (jws_sign(&token, ctx.signer, is_header ? b64 : head,
	    is_header ? "{}" : text, is_header ? 2 : n) == -1)
		abort();
	if (dpop_check(buf_cstr(&token), "POST", ISS "/t", NULL, &p) == 0 &&
	    (is_header || strcmp(p.jkt, ctx.kid) != 0 || p.iat < 0))
		abort();
	(void)dpop_check(s, "POST", ISS "/t", NULL, &p);
	(void)dpop_same_url(s, s);
	if (dpop_same_url(s, ISS "/t") && strncasecmp(s, ISS, 9) != 0)
		abort();
	buf_free(&h);
	buf_free(&jwk);
	buf_free(&token);
	free(b64);
	free(head);
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (ctx.set == NULL)
		start();
	if (size == 0 || size > 4096)
		return 0;
	switch (data[0]) {
	case 'c':
		claims(text, size - 1);
		break;
	case 'h':
		header(text, size - 1);
		break;
	case 'p':
	case 'q':
		proof(text, size - 1, data[0] == 'p');
		break;
	case 's':
		set(text, size - 1);
		break;
	default:
		stranger(text, size - 1);
		break;
	}
	return 0;
}
