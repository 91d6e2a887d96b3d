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
 * JWS and JWK: the examples of RFC 7515, 7638 and 8037, and hostile tokens
 * (CASES 1 to 8). What is judged by claims (9, 10) is in test_at.c.
 */
#include "config.h"

#include <check.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/jose_help.h"
#include "src/base/b64.h"

#define PAYLOAD	"{\"sub\":\"u\"}"

static enum jws_err
verify_n(const char *token, size_t n)
{
	const struct jwk *k = NULL;
	json_t *payload = NULL;
	enum jws_err e;

	e = jws_verify(test_set, token, n, "at+jwt", &payload, &k);
	ck_assert((e == JWS_OK) == (payload != NULL));
	json_decref(payload);
	return e;
}

static enum jws_err
verify(const char *token)
{
	return verify_n(token, strlen(token));
}

static void
rejects(char *token, enum jws_err want)
{
	enum jws_err e = verify(token);

	ck_assert_msg(e == want, "%s: %s, not %s", token, jws_strerror(e),
	    jws_strerror(want));
	free(token);
}

/* Signed with the key, so that nothing but the header can be the reason. */
static void
rejects_header(struct test_key *k, const char *header, enum jws_err want)
{
	rejects(test_sign(k, header, PAYLOAD), want);
}

/* fmt has one %s, for the key's kid. */
static void
rejects_headerf(struct test_key *k, const char *fmt, enum jws_err want)
{
	char header[8192];

	snprintf(header, sizeof(header), fmt, k->kid);
	rejects_header(k, header, want);
}

/* Puts text in at an offset of the token, over cut characters of it. */
static char *
splice(const char *token, size_t at, size_t cut, const char *text)
{
	struct buf b = BUF_INIT;

	buf_add(&b, token, at);
	buf_adds(&b, text);
	buf_adds(&b, token + at + cut);
	return buf_cstr(&b);
}

/* ---- examples of the RFCs ---- */

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

/* RFC 7638 3.1; the one of RFC 8037 A.3 is the kid in the table above. */
START_TEST(jwk_accepts_the_example_thumbprint)
{
	static const char text[] = "{\"keys\":[{\"kty\":\"RSA\",\"n\":\""
	    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT"
	    "86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_"
	    "2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
	    "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD0"
	    "8qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw"
	    "0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\","
	    "\"alg\":\"RS256\"}]}";
	struct jwks *ks = jwks_new();

	ck_assert_int_eq(jwks_add_json(ks, text, sizeof(text) - 1), 1);
	ck_assert_str_eq(jwks_at(ks, 0)->kid,
	    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	jwks_free(ks);
}
END_TEST

/* ---- what we make ---- */

START_TEST(jws_accepts_its_own)
{
	struct test_key *k = &test_keys[_i];
	const struct jwk *key = NULL;
	char *token = test_token(k, "at+jwt", PAYLOAD);
	json_t *payload = NULL;
	int turn;

	for (turn = 0; turn < 3; turn++) {	/* the header is remembered */
		ck_assert_int_eq(jws_verify(test_set, token, strlen(token),
		    "at+jwt", &payload, &key), JWS_OK);
		ck_assert_str_eq(key->kid, k->kid);
		ck_assert_str_eq(json_string_value(json_object_get(payload,
		    "sub")), "u");
		json_decref(payload);
	}
	free(token);
}
END_TEST

/* RFC 7515 4.1.9: case does not matter, "application/" may stand before. */
START_TEST(jws_accepts_spellings_of_typ)
{
	static const char *const typs[] = { "at+jwt", "AT+JWT",
	    "application/at+jwt", "Application/AT+jwt" };
	size_t i;
	char *t;

	for (i = 0; i < 4; i++) {
		t = test_token(KEY_EC, typs[i], PAYLOAD);
		ck_assert_int_eq(verify(t), JWS_OK);
		free(t);
	}
}
END_TEST

START_TEST(jwk_accepts_its_own_set)
{
	struct buf b = BUF_INIT;
	struct jwks *ks = jwks_new();
	uint8_t der[JWK_SPKI_MAX];
	size_t i;
	long n;

	ck_assert_int_eq(jwks_json(&b, test_set), 0);
	ck_assert_int_eq(jwks_add_json(ks, buf_cstr(&b), b.len), 3);
	for (i = 0; i < 3; i++) {
		ck_assert_str_eq(jwks_at(ks, i)->kid, test_keys[i].kid);
		ck_assert_int_eq(jwks_at(ks, i)->alg, test_keys[i].alg);
		n = jwk_spki(der, test_keys[i].pkey);
		ck_assert_int_gt(n, 0);
		/* There already: no second one. */
		ck_assert_int_eq(jwks_add_spki(ks, test_keys[i].kid,
		    test_keys[i].alg, der, (size_t)n), 0);
	}
	ck_assert_uint_eq(jwks_count(ks), 3);
	ck_assert_ptr_null(jwks_at(ks, 3));
	ck_assert_ptr_null(strstr((char *)b.p, "\"d\""));
	buf_free(&b);
	jwks_free(ks);
}
END_TEST

/* ---- CASES ---- */

START_TEST(jws_rejects_alg_none)	/* 1 */
{
	static const char *const names[] = { "none", "nOnE", "NONE", "None",
	    "", " none", "null" };
	char header[256];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"typ\":"
		    "\"at+jwt\",\"kid\":\"%s\"}", names[i], KEY_EC->kid);
		rejects(test_join(header, PAYLOAD, NULL, 0), JWS_FORM);
		rejects(test_join(header, PAYLOAD, (const uint8_t *)"x", 1),
		    JWS_ALG);
		rejects_header(KEY_EC, header, JWS_ALG);
	}
	rejects_headerf(KEY_EC, "{\"alg\":null,\"typ\":\"at+jwt\","
	    "\"kid\":\"%s\"}", JWS_HEADER);
	rejects_headerf(KEY_EC, "{\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
	    JWS_HEADER);
}
END_TEST

