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
 * What may be asked of the authorization endpoint, and what comes next (RFC
 * 6749 sections 3.1 and 4.1, RFC 7636, RFC 8252, OpenID Connect Core 3.1.2).
 * Pure: facts in, a decision out. The engine decides by it; nothing else does.
 */
#ifndef RULES_AUTHORIZE_H
#define RULES_AUTHORIZE_H

#include <stddef.h>
#include <stdint.h>

#define CHALLENGE_LEN		43	/* base64url of SHA-256 */
#define VERIFIER_MIN		43
#define VERIFIER_MAX		128
#define AUTHORIZE_SCOPE_CAP	1025	/* bytes, with NUL */
/* How long ago somebody may have been sent to log in, µs. */
#define AUTHORIZE_SINCE_MAX	INT64_C(3600000000)

/*
 * One of the registered URIs (words), byte for byte. A public client may have
 * another port where the registered one is http on a loopback address, not a
 * name (RFC 8252 section 7.3). 1: it is.
 */
int	redirect_match(const char *registered, const char *uri, int is_public);

/* Of S256, the only method (RFC 7636 section 4.2). 1: well formed. */
int	pkce_challenge_ok(const char *challenge);
/* The challenge of a verifier. 0; -1: no verifier can be like that. */
int	pkce_challenge(char out[CHALLENGE_LEN + 1], const char *verifier);
/* 1: the verifier is well formed, and the challenge was made from it. */
int	pkce_verify(const char *verifier, const char *challenge);

/*
 * Words of asked that allowed has, each once, in their order. 0; -1: asked is
 * not a scope (RFC 6749 section 3.3), or longer than one may be. out may be
 * empty then and otherwise.
 */
int	scope_reduce(char out[AUTHORIZE_SCOPE_CAP], const char *asked,
	    const char *allowed);
/* 1: each word of scope is one of allowed. */
int	scope_within(const char *scope, const char *allowed);
/* Words of a and what b has more. 0; -1: too long. */
int	scope_join(char out[AUTHORIZE_SCOPE_CAP], const char *a,
	    const char *b);

#define PROMPT_NONE	1
#define PROMPT_LOGIN	2	/* select_account, too */
#define PROMPT_CONSENT	4
/* Bits; -1: none stands with another. Words that nobody knows are left out. */
int	prompt_parse(const char *prompt);

/* A request, "" where nothing was sent. */
struct authorize_ask {
	const char	*response_type, *response_mode, *scope, *prompt;
	const char	*challenge, *challenge_method, *max_age, *acr_values;
	int		 request, request_uri;	/* sent, and not ours */
	int		 pushed;		/* by RFC 9126 */
};
/* The client that asks, as it is registered. */
struct authorize_client {
	const char	*scope, *grant_types;
	int		 skip_consent, require_par;
};
/* What a good request comes to. */
struct authorize_want {
	int		 prompt;		/* PROMPT_* */
	int64_t		 max_age;		/* s; -1: any */
	int		 aal2;			/* it wants a second factor */
	char		 scope[AUTHORIZE_SCOPE_CAP];
};

/* NULL: fine, and want is set; else the error of RFC 6749 section 4.1.2.1 and
 * OpenID Connect, and why, a text for developers. pkce: PKCE is the reason. */
const char *authorize_check(const struct authorize_ask *,
	    const struct authorize_client *, struct authorize_want *,
	    const char **why, int *pkce);

/* Who is there. */
struct authorize_who {
	int		 known;		/* a living session */
	int		 setup;		/* good only to set a factor up */
	int		 aal2;		/* the session's */
	int		 has_factor;	/* the user's */
	int		 other;		/* than id_token_hint names */
	int64_t		 auth_at;	/* µs since 1970 */
};

enum authorize_next { NEXT_CODE, NEXT_LOGIN, NEXT_SETUP, NEXT_STEP_UP,
    NEXT_CONSENT, NEXT_ERROR };

/* The time of an earlier answer to log in, or 0 where it cannot be one. */
int64_t	authorize_since(int64_t since, int64_t now);
/*
 * What comes next. granted: what the user allowed this client, "" nothing;
 * since: of authorize_since(). With NEXT_ERROR err is set: prompt=none, and
 * somebody would have to be asked; or it was somebody else than id_token_hint
 * names who logged in for it.
 */
enum authorize_next authorize_next(const struct authorize_want *,
	    const struct authorize_client *, const struct authorize_who *,
	    const char *granted, int64_t since, int64_t now,
	    const char **err);

#endif
