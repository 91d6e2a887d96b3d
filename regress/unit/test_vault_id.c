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
 * What the vault makes for clients: ID tokens, and access tokens that are bound
 * to a key, act for somebody or have further audiences. libjwt is the witness
 * that another library takes an ID token.
 */
#include "config.h"

#include <openssl/pem.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_LIBJWT
#include <jwt.h>
#endif

#include "privsep/vault/generate.h"
#include "privsep/vault/keyring.h"
#include "privsep/vault/token.h"
#include "regress/unit/test_vault.h"
#include "src/base/b64.h"
#include "src/jose/jws.h"
#include "src/json/json.h"

#define NOW	INT64_C(1800000000)
#define JKT	"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"

static struct keyring *ring;
static struct jwks *set;
static char kid[4][JWK_KID_LEN + 1];	/* by enum jose_alg */
static struct buf access_b, id_b;

static void
start(void)
{
	struct buf pem;
	const struct vkey *k;
	int alg;

	ck_assert_int_ne(sodium_init(), -1);
	keyring_init();
	json_seed();
	ring = keyring_new();
	set = jwks_new();
	for (alg = JOSE_ES256; alg <= JOSE_RS256; alg++) {
		buf_init(&pem);
		ck_assert_int_eq(generate_key(&pem, kid[alg],
		    (enum jose_alg)alg), 0);
		ck_assert_ptr_null(keyring_add(ring, kid[alg], pem.p,
		    pem.len));
		buf_wipe_free(&pem);
		k = keyring_find(ring, kid[alg]);
		ck_assert_int_eq(jwks_add_spki(set, k->kid, k->alg, k->spki,
		    k->spkilen), 0);
	}
	buf_init(&access_b);
	buf_init(&id_b);
}

static void
stop(void)
{
	buf_free(&access_b);
	buf_free(&id_b);
	jwks_free(set);
	keyring_free(ring);
}

/* As the engine asks for one at the redemption of a code. */
static void
id_request(struct msg_token_issue_req *m, int alg)
{
	vault_request(m, kid[JOSE_ES256]);
	m->client_id = "webapp";
	m->scope = "openid profile email roles";
	m->id_kid = kid[alg];
	m->nonce = "n-0S6_WzA2Mj";
	m->claims = ID_CLAIM_PROFILE | ID_CLAIM_EMAIL | ID_CLAIM_ROLES;
	m->name = "Ana \"the\" Pi\xc3\xb1" "a";
	m->username = "ana";
	m->updated_at = NOW - 100;
	m->email = "ana@example.org";
	m->email_verified = 1;
}

static const char *
issue(const struct msg_token_issue_req *m)
{
	buf_reset(&access_b);
	buf_reset(&id_b);
	ck_assert_int_eq(token_issue(&access_b, ring, ISSUER, m, NOW),
	    ST_OK);
	ck_assert_int_eq(idtoken_issue(&id_b, ring, ISSUER, m, NOW,
	    buf_cstr(&access_b)), ST_OK);
	return buf_cstr(&id_b);
}

static json_t *
claims_of(const char *token, const char *typ, int alg)
{
	const struct jwk *key = NULL;
	json_t *claims = NULL;

	ck_assert_int_eq(jws_verify(set, token, strlen(token), typ, &claims,
	    &key), JWS_OK);
	ck_assert_int_eq(key->alg, alg);
	return claims;
}

static const char *
text(json_t *claims, const char *name)
{
	return json_string_value(json_object_get(claims, name));
}

static json_int_t
count(json_t *claims, const char *name)
{
	return json_integer_value(json_object_get(claims, name));
}

/* at_hash as OpenID Connect Core 3.1.3.6 says it, for each algorithm. */
static void
check_at_hash(json_t *claims, int alg)
{
	const uint8_t *p = (const uint8_t *)buf_cstr(&access_b);
	char want[128];
	uint8_t sum[64];

	if (alg == JOSE_EDDSA) {
		crypto_hash_sha512(sum, p, strlen((const char *)p));
		b64_encode(want, sum, 32);
	} else {
		crypto_hash_sha256(sum, p, strlen((const char *)p));
		b64_encode(want, sum, 16);
	}
	ck_assert_str_eq(text(claims, "at_hash"), want);
}

