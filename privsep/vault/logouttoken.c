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
 * Logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4). Run by
 * the vault, for a LOGOUT_SIGN_REQ. Holds: nothing. Their typ and their event
 * tell them from ID tokens, and they never have a nonce.
 */
#include "config.h"

#include <string.h>

#include "privsep/vault/claims.h"
#include "privsep/vault/token.h"
#include "src/base/b64.h"
#include "src/base/rnd.h"

#define LIFETIME_S	120
#define LOGOUT_TYP	"logout+jwt"
#define LOGOUT_EVENT	"http://schemas.openid.net/event/backchannel-logout"

static int
is_honest(const struct msg_logout_sign_req *m)
{
	return claims_is_word(m->kid, strlen(m->kid)) &&
	    claims_is_word(m->client_id, strlen(m->client_id)) &&
	    claims_is_word(m->sub, strlen(m->sub)) &&
	    claims_is_word(m->sid, strlen(m->sid)) &&
	    claims_is_tenant(m->tenant);
}

static void
logout_claims(struct buf *b, const char *issuer,
    const struct msg_logout_sign_req *m, int64_t now)
{
	char jti[TOKEN_JTI_LEN + 1];
	uint8_t raw[16];

	rnd_bytes(raw, sizeof(raw));
	b64_encode(jti, raw, sizeof(raw));
	claims_issuer(b, "{\"iss\":", issuer, m->tenant);
	claims_text(b, ",\"aud\":", m->client_id);
	claims_count(b, ",\"iat\":", now);
	claims_count(b, ",\"exp\":", now + LIFETIME_S);
	claims_text(b, ",\"jti\":", jti);
	buf_adds(b, ",\"events\":{\"" LOGOUT_EVENT "\":{}}");
	claims_text(b, ",\"sub\":", m->sub);
	claims_text(b, ",\"sid\":", m->sid);
	buf_addc(b, '}');
}

enum msg_status
logout_sign(struct buf *out, const struct keyring *r, const char *issuer,
    const struct msg_logout_sign_req *m, int64_t now)
{
	const struct vkey *k = keyring_find(r, m->kid);
	struct buf claims = BUF_INIT, header = BUF_INIT;
	enum msg_status st = ST_OK;

	if (!is_honest(m))
		return ST_INVALID_REQUEST;
	if (k == NULL)
		return ST_NOT_FOUND;
	logout_claims(&claims, issuer, m, now);
	if (claims.err ||
	    jws_header(&header, k->alg, LOGOUT_TYP, k->kid) == -1 ||
	    buf_cstr(&header) == NULL ||
	    jws_sign(out, k->signer, (const char *)header.p,
	    (const char *)claims.p, claims.len) == -1)
		st = ST_INTERNAL;
	buf_free(&claims);
	buf_free(&header);
	return st;
}
