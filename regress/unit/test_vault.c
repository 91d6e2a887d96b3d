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


/* The vault's parts: keyring, claims, derivation, the making of keys. */
#include "config.h"

#include <openssl/pem.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "privsep/vault/derive.h"
#include "privsep/vault/generate.h"
#include "privsep/vault/keyring.h"
#include "privsep/vault/token.h"
#include "regress/unit/test_vault.h"
#include "src/base/clock.h"
#include "src/jose/jws.h"
#include "src/json/json.h"

#define NOW	INT64_C(1800000000)

void
vault_request(struct msg_token_issue_req *m, const char *kid)
{
	memset(m, 0, sizeof(*m));
	m->kid = kid;
	m->sub = "01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e11";
	m->client_id = "moatd";
	m->scope = "openid profile email roles account admin";
	m->sid = "01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e12";
	m->roles = "admin user";
	m->auth_time = NOW - 5;
	m->acr = "aal2";
	m->amr = "pwd otp mfa";
	m->tenant = "default";
	m->epoch = 3;
	m->lifetime_s = 600;
	m->refresh = 1;
	m->audience = m->jkt = m->actor = "";
	m->id_kid = m->nonce = m->name = m->username = m->email = "";
}

static enum msg_status
compose(struct buf *b, const struct msg_token_issue_req *m)
{
	return token_claims(b, ISSUER, m, NOW, "JTI");
}

/* ---- claims ---- */

START_TEST(token_accepts_a_login)
{
	struct msg_token_issue_req m;
	struct buf b = BUF_INIT;

	vault_request(&m, "K");
	ck_assert_int_eq(compose(&b, &m), ST_OK);
	ck_assert_str_eq(buf_cstr(&b), "{\"iss\":\"" ISSUER "\","
	    "\"sub\":\"01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e11\","
	    "\"aud\":\"" ISSUER "\",\"exp\":1800000600,\"iat\":1800000000,"
	    "\"jti\":\"JTI\",\"client_id\":\"moatd\","
	    "\"scope\":\"openid profile email roles account admin\","
	    "\"sid\":\"01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e12\","
	    "\"roles\":[\"admin\",\"user\"],\"auth_time\":1799999995,"
	    "\"acr\":\"aal2\",\"amr\":[\"pwd\",\"otp\",\"mfa\"],"
	    "\"tenant\":\"default\",\"epoch\":3}");
	buf_free(&b);
}
END_TEST

START_TEST(token_accepts_a_client_without_session)
{
	struct msg_token_issue_req m;
	struct buf b = BUF_INIT;

	vault_request(&m, "K");
	m.sub = m.client_id = "billing";
	m.sid = m.acr = m.amr = m.roles = m.scope = "";
	m.auth_time = m.epoch = 0;
	ck_assert_int_eq(compose(&b, &m), ST_OK);
	ck_assert_str_eq(buf_cstr(&b), "{\"iss\":\"" ISSUER "\","
	    "\"sub\":\"billing\",\"aud\":\"" ISSUER "\",\"exp\":1800000600,"
	    "\"iat\":1800000000,\"jti\":\"JTI\",\"client_id\":\"billing\","
	    "\"scope\":\"\",\"roles\":[],\"tenant\":\"default\","
	    "\"epoch\":0}");
	buf_free(&b);
}
END_TEST

START_TEST(token_accepts_a_tenant)
{
	struct msg_token_issue_req m;
	struct buf b = BUF_INIT;

	vault_request(&m, "K");
	m.tenant = "acme-2";
	ck_assert_int_eq(compose(&b, &m), ST_OK);
	buf_cstr(&b);
	ck_assert_ptr_nonnull(strstr((char *)b.p,
	    "\"iss\":\"" ISSUER "/t/acme-2\""));
	ck_assert_ptr_nonnull(strstr((char *)b.p,
	    "\"aud\":\"" ISSUER "/t/acme-2\""));
	buf_free(&b);
}
END_TEST

static void
rejects(const struct msg_token_issue_req *m, const char *what)
{
	struct buf b = BUF_INIT;

	ck_assert_msg(compose(&b, m) == ST_INVALID_REQUEST, "%s", what);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&b);
}