START_TEST(id_token_has_what_the_scopes_ask_for)	/* CASES 33 */
{
	struct msg_token_issue_req m;
	json_t *c;

	id_request(&m, _i);
	c = claims_of(issue(&m), "JWT", _i);
	ck_assert_str_eq(text(c, "iss"), ISSUER);
	ck_assert_str_eq(text(c, "sub"), m.sub);
	ck_assert_str_eq(text(c, "aud"), "webapp");
	ck_assert_int_eq(count(c, "iat"), NOW);
	ck_assert_int_eq(count(c, "exp"), NOW + 600);
	ck_assert_int_eq(count(c, "auth_time"), NOW - 5);
	ck_assert_str_eq(text(c, "nonce"), "n-0S6_WzA2Mj");
	ck_assert_str_eq(text(c, "acr"), "aal2");
	ck_assert_uint_eq(json_array_size(json_object_get(c, "amr")), 3);
	ck_assert_str_eq(text(c, "sid"), m.sid);
	ck_assert_str_eq(text(c, "name"), m.name);
	ck_assert_str_eq(text(c, "preferred_username"), "ana");
	ck_assert_int_eq(count(c, "updated_at"), NOW - 100);
	ck_assert_str_eq(text(c, "email"), "ana@example.org");
	ck_assert(json_is_true(json_object_get(c, "email_verified")));
	ck_assert_uint_eq(json_array_size(json_object_get(c, "roles")), 2);
	ck_assert_uint_eq(json_object_size(c), 17);
	check_at_hash(c, _i);
	json_decref(c);
}
END_TEST

START_TEST(id_token_has_no_more_than_that)
{
	static const char *const names[] = { "nonce", "name",
	    "preferred_username", "updated_at", "email", "email_verified",
	    "roles", "scope", "client_id", "jti", "epoch", "tenant" };
	struct msg_token_issue_req m;
	json_t *c;
	size_t i;

	id_request(&m, JOSE_ES256);
	m.claims = 0;
	m.nonce = "";
	m.tenant = "acme";
	c = claims_of(issue(&m), "JWT", JOSE_ES256);
	ck_assert_str_eq(text(c, "iss"), ISSUER "/t/acme");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(json_object_get(c, names[i]) == NULL, "%s",
		    names[i]);
	json_decref(c);
}
END_TEST

START_TEST(id_token_is_no_access_token)
{
	struct msg_token_issue_req m;
	struct at_claims at;
	json_t *c;
	const char *id;

	id_request(&m, JOSE_ES256);
	id = issue(&m);
	ck_assert_int_eq(at_verify(set, id, strlen(id), ISSUER, NOW, &at),
	    AT_JWS);
	ck_assert_int_eq(jws_verify(set, buf_cstr(&access_b), access_b.len,
	    "JWT", &c, NULL), JWS_TYP);
}
END_TEST

static void
rejects(struct msg_token_issue_req *m, const char *what)
{
	buf_reset(&access_b);
	ck_assert_msg(token_issue(&access_b, ring, ISSUER, m, NOW) ==
	    ST_INVALID_REQUEST, "%s", what);
	ck_assert_uint_eq(access_b.len, 0);
	id_request(m, JOSE_ES256);
}

START_TEST(id_token_rejects_what_no_engine_asks_for)
{
	struct msg_token_issue_req m;

	id_request(&m, JOSE_ES256);
	m.id_kid = "";
	rejects(&m, "a nonce, and no ID token");
	m.id_kid = m.nonce = "";
	rejects(&m, "claims, and no ID token");
	m.id_kid = "a\"b";
	rejects(&m, "kid");
	m.auth_time = 0;
	rejects(&m, "nobody has logged in");
	m.sid = "";
	rejects(&m, "no session");
	m.claims = 8;
	rejects(&m, "unknown claims");
	m.username = "";
	rejects(&m, "a profile without name");
	m.email = "";
	rejects(&m, "an address that is none");
	m.updated_at = -1;
	rejects(&m, "before 1970");
}
END_TEST

