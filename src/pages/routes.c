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
#include "src/pages/account.h"
#include "src/pages/looks.h"

#define PAGE	HTTP_R_PAGE | HTTP_R_TENANT

#define SHOWN(path_, handler_)						\
	{ .method = HTTP_GET, .path = path_, .handler = handler_,	\
	    .body = HTTP_B_NONE, .serve = SERVE_PUBLIC, .flags = PAGE }
#define SENT(path_, handler_)						\
	{ .method = HTTP_POST, .path = path_, .handler = handler_,	\
	    .body = HTTP_B_FORM, .serve = SERVE_PUBLIC, .flags = PAGE }

const struct http_route page_routes[] = {
	SHOWN("/", root_get),
	SHOWN("/login", login_get),
	SENT("/login", login_post),
	SHOWN("/mfa", mfa_get),
	SENT("/mfa", mfa_post),
	SHOWN("/register", register_get),
	SENT("/register", register_post),
	SHOWN("/verify-email", verify_get),
	SENT("/verify-email", verify_post),
	SHOWN("/forgot-password", forgot_get),
	SENT("/forgot-password", forgot_post),
	SHOWN("/reset-password", reset_get),
	SENT("/reset-password", reset_post),
	SHOWN("/consent", consent_get),
	SENT("/consent", consent_post),
	SHOWN("/logout", logout_get),
	SENT("/logout", logout_post),
	SHOWN("/oauth2/logout", rp_logout),
	SENT("/oauth2/logout", rp_logout),
	SHOWN("/account", account_get),
	SHOWN("/account/profile", profile_get),
	SENT("/account/profile", profile_post),
	SHOWN("/account/delete", delete_get),
	SENT("/account/delete", delete_post),
	SHOWN("/account/password", change_get),
	SENT("/account/password", change_post),
	SHOWN("/account/2fa", second_get),
	SENT("/account/2fa", second_post),
	SHOWN("/account/sessions", page_sessions_get),
	SENT("/account/sessions", page_sessions_post),
	SHOWN("/account/grants", page_grants_get),
	SENT("/account/grants", page_grants_post),
	SHOWN("/device", device_get),
	SENT("/device", device_post),
	{ .method = HTTP_GET, .path = "/assets/{file}", .handler = asset_get,
	    .body = HTTP_B_NONE, .serve = SERVE_PUBLIC,
	    .flags = HTTP_R_PAGE },
	{ .method = HTTP_GET, .path = "/theme.css", .handler = theme_get,
	    .body = HTTP_B_NONE, .serve = SERVE_PUBLIC,
	    .flags = HTTP_R_TENANT },
	{ .method = HTTP_GET, .path = "/logo", .handler = logo_get,
	    .body = HTTP_B_NONE, .serve = SERVE_PUBLIC,
	    .flags = HTTP_R_TENANT },
};
const size_t page_nroutes = sizeof(page_routes) / sizeof(page_routes[0]);
