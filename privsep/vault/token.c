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

#include "privsep/vault/token.h"
#include "src/base/b64.h"
#include "src/base/rnd.h"

#define CLOCK_SKEW	60	/* seconds between two processes' clocks */
#define TOKEN_MAX	CAP_BEARER
#define HEAD_TYP	"moatd-audit+jwt"

/* Visible ASCII without quote and backslash (RFC 6749 3.3), one word. */
static int
is_word(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\')
			return 0;
	return n > 0;
}

/* Words with one space between; none is fine. */
static int
is_list(const char *s)
{
	size_t n;

	if (*s == '\0')
		return 1;
	for (;;) {
		n = strcspn(s, " ");
		if (!is_word(s, n))
			return 0;
		if (s[n] == '\0')
			return 1;
		s += n + 1;
	}
}

static int
is_optional(const char *s)
{
	return *s == '\0' || is_word(s, strlen(s));
}

/* A label of API.md: [a-z0-9][a-z0-9-]{0,62}; no '/' can enter an issuer. */
static int
is_tenant(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= 63 && s[n] == '\0' && s[0] != '-';
}

static int
is_honest(const struct msg_token_issue_req *m, int64_t now)
{
	return is_word(m->kid, strlen(m->kid)) &&
	    is_word(m->sub, strlen(m->sub)) &&
	    is_word(m->client_id, strlen(m->client_id)) &&
	    is_list(m->scope) && is_list(m->roles) && is_list(m->amr) &&
	    is_optional(m->sid) && is_optional(m->acr) &&
	    is_tenant(m->tenant) &&
	    m->auth_time >= 0 && m->auth_time <= now + CLOCK_SKEW &&
	    m->epoch >= 0 && m->lifetime_s > 0 &&
	    m->lifetime_s <= TOKEN_LIFETIME_MAX;
}

static void
add_text(struct buf *b, const char *before, const char *value)
{
	buf_adds(b, before);
	buf_add_json(b, value);
}

static void
add_optional(struct buf *b, const char *before, const char *value)
{
	if (*value != '\0')
		add_text(b, before, value);
}

static void
add_count(struct buf *b, const char *before, int64_t value)
{
	buf_adds(b, before);
	buf_addu(b, (uint64_t)value);
}

static void
add_list(struct buf *b, const char *before, const char *words)
{
	size_t n;

	buf_adds(b, before);
	for (; *words != '\0'; words += n) {
		if (*words == ' ') {
			words++;
			buf_addc(b, ',');
		}
		n = strcspn(words, " ");
		buf_add_json_n(b, words, n);
	}
	buf_addc(b, ']');
}

/* The value of iss, and of aud, in quotes. */
static void
add_issuer(struct buf *b, const char *before, const char *issuer,
    const char *tenant)
{
	add_text(b, before, issuer);
	if (b->err || strcmp(tenant, "default") == 0)
		return;
	b->len--;		/* the closing quote; a tenant needs no escape */
	buf_adds(b, "/t/");
	buf_adds(b, tenant);
	buf_addc(b, '"');
}

enum msg_status
token_claims(struct buf *b, const char *issuer,
    const struct msg_token_issue_req *m, int64_t now, const char *jti)
{
	if (!is_honest(m, now))
		return ST_INVALID_REQUEST;
	add_issuer(b, "{\"iss\":", issuer, m->tenant);
	add_text(b, ",\"sub\":", m->sub);
	add_issuer(b, ",\"aud\":", issuer, m->tenant);
	add_count(b, ",\"exp\":", now + m->lifetime_s);
	add_count(b, ",\"iat\":", now);
	add_text(b, ",\"jti\":", jti);
	add_text(b, ",\"client_id\":", m->client_id);
	add_text(b, ",\"scope\":", m->scope);
	add_optional(b, ",\"sid\":", m->sid);
	add_list(b, ",\"roles\":[", m->roles);
	if (m->auth_time > 0)
		add_count(b, ",\"auth_time\":", m->auth_time);
	add_optional(b, ",\"acr\":", m->acr);
	if (*m->amr != '\0')
		add_list(b, ",\"amr\":[", m->amr);
	add_text(b, ",\"tenant\":", m->tenant);
	add_count(b, ",\"epoch\":", m->epoch);
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
	add_issuer(b, "{\"iss\":", issuer, m->tenant);
	add_text(b, ",\"tenant\":", m->tenant);
	add_count(b, ",\"seq\":", m->seq);
	add_text(b, ",\"hash\":", m->hash);
	add_count(b, ",\"iat\":", now);
	buf_addc(b, '}');
}

enum msg_status
head_sign(struct buf *out, const struct keyring *r, const char *issuer,
    const struct msg_head_sign_req *m, int64_t now)
{
	const struct vkey *k = keyring_find(r, m->kid);
	struct buf claims = BUF_INIT, header = BUF_INIT;
	enum msg_status st = ST_OK;

	if (!is_word(m->kid, strlen(m->kid)) || !is_tenant(m->tenant) ||
	    !is_hash(m->hash) || m->seq < 0)
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
