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
 * JSON Schemas of answers (API.md sections 1 to 3), for openapi.c. Constant
 * text; run by nobody.
 */
#include "src/api/openapi.h"

#define STR	"{\"type\":\"string\"}"
#define INT	"{\"type\":\"integer\"}"
#define BOOL	"{\"type\":\"boolean\"}"
#define STRS	"{\"type\":\"array\",\"items\":" STR "}"
#define TIME	"{\"type\":\"string\",\"format\":\"date-time\"}"
#define TIMENUL	"{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"
#define STRNUL	"{\"type\":[\"string\",\"null\"]}"
#define OBJECT	"{\"type\":\"object\",\"required\":"
#define LIST(name)							\
	OBJECT "[\"items\",\"next\"],\"properties\":{\"items\":{"	\
	    "\"type\":\"array\",\"items\":{\"$ref\":"			\
	    "\"#/components/schemas/" name "\"}},\"next\":" STRNUL "}}"

const struct openapi_part openapi_parts[] = {
	{ "Object", "{\"type\":\"object\"}" },
	{ "Status", OBJECT "[\"status\"],\"properties\":{\"status\":"
	    "{\"type\":\"string\",\"enum\":[\"ok\",\"unavailable\"]}}}" },
	{ "Health", OBJECT "[\"status\",\"version\"],\"properties\":{"
	    "\"status\":{\"type\":\"string\","
	    "\"enum\":[\"ok\",\"unavailable\"]},\"version\":" STR "}}" },
	{ "Message", OBJECT "[\"message\"],\"properties\":{"
	    "\"message\":" STR "}}" },
	{ "Registered", OBJECT "[\"message\",\"userId\"],\"properties\":{"
	    "\"message\":" STR ",\"userId\":{\"type\":\"string\","
	    "\"format\":\"uuid\"}}}" },
	{ "Tokens", OBJECT "[\"message\",\"token\",\"access_token\","
	    "\"refresh_token\",\"token_type\",\"expires_in\","
	    "\"refresh_expires_in\"],\"properties\":{\"message\":" STR
	    ",\"token\":{\"type\":\"string\","
	    "\"description\":\"equals access_token\"},\"access_token\":" STR
	    ",\"refresh_token\":" STR ",\"token_type\":{\"const\":\"Bearer\"}"
	    ",\"expires_in\":" INT ",\"refresh_expires_in\":" INT "}}" },
	{ "OAuthTokens", OBJECT "[\"access_token\",\"token_type\","
	    "\"expires_in\",\"scope\"],\"properties\":{"
	    "\"access_token\":" STR ",\"token_type\":{\"type\":"
	    "\"string\",\"enum\":[\"Bearer\",\"DPoP\"]},"
	    "\"issued_token_type\":" STR ",\"expires_in\":" INT
	    ",\"scope\":" STR ",\"id_token\":" STR ",\"refresh_token\":"
	    STR "}}" },
	{ "TotpSetup", OBJECT "[\"secret\",\"otpauth_url\",\"qr_svg\","
	    "\"qrCode\",\"expires_in\"],\"properties\":{\"secret\":"
	    "{\"type\":\"string\",\"description\":\"base32\"},"
	    "\"otpauth_url\":" STR ",\"qr_svg\":{\"type\":\"string\","
	    "\"description\":\"data URL of image/svg+xml\"},\"qrCode\":"
	    "{\"type\":\"string\",\"description\":"
	    "\"data URL of image/png\"},\"expires_in\":" INT "}}" },
	{ "RecoveryCodes", OBJECT "[\"recovery_codes\"],\"properties\":{"
	    "\"message\":" STR ",\"recovery_codes\":{\"type\":\"array\","
	    "\"items\":" STR ",\"minItems\":10,\"maxItems\":10}}}" },
	{ "User", OBJECT "[\"id\",\"username\",\"email\",\"email_verified\","
	    "\"name\",\"role\",\"roles\",\"status\",\"locked\",\"mfa\","
	    "\"tenant\",\"createdAt\",\"updatedAt\",\"lastLoginAt\"],"
	    "\"properties\":{\"id\":{\"type\":\"string\","
	    "\"format\":\"uuid\"},\"username\":" STR ",\"email\":" STR
	    ",\"email_verified\":" BOOL ",\"name\":" STR ",\"role\":"
	    "{\"type\":\"string\",\"enum\":[\"user\",\"admin\","
	    "\"superadmin\"]},\"roles\":" STRS ",\"status\":"
	    "{\"type\":\"string\",\"enum\":[\"active\",\"disabled\","
	    "\"pending\"]},\"locked\":" BOOL ",\"mfa\":" BOOL ",\"tenant\":"
	    STR ",\"createdAt\":" TIME ",\"updatedAt\":" TIME
	    ",\"lastLoginAt\":" TIMENUL "}}" },
	{ "Me", "{\"allOf\":[{\"$ref\":\"#/components/schemas/User\"},"
	    OBJECT "[\"permissions\",\"pending_email\"],\"properties\":{"
	    "\"permissions\":" STRS ",\"pending_email\":" STRNUL "}}]}" },
	{ "DeviceAuthorization", OBJECT "[\"device_code\",\"user_code\","
	    "\"verification_uri\",\"verification_uri_complete\","
	    "\"expires_in\",\"interval\"],\"properties\":{"
	    "\"device_code\":" STR ",\"user_code\":" STR
	    ",\"verification_uri\":" STR ",\"verification_uri_complete\":"
	    STR ",\"expires_in\":" INT ",\"interval\":" INT "}}" },
	{ "Tenant", OBJECT "[\"id\",\"name\",\"status\",\"registration\","
	    "\"require_mfa\",\"password_min\",\"createdAt\"],"
	    "\"properties\":{\"id\":" STR ",\"name\":" STR ",\"status\":"
	    "{\"type\":\"string\",\"enum\":[\"active\",\"suspended\"]},"
	    "\"registration\":{\"type\":\"string\",\"enum\":[\"open\","
	    "\"verify\",\"closed\"]},\"require_mfa\":" BOOL
	    ",\"password_min\":" INT ",\"createdAt\":" TIME "}}" },
	{ "TenantList", OBJECT "[\"items\",\"next\"],\"properties\":{"
	    "\"items\":{\"type\":\"array\",\"items\":"
	    "{\"$ref\":\"#/components/schemas/Tenant\"}},\"next\":"
	    STRNUL "}}" },
	{ "AuditEntry", OBJECT "[\"seq\",\"createdAt\",\"action\","
	    "\"result\",\"actor\",\"subject\",\"client_id\",\"ip\","
	    "\"request_id\",\"detail\",\"prev\",\"hash\"],"
	    "\"properties\":{\"seq\":{\"type\":\"integer\"},"
	    "\"createdAt\":" STR ",\"action\":" STR ",\"result\":"
	    STR ",\"prev\":" STR ",\"hash\":" STR "}}" },
	{ "AuditList", OBJECT "[\"items\",\"next\"],\"properties\":{"
	    "\"items\":{\"type\":\"array\",\"items\":"
	    "{\"$ref\":\"#/components/schemas/AuditEntry\"}},"
	    "\"next\":{\"type\":[\"string\",\"null\"]}}}" },
	{ "UserList", OBJECT "[\"items\",\"next\"],\"properties\":{"
	    "\"items\":{\"type\":\"array\",\"items\":"
	    "{\"$ref\":\"#/components/schemas/User\"}},\"next\":"
	    STRNUL "}}" },
	{ "Session", OBJECT "[\"id\",\"current\",\"client_id\",\"ip\","
	    "\"user_agent\",\"amr\",\"createdAt\",\"lastUsedAt\","
	    "\"expiresAt\"],\"properties\":{\"id\":" STR ",\"current\":" BOOL
	    ",\"client_id\":" STR ",\"ip\":" STR ",\"user_agent\":" STR
	    ",\"amr\":" STRS ",\"createdAt\":" TIME ",\"lastUsedAt\":" TIME
	    ",\"expiresAt\":" TIME "}}" },
	{ "SessionList", OBJECT "[\"items\",\"next\"],\"properties\":{"
	    "\"items\":{\"type\":\"array\",\"items\":"
	    "{\"$ref\":\"#/components/schemas/Session\"}},\"next\":"
	    STRNUL "}}" },
	{ "Grant", OBJECT "[\"client_id\",\"client_name\",\"scope\","
	    "\"createdAt\"],\"properties\":{\"client_id\":" STR
	    ",\"client_name\":" STR ",\"scope\":" STR ",\"createdAt\":"
	    TIME "}}" },
	{ "GrantList", LIST("Grant") },
	{ "PushedRequest", OBJECT "[\"request_uri\",\"expires_in\"],"
	    "\"properties\":{\"request_uri\":" STR ",\"expires_in\":"
	    "{\"type\":\"integer\"}}}" },
	{ "Check", OBJECT "[\"allowed\",\"subject\"],\"properties\":{"
	    "\"allowed\":" BOOL ",\"subject\":" STR "}}" },
	{ "ClientCheck", OBJECT "[\"subject\",\"allowed\"],"
	    "\"properties\":{\"subject\":" STR ",\"allowed\":{"
	    "\"type\":\"object\",\"additionalProperties\":" BOOL "}}}" },
	{ "Role", OBJECT "[\"name\",\"description\",\"permissions\","
	    "\"builtin\",\"createdAt\"],\"properties\":{\"name\":" STR
	    ",\"description\":" STR ",\"permissions\":" STRS ",\"builtin\":"
	    BOOL ",\"createdAt\":" TIMENUL "}}" },
	{ "RoleList", LIST("Role") },
	{ "Scope", OBJECT "[\"name\",\"description\",\"createdAt\"],"
	    "\"properties\":{\"name\":" STR ",\"description\":" STR
	    ",\"createdAt\":" TIME "}}" },
	{ "ScopeList", LIST("Scope") },
	{ "Key", OBJECT "[\"kid\",\"alg\",\"state\",\"createdAt\","
	    "\"activeAt\",\"retireAt\"],\"properties\":{\"kid\":" STR
	    ",\"alg\":" STR ",\"state\":{\"type\":\"string\",\"enum\":"
	    "[\"next\",\"active\",\"retiring\",\"retired\"]},"
	    "\"createdAt\":" TIME ",\"activeAt\":" TIMENUL
	    ",\"retireAt\":" TIMENUL "}}" },
	{ "KeyList", LIST("Key") },
	{ "KeyRotated", OBJECT "[\"kid\",\"alg\",\"retiring\"],"
	    "\"properties\":{\"kid\":" STR ",\"alg\":" STR
	    ",\"retiring\":" STR "}}" },
	{ "Permission", OBJECT "[\"name\"],\"properties\":{\"name\":" STR
	    "}}" },
	{ "PermissionList", LIST("Permission") },
	{ "Client", OBJECT "[\"client_id\",\"client_name\","
	    "\"redirect_uris\",\"post_logout_redirect_uris\","
	    "\"grant_types\",\"token_endpoint_auth_method\",\"jwks\","
	    "\"scope\",\"audience\",\"roles\",\"permissions\","
	    "\"access_token_lifetime\",\"refresh_token_lifetime\","
	    "\"id_token_signed_response_alg\","
	    "\"access_token_signed_response_alg\",\"skip_consent\","
	    "\"disabled\",\"backchannel_logout_uri\","
	    "\"require_pushed_authorization_requests\","
	    "\"dpop_bound_access_tokens\",\"createdAt\"],"
	    "\"properties\":{\"client_id\":" STR ",\"client_name\":" STR
	    ",\"redirect_uris\":" STRS ",\"post_logout_redirect_uris\":"
	    STRS ",\"grant_types\":" STRS ",\"token_endpoint_auth_method\":"
	    STR ",\"jwks\":{\"type\":[\"object\",\"null\"]},\"scope\":" STR
	    ",\"audience\":" STRS ",\"roles\":" STRS ",\"permissions\":" STRS
	    ",\"access_token_lifetime\":" INT ",\"refresh_token_lifetime\":"
	    INT ",\"id_token_signed_response_alg\":" STR
	    ",\"access_token_signed_response_alg\":" STR
	    ",\"skip_consent\":" BOOL ",\"disabled\":" BOOL
	    ",\"backchannel_logout_uri\":" STRNUL
	    ",\"require_pushed_authorization_requests\":" BOOL
	    ",\"dpop_bound_access_tokens\":" BOOL ",\"createdAt\":" TIME
	    ",\"client_secret\":{\"type\":\"string\",\"description\":"
	    "\"of a new client that has one\"}}}" },
	{ "ClientList", LIST("Client") },
	{ "ClientSecret", OBJECT "[\"client_id\",\"client_secret\"],"
	    "\"properties\":{\"client_id\":" STR ",\"client_secret\":" STR
	    "}}" },
	{ "JwkSet", OBJECT "[\"keys\"],\"properties\":{\"keys\":"
	    "{\"type\":\"array\",\"items\":" OBJECT
	    "[\"kty\",\"kid\",\"alg\",\"use\"],\"properties\":{\"kty\":" STR
	    ",\"kid\":" STR ",\"alg\":" STR ",\"use\":{\"const\":\"sig\"}}}"
	    "}}}" },
	{ "Introspection", OBJECT "[\"active\"],\"properties\":{\"active\":"
	    BOOL ",\"client_id\":" STR ",\"username\":" STR
	    ",\"token_type\":" STR ",\"scope\":" STR ",\"sub\":" STR
	    ",\"exp\":" INT ",\"iat\":" INT "}}" },
	{ "Userinfo", OBJECT "[\"sub\"],\"properties\":{\"sub\":" STR
	    ",\"name\":" STR ",\"preferred_username\":" STR
	    ",\"updated_at\":" INT ",\"email\":" STR
	    ",\"email_verified\":" BOOL ",\"roles\":" STRS "}}" },
	{ "OAuthError", OBJECT "[\"error\",\"error_description\"],"
	    "\"properties\":{\"error\":" STR ",\"error_description\":" STR
	    "}}" },
	{ "Error", OBJECT "[\"error\",\"message\"],\"properties\":{"
	    "\"error\":" STR ",\"message\":" STR ",\"reason\":"
	    "{\"type\":\"string\",\"description\":\"of weak_password\","
	    "\"enum\":[\"too_short\",\"too_long\",\"common\","
	    "\"contains_identity\",\"same\"]},\"mfa_token\":{"
	    "\"type\":\"string\",\"description\":\"of mfa_required at "
	    "login\"},\"expires_in\":" INT ",\"errors\":{"
	    "\"type\":\"array\",\"items\":" OBJECT "[\"path\",\"msg\"],"
	    "\"properties\":{\"path\":" STR ",\"msg\":" STR "}}}}}" },
};
const size_t openapi_nparts =
    sizeof(openapi_parts) / sizeof(openapi_parts[0]);

const struct openapi_status openapi_statuses[] = {
	{ 202, "Accepted; a mail says how to go on" },
	{ 304, "Not modified" },
	{ 400, "Invalid request; errors names the members" },
	{ 401, "No token, an invalid one, or wrong credentials" },
	{ 403, "Not allowed" },
	{ 404, "Not found" },
	{ 409, "Conflict" },
	{ 412, "It was changed meanwhile; see If-Match" },
	{ 413, "Body over 65,536 bytes" },
	{ 415, "Body is not application/json" },
	{ 429, "Too many attempts; see Retry-After" },
	{ 500, "Internal error" },
	{ 503, "Temporarily unavailable; see Retry-After" },
};
const size_t openapi_nstatuses =
    sizeof(openapi_statuses) / sizeof(openapi_statuses[0]);
