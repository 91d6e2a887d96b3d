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
 * Who runs this: the vault, for each TOKEN_ISSUE_REQ and HEAD_SIGN_REQ. Holds:
 * nothing.
 * Who may call it: vault.c, with a message that the wall has checked.
 * A captured engine gets tokens of this form and of no other: typ, iss, aud,
 * iat, jti and the longest lifetime are not its choice.
 */
#include "config.h"

#include <string.h>

#include "privsep/vault/claims.h"
#include "privsep/vault/token.h"
#include "src/base/b64.h"
#include "src/base/rnd.h"

#define CLOCK_SKEW	60	/* seconds between two processes' clocks */
#define TOKEN_MAX	CAP_BEARER
#define HEAD_TYP	"moatd-audit+jwt"

/* base64url of SHA-256 (RFC 7638), or none. */
static int
is_thumbprint(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return s[n] == '\0' && (n == 0 || n == JWK_KID_LEN);
}

static int
is_honest(const struct msg_token_issue_req *m, int64_t now)
{
	return claims_is_word(m->kid, strlen(m->kid)) &&
	    claims_is_word(m->sub, strlen(m->sub)) &&
	    claims_is_word(m->client_id, strlen(m->client_id)) &&
	    claims_is_list(m->scope) && claims_is_list(m->roles) &&
	    claims_is_list(m->amr) &&
	    claims_is_optional(m->sid) && claims_is_optional(m->acr) &&
	    claims_is_tenant(m->tenant) &&
	    claims_is_list(m->audience) && claims_is_optional(m->actor) &&
	    is_thumbprint(m->jkt) && idtoken_is_honest(m) &&
	    m->auth_time >= 0 && m->auth_time <= now + CLOCK_SKEW &&
	    m->epoch >= 0 && m->lifetime_s > 0 &&
	    m->lifetime_s <= TOKEN_LIFETIME_MAX;
}

/* The issuer, or an array of it and those of the client. */
static void
add_audience(struct buf *b, const char *issuer,
    const struct msg_token_issue_req *m)
{
	if (*m->audience == '\0') {
		claims_issuer(b, ",\"aud\":", issuer, m->tenant);
		return;
	}
	claims_issuer(b, ",\"aud\":[", issuer, m->tenant);
	claims_list(b, ",", m->audience);
}

/* The key that it is bound to (RFC 9449 section 6.1), and who acts for its
 * subject (RFC 8693 section 4.1). */
static void
add_bindings(struct buf *b, const struct msg_token_issue_req *m)
{
	if (*m->jkt != '\0') {
		claims_text(b, ",\"cnf\":{\"jkt\":", m->jkt);
		buf_addc(b, '}');
	}
	if (*m->actor != '\0') {
		claims_text(b, ",\"act\":{\"sub\":", m->actor);
		buf_addc(b, '}');
	}
}

enum msg_status
token_claims(struct buf *b, const char *issuer,
    const struct msg_token_issue_req *m, int64_t now, const char *jti)
{
	if (!is_honest(m, now))
		return ST_INVALID_REQUEST;
	claims_issuer(b, "{\"iss\":", issuer, m->tenant);
	claims_text(b, ",\"sub\":", m->sub);
	add_audience(b, issuer, m);
	claims_count(b, ",\"exp\":", now + m->lifetime_s);
	claims_count(b, ",\"iat\":", now);
	claims_text(b, ",\"jti\":", jti);
	claims_text(b, ",\"client_id\":", m->client_id);
	claims_text(b, ",\"scope\":", m->scope);
	claims_optional(b, ",\"sid\":", m->sid);
	claims_list(b, ",\"roles\":[", m->roles);
	if (m->auth_time > 0)
		claims_count(b, ",\"auth_time\":", m->auth_time);
	claims_optional(b, ",\"acr\":", m->acr);
	if (*m->amr != '\0')
		claims_list(b, ",\"amr\":[", m->amr);
	claims_text(b, ",\"tenant\":", m->tenant);
	claims_count(b, ",\"epoch\":", m->epoch);
	add_bindings(b, m);
	buf_addc(b, '}');
	return b->err ? ST_INTERNAL : ST_OK;
}

enum msg_status
token_issue(struct buf *out, const struct keyring *r, const char *issuer,
    const struct msg_token_issue_req *m, int64_t now)
{
	const struct vkey *k = keyring_find(r, m->kid);
	struct buf claims = BUF_INIT;
	size_t start = out->len;
	char jti[TOKEN_JTI_LEN + 1];
	uint8_t raw[16];
	enum msg_status st;

	rnd_bytes(raw, sizeof(raw));
	b64_encode(jti, raw, sizeof(raw));
	st = token_claims(&claims, issuer, m, now, jti);
	if (st == ST_OK && k == NULL)
		st = ST_NOT_FOUND;
	if (st == ST_OK && jws_sign(out, k->signer, k->at_header,
	    (const char *)claims.p, claims.len) == -1)
		st = ST_INTERNAL;
	if (st == ST_OK && out->len - start > TOKEN_MAX) {
		out->len = start;
		st = ST_INVALID_REQUEST;
	}
	buf_free(&claims);
	return st;
}

/* base64url or hexadecimal; what a chain's link looks like. */
static int
is_hash(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n >= 43 && n <= 64 && s[n] == '\0';
}

static void
head_claims(struct buf *b, const char *issuer,
    const struct msg_head_sign_req *m, int64_t now)
{
	claims_issuer(b, "{\"iss\":", issuer, m->tenant);
	claims_text(b, ",\"tenant\":", m->tenant);
	claims_count(b, ",\"seq\":", m->seq);
	claims_text(b, ",\"hash\":", m->hash);
	claims_count(b, ",\"iat\":", now);
	buf_addc(b, '}');
}

enum msg_status
head_sign(struct buf *out, const struct keyring *r, const char *issuer,
    const struct msg_head_sign_req *m, int64_t now)
{
	const struct vkey *k = keyring_find(r, m->kid);
	struct buf claims = BUF_INIT, header = BUF_INIT;
	enum msg_status st = ST_OK;

	if (!claims_is_word(m->kid, strlen(m->kid)) ||
	    !claims_is_tenant(m->tenant) || !is_hash(m->hash) || m->seq < 0)
		return ST_INVALID_REQUEST;
	if (k == NULL)
		return ST_NOT_FOUND;
	head_claims(&claims, issuer, m, now);
	if (claims.err ||
	    jws_header(&header, k->alg, HEAD_TYP, k->kid) == -1 ||
	    buf_cstr(&header) == NULL ||
	    jws_sign(out, k->signer, (const char *)header.p,
	    (const char *)claims.p, claims.len) == -1)
		st = ST_INTERNAL;
	buf_free(&claims);
	buf_free(&header);
	return st;
}
