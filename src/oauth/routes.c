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
 * The routes of this room, for api_add_routes().
 */
#include "src/oauth/oauth.h"

const struct http_route oauth_routes[] = {
	{ HTTP_GET, "/.well-known/openid-configuration", oauth_discovery,
	    HTTP_B_NONE, SERVE_PUBLIC, HTTP_R_CORS_ANY | HTTP_R_TENANT,
	    &oauth_discovery_op },
	{ HTTP_GET, "/.well-known/oauth-authorization-server",
	    oauth_discovery, HTTP_B_NONE, SERVE_PUBLIC, HTTP_R_CORS_ANY,
	    &oauth_metadata_op },
	{ HTTP_GET, "/.well-known/oauth-authorization-server/t/{tenant}",
	    oauth_metadata_tenant, HTTP_B_NONE, SERVE_PUBLIC, HTTP_R_CORS_ANY,
	    &oauth_metadata_tenant_op },
	{ HTTP_POST, "/oauth2/device_authorization", oauth_device,
	    HTTP_B_FORM, SERVE_PUBLIC,
	    HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH, &oauth_device_op },
	{ HTTP_POST, "/oauth2/introspect", oauth_introspect, HTTP_B_FORM,
	    SERVE_PUBLIC, HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH,
	    &oauth_introspect_op },
	{ HTTP_POST, "/oauth2/revoke", oauth_revoke, HTTP_B_FORM,
	    SERVE_PUBLIC, HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH,
	    &oauth_revoke_op },
	{ HTTP_GET, "/oauth2/userinfo", oauth_userinfo, HTTP_B_NONE,
	    SERVE_PUBLIC, HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH |
	    HTTP_R_BEARER, &oauth_userinfo_op },
	{ HTTP_POST, "/oauth2/userinfo", oauth_userinfo, HTTP_B_NONE,
	    SERVE_PUBLIC, HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH |
	    HTTP_R_BEARER, &oauth_userinfo_post_op },
	{ HTTP_POST, "/oauth2/token", oauth_token, HTTP_B_FORM, SERVE_PUBLIC,
	    HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH, &oauth_token_op },
	{ HTTP_GET, "/oauth2/authorize", oauth_authorize, HTTP_B_NONE,
	    SERVE_PUBLIC, HTTP_R_PAGE | HTTP_R_TENANT, NULL },
	{ HTTP_POST, "/oauth2/authorize", oauth_authorize, HTTP_B_FORM,
	    SERVE_PUBLIC, HTTP_R_PAGE | HTTP_R_TENANT, NULL },
	{ HTTP_POST, "/oauth2/par", oauth_par, HTTP_B_FORM, SERVE_PUBLIC,
	    HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH, &oauth_par_op },
	{ HTTP_POST, "/oauth2/register", oauth_register, HTTP_B_JSON,
	    SERVE_PUBLIC, HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH,
	    &oauth_register_op },
	{ HTTP_GET, "/oauth2/register/{client_id}", oauth_register_get,
	    HTTP_B_NONE, SERVE_PUBLIC,
	    HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH,
	    &oauth_register_get_op },
	{ HTTP_PUT, "/oauth2/register/{client_id}", oauth_register_put,
	    HTTP_B_JSON, SERVE_PUBLIC,
	    HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH,
	    &oauth_register_put_op },
	{ HTTP_DELETE, "/oauth2/register/{client_id}", oauth_register_delete,
	    HTTP_B_NONE, SERVE_PUBLIC,
	    HTTP_R_CORS | HTTP_R_TENANT | HTTP_R_OAUTH,
	    &oauth_register_delete_op },
	{ .path = NULL }
};
const size_t oauth_nroutes =
    sizeof(oauth_routes) / sizeof(oauth_routes[0]) - 1;
