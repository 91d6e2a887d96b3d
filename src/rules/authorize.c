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
 * The authorization endpoint's rules. Linked by the engine. Pure.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "src/base/b64.h"
#include "src/rules/authorize.h"
#include "src/rules/client.h"

#define DIGIT	"0123456789"
#define ALPHA	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SECOND	INT64_C(1000000)
#define MAX_AGE_DIGITS	9

/* ---- redirect URIs ---- */

/* Behind scheme and address, where a port may stand; NULL: another URI. */
static const char *
loopback_rest(const char *uri)
{
	static const char *const origins[] = { "http://127.0.0.1",
		"http://[::1]" };
	size_t i, n;

	for (i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		n = strlen(origins[i]);
		if (strncmp(uri, origins[i], n) == 0 &&
		    strchr(":/?", uri[n]) != NULL)
			return (uri + n);
	}
	return (NULL);
}

/* Behind the port, which may be missing; NULL: it is none. */
static const char *
port_rest(const char *s)
{
	unsigned long port = 0;
	size_t i;

	if (*s != ':')
		return (s);
	for (i = 1; s[i] >= '0' && s[i] <= '9' && i < 7; i++)
		port = port * 10 + (unsigned long)(s[i] - '0');
	if (i == 1 || s[1] == '0' || port > 65535 ||
	    (s[i] != '\0' && strchr("/?", s[i]) == NULL))
		return (NULL);
	return (s + i);
}

static int
same_but_port(const char *registered, const char *uri)
{
	const char *a = loopback_rest(registered), *b = loopback_rest(uri);

	if (a == NULL || b == NULL || a - registered != b - uri ||
	    memcmp(registered, uri, (size_t)(a - registered)) != 0)
		return (0);
	a = port_rest(a);
	b = port_rest(b);
	return (a != NULL && b != NULL && strcmp(a, b) == 0);
}

int
redirect_match(const char *registered, const char *uri, int is_public)
{
	char word[CLIENT_URI_MAX + 1];
	size_t n;

	if (*uri == '\0' || strchr(uri, ' ') != NULL)
		return (0);
	if (client_has(registered, uri))
		return (1);
	if (!is_public)
		return (0);
	for (; *registered != '\0';
	    registered += registered[n] == ' ' ? n + 1 : n) {
		n = strcspn(registered, " ");
		if (n > CLIENT_URI_MAX)
			continue;
		memcpy(word, registered, n);
		word[n] = '\0';
		if (same_but_port(word, uri))
			return (1);
	}
	return (0);
}

/* ---- PKCE ---- */

int
pkce_challenge_ok(const char *challenge)
{
	uint8_t raw[crypto_hash_sha256_BYTES];

	return (strlen(challenge) == CHALLENGE_LEN &&
	    b64_decode(raw, sizeof(raw), challenge, CHALLENGE_LEN) ==
	    (long)sizeof(raw));
}

int
pkce_challenge(char out[CHALLENGE_LEN + 1], const char *verifier)
{
	uint8_t sum[crypto_hash_sha256_BYTES];
	size_t n = strlen(verifier);

	if (n < VERIFIER_MIN || n > VERIFIER_MAX ||
	    strspn(verifier, ALPHA DIGIT "-._~") != n)
		return (-1);
	crypto_hash_sha256(sum, (const uint8_t *)verifier, n);
	b64_encode(out, sum, sizeof(sum));
	return (0);
}

int
pkce_verify(const char *verifier, const char *challenge)
{
	char text[CHALLENGE_LEN + 1];

	return (strlen(challenge) == CHALLENGE_LEN &&
	    pkce_challenge(text, verifier) == 0 &&
	    sodium_memcmp(text, challenge, CHALLENGE_LEN) == 0);
}

/* ---- scopes ---- */

/* 1: the n bytes at word are one of list. */
static int
has_n(const char *list, const char *word, size_t n)
{
	size_t len;

	for (; *list != '\0'; list += list[len] == ' ' ? len + 1 : len) {
		len = strcspn(list, " ");
		if (len == n && memcmp(list, word, n) == 0)
			return (1);
	}
	return (0);
}

/* Appends the words of from that out lacks, and allowed has unless NULL. */
static int
add_words(char *out, const char *from, const char *allowed)
{
	size_t n, len = strlen(out);

	for (; *from != '\0'; from += from[n] == ' ' ? n + 1 : n) {
		n = strcspn(from, " ");
		if (n == 0 || has_n(out, from, n) ||
		    (allowed != NULL && !has_n(allowed, from, n)))
			continue;
		if (len + (len > 0) + n >= AUTHORIZE_SCOPE_CAP)
			return (-1);
		if (len > 0)
			out[len++] = ' ';
		memcpy(out + len, from, n);
		out[len += n] = '\0';
	}
	return (0);
}

int
scope_reduce(char out[AUTHORIZE_SCOPE_CAP], const char *asked,
    const char *allowed)
{
	out[0] = '\0';
	return (client_scope_ok(asked) ? add_words(out, asked, allowed) : -1);
}

int
scope_within(const char *scope, const char *allowed)
{
	size_t n;

	for (; *scope != '\0'; scope += scope[n] == ' ' ? n + 1 : n) {
		n = strcspn(scope, " ");
		if (!has_n(allowed, scope, n))
			return (0);
	}
	return (1);
}

int
scope_join(char out[AUTHORIZE_SCOPE_CAP], const char *a, const char *b)
{
	out[0] = '\0';
	return (add_words(out, a, NULL) == -1 ? -1 : add_words(out, b, NULL));
}

/* ---- the request ---- */

