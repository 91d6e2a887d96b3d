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
 * Fuzz target of private_key_jwt. The first byte chooses: an assertion as it
 * comes, the claims of one that the client's key signs, its header, or a JWK
 * Set that a client registers. Only what that key signed says who it is, and
 * only with the claims that it must have.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "privsep/engine/client_auth.h"
#include "src/base/b64.h"
#include "src/jose/jws_sign.h"

#define ISS	"https://a"
#define ID	"fuzzed-client"
#define NOW_S	INT64_C(1000000)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct {
	struct buf	 jwks;
	struct jws_signer *signer;
	struct op_client client;
	struct engine	*eng;
	char		 kid[JWK_KID_LEN + 1];
} ctx;

/* Of the engine, what the room's file wants. */
void
op_issuer(const struct op *op, char out[OP_ISSUER])
{
	(void)op;
	memcpy(out, ISS, sizeof(ISS));
}

int
op_copy(char *dst, size_t cap, const char *src)
{
	size_t n = strlen(src);

	if (n >= cap) {
		*dst = '\0';
		return (-1);
	}
	memcpy(dst, src, n + 1);
	return (0);
}

static void
start(void)
{
	EVP_PKEY *pkey;
	struct buf jwk = BUF_INIT;

	jose_init();
	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	ctx.eng = calloc(1, sizeof(*ctx.eng));
	if (ctx.eng == NULL || jwk_thumbprint(pkey, ctx.kid) == -1 ||
	    (ctx.eng->jwks = jwks_new()) == NULL ||
	    (ctx.signer = jws_signer_new(pkey, JOSE_EDDSA)) == NULL ||
	    jwk_public_json(&jwk, pkey, ctx.kid, JOSE_EDDSA) == -1)
		abort();
	buf_addf(&ctx.jwks, "{\"keys\":[%s]}", buf_cstr(&jwk));
	buf_free(&jwk);
}

/* 1: it says that the client is there. */
static int
proves(const char *assertion, const char *jwks)
{
	static struct op op;
	char id[CAP_CLIENT + 1];
	size_t i;

	(void)client_assert_who(id, assertion);
	memset(&ctx.client, 0, sizeof(ctx.client));
	op.client = &ctx.client;
	op.eng = ctx.eng;
	op.now = NOW_S * INT64_C(1000000);
	if (op_copy(ctx.client.id, sizeof(ctx.client.id), ID) == -1 ||
	    op_copy(ctx.client.assertion, sizeof(ctx.client.assertion),
	    assertion) == -1)
		return (0);
	client_assert(&op, jwks);
	for (i = 0; i < sizeof(ctx.client.assertion); i++)
		if (ctx.client.assertion[i] != '\0')
			abort();
	if (ctx.client.proved && (ctx.client.once[0] == '\0' ||
	    ctx.client.once_until <= op.now ||
	    ctx.client.once_until > op.now + INT64_C(600000000)))
		abort();
	return (ctx.client.proved);
}

static int
has(const char *text, size_t n, const char *word)
{
	return (memmem(text, n, word, strlen(word)) != NULL ||
	    memchr(text, '\\', n) != NULL);
}

static void
claims(const char *text, size_t n)
{
	struct buf header = BUF_INIT, token = BUF_INIT;

	jws_header(&header, JOSE_EDDSA, "JWT", ctx.kid);
	if (jws_sign(&token, ctx.signer, buf_cstr(&header), text, n) == -1)
		abort();
	if (proves(buf_cstr(&token), buf_cstr(&ctx.jwks)) &&
	    (!has(text, n, ID) || !has(text, n, ISS) ||
	    !has(text, n, "jti") || !has(text, n, "exp")))
		abort();
	buf_free(&header);
	buf_free(&token);
}

/* Good claims under any header, which our key signs. */
static void
header(const char *text, size_t n)
{
	static const char good[] = "{\"iss\":\"" ID "\",\"sub\":\"" ID
	    "\",\"aud\":\"" ISS "/oauth2/token\",\"jti\":\"x\","
	    "\"exp\":1000060}";
	struct buf token = BUF_INIT;
	char *b64 = malloc(B64_LEN(n) + 1);

	if (b64 == NULL)
		abort();
	b64_encode(b64, text, n);
	if (jws_sign(&token, ctx.signer, b64, good, sizeof(good) - 1) == -1)
		abort();
	if (proves(buf_cstr(&token), buf_cstr(&ctx.jwks)) &&
	    !has(text, n, "EdDSA"))
		abort();
	buf_free(&token);
	free(b64);
}

/* Keys that a stranger registers verify nothing that they did not sign. */
static void
keys(const char *s)
{
	struct jwks *set = jwks_new();
	struct buf all = BUF_INIT;

	if (jwks_add_json_any(set, s, strlen(s)) > 0) {
		if (jwks_json(&all, set) == -1 ||
		    strstr(buf_cstr(&all), "\"d\":") != NULL)
			abort();
		buf_free(&all);
	}
	jwks_free(set);
	if (proves("e30.e30.AAAA", s))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s;

	if (ctx.eng == NULL)
		start();
	if (size == 0 || size > 4096 || (s = calloc(1, size)) == NULL)
		return (0);
	memcpy(s, data + 1, size - 1);
	switch (data[0]) {
	case 'c':
		claims(s, size - 1);
		break;
	case 'h':
		header(s, size - 1);
		break;
	case 'k':
		keys(s);
		break;
	default:
		if (proves(s, buf_cstr(&ctx.jwks)))
			abort();	/* nobody but us has the key */
		break;
	}
	free(s);
	return (0);
}