START_TEST(jws_rejects_hmac_and_every_other_alg)	/* 2 */
{
	static const char *const names[] = { "HS256", "HS384", "HS512",
	    "RS384", "RS512", "PS256", "ES384", "ES512", "ES256K", "Ed448",
	    "es256", "Es256", "ES256 ", "RS256\\u0020" };
	char header[256];
	size_t i, k;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (k = 0; k < 3; k++) {
			snprintf(header, sizeof(header), "{\"alg\":\"%s\","
			    "\"typ\":\"at+jwt\",\"kid\":\"%s\"}", names[i],
			    test_keys[k].kid);
			rejects_header(&test_keys[k], header, JWS_ALG);
		}
}
END_TEST

START_TEST(jws_rejects_alg_of_another_key)	/* 3 */
{
	char header[256];
	size_t k, other;

	for (k = 0; k < 3; k++)
		for (other = 0; other < 3; other++) {
			if (other == k)
				continue;
			snprintf(header, sizeof(header), "{\"alg\":\"%s\","
			    "\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
			    jose_alg_name(test_keys[other].alg),
			    test_keys[k].kid);
			rejects_header(&test_keys[k], header, JWS_ALG);
			rejects_header(&test_keys[other], header, JWS_ALG);
		}
	/* The right alg for the kid, but signed by another key. */
	snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"typ\":"
	    "\"at+jwt\",\"kid\":\"%s\"}", KEY_EC->kid);
	rejects_header(KEY_ED, header, JWS_SIGNATURE);
	rejects_header(KEY_RSA, header, JWS_SIGNATURE);
}
END_TEST

START_TEST(jws_rejects_odd_kids)	/* 4 */
{
	static const char fmt[] =
	    "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":%s}";
	static const char *const kids[] = { "\"../../x\"", "\"' OR 1\"",
	    "\"\"", "1", "null", "{}", "[\"a\"]", "\"a\"",
	    "\"/dev/null\"", "\"http://evil.example/k\"",
	    "\"../../../../../../../../../../../../etc/passw\"",
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+\"",
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"" };
	char header[8192], huge[4200];
	size_t i;

	for (i = 0; i < sizeof(kids) / sizeof(kids[0]); i++) {
		snprintf(header, sizeof(header), fmt, kids[i]);
		rejects_header(KEY_EC, header, JWS_HEADER);
	}
	snprintf(header, sizeof(header), fmt,
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"");
	rejects_header(KEY_EC, header, JWS_KEY);
	rejects_header(KEY_EC, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}",
	    JWS_HEADER);
	memset(huge, 'A', 4096);	/* 4 KiB: the token is too long */
	huge[0] = huge[4095] = '"';
	huge[4096] = '\0';
	snprintf(header, sizeof(header), fmt, huge);
	rejects_header(KEY_EC, header, JWS_FORM);
}
END_TEST

