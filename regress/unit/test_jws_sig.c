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
 * Signatures alone: the examples of RFC 7515 and RFC 8037, and what is almost
 * one (CASES 8).
 */
#include "config.h"

#include <check.h>
#include <openssl/ec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"
#include "src/base/b64.h"

#define PAYLOAD	"{\"sub\":\"u\"}"

struct example {
	const char	*name, *jwks, *input, *sig;
};

#define JOE	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6" \
	"Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

static const struct example examples[] = {
	{ "RFC 7515 A.2", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\""
	"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-"
	"Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG"
	"6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9"
	"e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT"
	"6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDT"
	"W9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}]}",
	"eyJhbGciOiJSUzI1NiJ9." JOE,
	"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7A"
	"AuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BA"
	"ynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0Ga"
	"rZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1p"
	"hCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igc"
	"N_IoypGlUPQGe77Rw" },
	{ "RFC 7515 A.3", "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
	"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}",
	"eyJhbGciOiJFUzI1NiJ9." JOE,
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSAp"
	"mWQxfKTUJqPP3-Kg6NU1Q" },
	{ "RFC 8037 A.4", "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
	"\"kid\":\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\"}]}",
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
	"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5Bh"
	"VsPt9g7sVvpAr_MuM0KAg" },
};

START_TEST(jws_accepts_the_examples_of_the_rfcs)
{
	const struct example *x = &examples[_i];
	struct jwks *ks = jwks_new();
	uint8_t sig[512];
	long n;
	size_t i;

	ck_assert_int_eq(jwks_add_json(ks, x->jwks, strlen(x->jwks)), 1);
	n = b64_decode(sig, sizeof(sig), x->sig, strlen(x->sig));
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(jws_signature(ks, jwks_at(ks, 0), x->input,
	    strlen(x->input), sig, (size_t)n), 1);
	ck_assert_int_eq(jws_signature(ks, jwks_at(ks, 0), x->input,
	    strlen(x->input) - 1, sig, (size_t)n), 0);
	for (i = 0; i < (size_t)n; i++) {	/* one bit wrong anywhere */
		sig[i] ^= 0x10;
		ck_assert_int_eq(jws_signature(ks, jwks_at(ks, 0), x->input,
		    strlen(x->input), sig, (size_t)n), 0);
		sig[i] ^= 0x10;
	}
	jwks_free(ks);
}
END_TEST

/* ES256 of a message by hand, so that r and s can be bent. */
static void
es256_rs(const char *input, BIGNUM **r, BIGNUM **s)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	const unsigned char *p = der;
	size_t n = sizeof(der);
	ECDSA_SIG *es;

	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
	    KEY_EC->pkey), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, der, &n,
	    (const uint8_t *)input, strlen(input)), 1);
	es = d2i_ECDSA_SIG(NULL, &p, (long)n);
	ck_assert_ptr_nonnull(es);
	*r = BN_dup(ECDSA_SIG_get0_r(es));
	*s = BN_dup(ECDSA_SIG_get0_s(es));
	ECDSA_SIG_free(es);
	EVP_MD_CTX_free(ctx);
}

static int
signature(const char *input, const uint8_t *sig, size_t n)
{
	return jws_signature(test_set, jwks_at(test_set, 0), input,
	    strlen(input), sig, n);
}

static const char p256_n[] = "FFFFFFFF00000000FFFFFFFFFFFFFFFF"
    "BCE6FAADA7179E84F3B9CAC2FC632551";

START_TEST(jws_rejects_bent_es256_signatures)	/* 8 */
{
	static const char in[] = "header.payload";
	BIGNUM *r, *s, *n = NULL, *x = BN_new();
	uint8_t sig[80], der[80];
	size_t i;

	ck_assert_int_gt(BN_hex2bn(&n, p256_n), 0);
	es256_rs(in, &r, &s);
	ck_assert_int_eq(BN_bn2binpad(r, sig, 32), 32);
	ck_assert_int_eq(BN_bn2binpad(s, sig + 32, 32), 32);
	ck_assert_int_eq(signature(in, sig, 64), 1);
	/* lengths: cut, padded before and behind */
	for (i = 0; i < 64; i++)
		ck_assert_int_eq(signature(in, sig, i), 0);
	memcpy(der, sig, 64);
	der[64] = 0;
	ck_assert_int_eq(signature(in, der, 65), 0);
	der[0] = 0;
	memcpy(der + 1, sig, 64);
	ck_assert_int_eq(signature(in, der, 65), 0);
	der[0] = der[33] = 0;
	memcpy(der + 1, sig, 32);
	memcpy(der + 34, sig + 32, 32);
	ck_assert_int_eq(signature(in, der, 66), 0);
	/* halves exchanged, zero, one, n, n-1, all ones */
	memcpy(der, sig + 32, 32);
	memcpy(der + 32, sig, 32);
	ck_assert_int_eq(signature(in, der, 64), 0);
	for (i = 0; i < 2; i++) {
		memcpy(der, sig, 64);
		memset(der + 32 * i, 0, 32);
		ck_assert_int_eq(signature(in, der, 64), 0);
		der[32 * i + 31] = 1;
		ck_assert_int_eq(signature(in, der, 64), 0);
		BN_bn2binpad(n, der + 32 * i, 32);
		ck_assert_int_eq(signature(in, der, 64), 0);
		BN_sub(x, n, BN_value_one());
		BN_bn2binpad(x, der + 32 * i, 32);
		ck_assert_int_eq(signature(in, der, 64), 0);
		memset(der + 32 * i, 0xff, 32);
		ck_assert_int_eq(signature(in, der, 64), 0);
	}
	memset(der, 0, 64);
	ck_assert_int_eq(signature(in, der, 64), 0);
	/* r + n is r modulo n, where it fits: never acceptable */
	BN_add(x, r, n);
	if (BN_num_bytes(x) <= 32) {
		BN_bn2binpad(x, der, 32);
		memcpy(der + 32, sig + 32, 32);
		ck_assert_int_eq(signature(in, der, 64), 0);
	}
	BN_free(r);
	BN_free(s);
	BN_free(n);
	BN_free(x);
}
END_TEST

