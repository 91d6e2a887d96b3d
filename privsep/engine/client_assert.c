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
 * private_key_jwt (RFC 7523, OpenID Connect Core section 9): an assertion that
 * a client signed with a key whose public half is in its registration. Runs in
 * the engine. The algorithm is the key's; iss and sub are the client, aud is
 * us, exp is near, and what its jti says is good once: that is for the SQL.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/client_auth.h"
#include "src/base/b64.h"

#define AHEAD_MAX	300	/* seconds that exp may be ahead */
#define AUD_MAX		16
#define JTI_MAX		512
#define TOKEN_PATH	"/oauth2/token"

static const char *
text(const json_t *claims, const char *name)
{
	const char *s = json_string_value(json_object_get(claims, name));

	return (s != NULL ? s : "");
}

/* Seconds of a NumericDate; absent where there is none, -1 where it is no
 * time. */
static int64_t
date(const json_t *claims, const char *name, int64_t absent)
{
	json_t *v = json_object_get(claims, name);
	double n;

	if (v == NULL)
		return (absent);
	if (json_is_integer(v))
		return (json_integer_value(v));
	n = json_is_real(v) ? json_real_value(v) : -1;
	return (n >= 0 && n < 1e15 ? (int64_t)n : -1);
}

static int
is_us(const struct op *op, const char *aud)
{
	char issuer[OP_ISSUER];
	size_t n;

	op_issuer(op, issuer);
	n = strlen(issuer);
	return (n > 0 && strncmp(aud, issuer, n) == 0 &&
	    (aud[n] == '\0' || strcmp(aud + n, TOKEN_PATH) == 0));
}

/* One text or an array of them (RFC 7519 section 4.1.3). */
static int
audience_ok(const struct op *op, const json_t *aud)
{
	const char *s;
	size_t i;
	int found = 0;

	if (json_is_string(aud))
		return (is_us(op, json_string_value(aud)));
	if (json_array_size(aud) > AUD_MAX)
		return (0);
	for (i = 0; i < json_array_size(aud); i++) {
		s = json_string_value(json_array_get(aud, i));
		if (s == NULL)
			return (0);
		found |= is_us(op, s);
	}
	return (found);
}

static int
claims_ok(const struct op *op, const json_t *claims)
{
	const char *id = op->client->id, *jti = text(claims, "jti");
	int64_t now = op->now / CLOCK_SEC, exp = date(claims, "exp", -1);

	return (strcmp(text(claims, "iss"), id) == 0 &&
	    strcmp(text(claims, "sub"), id) == 0 &&
	    audience_ok(op, json_object_get(claims, "aud")) &&
	    exp > now && exp <= now + AHEAD_MAX + AT_LEEWAY &&
	    date(claims, "nbf", now) <= now + AT_LEEWAY &&
	    date(claims, "nbf", now) >= 0 &&
	    date(claims, "iat", now) <= now + AT_LEEWAY &&
	    date(claims, "iat", now) >= 0 &&
	    *jti != '\0' && strlen(jti) <= JTI_MAX);
}

/* Whose it is and its jti, as one text of bounded length. */
static void
name_once(const struct op *op, char out[TOKEN_TEXT], const char *jti)
{
	uint8_t sum[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state s;
	const char *id = op->client->id;

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const uint8_t *)op->realm,
	    strlen(op->realm) + 1);
	crypto_hash_sha256_update(&s, (const uint8_t *)id, strlen(id) + 1);
	crypto_hash_sha256_update(&s, (const uint8_t *)jti, strlen(jti));
	crypto_hash_sha256_final(&s, sum);
	b64_encode(out, sum, sizeof(sum));
}

int
client_assert_who(char id[CAP_CLIENT + 1], const char *assertion)
{
	json_t *claims = NULL;
	int rv = -1;

	if (jws_payload(assertion, strlen(assertion), &claims) == JWS_OK &&
	    *text(claims, "sub") != '\0')
		rv = op_copy(id, CAP_CLIENT + 1, text(claims, "sub"));
	json_decref(claims);
	return (rv);
}

void
client_assert(struct op *op, const char *jwks)
{
	struct op_client *c = op->client;
	struct jwks *set = *jwks != '\0' ? jwks_new() : NULL;
	json_t *claims = NULL;

	c->proved = 0;
	if (set == NULL || jwks_add_json_any(set, jwks, strlen(jwks)) <= 0) {
		/* of nobody: it takes as long, and is worth nothing */
		(void)jws_verify_any(op->eng->jwks, c->assertion,
		    strlen(c->assertion), &claims);
	} else if (jws_verify_any(set, c->assertion, strlen(c->assertion),
	    &claims) == JWS_OK && claims_ok(op, claims)) {
		name_once(op, c->once, text(claims, "jti"));
		c->once_until = (date(claims, "exp", 0) + 60) * CLOCK_SEC;
		c->proved = 1;
	}
	json_decref(claims);
	jwks_free(set);
	sodium_memzero(c->assertion, sizeof(c->assertion));
}
