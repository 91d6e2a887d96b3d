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
 * What this server can, for clients to find out by themselves (RFC 8414, OpenID
 * Connect Discovery; API.md section 8). Run by workers; composed from the
 * issuer for each answer, so a tenant's needs no memory.
 */
#include <string.h>

#include "src/oauth/oauth.h"
#include "src/rules/tenant.h"

#define ALGS	"ES256 EdDSA RS256"
#define METHODS	"client_secret_basic client_secret_post"

const struct api_op oauth_discovery_op = { .id = "getOpenidConfiguration",
    .summary = "What this issuer can (OpenID Connect Discovery)",
    .result = "Object", .success = 200, .own = { 404 } };
const struct api_op oauth_metadata_op = { .id = "getAuthorizationServer",
    .summary = "The same (RFC 8414)", .result = "Object", .success = 200 };
const struct api_op oauth_metadata_tenant_op = {
    .id = "getAuthorizationServerOfTenant",
    .summary = "The same of a tenant's issuer (RFC 8414 section 3.1)",
    .result = "Object", .success = 200, .own = { 404 } };

static const struct {
	const char	*name, *path;
} endpoints[] = {
	{ "authorization_endpoint", "/oauth2/authorize" },
	{ "token_endpoint", "/oauth2/token" },
	{ "userinfo_endpoint", "/oauth2/userinfo" },
	{ "introspection_endpoint", "/oauth2/introspect" },
	{ "revocation_endpoint", "/oauth2/revoke" },
	{ "end_session_endpoint", "/oauth2/logout" },
	{ "jwks_uri", "/.well-known/jwks.json" },
	{ "pushed_authorization_request_endpoint", "/oauth2/par" },
	{ "device_authorization_endpoint", "/oauth2/device_authorization" },
};

static const struct {
	const char	*name, *words;
} lists[] = {
	{ "scopes_supported",
	    "openid profile email roles offline_access account admin" },
	{ "response_types_supported", "code" },
	{ "response_modes_supported", "query" },
	{ "grant_types_supported", "authorization_code refresh_token "
	    "client_credentials urn:ietf:params:oauth:grant-type:device_code "
	    "urn:ietf:params:oauth:grant-type:token-exchange" },
	{ "token_endpoint_auth_methods_supported",
	    METHODS " none private_key_jwt" },
	{ "revocation_endpoint_auth_methods_supported",
	    METHODS " none private_key_jwt" },
	{ "introspection_endpoint_auth_methods_supported",
	    METHODS " private_key_jwt" },
	{ "token_endpoint_auth_signing_alg_values_supported", ALGS },
	{ "introspection_endpoint_auth_signing_alg_values_supported", ALGS },
	{ "revocation_endpoint_auth_signing_alg_values_supported", ALGS },
	{ "dpop_signing_alg_values_supported", ALGS },
	{ "subject_types_supported", "public" },
	{ "code_challenge_methods_supported", "S256" },
	{ "id_token_signing_alg_values_supported", ALGS },
	{ "acr_values_supported", "aal1 aal2" },
	{ "claims_supported", "sub iss aud exp iat auth_time nonce acr amr "
	    "at_hash sid name preferred_username updated_at email "
	    "email_verified roles" },
	{ "prompt_values_supported", "none login consent select_account" },
};

static const struct {
	const char	*name;
	int		 on;
} flags[] = {
	{ "authorization_response_iss_parameter_supported", 1 },
	{ "request_parameter_supported", 0 },
	{ "request_uri_parameter_supported", 0 },
	{ "claims_parameter_supported", 0 },
	{ "require_pushed_authorization_requests", 0 },
	{ "backchannel_logout_supported", 1 },
	{ "backchannel_logout_session_supported", 1 },
};

/* ,"name":"ISSUER/path" */
static void
add_url(struct buf *b, const char *name, const char *issuer, const char *path)
{
	buf_addf(b, ",\"%s\":\"", name);
	buf_adds(b, issuer);		/* as configured: nothing to escape */
	buf_addf(b, "%s\"", path);
}

static void
compose(struct buf *b, const char *issuer)
{
	size_t i;

	buf_adds(b, "{\"issuer\":");
	buf_add_json(b, issuer);
	for (i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		add_url(b, endpoints[i].name, issuer, endpoints[i].path);
	if (api.client_registration)
		add_url(b, "registration_endpoint", issuer,
		    "/oauth2/register");
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		buf_addf(b, ",\"%s\":", lists[i].name);
		api_add_words(b, lists[i].words);
	}
	buf_adds(b, ",\"ui_locales_supported\":");
	api_add_words(b, api.locales != NULL ? api.locales : "en");
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		buf_addf(b, ",\"%s\":", flags[i].name);
		api_add_bool(b, flags[i].on);
	}
	buf_addc(b, '}');
}

static void
send_metadata(struct http_req *req)
{
	char issuer[sizeof(api.issuer) + TENANT_ISSUER];
	const char *tenant = http_req_arg(req, 0);

	if (tenant_issuer(issuer, sizeof(issuer), api.issuer,
	    tenant != NULL ? tenant : http_req_tenant(req)) == -1) {
		http_reply_error(req, 404, "not_found", "Not found");
		return;
	}
	compose(api_out(), issuer);
	http_reply_cache(req, "public, max-age=300");
	api_send(req, 200, 0);
}

void
oauth_discovery(struct http_req *req)
{
	api_public(req, send_metadata);
}

/* Its issuer's path stands behind the well-known one. */
void
oauth_metadata_tenant(struct http_req *req)
{
	const char *tenant = http_req_arg(req, 0);

	if (tenant == NULL || !tenant_id_ok(tenant) ||
	    tenant_is_default(tenant))
		http_reply_error(req, 404, "not_found", "Not found");
	else
		api_public_of(req, tenant, send_metadata);
}