/* Each text member in turn holds what no honest engine sends. */
START_TEST(token_rejects_hostile_text)
{
	static const char *const words[] = { "a\"b", "a\\b", "a\nb", "\x7f",
	    "\x01", "a\tb", "\xc3\xa9", "a\",\"sub\":\"root", "\xe2\x80\xa8" };
	struct msg_token_issue_req m;
	size_t w;

	for (w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		vault_request(&m, "K");
		m.sub = words[w];
		rejects(&m, words[w]);
		vault_request(&m, words[w]);
		rejects(&m, words[w]);
		vault_request(&m, "K");
		m.client_id = words[w];
		rejects(&m, words[w]);
		vault_request(&m, "K");
		m.scope = words[w];
		rejects(&m, words[w]);
		vault_request(&m, "K");
		m.sid = words[w];
		rejects(&m, words[w]);
		vault_request(&m, "K");
		m.roles = words[w];
		rejects(&m, words[w]);
		vault_request(&m, "K");
		m.acr = words[w];
		rejects(&m, words[w]);
		vault_request(&m, "K");
		m.amr = words[w];
		rejects(&m, words[w]);
		vault_request(&m, "K");
		m.tenant = words[w];
		rejects(&m, words[w]);
	}
}
END_TEST

START_TEST(token_rejects_missing_fields)
{
	struct msg_token_issue_req m;

	vault_request(&m, "");
	rejects(&m, "kid");
	vault_request(&m, "K");
	m.sub = "";
	rejects(&m, "sub");
	vault_request(&m, "K");
	m.client_id = "";
	rejects(&m, "client_id");
	vault_request(&m, "K");
	m.tenant = "";
	rejects(&m, "tenant");
}
END_TEST

START_TEST(token_rejects_odd_lists)
{
	static const char *const lists[] = { " ", " user", "user ",
	    "admin  user", "  ", "user\tadmin" };
	struct msg_token_issue_req m;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		vault_request(&m, "K");
		m.roles = lists[i];
		rejects(&m, lists[i]);
		vault_request(&m, "K");
		m.scope = lists[i];
		rejects(&m, lists[i]);
		vault_request(&m, "K");
		m.amr = lists[i];
		rejects(&m, lists[i]);
	}
}
END_TEST

START_TEST(token_rejects_odd_tenants)
{
	static const char *const tenants[] = { "-a", "A", "a/b", "../x", "a.b",
	    "a b", "a?b", "a_b",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct msg_token_issue_req m;
	size_t i;

	for (i = 0; i < sizeof(tenants) / sizeof(tenants[0]); i++) {
		vault_request(&m, "K");
		m.tenant = tenants[i];
		rejects(&m, tenants[i]);
	}
}
END_TEST

START_TEST(token_rejects_odd_numbers)
{
	struct msg_token_issue_req m;

	vault_request(&m, "K");
	m.lifetime_s = 0;
	rejects(&m, "no lifetime");
	vault_request(&m, "K");
	m.lifetime_s = TOKEN_LIFETIME_MAX + 1;
	rejects(&m, "lifetime over the cap");
	vault_request(&m, "K");
	m.epoch = -1;
	rejects(&m, "epoch");
	vault_request(&m, "K");
	m.auth_time = -1;
	rejects(&m, "auth_time before 1970");
	vault_request(&m, "K");
	m.auth_time = NOW + 3600;
	rejects(&m, "auth_time to come");
	vault_request(&m, "K");
	m.auth_time = NOW * 1000000;	/* microseconds by mistake */
	rejects(&m, "auth_time in another unit");
}
END_TEST

/* ---- keyring ---- */

static char *
pem_of(EVP_PKEY *pkey, const EVP_CIPHER *cipher)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *p, *text, pass[] = "secret";
	long n;

	PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher,
	    cipher != NULL ? pass : NULL, cipher != NULL ? 6 : 0, NULL, NULL);
	n = BIO_get_mem_data(bio, &p);
	text = strndup(p, (size_t)n);
	BIO_free(bio);
	return text;
}