int
prompt_parse(const char *prompt)
{
	static const struct {
		const char	*word;
		int		 bit;
	} words[] = {
		{ "none", PROMPT_NONE },
		{ "login", PROMPT_LOGIN },
		{ "select_account", PROMPT_LOGIN },
		{ "consent", PROMPT_CONSENT },
	};
	size_t i, n, count = 0;
	int bits = 0;

	for (; *prompt != '\0'; prompt += prompt[n] == ' ' ? n + 1 : n) {
		if ((n = strcspn(prompt, " ")) == 0)
			continue;
		count++;
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i].word) == n &&
			    memcmp(words[i].word, prompt, n) == 0)
				bits |= words[i].bit;
	}
	return ((bits & PROMPT_NONE) && count > 1 ? -1 : bits);
}

/* Seconds; -1: not sent; -2: not a number. */
static int64_t
max_age_parse(const char *s)
{
	int64_t v = 0;
	size_t i, n = strlen(s);

	if (n == 0)
		return (-1);
	if (strspn(s, DIGIT) != n)
		return (-2);
	for (i = 0; i < n && i < MAX_AGE_DIGITS; i++)
		v = v * 10 + (s[i] - '0');
	/* more digits are more than a session lives */
	return (n > MAX_AGE_DIGITS ? INT32_MAX : v);
}

static const char *
fail(const char *error, const char *text, const char **why)
{
	*why = text;
	return (error);
}

static const char *
check_kind(const struct authorize_ask *a, const struct authorize_client *c,
    const char **why)
{
	if (a->request)
		return (fail("request_not_supported",
		    "request objects are not supported", why));
	if (a->request_uri)
		return (fail("request_uri_not_supported",
		    "request_uri must come from the pushed requests' endpoint",
		    why));
	if (c->require_par && !a->pushed)
		return (fail("invalid_request",
		    "the client must push its requests", why));
	if (!client_has(c->grant_types, "authorization_code"))
		return (fail("unauthorized_client",
		    "the client has no grant authorization_code", why));
	if (*a->response_type == '\0')
		return (fail("invalid_request", "response_type is missing",
		    why));
	if (strcmp(a->response_type, "code") != 0)
		return (fail("unsupported_response_type",
		    "response_type must be code", why));
	if (*a->response_mode != '\0' && strcmp(a->response_mode,
	    "query") != 0)
		return (fail("invalid_request", "response_mode must be query",
		    why));
	return (NULL);
}

static const char *
check_pkce(const struct authorize_ask *a, const char **why)
{
	if (*a->challenge == '\0')
		return (fail("invalid_request", "code_challenge is missing",
		    why));
	if (strcmp(a->challenge_method, "S256") != 0)
		return (fail("invalid_request",
		    "code_challenge_method must be S256", why));
	if (!pkce_challenge_ok(a->challenge))
		return (fail("invalid_request",
		    "code_challenge is not one of S256", why));
	return (NULL);
}

const char *
authorize_check(const struct authorize_ask *a,
    const struct authorize_client *c, struct authorize_want *w,
    const char **why, int *pkce)
{
	const char *error;

	*pkce = 0;
	*why = "";
	if ((error = check_kind(a, c, why)) != NULL)
		return (error);
	if ((error = check_pkce(a, why)) != NULL) {
		*pkce = 1;
		return (error);
	}
	if (scope_reduce(w->scope, a->scope, c->scope) == -1)
		return (fail("invalid_scope", "scope is malformed", why));
	if (w->scope[0] == '\0')
		return (fail("invalid_scope", "no scope is left", why));
	if ((w->prompt = prompt_parse(a->prompt)) == -1)
		return (fail("invalid_request",
		    "prompt has none and something else", why));
	if ((w->max_age = max_age_parse(a->max_age)) == -2)
		return (fail("invalid_request", "max_age is not a number",
		    why));
	w->aal2 = client_has(a->acr_values, "aal2");
	return (NULL);
}

/* ---- the decision ---- */

int64_t
authorize_since(int64_t since, int64_t now)
{
	return (since > 0 && since <= now &&
	    since > now - AUTHORIZE_SINCE_MAX ? since : 0);
}

static int
must_login(const struct authorize_want *w, const struct authorize_who *who,
    int64_t since, int64_t now)
{
	if (!who->known || who->other)
		return (1);
	if (since != 0 && who->auth_at >= since)
		return (0);
	if (w->prompt & PROMPT_LOGIN)
		return (1);
	return (w->max_age >= 0 && now - who->auth_at > w->max_age * SECOND);
}

static int
must_consent(const struct authorize_want *w, const struct authorize_client *c,
    const char *granted)
{
	if ((w->prompt & PROMPT_CONSENT) || client_is_sensitive(w->scope))
		return (1);
	return (!c->skip_consent && !scope_within(w->scope, granted));
}

enum authorize_next
authorize_next(const struct authorize_want *w,
    const struct authorize_client *c, const struct authorize_who *who,
    const char *granted, int64_t since, int64_t now, const char **err)
{
	enum authorize_next next = NEXT_CODE;

	if (must_login(w, who, since, now)) {
		next = NEXT_LOGIN;
		*err = "login_required";
	} else if (who->setup) {
		next = NEXT_SETUP;
		*err = "interaction_required";
	} else if (w->aal2 && !who->aal2 && who->has_factor) {
		next = NEXT_STEP_UP;
		*err = "interaction_required";
	} else if (must_consent(w, c, granted)) {
		next = NEXT_CONSENT;
		*err = "consent_required";
	}
	if (who->known && who->other && since != 0 && who->auth_at >= since)
		next = NEXT_ERROR;	/* asked again it would be no other */
	return (next != NEXT_CODE && (w->prompt & PROMPT_NONE) ? NEXT_ERROR :
	    next);
}