START_TEST(jws_rejects_der_signatures)	/* 8 */
{
	char header[256], *h, *p, *token;
	json_t *payload;
	struct buf in = BUF_INIT;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	size_t n = sizeof(der);

	snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"typ\":"
	    "\"at+jwt\",\"kid\":\"%s\"}", KEY_EC->kid);
	h = test_join(header, PAYLOAD, NULL, 0);
	p = strrchr(h, '.');
	buf_add(&in, h, (size_t)(p - h));
	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
	    KEY_EC->pkey), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, der, &n, in.p, in.len), 1);
	token = test_join(header, PAYLOAD, der, n);
	ck_assert_int_eq(jws_verify(test_set, token, strlen(token), "at+jwt",
	    &payload, NULL), JWS_SIGNATURE);
	free(token);
	EVP_MD_CTX_free(ctx);
	buf_free(&in);
	free(h);
}
END_TEST

START_TEST(jws_rejects_bent_rsa_and_ed25519_signatures)	/* 8 */
{
	static const char in[] = "header.payload";
	struct test_key *keys[] = { KEY_RSA, KEY_ED };
	uint8_t sig[600], bent[600];
	size_t i, k, n;

	for (k = 0; k < 2; k++) {
		const struct jwk *jwk = jwks_find(test_set, keys[k]->kid,
		    JWK_KID_LEN);
		char *t = test_sign(keys[k], "x", "y");
		const char *dot = strrchr(t, '.');

		n = (size_t)b64_decode(sig, sizeof(sig), dot + 1,
		    strlen(dot + 1));
		ck_assert_int_eq(jws_signature(test_set, jwk, t,
		    (size_t)(dot - t), sig, n), 1);
		ck_assert_int_eq(jws_signature(test_set, jwk, in,
		    sizeof(in) - 1, sig, n), 0);
		for (i = 0; i < n; i += n / 16)
			ck_assert_int_eq(jws_signature(test_set, jwk, t,
			    (size_t)(dot - t), sig, i), 0);
		sig[n] = 0;
		ck_assert_int_eq(jws_signature(test_set, jwk, t,
		    (size_t)(dot - t), sig, n + 1), 0);
		bent[0] = 0;
		memcpy(bent + 1, sig, n);
		ck_assert_int_eq(jws_signature(test_set, jwk, t,
		    (size_t)(dot - t), bent, n + 1), 0);
		memset(bent, 0, n);
		ck_assert_int_eq(jws_signature(test_set, jwk, t,
		    (size_t)(dot - t), bent, n), 0);
		bent[n - 1] = 1;
		ck_assert_int_eq(jws_signature(test_set, jwk, t,
		    (size_t)(dot - t), bent, n), 0);
		memset(bent, 0xff, n);
		ck_assert_int_eq(jws_signature(test_set, jwk, t,
		    (size_t)(dot - t), bent, n), 0);
		free(t);
	}
}
END_TEST

/* Ed25519: s + L verifies where a verifier forgets to look (RFC 8032 5.1.7). */
START_TEST(jws_rejects_ed25519_s_over_the_order)	/* 8 */
{
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63,
	    0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10 };
	char *t = test_sign(KEY_ED, "x", "y");
	const char *dot = strrchr(t, '.');
	unsigned carry = 0, i;
	uint8_t sig[64];

	ck_assert_int_eq(b64_decode(sig, 64, dot + 1, strlen(dot + 1)), 64);
	for (i = 0; i < 32; i++) {
		carry += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	ck_assert_int_eq(jws_signature(test_set, jwks_find(test_set,
	    KEY_ED->kid, JWK_KID_LEN), t, (size_t)(dot - t), sig, 64), 0);
	free(t);
}
END_TEST

TCase *
test_sig_cases(void)
{
	TCase *t = test_key_cases("signature");

	tcase_add_loop_test(t, jws_accepts_the_examples_of_the_rfcs, 0, 3);
	tcase_add_test(t, jws_rejects_bent_es256_signatures);
	tcase_add_test(t, jws_rejects_der_signatures);
	tcase_add_test(t, jws_rejects_bent_rsa_and_ed25519_signatures);
	tcase_add_test(t, jws_rejects_ed25519_s_over_the_order);
	return t;
}
