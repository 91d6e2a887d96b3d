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
 * Prints microseconds per signature and per verified access token for each
 * algorithm, beside those of the bare curve or modulus: what lies between is
 * ours (base64url, JSON, claims).
 */
#include "config.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/clock.h"
#include "src/jose/jws.h"
#include "src/jose/jws_sign.h"

#define ISSUER	"https://auth.example.org"

static const char claims[] = "{\"iss\":\"" ISSUER "\","
    "\"sub\":\"01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e11\",\"aud\":\"" ISSUER "\","
    "\"exp\":4000000600,\"iat\":4000000000,"
    "\"jti\":\"Zm9vYmFyYmF6cXV4MDEyMw\",\"client_id\":\"moatd\","
    "\"scope\":\"openid profile email roles account admin\","
    "\"sid\":\"01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e12\",\"roles\":[\"user\"],"
    "\"auth_time\":4000000000,\"acr\":\"aal1\",\"amr\":[\"pwd\"],"
    "\"tenant\":\"default\",\"epoch\":1}";

static EVP_PKEY *
make_key(enum jose_alg alg)
{
	if (alg == JOSE_ES256)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (alg == JOSE_EDDSA)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
}

static double
per_turn(int64_t start, int n)
{
	return (double)(clock_mono() - start) / n;
}

static void
bench(enum jose_alg alg, int n)
{
	EVP_PKEY *pkey = make_key(alg);
	struct jws_signer *signer = jws_signer_new(pkey, alg);
	struct buf header = BUF_INIT, token = BUF_INIT;
	struct jwks *ks = jwks_new();
	char kid[JWK_KID_LEN + 1];
	struct at_claims c;
	double sign, verify;
	int64_t start;
	int i;

	if (signer == NULL || ks == NULL || jwk_thumbprint(pkey, kid) == -1 ||
	    jwks_add_pkey(ks, pkey, kid, alg) == -1 ||
	    jws_header(&header, alg, "at+jwt", kid) == -1)
		exit(1);
	start = clock_mono();
	for (i = 0; i < n; i++) {
		buf_reset(&token);
		if (jws_sign(&token, signer, buf_cstr(&header), claims,
		    sizeof(claims) - 1) == -1)
			exit(1);
	}
	sign = per_turn(start, n);
	start = clock_mono();
	for (i = 0; i < n; i++) {
		if (at_verify(ks, (char *)token.p, token.len, ISSUER,
		    4000000001, &c) != AT_OK)
			exit(1);
		at_free(&c);
	}
	verify = per_turn(start, n);
	printf("%-6s sign %7.1f us  verify %7.1f us  token %zu bytes\n",
	    jose_alg_name(alg), sign, verify, token.len);
	jwks_free(ks);
	jws_signer_free(signer);
	EVP_PKEY_free(pkey);
	buf_free(&header);
	buf_free(&token);
}

int
main(int argc, char *argv[])
{
	int n = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 5000;

	if (n <= 0) {
		fprintf(stderr, "usage: bench_jose [turns]\n");
		return 2;
	}
	jose_init();
	bench(JOSE_ES256, n);
	bench(JOSE_EDDSA, n);
	bench(JOSE_RS256, n);
	return 0;
}