static EVP_PKEY *
make_key(enum jose_alg alg)
{
	if (alg == JOSE_ES256)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (alg == JOSE_EDDSA)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
}

static void
check_token(const struct vkey *k, const char *token, size_t n)
{
	struct jwks *ks = jwks_new();
	struct at_claims c;

	ck_assert_int_eq(jwks_add_spki(ks, k->kid, k->alg, k->spki,
	    k->spkilen), 0);
	ck_assert_int_eq(at_verify(ks, token, n, ISSUER, NOW, &c), AT_OK);
	ck_assert_str_eq(c.sub, "01910f3c-8b1a-7c3e-9a51-0a0f6c2d9e11");
	ck_assert_uint_eq(strlen(c.jti), TOKEN_JTI_LEN);
	ck_assert(c.epoch == 3);
	at_free(&c);
	jwks_free(ks);
}

START_TEST(keyring_accepts_each_algorithm)
{
	enum jose_alg alg = (enum jose_alg)(_i + 1);
	struct keyring *r = keyring_new();
	EVP_PKEY *pkey = make_key(alg);
	char kid[JWK_KID_LEN + 1], *pem = pem_of(pkey, NULL), *first;
	struct msg_token_issue_req m;
	struct buf b = BUF_INIT;

	ck_assert_int_eq(jwk_thumbprint(pkey, kid), 0);
	ck_assert_pstr_eq(keyring_add(r, kid, pem, strlen(pem)), NULL);
	ck_assert_uint_eq(keyring_count(r), 1);
	ck_assert_int_eq(keyring_at(r, 0)->alg, alg);
	vault_request(&m, kid);
	ck_assert_int_eq(token_issue(&b, r, ISSUER, &m, NOW), ST_OK);
	check_token(keyring_at(r, 0), (char *)b.p, b.len);
	first = strdup(buf_cstr(&b));
	buf_reset(&b);
	ck_assert_int_eq(token_issue(&b, r, ISSUER, &m, NOW), ST_OK);
	ck_assert_str_ne(first, buf_cstr(&b));	/* another jti */
	free(first);
	free(pem);
	buf_free(&b);
	EVP_PKEY_free(pkey);
	keyring_free(r);
}
END_TEST

static void
refuses(struct keyring *r, const char *kid, const char *pem, const char *part)
{
	const char *why = keyring_add(r, kid, pem, strlen(pem));

	ck_assert_msg(why != NULL && strstr(why, part) != NULL, "%s: %s", part,
	    why != NULL ? why : "taken");
}

START_TEST(keyring_rejects_odd_files)
{
	struct keyring *r = keyring_new();
	EVP_PKEY *pkey = make_key(JOSE_ES256);
	char kid[JWK_KID_LEN + 1], *pem = pem_of(pkey, NULL), *bad;
	size_t i;

	ck_assert_int_eq(jwk_thumbprint(pkey, kid), 0);
	refuses(r, "", pem, "thumbprint");
	refuses(r, "server", pem, "thumbprint");
	refuses(r, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", pem,
	    "thumbprint");
	refuses(r, kid, "", "PEM");
	refuses(r, kid, "-----BEGIN PRIVATE KEY-----\n", "PEM");
	refuses(r, kid, "-----BEGIN PRIVATE KEY-----\nAAAA\n"
	    "-----END PRIVATE KEY-----\n", "PEM");
	for (i = 0; i < strlen(pem) - 2; i += 7) {
		bad = strndup(pem, i);
		refuses(r, kid, bad, "PEM");
		free(bad);
	}
	bad = pem_of(pkey, EVP_aes_256_cbc());
	refuses(r, kid, bad, "PEM");	/* encrypted: nobody is asked */
	free(bad);
	ck_assert_ptr_null(keyring_add(r, kid, pem, strlen(pem)));
	refuses(r, kid, pem, "twice");
	ck_assert_uint_eq(keyring_count(r), 1);
	free(pem);
	EVP_PKEY_free(pkey);
	keyring_free(r);
}
END_TEST

