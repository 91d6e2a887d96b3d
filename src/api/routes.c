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
 * The one table of what this server answers: method, path, handler, caller,
 * body. Read by the HTTP edge (routing, 405, 413, 415), by api_begin() (token
 * and body), by openapi.c and by metrics.c. Run by workers only.
 */
#include "src/api/admin.h"

static const struct schema_field register_fields[] = {
	{ .name = "username", .type = SCHEMA_STR, .required = 1, .min = 3,
	    .max = 64 },
	{ .name = "password", .type = SCHEMA_PASSWORD, .required = 1 },
	{ .name = "email", .type = SCHEMA_STR, .required = 1, .min = 1,
	    .max = 254 },
	{ .name = "name", .type = SCHEMA_STR, .max = 128 },
};
static const struct schema_field login_fields[] = {
	{ .name = "username", .type = SCHEMA_STR, .required = 1, .min = 1,
	    .max = 254 },
	{ .name = "password", .type = SCHEMA_PASSWORD, .required = 1 },
	{ .name = "otp", .type = SCHEMA_OTP, .excludes = "recovery_code" },
	{ .name = "recovery_code", .type = SCHEMA_STR, .min = 1, .max = 64,
	    .bytes = 64 },
};
static const struct schema_field refresh_fields[] = {
	{ .name = "refresh_token", .type = SCHEMA_STR, .required = 1,
	    .min = 1 },
};
static const struct schema_field me_patch_fields[] = {
	{ .name = "name", .type = SCHEMA_STR, .max = 128, .counts = 1 },
	{ .name = "email", .type = SCHEMA_STR, .min = 1, .max = 254,
	    .needs = "password", .counts = 1 },
	{ .name = "password", .type = SCHEMA_PASSWORD },
	{ .name = "otp", .type = SCHEMA_OTP, .excludes = "recovery_code" },
	{ .name = "recovery_code", .type = SCHEMA_STR, .min = 1, .max = 64,
	    .bytes = 64 },
};
static const struct schema_field password_change_fields[] = {
	{ .name = "oldPassword", .type = SCHEMA_PASSWORD, .required = 1 },
	{ .name = "newPassword", .type = SCHEMA_PASSWORD, .required = 1 },
};

#define FACTOR								\
	{ .name = "otp", .type = SCHEMA_OTP, .excludes = "recovery_code",	\
	    .counts = 1 },						\
	{ .name = "recovery_code", .type = SCHEMA_STR, .min = 1, .max = 64, \
	    .bytes = 64, .counts = 1 }
static const struct schema_field mfa_fields[] = {
	{ .name = "mfa_token", .type = SCHEMA_STR, .required = 1, .min = 1 },
	FACTOR,
};
static const struct schema_field step_up_fields[] = {
	{ .name = "password", .type = SCHEMA_PASSWORD, .counts = 1 },
	FACTOR,
};
static const struct schema_field totp_setup_fields[] = {
	{ .name = "password", .type = SCHEMA_PASSWORD, .required = 1 },
};
static const struct schema_field totp_verify_fields[] = {
	{ .name = "token", .type = SCHEMA_OTP, .required = 1 },
};
static const struct schema_field totp_disable_fields[] = {
	{ .name = "password", .type = SCHEMA_PASSWORD, .required = 1 },
	FACTOR,
};
static const struct schema_field recovery_codes_fields[] = {
	{ .name = "password", .type = SCHEMA_PASSWORD, .required = 1 },
	{ .name = "otp", .type = SCHEMA_OTP, .required = 1 },
};
static const struct schema_field verify_fields[] = {
	{ .name = "token", .type = SCHEMA_STR, .required = 1, .min = 1 },
};
static const struct schema_field address_fields[] = {
	{ .name = "email", .type = SCHEMA_STR, .required = 1, .min = 1,
	    .max = 254 },
};

static const struct schema_field reset_fields[] = {
	{ .name = "token", .type = SCHEMA_STR, .required = 1, .min = 1 },
	{ .name = "newPassword", .type = SCHEMA_PASSWORD, .required = 1 },
	FACTOR,
};

