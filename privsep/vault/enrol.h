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
 * A TOTP secret's life: made and shown once, sealed for the database, opened
 * to compare a code.
 */
#ifndef VAULT_ENROL_H
#define VAULT_ENROL_H

#include "privsep/vault/derive.h"
#include "privsep/vault/seal.h"
#include "privsep/vault/totp.h"
#include "privsep/wall/msg.h"
#include "src/base/buf.h"

#define ENROL_PURPOSE	"totp"
#define ENROL_SEALED	SEAL_TEXT(TOTP_SECRET_LEN)
#define ENROL_SECRET	33		/* 32 base32 characters and NUL */

struct enrol {
	char		sealed[ENROL_SEALED];
	char		secret[ENROL_SECRET];
	struct buf	url, svg, png;
};

/*
 * A new secret for the user of that id; account is the name that the app
 * shows, issuer the server's URL. ST_OK, ST_INVALID_REQUEST, ST_INTERNAL.
 * enrol_free() in any case, which wipes.
 */
enum msg_status enrol_make(struct enrol *, const struct seal *,
	    const char *issuer, const char *tenant, const char *user,
	    const char *account);
void	enrol_free(struct enrol *);
/*
 * otpauth://totp/… (the Key URI format of authenticator apps): the issuer is
 * the URL's host, for a tenant ("" and "default" are none) host/tenant, which
 * apps show beside the account. An account that would
 * make the picture too dense is cut between two characters.
 */
void	enrol_url(struct buf *, const char *issuer, const char *tenant,
	    const char *account, const char *secret);
/* ST_OK with *match and *step (totp.h); ST_INTERNAL: it does not open for
 * that user. */
enum msg_status enrol_check(const struct seal *,
	    const struct msg_totp_check_req *, uint8_t *match, int64_t *step);

#endif