START_TEST(jws_rejects_header_members_that_bring_keys)	/* 5 */
{
	static const char *const members[] = {
	    "\"jwk\":{\"kty\":\"EC\"}", "\"jku\":\"https://evil.example/\"",
	    "\"x5u\":\"https://evil.example/\"", "\"x5c\":[\"MIIB\"]",
	    "\"x5t\":\"AAAA\"", "\"x5t#S256\":\"AAAA\"",
	    "\"crit\":[\"exp\"]", "\"crit\":[]", "\"b64\":false",
	    "\"crit\":[\"b64\"],\"b64\":false", "\"zip\":\"DEF\"",
	    "\"enc\":\"A128GCM\"", "\"epk\":{}", "\"unknown\":1",
	    "\"\":\"\"", "\"KID\":\"x\"", "\"cty\":1" };
	char header[512];
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		snprintf(header, sizeof(header), "{\"alg\":\"ES256\",\"typ\":"
		    "\"at+jwt\",\"kid\":\"%s\",%s}", KEY_EC->kid, members[i]);
		rejects_header(KEY_EC, header, JWS_HEADER);
	}
}
END_TEST

START_TEST(jws_rejects_other_serialisations)	/* 6 */
{
	static const char *const tokens[] = { "", ".", "..", "...", "a", "a.b",
	    "a.b.c.d", "a.b.c.d.e", ".b.c", "a..c", "a.b.", "{}",
	    "{\"payload\":\"a\",\"signatures\":[]}",
	    "{\"protected\":\"a\",\"payload\":\"b\",\"signature\":\"c\"}",
	    "[\"a.b.c\"]", "\"a.b.c\"" };
	char *t;
	size_t i;

	for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
		rejects(strdup(tokens[i]), JWS_FORM);
	/* A JWE has five parts, the first of which might be a good header. */
	t = test_token(KEY_EC, "at+jwt", PAYLOAD);
	rejects(splice(t, strlen(t), 0, ".AA.AA"), JWS_FORM);
	ck_assert_int_eq(verify_n(t, strlen(t) + 1), JWS_FORM);	/* NUL */
	free(t);
}
END_TEST

