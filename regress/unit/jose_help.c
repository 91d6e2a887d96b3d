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


/* Keys and tokens for the tests. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"
#include "src/base/b64.h"

struct test_key test_keys[3];
struct jwks *test_set;

static void
make(struct test_key *k, EVP_PKEY *pkey, enum jose_alg alg)
{
	ck_assert_ptr_nonnull(pkey);
	k->pkey = pkey;
	k->alg = alg;
	ck_assert_int_eq(jose_alg_of(pkey), alg);
	ck_assert_int_eq(jwk_thumbprint(pkey, k->kid), 0);
	k->signer = jws_signer_new(pkey, alg);
	ck_assert_ptr_nonnull(k->signer);
	ck_assert_int_eq(jwks_add_pkey(test_set, pkey, k->kid, alg), 0);
}

static void
keys_make(void)
{
	jose_init();
	test_set = jwks_new();
	ck_assert_ptr_nonnull(test_set);
	make(KEY_EC, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"),
	    JOSE_ES256);
	make(KEY_ED, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), JOSE_EDDSA);
	make(KEY_RSA, EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048),
	    JOSE_RS256);
}

static void
keys_free(void)
{
	size_t i;

	jwks_free(test_set);
	test_set = NULL;
	for (i = 0; i < 3; i++) {
		jws_signer_free(test_keys[i].signer);
		EVP_PKEY_free(test_keys[i].pkey);
		memset(&test_keys[i], 0, sizeof(test_keys[i]));
	}
}

TCase *
test_key_cases(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_unchecked_fixture(t, keys_make, keys_free);
	tcase_set_timeout(t, 60);
	return t;
}

static char *
encoded(const void *p, size_t n)
{
	char *s = malloc(B64_LEN(n) + 1);

	ck_assert_ptr_nonnull(s);
	b64_encode(s, p, n);
	return s;
}

char *
test_sign(struct test_key *k, const char *header, const char *payload)
{
	char *h = encoded(header, strlen(header));
	struct buf b = BUF_INIT;

	ck_assert_int_eq(jws_sign(&b, k->signer, h, payload,
	    strlen(payload)), 0);
	free(h);
	return buf_cstr(&b);
}

char *
test_token(struct test_key *k, const char *typ, const char *payload)
{
	struct buf h = BUF_INIT, b = BUF_INIT;

	ck_assert_int_eq(jws_header(&h, k->alg, typ, k->kid), 0);
	ck_assert_int_eq(jws_sign(&b, k->signer, buf_cstr(&h), payload,
	    strlen(payload)), 0);
	buf_free(&h);
	return buf_cstr(&b);
}

char *
test_join(const char *header, const char *payload, const uint8_t *sig,
    size_t siglen)
{
	char *h = encoded(header, strlen(header));
	char *p = encoded(payload, strlen(payload));
	char *s = encoded(sig != NULL ? sig : (const uint8_t *)"", siglen);
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s.%s.%s", h, p, s);
	free(h);
	free(p);
	free(s);
	return buf_cstr(&b);
}
