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
 * What a client's registration may say (API.md section 6, RFC 7591). Pure.
 */
#ifndef RULES_CLIENT_H
#define RULES_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#define CLIENT_URI_MAX		1024	/* bytes */
#define CLIENT_SCOPE_MAX	1024
#define CLIENT_URIS		20
#define CLIENT_AUDIENCE		10
#define CLIENT_ROLES		32
#define CLIENT_JWKS_MAX		4096
/*
 * What a token takes of a client's own, in bytes: audience and scope, and for a
 * client that acts by itself its roles as well. A token is a header's worth
 * (4,096), and what is said of its user needs the rest.
 */
#define CLIENT_TOKEN_MAX	1536
#define CLIENT_MACHINE_MAX	2304
#define CLIENT_ACCESS_MIN	60	/* seconds */
#define CLIENT_ACCESS_MAX	86400
#define CLIENT_REFRESH_MIN	300
#define CLIENT_REFRESH_MAX	31536000

#define CLIENT_GRANTS	"authorization_code refresh_token"
#define CLIENT_GRANT_DEVICE						\
	"urn:ietf:params:oauth:grant-type:device_code"
#define CLIENT_GRANT_EXCHANGE						\
	"urn:ietf:params:oauth:grant-type:token-exchange"
#define CLIENT_SCOPE	"openid profile email offline_access"
#define CLIENT_METHOD	"client_secret_basic"
#define CLIENT_ALG	"ES256"

/* A registration; lists are words with single spaces between, "" is none. */
struct client {
	const char	*client_id, *client_name;
	const char	*redirect_uris, *post_logout_redirect_uris;
	const char	*grant_types, *method, *jwks, *scope, *audience;
	const char	*roles, *permissions;
	const char	*id_token_alg, *access_token_alg;
	const char	*backchannel_logout_uri;
	uint32_t	 access_token_lifetime, refresh_token_lifetime;
};

/* [a-z0-9][a-z0-9._-]{2,63}, and not one of ours. */
int	client_id_ok(const char *);
/*
 * https; http on 127.0.0.1, [::1] or localhost; or a private scheme that has a
 * dot (RFC 8252 section 7.1). No fragment, no user, no wildcard. 1: fine.
 */
int	client_redirect_ok(const char *);
/* The same without private schemes: where the server itself sends. */
int	client_https_ok(const char *);
int	client_scope_ok(const char *);		/* RFC 6749 section 3.3, or "" */
int	client_audience_ok(const char *);	/* one of a list */
int	client_grant_ok(const char *);		/* one of the list */
int	client_method_ok(const char *);
int	client_alg_ok(const char *);
int	client_name_ok(const char *);		/* 1..128, nothing invisible */
int	client_text_ok(const char *, size_t max);	/* the same, up to max */

/* It authenticates itself by a secret of ours. */
int	client_has_secret(const char *method);
/* Its scope reaches accounts or administration: the super admin's alone. */
int	client_is_sensitive(const char *scope);
/* 1: word is one of list. */
int	client_has(const char *list, const char *word);

/*
 * All of that, what members say of each other, and what is left to check but
 * keys. NULL: fine; else the member, and why is set to a text for people.
 */
const char *client_check(const struct client *, const char **why);

#endif
