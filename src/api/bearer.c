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
 * See bearer.h.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/api/bearer.h"
#include "src/base/clock.h"
#include "src/jose/jws.h"
#include "src/rules/tenant.h"

#define SLOTS		256		/* a power of two */
#define SCOPE_KEPT	511

struct seen {
	uint8_t		 digest[crypto_hash_sha256_BYTES];
	int64_t		 exp;		/* seconds; 0: empty */
	char		 tenant[CAP_TENANT + 1];	/* whose issuer */
	char		 scope[SCOPE_KEPT + 1];
};

static struct seen *seen;	/* made at the first token */
static struct at_claims claims;	/* of one that is not kept */

/* What stands behind a scheme. NULL: another scheme, or nothing. */
static const char *
credentials(struct http_req *req, const char *scheme)
{
	const char *v = http_req_header(req, "authorization");
	size_t n = strlen(scheme);

	if (v == NULL || strncasecmp(v, scheme, n) != 0 || v[n] != ' ')
		return NULL;
	v += n + strspn(v + n, " ");
	return *v != '\0' ? v : NULL;
}

const char *
bearer_of(struct http_req *req)
{
	return credentials(req, "bearer");
}

const char *
bearer_dpop_of(struct http_req *req)
{
	return credentials(req, "dpop");
}

/* b64token (RFC 6750 section 2.1). Behind the wall there are bearers that are
 * none, which nobody may send (WALL_COOKIE). */
static int
is_b64token(const char *s)
{
	s += strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._~+/");
	return s[strspn(s, "=")] == '\0';
}

void
bearer_forget(void)
{
	free(seen);
	seen = NULL;
}

/* The super admin's token is good at a tenant's admin routes, too (API.md
 * section 5). */
static int
takes_root(const struct api_call *c)
{
	return (c->route->serve & SERVE_ADMIN) &&
	    !tenant_is_default(c->ctx.tenant);
}

static enum at_err
verify_of(const struct api_call *c, const char *tenant)
{
	char issuer[sizeof(api.issuer) + TENANT_ISSUER];
	enum at_err err;

	if (tenant_issuer(issuer, sizeof(issuer), api.issuer, tenant) == -1)
		return AT_ISSUER;
	at_free(&claims);
	err = at_verify(api.keys, c->bearer, strlen(c->bearer), issuer,
	    clock_now() / CLOCK_SEC, &claims);
	if (err == AT_OK && (claims.tenant == NULL ||
	    strcmp(claims.tenant, tenant) != 0)) {
		at_free(&claims);
		err = AT_ISSUER;
	}
	return err;
}

static struct seen *
slot_of(const struct api_call *c, uint8_t *digest)
{
	crypto_hash_sha256(digest, (const uint8_t *)c->bearer,
	    strlen(c->bearer));
	if (seen == NULL)
		seen = calloc(SLOTS, sizeof(*seen));
	return seen != NULL ?
	    &seen[(digest[0] << 8 | digest[1]) & (SLOTS - 1)] : NULL;
}

static void
keep(struct seen *s, const uint8_t *digest)
{
	if (s == NULL || strlen(claims.scope) > SCOPE_KEPT ||
	    strlen(claims.tenant) > CAP_TENANT)
		return;
	memcpy(s->digest, digest, sizeof(s->digest));
	memcpy(s->scope, claims.scope, strlen(claims.scope) + 1);
	memcpy(s->tenant, claims.tenant, strlen(claims.tenant) + 1);
	s->exp = claims.exp;
}

const char *
bearer_scope(struct api_call *c)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	struct seen *s;
	enum at_err err;

	if (strlen(c->bearer) > CAP_BEARER || !is_b64token(c->bearer))
		return NULL;
	s = slot_of(c, digest);
	if (s != NULL && s->exp > clock_now() / CLOCK_SEC &&
	    memcmp(s->digest, digest, sizeof(digest)) == 0 &&
	    (strcmp(s->tenant, c->ctx.tenant) == 0 ||
	    (takes_root(c) && tenant_is_default(s->tenant))))
		return s->scope;
	err = verify_of(c, c->ctx.tenant);
	if (err == AT_ISSUER && takes_root(c))
		err = verify_of(c, TENANT_DEFAULT);
	if (err != AT_OK)
		return NULL;
	keep(s, digest);
	return claims.scope;
}