START_TEST(jws_rejects_other_base64)	/* 7 */
{
	static const char *const bad[] = { "=", "==", "+", "/", " ", "\n",
	    "\t", "%3D", "\xc3\xa9", "*", "~" };
	char *t = test_token(KEY_EC, "at+jwt", "{\"sub\":\"u2\"}"), *last;
	size_t part[3], i, p;

	part[0] = (size_t)(strchr(t, '.') - t);
	part[1] = (size_t)(strrchr(t, '.') - t);
	part[2] = strlen(t);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (p = 0; p < 3; p++) {
			rejects(splice(t, part[p], 0, bad[i]), JWS_FORM);
			rejects(splice(t, part[p] - 4, 1, bad[i]), JWS_FORM);
		}
	/* 64 bytes leave four unused bits in the last character. */
	for (i = 1; i < 4; i++) {
		last = strdup(t);
		last[part[2] - 1] = (char)(last[part[2] - 1] + (char)i);
		ck_assert_int_ne(verify(last), JWS_OK);
		free(last);
	}
	free(t);
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
	char header[256], *h, *p;
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
	rejects(test_join(header, PAYLOAD, der, n), JWS_SIGNATURE);
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

START_TEST(jws_rejects_another_typ)	/* 9 */
{
	static const char *const typs[] = { "JWT", "jwt", "at", "at+jwt ",
	    "application/jwt", "x/at+jwt", "application/application/at+jwt",
	    "", "logout+jwt" };
	size_t i;

	for (i = 0; i < sizeof(typs) / sizeof(typs[0]); i++)
		rejects(test_token(KEY_EC, typs[i], PAYLOAD), JWS_TYP);
	rejects_headerf(KEY_EC, "{\"alg\":\"ES256\",\"kid\":\"%s\"}",
	    JWS_TYP);
	rejects_headerf(KEY_EC, "{\"alg\":\"ES256\",\"kid\":\"%s\","
	    "\"typ\":1}", JWS_HEADER);
}
END_TEST

/* The header that was accepted last says nothing about another typ. */
START_TEST(jws_rejects_a_remembered_header_for_another_typ)
{
	char *t = test_token(KEY_EC, "at+jwt", PAYLOAD);
	json_t *payload;

	ck_assert_int_eq(verify(t), JWS_OK);
	ck_assert_int_eq(jws_verify(test_set, t, strlen(t), "JWT", &payload,
	    NULL), JWS_TYP);
	ck_assert_int_eq(verify(t), JWS_OK);
	free(t);
}
END_TEST

START_TEST(jws_rejects_duplicates_and_odd_json)	/* 11, 12 */
{
	char deep[400];

	rejects_headerf(KEY_EC, "{\"alg\":\"ES256\",\"alg\":\"ES256\","
	    "\"typ\":\"at+jwt\",\"kid\":\"%s\"}", JWS_HEADER);
	rejects_headerf(KEY_EC, "{\"alg\":\"none\",\"\\u0061lg\":\"ES256\","
	    "\"typ\":\"at+jwt\",\"kid\":\"%s\"}", JWS_HEADER);
	rejects_headerf(KEY_EC, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\","
	    "\"kid\":\"%s\"} x", JWS_HEADER);
	rejects_header(KEY_EC, "[]", JWS_HEADER);
	rejects_header(KEY_EC, "ES256", JWS_HEADER);
	memset(deep, '[', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	rejects_header(KEY_EC, deep, JWS_HEADER);
	rejects(test_token(KEY_EC, "at+jwt", "{\"sub\":\"a\",\"sub\":\"b\"}"),
	    JWS_PAYLOAD);
	rejects(test_token(KEY_EC, "at+jwt", "[]"), JWS_PAYLOAD);
	rejects(test_token(KEY_EC, "at+jwt", "{\"sub\":\"a\\u0000b\"}"),
	    JWS_PAYLOAD);
	rejects(test_token(KEY_EC, "at+jwt", "no JSON"), JWS_PAYLOAD);
	rejects(test_token(KEY_EC, "at+jwt", "{\"a\":\"\xc0\xaf\"}"),
	    JWS_PAYLOAD);
}
END_TEST

/* Any one character of a token changed, added or missing. */
START_TEST(jws_rejects_every_change)
{
	struct test_key *k = &test_keys[_i];
	char *t = test_token(k, "at+jwt", PAYLOAD), *x;
	size_t i, n = strlen(t);

	for (i = 0; i < n; i++) {
		x = strdup(t);
		x[i] = x[i] == 'A' ? 'B' : 'A';
		ck_assert_int_ne(verify(x), JWS_OK);
		free(x);
		x = splice(t, i, 1, "");
		ck_assert_int_ne(verify(x), JWS_OK);
		free(x);
		ck_assert_int_ne(verify_n(t, i), JWS_OK);
	}
	free(t);
}
END_TEST

START_TEST(jws_rejects_tokens_over_the_limit)
{
	struct buf b = BUF_INIT;
	char *t;

	buf_adds(&b, "{\"a\":\"");
	while (b.len < 3000)
		buf_adds(&b, "aaaaaaaaaa");
	buf_adds(&b, "\"}");
	t = test_token(KEY_EC, "at+jwt", buf_cstr(&b));
	ck_assert_uint_gt(strlen(t), JWS_MAX);
	rejects(t, JWS_FORM);
	buf_free(&b);
}
END_TEST

/* ---- keys ---- */

static void
rejects_key(EVP_PKEY *pkey, const char *what)
{
	char kid[JWK_KID_LEN + 1] = "";
	struct jwks *ks = jwks_new();

	ck_assert_msg(pkey != NULL, "no key: %s", what);
	jwk_thumbprint(pkey, kid);
	ck_assert_msg(jose_alg_of(pkey) == JOSE_NONE, "%s", what);
	ck_assert_int_eq(jwks_add_pkey(ks, pkey, NULL, JOSE_NONE), -1);
	ck_assert_ptr_null(jws_signer_new(pkey, JOSE_RS256));
	ck_assert_ptr_null(jws_signer_new(pkey, JOSE_ES256));
	ck_assert_uint_eq(jwks_count(ks), 0);
	jwks_free(ks);
	EVP_PKEY_free(pkey);
}

/* An RSA public key of our modulus with another exponent. */
static EVP_PKEY *
rsa_with(BN_ULONG e, int bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = NULL, *be = BN_new();
	OSSL_PARAM *params;
	EVP_PKEY *pkey = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(KEY_RSA->pkey,
	    OSSL_PKEY_PARAM_RSA_N, &n), 1);
	if (bits > 2048)
		BN_lshift(n, n, bits - 2048);
	BN_set_bit(n, 0);
	BN_set_word(be, e);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be);
	params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_fromdata_init(ctx);
	EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(be);
	return pkey;
}

START_TEST(jwk_rejects_weak_and_foreign_keys)	/* 8 */
{
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024),
	    "RSA 1024");
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), "P-384");
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
	    "secp256k1");
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), "X25519");
	rejects_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "Ed448");
	rejects_key(rsa_with(1, 2048), "e = 1");
	rejects_key(rsa_with(3, 2048), "e = 3");
	rejects_key(rsa_with(65536, 2048), "e even");
	rejects_key(rsa_with(17, 2048), "e = 17");
	rejects_key(rsa_with(65537, 16384), "RSA 16384");
}
END_TEST

