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
 * Who runs this: the vault. Holds: a secret in clear while it is made or
 * compared. Who may call it: vault.c. What is shown goes out in one answer;
 * what is kept is sealed for the one user and the one purpose.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "privsep/vault/base32.h"
#include "privsep/vault/enrol.h"
#include "privsep/vault/qr.h"
#include "src/base/rnd.h"

#define ACCOUNT_MAX	300	/* bytes of the account as encoded */
#define HOST_MAX	120	/* and of the host, which stands there twice */

/* RFC 3986's unreserved characters stay as they are. */
static void
add_encoded(struct buf *b, const char *s, size_t n)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] != '\0' && strchr(plain, s[i]) != NULL)
			buf_addc(b, s[i]);
		else
			buf_addf(b, "%%%02X", (unsigned int)(uint8_t)s[i]);
}

/* As many whole characters of s as max encoded bytes have room for. */
static void
add_cut(struct buf *b, const char *s, size_t max)
{
	size_t n, start = b->len, before;

	for (; *s != '\0'; s += n) {
		for (n = 1; ((uint8_t)s[n] & 0xc0) == 0x80; n++)
			;
		before = b->len;
		add_encoded(b, s, n);
		if (b->len - start > max) {
			b->len = before;
			return;
		}
	}
}

/* The host of scheme://host[:port][/path], an IPv6 one without brackets, and
 * behind it the tenant. */
static void
add_host(struct buf *b, const char *issuer, const char *tenant)
{
	char host[HOST_MAX + 1 + CAP_TENANT + 1];
	const char *p = strstr(issuer, "://");
	size_t n;

	p = p != NULL ? p + 3 : issuer;
	if (*p == '[') {
		p++;
		n = strcspn(p, "]");
	} else
		n = strcspn(p, ":/");
	if (n > HOST_MAX)
		n = HOST_MAX;
	memcpy(host, p, n);
	host[n] = '\0';
	if (*tenant != '\0' && strcmp(tenant, "default") != 0)
		snprintf(host + n, sizeof(host) - n, "/%s", tenant);
	add_cut(b, host, HOST_MAX);
}

void
enrol_url(struct buf *b, const char *issuer, const char *tenant,
    const char *account, const char *secret)
{
	buf_adds(b, "otpauth://totp/");
	add_host(b, issuer, tenant);
	buf_addc(b, ':');
	add_cut(b, account, ACCOUNT_MAX);
	buf_adds(b, "?secret=");
	buf_adds(b, secret);
	buf_adds(b, "&issuer=");
	add_host(b, issuer, tenant);
	buf_addf(b, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS,
	    TOTP_PERIOD);
}

enum msg_status
enrol_make(struct enrol *e, const struct seal *s, const char *issuer,
    const char *tenant, const char *user, const char *account)
{
	uint8_t secret[TOTP_SECRET_LEN];
	enum msg_status st = ST_INTERNAL;
	const char *url;

	memset(e, 0, sizeof(*e));
	if (*user == '\0' || *account == '\0')
		return ST_INVALID_REQUEST;
	rnd_bytes(secret, sizeof(secret));
	base32_encode(e->secret, secret, sizeof(secret));
	enrol_url(&e->url, issuer, tenant, account, e->secret);
	if (seal_close(s, ENROL_PURPOSE, user, secret, sizeof(secret),
	    e->sealed) == 0 && (url = buf_cstr(&e->url)) != NULL &&
	    qr_draw(url, &e->svg, &e->png) == 0 &&
	    buf_cstr(&e->svg) != NULL && buf_cstr(&e->png) != NULL)
		st = ST_OK;
	sodium_memzero(secret, sizeof(secret));
	return st;
}

void
enrol_free(struct enrol *e)
{
	buf_wipe_free(&e->url);
	buf_wipe_free(&e->svg);
	buf_wipe_free(&e->png);
	sodium_memzero(e, sizeof(*e));
}

enum msg_status
enrol_check(const struct seal *s, const struct msg_totp_check_req *m,
    uint8_t *match, int64_t *step)
{
	uint8_t secret[TOTP_SECRET_LEN];
	int rv;

	*match = 0;
	*step = 0;
	if (seal_open(s, ENROL_PURPOSE, m->user_id, m->sealed, secret,
	    sizeof(secret)) == -1)
		return ST_INTERNAL;
	rv = totp_check(secret, m->otp, m->now, m->last_step, step);
	sodium_memzero(secret, sizeof(secret));
	if (rv == 1)
		*match = 1;
	return rv == -1 ? ST_INTERNAL : ST_OK;
}