START_TEST(id_token_rejects_a_key_that_is_not_here)
{
	struct msg_token_issue_req m;

	id_request(&m, JOSE_ES256);
	m.id_kid = JKT;
	ck_assert_int_eq(idtoken_issue(&id_b, ring, ISSUER, &m, NOW, "x"),
	    ST_NOT_FOUND);
	ck_assert_uint_eq(id_b.len, 0);
}
END_TEST

START_TEST(access_token_has_audience_key_and_actor)
{
	struct msg_token_issue_req m;
	json_t *c, *aud;

	id_request(&m, JOSE_ES256);
	m.audience = "https://api.example.org/a billing";
	m.jkt = JKT;
	m.actor = "gateway";
	(void)issue(&m);
	c = claims_of(buf_cstr(&access_b), "at+jwt", JOSE_ES256);
	aud = json_object_get(c, "aud");
	ck_assert_uint_eq(json_array_size(aud), 3);
	ck_assert_str_eq(json_string_value(json_array_get(aud, 0)), ISSUER);
	ck_assert_str_eq(json_string_value(json_array_get(aud, 1)),
	    "https://api.example.org/a");
	ck_assert_str_eq(text(json_object_get(c, "cnf"), "jkt"), JKT);
	ck_assert_str_eq(text(json_object_get(c, "act"), "sub"), "gateway");
	json_decref(c);
}
END_TEST

START_TEST(access_token_rejects_odd_bindings)
{
	static const char *const odd[] = { "a\"b", "a\\b", "a\nb", " ",
	    "a  b", "\xc3\xa9" };
	struct msg_token_issue_req m;
	size_t i;

	id_request(&m, JOSE_ES256);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		m.audience = odd[i];
		rejects(&m, "audience");
		m.actor = odd[i];
		rejects(&m, "actor");
		m.jkt = odd[i];
		rejects(&m, "jkt");
	}
	m.jkt = "short";
	rejects(&m, "jkt of another length");
	m.actor = "two words";
	rejects(&m, "actor");
}
END_TEST

#ifdef HAVE_LIBJWT
START_TEST(id_token_is_taken_by_libjwt)
{
	/* EdDSA is in no release of 1.x */
	const int alg = _i == 0 ? JOSE_ES256 : JOSE_RS256;
	const struct vkey *k = keyring_find(ring, kid[alg]);
	const uint8_t *der = k->spki;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &der, (long)k->spkilen);
	BIO *bio = BIO_new(BIO_s_mem());
	struct msg_token_issue_req m;
	jwt_t *jwt = NULL;
	char *p, *key;
	long n;

	PEM_write_bio_PUBKEY(bio, pkey);
	n = BIO_get_mem_data(bio, &p);
	key = strndup(p, (size_t)n);
	id_request(&m, alg);
	ck_assert_int_eq(jwt_decode(&jwt, issue(&m), (unsigned char *)key,
	    (int)n), 0);
	ck_assert_str_eq(jwt_get_header(jwt, "typ"), "JWT");
	ck_assert_str_eq(jwt_get_header(jwt, "kid"), kid[alg]);
	ck_assert_str_eq(jwt_get_grant(jwt, "aud"), "webapp");
	ck_assert_str_eq(jwt_get_grant(jwt, "name"), m.name);
	jwt_free(jwt);
	free(key);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}
END_TEST
#endif

TCase *
vault_id_cases(void)
{
	TCase *t = tcase_create("id");

	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, id_token_has_what_the_scopes_ask_for,
	    JOSE_ES256, JOSE_RS256 + 1);
	tcase_add_test(t, id_token_has_no_more_than_that);
	tcase_add_test(t, id_token_is_no_access_token);
	tcase_add_test(t, id_token_rejects_what_no_engine_asks_for);
	tcase_add_test(t, id_token_rejects_a_key_that_is_not_here);
	tcase_add_test(t, access_token_has_audience_key_and_actor);
	tcase_add_test(t, access_token_rejects_odd_bindings);
#ifdef HAVE_LIBJWT
	tcase_add_loop_test(t, id_token_is_taken_by_libjwt, 0, 2);
#endif
	return t;
}
