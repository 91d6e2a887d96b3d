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
 * Who runs this: worker (first) and engine (again), on every bearer token.
 * Holds: nothing. What it says is about the token alone: whether its session
 * lives and its user is active is for the engine's database condition.
 */
#include "config.h"

#include <string.h>

#include "src/jose/jws.h"

#define AUD_MAX	16

/* A text, by name; needed: it must be there and not empty. */
struct claim {
	const char	*name;
	size_t		 off;
	int		 needed;
};

static const struct claim texts[] = {
	{ "iss", offsetof(struct at_claims, iss), 1 },
	{ "sub", offsetof(struct at_claims, sub), 1 },
	{ "jti", offsetof(struct at_claims, jti), 1 },
	{ "client_id", offsetof(struct at_claims, client_id), 1 },
	{ "tenant", offsetof(struct at_claims, tenant), 1 },
	{ "scope", offsetof(struct at_claims, scope), 0 },
	{ "sid", offsetof(struct at_claims, sid), 0 },
	{ "acr", offsetof(struct at_claims, acr), 0 },
};

/* Integers only: neither 1e9 nor 1.0 nor "1". None is negative. */
static const struct claim counts[] = {
	{ "exp", offsetof(struct at_claims, exp), 1 },
	{ "iat", offsetof(struct at_claims, iat), 1 },
	{ "epoch", offsetof(struct at_claims, epoch), 1 },
	{ "auth_time", offsetof(struct at_claims, auth_time), 0 },
};

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static int
read_texts(struct at_claims *c)
{
	const struct claim *row;
	const char *s;
	json_t *v;

	for (row = texts; row < texts + N(texts); row++) {
		if ((v = json_object_get(c->payload, row->name)) == NULL) {
			if (row->needed)
				return -1;
			continue;
		}
		s = json_string_value(v);
		if (s == NULL || (row->needed && *s == '\0'))
			return -1;
		memcpy((char *)c + row->off, &s, sizeof(s));
	}
	if (c->scope == NULL)
		c->scope = "";
	return 0;
}

static int
read_count(json_t *payload, const char *name, int needed, int64_t *out)
{
	json_t *v = json_object_get(payload, name);

	if (v == NULL)
		return needed ? -1 : 0;
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return -1;
	*out = json_integer_value(v);
	return 0;
}

static int
read_counts(struct at_claims *c)
{
	const struct claim *row;
	int64_t n;

	for (row = counts; row < counts + N(counts); row++) {
		n = 0;
		if (read_count(c->payload, row->name, row->needed, &n) == -1)
			return -1;
		memcpy((char *)c + row->off, &n, sizeof(n));
	}
	return c->exp > 0 && c->iat < c->exp ? 0 : -1;
}

/* cnf: absent, or the thumbprint of a key. A token that is bound in a way that
 * nobody here can check is good for nobody. */
static int
read_cnf(struct at_claims *c)
{
	json_t *cnf = json_object_get(c->payload, "cnf");

	if (cnf == NULL)
		return 0;
	c->jkt = json_string_value(json_object_get(cnf, "jkt"));
	return c->jkt != NULL && strlen(c->jkt) == JWK_KID_LEN &&
	    json_object_size(cnf) == 1 ? 0 : -1;
}

/* Absent, or an array of texts. */
static int
is_list(json_t *payload, const char *name)
{
	json_t *list = json_object_get(payload, name), *v;
	size_t i;

	if (list == NULL)
		return 1;
	if (!json_is_array(list))
		return 0;
	json_array_foreach(list, i, v)
		if (!json_is_string(v))
			return 0;
	return 1;
}

/* One text or an array of them (RFC 7519 4.1.3), all of the right type. */
static enum at_err
check_audience(json_t *aud, const char *iss)
{
	int found = 0;
	json_t *v;
	size_t i;

	if (json_is_string(aud))
		return strcmp(json_string_value(aud), iss) == 0 ? AT_OK :
		    AT_AUDIENCE;
	if (!json_is_array(aud) || json_array_size(aud) > AUD_MAX)
		return AT_CLAIMS;
	json_array_foreach(aud, i, v) {
		if (!json_is_string(v))
			return AT_CLAIMS;
		if (strcmp(json_string_value(v), iss) == 0)
			found = 1;
	}
	return found ? AT_OK : AT_AUDIENCE;
}

static enum at_err
check_claims(struct at_claims *c, const char *iss, int64_t now)
{
	enum at_err e;
	int64_t nbf = 0;

	if (read_texts(c) == -1 || read_counts(c) == -1 ||
	    read_cnf(c) == -1 ||
	    read_count(c->payload, "nbf", 0, &nbf) == -1 ||
	    !is_list(c->payload, "roles") || !is_list(c->payload, "amr"))
		return AT_CLAIMS;
	if (strcmp(c->iss, iss) != 0)
		return AT_ISSUER;
	e = check_audience(json_object_get(c->payload, "aud"), iss);
	if (e != AT_OK)
		return e;
	if (c->exp <= now)
		return AT_EXPIRED;
	if (c->iat - AT_LEEWAY > now || nbf - AT_LEEWAY > now)
		return AT_EARLY;
	return AT_OK;
}

enum at_err
at_verify(const struct jwks *ks, const char *token, size_t len,
    const char *iss, int64_t now, struct at_claims *c)
{
	enum at_err e;

	memset(c, 0, sizeof(*c));
	if (jws_verify(ks, token, len, "at+jwt", &c->payload, NULL) != JWS_OK)
		return AT_JWS;
	if ((e = check_claims(c, iss, now)) != AT_OK)
		at_free(c);
	return e;
}

void
at_free(struct at_claims *c)
{
	json_decref(c->payload);
	memset(c, 0, sizeof(*c));
}

int
at_has_scope(const char *scope, const char *word)
{
	size_t n = strlen(word), w;

	for (; *scope != '\0'; scope += w) {
		scope += strspn(scope, " ");
		w = strcspn(scope, " ");
		if (n > 0 && w == n && memcmp(scope, word, n) == 0)
			return 1;
	}
	return 0;
}