static const struct schema_field me_delete_fields[] = {
	{ .name = "password", .type = SCHEMA_PASSWORD, .required = 1 },
	FACTOR,
};

static const struct schema register_body =
    SCHEMA("RegisterRequest", register_fields, 0);
static const struct schema login_body =
    SCHEMA("LoginRequest", login_fields, 0);
static const struct schema refresh_body =
    SCHEMA("RefreshRequest", refresh_fields, 0);
static const struct schema me_patch_body =
    SCHEMA("MePatchRequest", me_patch_fields, 1);
static const struct schema me_delete_body =
    SCHEMA("MeDeleteRequest", me_delete_fields, 0);
static const struct schema password_change_body =
    SCHEMA("PasswordChangeRequest", password_change_fields, 0);
static const struct schema verify_body =
    SCHEMA("VerifyEmailRequest", verify_fields, 0);
static const struct schema resend_body =
    SCHEMA("ResendRequest", address_fields, 0);
static const struct schema password_request_body =
    SCHEMA("PasswordRequestRequest", address_fields, 0);
static const struct schema reset_body =
    SCHEMA("ResetPasswordRequest", reset_fields, 0);

static const struct schema mfa_body = SCHEMA("MfaRequest", mfa_fields, 1);
static const struct schema step_up_body =
    SCHEMA("StepUpRequest", step_up_fields, 1);
static const struct schema totp_setup_body =
    SCHEMA("TotpSetupRequest", totp_setup_fields, 0);
static const struct schema totp_verify_body =
    SCHEMA("TotpVerifyRequest", totp_verify_fields, 0);
static const struct schema totp_disable_body =
    SCHEMA("TotpDisableRequest", totp_disable_fields, 1);
static const struct schema recovery_codes_body =
    SCHEMA("RecoveryCodesRequest", recovery_codes_fields, 0);

static const struct api_op op_health = { .id = "getHealth",
    .summary = "State and version", .result = "Health", .success = 200,
    .own = { 503 } };
static const struct api_op op_live = { .id = "getHealthLive",
    .summary = "A worker answers", .result = "Status", .success = 200 };
static const struct api_op op_ready = { .id = "getHealthReady",
    .summary = "Everything that is needed is up", .result = "Status",
    .success = 200, .own = { 503 } };
static const struct api_op op_metrics = { .id = "getMetrics",
    .summary = "Prometheus metrics, text format 0.0.4", .success = 200 };
static const struct api_op op_openapi = { .id = "getOpenapi",
    .summary = "This document", .result = "Object", .success = 200 };
static const struct api_op op_jwks = { .id = "getJwks",
    .summary = "Public keys that verify tokens (RFC 7517)",
    .result = "JwkSet", .success = 200, .own = { 304 } };
static const struct api_op op_register = { .id = "register",
    .summary = "Make an account", .body = &register_body,
    .result = "Registered", .success = 201, .own = { 202, 403, 409, 429 },
    .password = "password" };
static const struct api_op op_login = { .id = "login",
    .summary = "Tokens for a password", .body = &login_body,
    .result = "Tokens", .success = 200, .own = { 401, 429 } };
static const struct api_op op_refresh = { .id = "refresh",
    .summary = "Tokens for a refresh token, which rotates",
    .body = &refresh_body, .result = "Tokens", .success = 200,
    .own = { 401, 429 } };
static const struct api_op op_logout = { .id = "logout",
    .summary = "End this session", .success = 204, .setup = 1 };
static const struct api_op op_me_get = { .id = "getMe",
    .summary = "The caller's account", .result = "Me", .success = 200 };
static const struct api_op op_me_patch = { .id = "patchMe",
    .summary = "Change the caller's account", .body = &me_patch_body,
    .result = "Me", .success = 200, .own = { 429 } };
static const struct api_op op_me_delete = { .id = "deleteMe",
    .summary = "Erase the caller's account", .body = &me_delete_body,
    .success = 204, .own = { 429 } };
