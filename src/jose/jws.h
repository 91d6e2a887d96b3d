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
 * Compact JWS (RFC 7515), verifying half. Signing lives in jws_sign.c, an
 * object of its own that only the vault contains.
 */
#ifndef JOSE_JWS_H
#define JOSE_JWS_H

#include <jansson.h>
#include <stdint.h>

#include "src/jose/jwk.h"

#define JWS_MAX		4096	/* characters of a token */

enum jws_err {
	JWS_OK,
	JWS_FORM,	/* not three canonical base64url parts, or too long */
	JWS_HEADER,	/* header is not a strict object, lacks alg or kid, or
			 * has any member but alg, kid, typ and cty: crit, jwk,
			 * jku, x5u, x5c, x5t, b64, zip, enc … */
	JWS_KEY,	/* unknown kid */
	JWS_ALG,	/* alg is not the key's, exact match */
	JWS_TYP,	/* typ is not the wanted one */
	JWS_SIGNATURE,
	JWS_PAYLOAD,	/* payload is not a strict object */
	JWS_NOMEM
};

const char *jws_strerror(enum jws_err);

/*
 * Checks everything but the claims. typ is compared without regard to case
 * and with an optional "application/" prefix (RFC 7515 4.1.9). On JWS_OK
 * *payload is a new reference and *key the key that signed (may be NULL).
 */
enum jws_err jws_verify(const struct jwks *, const char *token, size_t len,
	    const char *typ, json_t **payload, const struct jwk **key);

/*
 * A token that another one made, by that one's keys (RFC 7523): of any key of
 * the set whose algorithm the header names; its kid is no more than a hint. typ
 * may be missing, "JWT" or "client-authentication+jwt".
 */
enum jws_err jws_verify_any(const struct jwks *, const char *token,
	    size_t len, json_t **payload);
/* The payload of a token that nobody has verified. */
enum jws_err jws_payload(const char *token, size_t len, json_t **payload);

/*
 * The signature alone: 1 when sig is the key's over n bytes of input, in the
 * one form that its algorithm has (RFC 7518 3.3, 3.4; RFC 8037 3.1); else 0.
 * The caller has checked that alg is the key's.
 */
int	jws_signature(const struct jwks *, const struct jwk *,
	    const char *input, size_t n, const uint8_t *sig, size_t siglen);

/* One key, whatever it calls itself. 0; -1. */
int	jwks_add_object(struct jwks *, json_t *);

/*
 * Access tokens (RFC 9068) as moatd makes them. Texts are owned by the
 * struct; at_free() is NULL-safe on a zeroed one.
 */
struct at_claims {
	json_t		*payload;	/* owned reference */
	const char	*iss, *sub, *jti, *client_id, *scope, *sid, *acr,
			*tenant,	/* sid and acr may be NULL */
			*jkt;		/* of the key that it is bound to, or
					 * NULL (RFC 9449 section 6) */
	int64_t		 exp, iat, auth_time;	/* seconds; auth_time 0: none */
	int64_t		 epoch;			/* the subject's, a count */
};

enum at_err { AT_OK, AT_JWS, AT_CLAIMS, AT_ISSUER, AT_AUDIENCE, AT_EXPIRED,
    AT_EARLY };

#define AT_LEEWAY	30	/* seconds, for iat and nbf (≤ 60); exp: 0 */

/* now in seconds. iss: the issuer, which must be iss and in aud. */
enum at_err at_verify(const struct jwks *, const char *token, size_t len,
	    const char *iss, int64_t now, struct at_claims *);
void	at_free(struct at_claims *);
/* 1 when the space-separated scope list holds the word. */
int	at_has_scope(const char *scope, const char *word);

#endif