START_TEST(keyring_rejects_other_keys)	/* CASES 8 */
{
	static const char *const curves[] = { "P-384", "P-521", "secp256k1" };
	struct keyring *r = keyring_new();
	EVP_PKEY *pkey;
	char *pem;
	size_t i;

	for (i = 0; i < 4; i++) {
		pkey = i < 3 ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[i]) :
		    EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
		pem = pem_of(pkey, NULL);
		refuses(r, "k", pem, "neither P-256");
		free(pem);
		EVP_PKEY_free(pkey);
	}
	keyring_free(r);
}
END_TEST

START_TEST(token_rejects_a_key_that_is_not_here)
{
	struct keyring *r = keyring_new();
	struct msg_token_issue_req m;
	struct buf b = BUF_INIT;

	vault_request(&m, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	ck_assert_int_eq(token_issue(&b, r, ISSUER, &m, NOW), ST_NOT_FOUND);
	vault_request(&m, "../../etc/passwd");
	ck_assert_int_eq(token_issue(&b, r, ISSUER, &m, NOW), ST_NOT_FOUND);
	ck_assert_uint_eq(b.len, 0);
	keyring_free(r);
}
END_TEST

/* A token that no channel could carry is refused whole, not cut. */
START_TEST(token_rejects_more_roles_than_fit)
{
	struct keyring *r = keyring_new();
	struct buf roles = BUF_INIT, pem = BUF_INIT, b = BUF_INIT;
	char kid[JWK_KID_LEN + 1];
	struct msg_token_issue_req m;

	ck_assert_int_eq(generate_key(&pem, kid, JOSE_ES256), 0);
	ck_assert_ptr_null(keyring_add(r, kid, pem.p, pem.len));
	while (roles.len < CAP_ROLES - 20)
		buf_adds(&roles, "role-of-some-kind ");
	roles.len--;
	vault_request(&m, kid);
	m.roles = buf_cstr(&roles);
	ck_assert_int_eq(token_issue(&b, r, ISSUER, &m, NOW),
	    ST_INVALID_REQUEST);
	ck_assert_uint_eq(b.len, 0);
	buf_free(&roles);
	buf_free(&b);
	buf_wipe_free(&pem);
	keyring_free(r);
}
END_TEST

/* ---- derivation ---- */

START_TEST(refresh_accepts_a_retry)
{
	uint8_t key[SEAL_LEN], token[REFRESH_LEN], a[REFRESH_LEN],
	    b[REFRESH_LEN];
	struct seal *s, *again;

	memset(key, 7, sizeof(key));
	memset(token, 9, sizeof(token));
	s = seal_new(key, sizeof(key));
	again = seal_new(key, sizeof(key));
	seal_refresh(s, a, token);
	seal_refresh(again, b, token);
	ck_assert_mem_eq(a, b, sizeof(a));
	/* Fixed for all time: nodes of other versions must agree. */
	ck_assert_int_eq(sodium_is_zero(a, sizeof(a)), 0);
	ck_assert_mem_ne(a, token, sizeof(a));
	seal_free(s);
	seal_free(again);
	seal_free(NULL);
}
END_TEST

START_TEST(refresh_rejects_other_tokens_and_keys)
{
	uint8_t key[SEAL_LEN] = { 0 }, token[REFRESH_LEN] = { 0 };
	uint8_t first[REFRESH_LEN], next[REFRESH_LEN], kept[REFRESH_LEN];
	char fp[FINGERPRINT_LEN], fp2[FINGERPRINT_LEN];
	struct seal *s = seal_new(key, sizeof(key));
	size_t i;

	seal_refresh(s, first, token);
	seal_fingerprint(s, fp);
	ck_assert_uint_eq(strlen(fp), 32);
	for (i = 0; i < sizeof(token); i++) {
		token[i] ^= 1;
		seal_refresh(s, next, token);
		ck_assert_mem_ne(first, next, sizeof(next));
		token[i] ^= 1;
	}
	memcpy(kept, first, sizeof(kept));
	seal_refresh(s, next, kept);		/* a chain does not stand still */
	ck_assert_mem_ne(next, first, sizeof(next));
	seal_free(s);
	key[31] = 1;
	s = seal_new(key, sizeof(key));
	seal_refresh(s, next, token);
	ck_assert_mem_ne(first, next, sizeof(next));
	seal_fingerprint(s, fp2);
	ck_assert_str_ne(fp, fp2);
	seal_free(s);
	ck_assert_ptr_null(seal_new(key, 31));
	ck_assert_ptr_null(seal_new(key, 0));
}
END_TEST

/* Neither the successor nor the fingerprint is the plain digest. */
START_TEST(refresh_rejects_who_lacks_the_key)
{
	uint8_t key[SEAL_LEN] = { 1 }, token[REFRESH_LEN] = { 2 };
	uint8_t a[REFRESH_LEN], b[REFRESH_LEN];
	struct seal *s = seal_new(key, sizeof(key));

	seal_refresh(s, a, token);
	crypto_generichash(b, sizeof(b), token, sizeof(token), NULL, 0);
	ck_assert_mem_ne(a, b, sizeof(a));
	crypto_generichash(b, sizeof(b), token, sizeof(token), key,
	    sizeof(key));
	ck_assert_mem_ne(a, b, sizeof(a));
	seal_free(s);
}
END_TEST

/* ---- vault -g ---- */

START_TEST(generate_accepts_its_own_key)
{
	struct keyring *r = keyring_new();
	struct buf a = BUF_INIT, b = BUF_INIT;
	char kid[JWK_KID_LEN + 1], other[JWK_KID_LEN + 1];

	ck_assert_int_eq(generate_key(&a, kid, JOSE_ES256), 0);
	ck_assert_int_eq(generate_key(&b, other, JOSE_ES256), 0);
	ck_assert_str_ne(kid, other);
	ck_assert(strncmp(buf_cstr(&a), "-----BEGIN PRIVATE KEY-----\n",
	    28) == 0);
	ck_assert_ptr_null(keyring_add(r, kid, a.p, a.len));
	ck_assert_ptr_nonnull(keyring_add(r, kid, b.p, b.len));
	ck_assert_int_eq(keyring_at(r, 0)->alg, JOSE_ES256);
	buf_wipe_free(&a);
	buf_wipe_free(&b);
	keyring_free(r);
}
END_TEST

static void
start(void)
{
	ck_assert_int_ne(sodium_init(), -1);
	keyring_init();
	json_seed();
}

static TCase *
part_cases(void)
{
	TCase *t = tcase_create("parts");

	tcase_add_unchecked_fixture(t, start, NULL);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, token_accepts_a_login);
	tcase_add_test(t, token_accepts_a_client_without_session);
	tcase_add_test(t, token_accepts_a_tenant);
	tcase_add_test(t, token_rejects_hostile_text);
	tcase_add_test(t, token_rejects_missing_fields);
	tcase_add_test(t, token_rejects_odd_lists);
	tcase_add_test(t, token_rejects_odd_tenants);
	tcase_add_test(t, token_rejects_odd_numbers);
	tcase_add_test(t, token_rejects_a_key_that_is_not_here);
	tcase_add_test(t, token_rejects_more_roles_than_fit);
	tcase_add_loop_test(t, keyring_accepts_each_algorithm, 0, 3);
	tcase_add_test(t, keyring_rejects_odd_files);
	tcase_add_test(t, keyring_rejects_other_keys);
	tcase_add_test(t, refresh_accepts_a_retry);
	tcase_add_test(t, refresh_rejects_other_tokens_and_keys);
	tcase_add_test(t, refresh_rejects_who_lacks_the_key);
	tcase_add_test(t, generate_accepts_its_own_key);
	return t;
}

int
main(void)
{
	Suite *s = suite_create("vault");
	SRunner *r;
	int failed;

	suite_add_tcase(s, part_cases());
	suite_add_tcase(s, vault_id_cases());
	suite_add_tcase(s, vault_factor_cases());
	suite_add_tcase(s, vault_proc_cases());
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