static const struct api_op op_sessions = { .id = "listSessions",
    .summary = "The caller's sessions", .result = "SessionList",
    .success = 200, .list = 1 };
static const struct api_op op_sessions_end = { .id = "endOtherSessions",
    .summary = "End all sessions but this one", .success = 204 };
static const struct api_op op_session_end = { .id = "endSession",
    .summary = "End one of the caller's sessions", .success = 204,
    .own = { 404 } };
static const struct api_op op_grants = { .id = "listGrants",
    .summary = "What the caller allowed applications",
    .result = "GrantList", .success = 200, .list = 1 };
static const struct api_op op_grant_delete = { .id = "deleteGrant",
    .summary = "Take back what an application was allowed; its tokens die",
    .success = 204, .own = { 404 } };
static const struct api_op op_password_change = { .id = "changePassword",
    .summary = "Change the password; other sessions end",
    .body = &password_change_body, .result = "Message", .success = 200,
    .own = { 429 }, .password = "newPassword" };
static const struct api_op op_mfa = { .id = "loginMfa",
    .summary = "Tokens for a ticket and its second factor",
    .body = &mfa_body, .result = "Tokens", .success = 200,
    .own = { 401, 429 } };
static const struct api_op op_step_up = { .id = "stepUp",
    .summary = "Prove anew who you are, in the same session",
    .body = &step_up_body, .result = "Tokens", .success = 200,
    .own = { 429 } };
static const struct api_op op_totp_setup = { .id = "setupTotp",
    .summary = "A new second factor, which waits for its first code",
    .body = &totp_setup_body, .result = "TotpSetup", .success = 200,
    .setup = 1, .own = { 409, 429 } };
static const struct api_op op_totp_setup_id = { .id = "setupTotpOf",
    .summary = "The same; only for one's own id",
    .body = &totp_setup_body, .result = "TotpSetup", .success = 200,
    .setup = 1, .own = { 409, 429 } };
static const struct api_op op_totp_verify = { .id = "verifyTotp",
    .summary = "Turn the second factor on; other sessions end",
    .body = &totp_verify_body, .result = "RecoveryCodes", .success = 200,
    .setup = 1, .own = { 409, 429 } };
static const struct api_op op_totp_verify_id = { .id = "verifyTotpOf",
    .summary = "The same; only for one's own id",
    .body = &totp_verify_body, .result = "RecoveryCodes", .success = 200,
    .setup = 1, .own = { 409, 429 } };
static const struct api_op op_totp_disable = { .id = "disableTotp",
    .summary = "Turn the second factor off; other sessions end",
    .body = &totp_disable_body, .success = 204, .own = { 409, 429 } };
static const struct api_op op_recovery_codes = { .id = "newRecoveryCodes",
    .summary = "Ten new recovery codes; the old ones die",
    .body = &recovery_codes_body, .result = "RecoveryCodes", .success = 200,
    .own = { 409, 429 } };

static const struct api_op op_verify_email = { .id = "verifyEmail",
    .summary = "Confirm a mail address by the token of a link",
    .body = &verify_body, .result = "Message", .success = 200,
    .own = { 409 } };
static const struct api_op op_resend = { .id = "resendVerification",
    .summary = "Mail another link that confirms an address",
    .body = &resend_body, .result = "Message", .success = 202,
    .own = { 429 } };
static const struct api_op op_password_request = { .id = "requestPassword",
    .summary = "Mail a link that sets a new password",
    .body = &password_request_body, .result = "Message", .success = 202,
    .own = { 429 } };
static const struct api_op op_reset = { .id = "resetPassword",
    .summary = "Set a new password by the token of a link; sessions end",
    .body = &reset_body, .result = "Message", .success = 200,
    .own = { 401, 429 }, .password = "newPassword" };

static const struct api_op op_check = { .id = "check",
    .summary = "Whether the caller holds a permission, a role",
    .result = "Check", .success = 200, .any = 1,
    .query = "permission role" };
