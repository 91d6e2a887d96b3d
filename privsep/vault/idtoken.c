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
 * ID tokens (OpenID Connect Core 1.0 section 2), made beside an access token
 * and bound to it by at_hash. Run by the vault, for a TOKEN_ISSUE_REQ that
 * names a key for one. Holds: nothing. Their typ is JWT, so that none passes
 * for an access token, and their life is not the engine's choice.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/vault/claims.h"
#include "privsep/vault/token.h"
#include "src/base/b64.h"

#define LIFETIME_S	600
#define ALL_CLAIMS	(ID_CLAIM_PROFILE | ID_CLAIM_EMAIL | ID_CLAIM_ROLES)

int
idtoken_is_honest(const struct msg_token_issue_req *m)
{
	if (*m->id_kid == '\0')
		return *m->nonce == '\0' && m->claims == 0;
	return claims_is_word(m->id_kid, strlen(m->id_kid)) &&
	    m->auth_time > 0 && *m->sid != '\0' &&
	    (m->claims & ~ALL_CLAIMS) == 0 && m->updated_at >= 0 &&
	    (!(m->claims & ID_CLAIM_PROFILE) || *m->username != '\0') &&
	    (!(m->claims & ID_CLAIM_EMAIL) || *m->email != '\0');
}

/* The left half of the access token's hash, by the hash that the algorithm
 * of the ID token has (OpenID Connect Core 3.1.3.6; RFC 8032 5.1). */
static void
add_at_hash(struct buf *b, enum jose_alg alg, const char *access)
{
	uint8_t sum[crypto_hash_sha512_BYTES];
	char text[B64_LEN(sizeof(sum) / 2) + 1];
	size_t half = crypto_hash_sha256_BYTES / 2;

	if (alg == JOSE_EDDSA) {
		half = crypto_hash_sha512_BYTES / 2;
		crypto_hash_sha512(sum, (const uint8_t *)access,
		    strlen(access));
	} else
		crypto_hash_sha256(sum, (const uint8_t *)access,
		    strlen(access));
	b64_encode(text, sum, half);
	claims_text(b, ",\"at_hash\":", text);
}

/* What the scopes ask for (section 5.4). */
static void
add_scoped(struct buf *b, const struct msg_token_issue_req *m)
{
	if (m->claims & ID_CLAIM_PROFILE) {
		claims_optional(b, ",\"name\":", m->name);
		claims_text(b, ",\"preferred_username\":", m->username);
		claims_count(b, ",\"updated_at\":", m->updated_at);
	}
	if (m->claims & ID_CLAIM_EMAIL) {
		claims_text(b, ",\"email\":", m->email);
		claims_flag(b, ",\"email_verified\":", m->email_verified);
	}
	if (m->claims & ID_CLAIM_ROLES)
		claims_list(b, ",\"roles\":[", m->roles);
}

static void
compose(struct buf *b, const char *issuer,
    const struct msg_token_issue_req *m, int64_t now, enum jose_alg alg,
    const char *access)
{
	claims_issuer(b, "{\"iss\":", issuer, m->tenant);
	claims_text(b, ",\"sub\":", m->sub);
	claims_text(b, ",\"aud\":", m->client_id);
	claims_count(b, ",\"exp\":", now + LIFETIME_S);
	claims_count(b, ",\"iat\":", now);
	claims_count(b, ",\"auth_time\":", m->auth_time);
	claims_optional(b, ",\"nonce\":", m->nonce);
	claims_optional(b, ",\"acr\":", m->acr);
	if (*m->amr != '\0')
		claims_list(b, ",\"amr\":[", m->amr);
	add_at_hash(b, alg, access);
	claims_text(b, ",\"sid\":", m->sid);
	add_scoped(b, m);
	buf_addc(b, '}');
}

enum msg_status
idtoken_issue(struct buf *out, const struct keyring *r, const char *issuer,
    const struct msg_token_issue_req *m, int64_t now, const char *access)
{
	const struct vkey *k = keyring_find(r, m->id_kid);
	struct buf claims = BUF_INIT;
	enum msg_status st = ST_OK;
	size_t start = out->len;

	if (k == NULL)
		return ST_NOT_FOUND;
	compose(&claims, issuer, m, now, k->alg, access);
	if (claims.err || jws_sign(out, k->signer, k->id_header,
	    (const char *)claims.p, claims.len) == -1)
		st = ST_INTERNAL;
	else if (out->len - start > CAP_BEARER) {
		out->len = start;
		st = ST_INVALID_REQUEST;
	}
	buf_free(&claims);
	return st;
}