START_TEST(jwk_rejects_a_wrong_kid_or_alg)
{
	struct jwks *ks = jwks_new();
	uint8_t der[JWK_SPKI_MAX], long_der[JWK_SPKI_MAX + 1] = { 0 };
	long n = jwk_spki(der, KEY_EC->pkey);
	size_t i;

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(jwks_add_spki(ks, KEY_ED->kid, JOSE_ES256, der,
	    (size_t)n), -1);
	ck_assert_int_eq(jwks_add_spki(ks, "", JOSE_ES256, der, (size_t)n),
	    -1);
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_RS256, der,
	    (size_t)n), -1);
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_NONE, der,
	    (size_t)n), -1);
	for (i = 0; i < (size_t)n; i++)
		ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_ES256,
		    der, i), -1);
	der[n] = 0;		/* a byte behind */
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_ES256, der,
	    (size_t)n + 1), -1);
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_ES256, long_der,
	    sizeof(long_der)), -1);
	der[n - 1] ^= 1;	/* not on the curve */
	ck_assert_int_eq(jwks_add_spki(ks, KEY_EC->kid, JOSE_ES256, der,
	    (size_t)n), -1);
	ck_assert_uint_eq(jwks_count(ks), 0);
	jwks_free(ks);
}
END_TEST

#define X "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define X_AS_Y "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\""
#define Y "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""

START_TEST(jwk_rejects_odd_sets)
{
	static const char *const sets[] = { "", "{}", "[]", "{\"keys\":{}}",
	    "{\"keys\":[1]}", "{\"keys\":[{}]}",
	    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"," X "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\"," X "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\"," X "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"," X "," X_AS_Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"AA\"," X
	    "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"1\"," X
	    "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":1," X ","
	    Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"use\":\"enc\","
	    X "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"RS256\","
	    X "," Y "}]}",
	    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}]}",
	    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"X25519\"," X "}]}",
	    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
	    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"\"}]}" };
	struct jwks *ks = jwks_new();
	size_t i;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		ck_assert_msg(jwks_add_json(ks, sets[i], strlen(sets[i])) ==
		    -1, "%s", sets[i]);
	ck_assert_uint_eq(jwks_count(ks), 0);
	jwks_free(ks);
}
END_TEST

static TCase *
cases(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_unchecked_fixture(t, test_keys_make, test_keys_free);
	tcase_set_timeout(t, 60);
	return t;
}

static Suite *
suite(void)
{
	Suite *s = suite_create("jws");
	TCase *t = cases("jws"), *k = cases("jwk");

	tcase_add_loop_test(t, jws_accepts_the_examples_of_the_rfcs, 0, 3);
	tcase_add_loop_test(t, jws_accepts_its_own, 0, 3);
	tcase_add_test(t, jws_accepts_spellings_of_typ);
	tcase_add_test(t, jws_rejects_alg_none);
	tcase_add_test(t, jws_rejects_hmac_and_every_other_alg);
	tcase_add_test(t, jws_rejects_alg_of_another_key);
	tcase_add_test(t, jws_rejects_odd_kids);
	tcase_add_test(t, jws_rejects_header_members_that_bring_keys);
	tcase_add_test(t, jws_rejects_other_serialisations);
	tcase_add_test(t, jws_rejects_other_base64);
	tcase_add_test(t, jws_rejects_bent_es256_signatures);
	tcase_add_test(t, jws_rejects_der_signatures);
	tcase_add_test(t, jws_rejects_bent_rsa_and_ed25519_signatures);
	tcase_add_test(t, jws_rejects_ed25519_s_over_the_order);
	tcase_add_test(t, jws_rejects_another_typ);
	tcase_add_test(t, jws_rejects_a_remembered_header_for_another_typ);
	tcase_add_test(t, jws_rejects_duplicates_and_odd_json);
	tcase_add_loop_test(t, jws_rejects_every_change, 0, 3);
	tcase_add_test(t, jws_rejects_tokens_over_the_limit);
	suite_add_tcase(s, t);
	tcase_add_test(k, jwk_accepts_the_example_thumbprint);
	tcase_add_test(k, jwk_accepts_its_own_set);
	tcase_add_test(k, jwk_rejects_weak_and_foreign_keys);
	tcase_add_test(k, jwk_rejects_a_wrong_kid_or_alg);
	tcase_add_test(k, jwk_rejects_odd_sets);
	suite_add_tcase(s, k);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