static const struct api_op op_verify = { .id = "verify",
    .summary = "For a proxy: who the caller is, in X-Auth-* fields",
    .success = 200, .any = 1, .cookie = 1, .query = "permission role" };

#define ROOT	HTTP_R_CORS
#define PUBLIC	(HTTP_R_CORS | HTTP_R_TENANT)
#define BEARER	(HTTP_R_CORS | HTTP_R_BEARER | HTTP_R_TENANT)
#define ADMIN	(HTTP_R_CORS | HTTP_R_BEARER | HTTP_R_ADMIN | HTTP_R_TENANT)
#define ADMIN_ROOT (HTTP_R_CORS | HTTP_R_BEARER | HTTP_R_ADMIN)

const struct http_route api_own[] = {
	{ HTTP_GET, "/health", health_get, HTTP_B_NONE, SERVE_PUBLIC,
	    ROOT, &op_health },
	{ HTTP_GET, "/health/live", health_live, HTTP_B_NONE, SERVE_PUBLIC,
	    ROOT, &op_live },
	{ HTTP_GET, "/health/ready", health_ready, HTTP_B_NONE, SERVE_PUBLIC,
	    ROOT, &op_ready },
	{ HTTP_GET, "/metrics", metrics_get, HTTP_B_NONE, SERVE_METRICS,
	    0, &op_metrics },
	{ HTTP_GET, "/openapi.json", openapi_get, HTTP_B_NONE, SERVE_PUBLIC,
	    ROOT, &op_openapi },
	{ HTTP_GET, "/.well-known/jwks.json", jwks_get, HTTP_B_NONE,
	    SERVE_PUBLIC, HTTP_R_CORS_ANY | HTTP_R_TENANT, &op_jwks },
	{ HTTP_POST, "/auth/register", auth_register, HTTP_B_JSON,
	    SERVE_PUBLIC, PUBLIC, &op_register },
	{ HTTP_POST, "/auth/login", auth_login, HTTP_B_JSON, SERVE_PUBLIC,
	    PUBLIC, &op_login },
	{ HTTP_POST, "/auth/refresh", auth_refresh, HTTP_B_JSON,
	    SERVE_PUBLIC, PUBLIC, &op_refresh },
	{ HTTP_POST, "/auth/logout", auth_logout, HTTP_B_NONE, SERVE_PUBLIC,
	    BEARER, &op_logout },
	{ HTTP_GET, "/auth/me", me_get, HTTP_B_NONE, SERVE_PUBLIC, BEARER,
	    &op_me_get },
	{ HTTP_PATCH, "/auth/me", me_patch, HTTP_B_JSON, SERVE_PUBLIC,
	    BEARER, &op_me_patch },
	{ HTTP_DELETE, "/auth/me", me_delete, HTTP_B_JSON, SERVE_PUBLIC,
	    BEARER, &op_me_delete },
	{ HTTP_GET, "/auth/me/sessions", sessions_list, HTTP_B_NONE,
	    SERVE_PUBLIC, BEARER, &op_sessions },
	{ HTTP_DELETE, "/auth/me/sessions", sessions_end_others, HTTP_B_NONE,
	    SERVE_PUBLIC, BEARER, &op_sessions_end },
	{ HTTP_DELETE, "/auth/me/sessions/{id}", sessions_end_one,
	    HTTP_B_NONE, SERVE_PUBLIC, BEARER, &op_session_end },
	{ HTTP_GET, "/auth/me/grants", grants_list, HTTP_B_NONE,
	    SERVE_PUBLIC, BEARER, &op_grants },
	{ HTTP_DELETE, "/auth/me/grants/{client_id}", grant_delete,
	    HTTP_B_NONE, SERVE_PUBLIC, BEARER, &op_grant_delete },
	{ HTTP_POST, "/auth/password-change", password_change, HTTP_B_JSON,
	    SERVE_PUBLIC, BEARER, &op_password_change },
	{ HTTP_POST, "/auth/mfa", auth_mfa, HTTP_B_JSON, SERVE_PUBLIC, PUBLIC,
	    &op_mfa },
	{ HTTP_POST, "/auth/step-up", auth_step_up, HTTP_B_JSON,
	    SERVE_PUBLIC, BEARER, &op_step_up },
	{ HTTP_POST, "/auth/2fa/setup", totp_setup, HTTP_B_JSON,
	    SERVE_PUBLIC, BEARER, &op_totp_setup },
	{ HTTP_POST, "/auth/2fa/setup/{userId}", totp_setup, HTTP_B_JSON,
	    SERVE_PUBLIC, BEARER, &op_totp_setup_id },
	{ HTTP_POST, "/auth/2fa/verify", totp_verify, HTTP_B_JSON,
	    SERVE_PUBLIC, BEARER, &op_totp_verify },
	{ HTTP_POST, "/auth/2fa/verify/{userId}", totp_verify, HTTP_B_JSON,
	    SERVE_PUBLIC, BEARER, &op_totp_verify_id },
	{ HTTP_POST, "/auth/2fa/disable", totp_disable, HTTP_B_JSON,
	    SERVE_PUBLIC, BEARER, &op_totp_disable },
	{ HTTP_POST, "/auth/2fa/recovery-codes", recovery_codes, HTTP_B_JSON,
	    SERVE_PUBLIC, BEARER, &op_recovery_codes },
	{ HTTP_POST, "/auth/verify-email", email_verify, HTTP_B_JSON,
	    SERVE_PUBLIC, PUBLIC, &op_verify_email },
	{ HTTP_POST, "/auth/verify-email/resend", email_resend, HTTP_B_JSON,
	    SERVE_PUBLIC, PUBLIC, &op_resend },
	{ HTTP_POST, "/auth/password-request", password_request, HTTP_B_JSON,
	    SERVE_PUBLIC, PUBLIC, &op_password_request },
	{ HTTP_POST, "/auth/reset-password", password_reset, HTTP_B_JSON,
	    SERVE_PUBLIC, PUBLIC, &op_reset },
	{ HTTP_GET, "/auth/check", auth_check, HTTP_B_NONE, SERVE_PUBLIC,
	    BEARER, &op_check },
	{ HTTP_POST, "/auth/check", subject_check, HTTP_B_JSON, SERVE_PUBLIC,
	    PUBLIC, &op_client_check },
	{ HTTP_GET, "/auth/verify", auth_verify, HTTP_B_NONE, SERVE_PUBLIC,
	    BEARER, &op_verify },
	/* administration; the rows' ops stand beside their handlers */
	{ HTTP_GET, "/admin/users", admin_users_list, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_users_list },
	{ HTTP_GET, "/admin/users/{id}", admin_user_get, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_user_get },
	{ HTTP_POST, "/admin/users", admin_user_create, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN, &op_admin_user_create },
	{ HTTP_PATCH, "/admin/users/{id}", admin_user_patch, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN, &op_admin_user_patch },
	{ HTTP_PUT, "/admin/users/{id}", admin_user_put, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN, &op_admin_user_put },
	{ HTTP_DELETE, "/admin/users/{id}", admin_user_delete, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_user_delete },
	{ HTTP_POST, "/admin/users/{id}/disable", admin_user_act, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_user_act[USER_DISABLE] },
	{ HTTP_POST, "/admin/users/{id}/enable", admin_user_act, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_user_act[USER_ENABLE] },
	{ HTTP_POST, "/admin/users/{id}/unlock", admin_user_act, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_user_act[USER_UNLOCK] },
	{ HTTP_POST, "/admin/users/{id}/reset-mfa", admin_user_act, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_user_act[USER_RESET_MFA] },
	{ HTTP_POST, "/admin/users/{id}/send-reset", admin_user_act,
	    HTTP_B_NONE, SERVE_ADMIN, ADMIN,
	    &op_admin_user_act[USER_SEND_RESET] },
	{ HTTP_POST, "/admin/users/{id}/revoke-sessions", admin_user_act,
	    HTTP_B_NONE, SERVE_ADMIN, ADMIN,
	    &op_admin_user_act[USER_REVOKE_SESSIONS] },
	{ HTTP_GET, "/admin/tenants", admin_tenants_list, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN_ROOT, &op_admin_tenants_list },
	{ HTTP_POST, "/admin/tenants", admin_tenant_create, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN_ROOT, &op_admin_tenant_create },
	{ HTTP_GET, "/admin/tenants/{id}", admin_tenant_get, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN_ROOT, &op_admin_tenant_get },
	{ HTTP_PATCH, "/admin/tenants/{id}", admin_tenant_patch, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN_ROOT, &op_admin_tenant_patch },
	{ HTTP_DELETE, "/admin/tenants/{id}", admin_tenant_delete,
	    HTTP_B_NONE, SERVE_ADMIN, ADMIN_ROOT, &op_admin_tenant_delete },
	{ HTTP_GET, "/admin/keys", admin_keys, HTTP_B_NONE, SERVE_ADMIN,
	    ADMIN_ROOT, &op_admin_keys },
	{ HTTP_POST, "/admin/keys/rotate", admin_key_rotate,
	    HTTP_B_JSON_MAY, SERVE_ADMIN, ADMIN_ROOT, &op_admin_key_rotate },
	{ HTTP_POST, "/admin/keys/{kid}/retire", admin_key_retire,
	    HTTP_B_NONE, SERVE_ADMIN, ADMIN_ROOT, &op_admin_key_retire },
	{ HTTP_GET, "/admin/permissions", admin_permissions, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_permissions },
	{ HTTP_GET, "/admin/scopes", admin_scopes, HTTP_B_NONE, SERVE_ADMIN,
	    ADMIN, &op_admin_scopes },
	{ HTTP_PUT, "/admin/scopes/{name}", admin_scope_set, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN, &op_admin_scope_set },
	{ HTTP_DELETE, "/admin/scopes/{name}", admin_scope_delete,
	    HTTP_B_NONE, SERVE_ADMIN, ADMIN, &op_admin_scope_delete },
	{ HTTP_GET, "/admin/roles", admin_roles, HTTP_B_NONE, SERVE_ADMIN,
	    ADMIN, &op_admin_roles },
	{ HTTP_POST, "/admin/roles", admin_role_create, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN, &op_admin_role_create },
	{ HTTP_GET, "/admin/roles/{name}", admin_role_get, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_role_get },
	{ HTTP_PATCH, "/admin/roles/{name}", admin_role_patch, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN, &op_admin_role_patch },
	{ HTTP_DELETE, "/admin/roles/{name}", admin_role_delete, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_role_delete },
	{ HTTP_GET, "/admin/clients", admin_clients, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_clients },
	{ HTTP_POST, "/admin/clients", admin_client_create, HTTP_B_JSON,
	    SERVE_ADMIN, ADMIN, &op_admin_client_create },
	{ HTTP_GET, "/admin/clients/{client_id}", admin_client_get,
	    HTTP_B_NONE, SERVE_ADMIN, ADMIN, &op_admin_client_get },
	{ HTTP_PATCH, "/admin/clients/{client_id}", admin_client_patch,
	    HTTP_B_JSON, SERVE_ADMIN, ADMIN, &op_admin_client_patch },
	{ HTTP_DELETE, "/admin/clients/{client_id}", admin_client_delete,
	    HTTP_B_NONE, SERVE_ADMIN, ADMIN, &op_admin_client_delete },
	{ HTTP_POST, "/admin/clients/{client_id}/secret",
	    admin_client_secret, HTTP_B_JSON_MAY, SERVE_ADMIN, ADMIN,
	    &op_admin_client_secret },
	{ HTTP_GET, "/admin/audit", admin_audit_list, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_audit_list },
	{ HTTP_GET, "/admin/audit/export", admin_audit_export, HTTP_B_NONE,
	    SERVE_ADMIN, ADMIN, &op_admin_audit_export },
};
const size_t api_nown = sizeof(api_own) / sizeof(api_own[0]);
