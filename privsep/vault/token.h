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
 * Access tokens (RFC 9068): the claims are composed here, from typed fields,
 * and no message brings bytes that are signed as they are.
 */
#ifndef VAULT_TOKEN_H
#define VAULT_TOKEN_H

#include <stdint.h>

#include "privsep/vault/keyring.h"
#include "privsep/wall/msg.h"
#include "src/base/buf.h"

#define TOKEN_LIFETIME_MAX	86400	/* seconds */
#define TOKEN_JTI_LEN		22	/* base64url of 128 bits */

/*
 * Appends the claims as JSON. issuer is the server's; a tenant other than
 * "default" has its own below it. now in seconds. ST_OK, or
 * ST_INVALID_REQUEST when a field is not what an honest engine sends.
 */
enum msg_status token_claims(struct buf *, const char *issuer,
	    const struct msg_token_issue_req *, int64_t now,
	    const char *jti);
/*
 * Composes and signs with the key that the request names. ST_NOT_FOUND: this
 * vault does not have it. ST_INTERNAL: it does not sign, or memory is short.
 */
enum msg_status token_issue(struct buf *, const struct keyring *,
	    const char *issuer, const struct msg_token_issue_req *,
	    int64_t now);

/*
 * The ID token beside the access token of the same request, whose fields
 * token_issue() has checked. Ends as it does. idtoken.c
 */
enum msg_status idtoken_issue(struct buf *, const struct keyring *,
	    const char *issuer, const struct msg_token_issue_req *,
	    int64_t now, const char *access);
int	idtoken_is_honest(const struct msg_token_issue_req *);

/*
 * The head of an audit chain, signed: {iss,tenant,seq,hash,iat} under typ
 * moatd-audit+jwt, which no endpoint takes for a token. Ends as token_issue().
 */
enum msg_status head_sign(struct buf *, const struct keyring *,
	    const char *issuer, const struct msg_head_sign_req *,
	    int64_t now);

/* A logout token. Ends as token_issue(). logouttoken.c */
enum msg_status logout_sign(struct buf *, const struct keyring *,
	    const char *issuer, const struct msg_logout_sign_req *,
	    int64_t now);

#endif
