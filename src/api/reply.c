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
 * Answers of the API: the table from an operation's end to HTTP, and the
 * pieces of JSON bodies. Run by workers; writes nothing but the reply.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "src/api/bearer.h"
#include "src/base/clock.h"

#define JSON_TYPE	"application/json"
#define REALM		"Bearer realm=\"moatd\""

static const struct {
	int		 status;
	const char	*code, *message;
} outcome[ST__MAX] = {
	[ST_OK] = { 500, "internal_error", "Internal error" },
	[ST_BUSY] = { 503, "unavailable", "Too busy, try again" },
	[ST_UNAVAILABLE] = { 503, "unavailable", "Temporarily unavailable" },
	[ST_INTERNAL] = { 500, "internal_error", "Internal error" },
	[ST_INVALID_REQUEST] = { 400, "invalid_request", "Invalid request" },
	[ST_WEAK_PASSWORD] = { 400, "weak_password",
	    "The password cannot be used" },
	[ST_UNAUTHORIZED] = { 401, "unauthorized", "A token is needed" },
	[ST_INVALID_TOKEN] = { 401, "invalid_token",
	    "The token is not valid" },
	[ST_INVALID_CREDENTIALS] = { 401, "invalid_credentials",
	    "Invalid credentials" },
	[ST_FORBIDDEN] = { 403, "forbidden", "Not allowed" },
	[ST_INSUFFICIENT_SCOPE] = { 403, "insufficient_scope",
	    "The token's scope does not suffice" },
	[ST_REGISTRATION_CLOSED] = { 403, "registration_closed",
	    "Registration is closed" },
	[ST_NOT_FOUND] = { 404, "not_found", "Not found" },
	[ST_USERNAME_TAKEN] = { 409, "username_taken",
	    "The username is taken" },
	[ST_RATE_LIMITED] = { 429, "rate_limited",
	    "Too many attempts, try again later" },
	[ST_MAIL_UNAVAILABLE] = { 503, "mail_unavailable",
	    "No mail can be sent" },
	[ST_INVALID_LINK] = { 400, "invalid_token",
	    "The link is not valid any more" },
	[ST_MFA_REQUIRED] = { 401, "mfa_required", "OTP is required" },
	[ST_INVALID_OTP] = { 401, "invalid_otp", "Invalid OTP" },
	[ST_MFA_MANDATORY] = { 403, "mfa_mandatory",
	    "The second factor is mandatory here" },
	[ST_MFA_SETUP_REQUIRED] = { 403, "mfa_setup_required",
	    "Set up a second factor first" },
	[ST_SUPERADMIN_PROTECTED] = { 403, "superadmin_protected",
	    "The super admin is protected" },
	[ST_EMAIL_TAKEN] = { 409, "email_taken", "The address is taken" },
	[ST_MFA_ACTIVE] = { 409, "mfa_active",
	    "A second factor is active" },
	[ST_MFA_NOT_PENDING] = { 409, "mfa_not_pending",
	    "No second factor waits for its first code" },
	[ST_MFA_NOT_ACTIVE] = { 409, "mfa_not_active",
	    "No second factor is active" },
	[ST_STEP_UP_REQUIRED] = { 403, "step_up_required",
	    "Show your second factor again first" },
	[ST_BUILTIN_ROLE] = { 403, "builtin_role", "The role is built in" },
	[ST_BUILTIN_TENANT] = { 403, "builtin_tenant",
	    "The tenant is built in" },
	[ST_ROLE_TAKEN] = { 409, "role_taken", "The role exists" },
	[ST_CLIENT_TAKEN] = { 409, "client_taken", "The client exists" },
	[ST_PUBLIC_CLIENT] = { 409, "public_client",
	    "The client is public and has no secret" },
	[ST_TENANT_TAKEN] = { 409, "tenant_taken", "The tenant exists" },
	[ST_TENANT_ACTIVE] = { 409, "tenant_active",
	    "Suspend the tenant first" },
	[ST_KEY_ACTIVE] = { 409, "key_active", "The key is active" },
	[ST_PRECONDITION_FAILED] = { 412, "precondition_failed",
	    "It was changed meanwhile" },
	[ST_INVALID_CLIENT] = { 401, "invalid_client",
	    "Client authentication failed" },
	[ST_INVALID_GRANT] = { 400, "invalid_grant", "Not valid" },
	[ST_UNAUTHORIZED_CLIENT] = { 400, "unauthorized_client",
	    "The client may not do that" },
	[ST_UNSUPPORTED_GRANT_TYPE] = { 400, "unsupported_grant_type",
	    "No such grant type" },
	[ST_INVALID_SCOPE] = { 400, "invalid_scope", "No scope is left" },
	[ST_AUTHORIZATION_PENDING] = { 400, "authorization_pending",
	    "The user has not decided yet" },
	[ST_SLOW_DOWN] = { 400, "slow_down", "Ask less often" },
	[ST_ACCESS_DENIED] = { 400, "access_denied", "The user refused" },
	[ST_EXPIRED_TOKEN] = { 400, "expired_token", "It has expired" },
	[ST_INVALID_TARGET] = { 400, "invalid_target",
	    "Not an audience of the client" },
	[ST_INVALID_DPOP_PROOF] = { 400, "invalid_dpop_proof",
	    "The proof is not valid" },
	[ST_USE_DPOP_NONCE] = { 400, "use_dpop_nonce",
	    "The proof needs the nonce" },
	[ST_INVALID_CLIENT_METADATA] = { 400, "invalid_client_metadata",
	    "The metadata are not valid" },
	[ST_INVALID_REDIRECT_URI] = { 400, "invalid_redirect_uri",
	    "A redirect URI is not valid" },
	[ST_UNSUPPORTED_RESPONSE_TYPE] = { 400, "unsupported_response_type",
	    "response_type must be code" },
	[ST_REQUEST_NOT_SUPPORTED] = { 400, "request_not_supported",
	    "Request objects are not supported" },
};

struct buf *
api_out(void)
{
	buf_reset(&api.out);
	return &api.out;
}

void
api_send(struct http_req *req, int status, int secret)
{
	struct buf *b = &api.out;

	if (b->err) {
		buf_free(b);
		http_reply_error(req, 500, "internal_error",
		    "Internal error");
		return;
	}
	http_reply(req, status, JSON_TYPE, b->p, b->len);
	if (secret)
		sodium_memzero(b->p, b->len);
	buf_reset(b);
}

void
api_add_words(struct buf *b, const char *words)
{
	size_t n;
	int first = 1;

	buf_addc(b, '[');
	while (*(words += strspn(words, " ")) != '\0') {
		n = strcspn(words, " ");
		if (!first)
			buf_addc(b, ',');
		first = 0;
		buf_add_json_n(b, words, n);
		words += n;
	}
	buf_addc(b, ']');
}

void
api_add_time(struct buf *b, int64_t us)
{
	char text[CLOCK_RFC3339];

	if (us == 0) {
		buf_adds(b, "null");
		return;
	}
	clock_rfc3339(text, us);
	buf_addc(b, '"');
	buf_adds(b, text);
	buf_addc(b, '"');
}

void
api_add_bool(struct buf *b, int on)
{
	buf_adds(b, on ? "true" : "false");
}

static void
add_errors(struct buf *b, const struct schema_errors *errs)
{
	size_t i;

	buf_adds(b, ",\"errors\":[");
	for (i = 0; i < errs->n; i++) {
		buf_adds(b, i == 0 ? "{\"path\":" : ",{\"path\":");
		buf_add_json(b, errs->e[i].path);
		buf_adds(b, ",\"msg\":");
		buf_add_json(b, errs->e[i].msg);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

int
api_status(enum msg_status st)
{
	return outcome[(unsigned)st < ST__MAX ? st : ST_INTERNAL].status;
}

const char *
api_code(enum msg_status st)
{
	return outcome[(unsigned)st < ST__MAX ? st : ST_INTERNAL].code;
}

/* At a resource a proof that is not good is as a token that is not (RFC 9449
 * sections 7.1 and 9). */
static int
status_of(struct http_req *req, enum msg_status st)
{
	if ((st == ST_INVALID_DPOP_PROOF || st == ST_USE_DPOP_NONCE) &&
	    (http_req_route(req)->flags & HTTP_R_BEARER))
		return 401;
	return outcome[st].status;
}

/* What else a 401 says to who came with a token that is bound to a key. */
static int
dpop_challenge(struct http_req *req, enum msg_status st)
{
	const struct api_op *op = http_req_route(req)->schema;
	char text[128];

	if (op == NULL || !op->dpop || bearer_dpop_of(req) == NULL)
		return 0;
	(void)snprintf(text, sizeof(text), "DPoP error=\"%s\", "
	    "algs=\"ES256 EdDSA RS256\", " REALM, outcome[st].code);
	(void)http_reply_header(req, "WWW-Authenticate", text);
	return 1;
}

void
api_status_fields(struct http_req *req, enum msg_status st,
    uint32_t retry_after_s)
{
	char seconds[16];
	int status = status_of(req, st);

	if ((status == 401 || st == ST_INSUFFICIENT_SCOPE) &&
	    !dpop_challenge(req, st))
		(void)http_reply_header(req, "WWW-Authenticate",
		    st == ST_INVALID_CLIENT ? "Basic realm=\"moatd\"" :
		    st == ST_INVALID_TOKEN ?
		    REALM ", error=\"invalid_token\"" :
		    st == ST_INSUFFICIENT_SCOPE ?
		    REALM ", error=\"insufficient_scope\"" : REALM);
	if (status == 429 || status == 503) {
		(void)snprintf(seconds, sizeof(seconds), "%u",
		    retry_after_s != 0 ? retry_after_s : 1);
		(void)http_reply_header(req, "Retry-After", seconds);
	}
}

/*
 * OAuth routes and pages have errors of their own shape, which http_reply_error
 * knows; the reason of a page is for who made its form.
 */
static int
fail_otherwise(struct http_req *req, enum msg_status st,
    const struct schema_errors *errs)
{
	const struct http_route *rt = http_req_route(req);
	char text[sizeof(errs->e[0].path) + sizeof(errs->e[0].msg) + 4];

	if (!(rt->flags & (HTTP_R_OAUTH | HTTP_R_PAGE)))
		return 0;
	if (st == ST_INVALID_REQUEST && errs != NULL && errs->n > 0 &&
	    *errs->e[0].path != '\0' && (rt->flags & HTTP_R_OAUTH)) {
		(void)snprintf(text, sizeof(text), "%s: %s", errs->e[0].path,
		    errs->e[0].msg);
		http_reply_error(req, outcome[st].status, outcome[st].code,
		    text);
	} else
		http_reply_error(req, status_of(req, st), outcome[st].code,
		    outcome[st].message);
	return 1;
}

static void
fail(struct http_req *req, enum msg_status st, uint32_t retry_after_s,
    const struct schema_errors *errs, const char *reason)
{
	struct buf *b = api_out();

	api_status_fields(req, st, retry_after_s);
	if (fail_otherwise(req, st, errs))
		return;
	buf_adds(b, "{\"error\":");
	buf_add_json(b, outcome[st].code);
	buf_adds(b, ",\"message\":");
	buf_add_json(b, outcome[st].message);
	if (st == ST_WEAK_PASSWORD) {
		buf_adds(b, ",\"reason\":");
		buf_add_json(b, reason);
	}
	if (errs != NULL)
		add_errors(b, errs);
	buf_addc(b, '}');
	api_send(req, outcome[st].status, 0);
}

void
api_fail(struct api_call *c, enum msg_status st, uint32_t retry_after_s,
    const char *path, const char *reason)
{
	if ((unsigned)st >= ST__MAX)
		st = ST_INTERNAL;
	if (st == ST_USE_DPOP_NONCE)
		(void)http_reply_header(c->req, "DPoP-Nonce", reason);
	if (outcome[st].status != 400) {
		fail(c->req, st, retry_after_s, NULL, NULL);
		return;
	}
	if (st == ST_WEAK_PASSWORD && *path == '\0' && c->op->password)
		path = c->op->password;
	c->errs.n = 0;
	schema_error_add(&c->errs, path, "%s",
	    *reason != '\0' ? reason : "is not valid");
	fail(c->req, st, retry_after_s, &c->errs, reason);
}

void
api_mfa_ticket(struct api_call *c, const struct msg_mfa_ticket_res *t)
{
	struct buf *b = api_out();

	api_status_fields(c->req, ST_MFA_REQUIRED, 0);
	buf_adds(b, "{\"error\":");
	buf_add_json(b, outcome[ST_MFA_REQUIRED].code);
	buf_adds(b, ",\"message\":");
	buf_add_json(b, outcome[ST_MFA_REQUIRED].message);
	buf_adds(b, ",\"mfa_token\":");
	buf_add_json(b, t->ticket);
	buf_adds(b, ",\"expires_in\":");
	buf_addu(b, t->expires_in);
	buf_addc(b, '}');
	api_send(c->req, outcome[ST_MFA_REQUIRED].status, 1);
}

void
api_invalid(struct api_call *c)
{
	fail(c->req, ST_INVALID_REQUEST, 0, &c->errs, NULL);
}

/* RFC 9110 section 13.1.2: a list of tags compared weakly, or "*". */
int
api_unchanged(struct http_req *req, const char *etag)
{
	const char *list = http_req_header(req, "if-none-match");
	size_t n = strlen(etag);

	while (list != NULL && *list != '\0') {
		list += strspn(list, " \t,");
		if (*list == '*')
			return 1;
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		if (strncmp(list, etag, n) == 0 &&
		    strchr(" \t,", list[n]) != NULL)
			return 1;
		list += strcspn(list, ",");
	}
	return 0;
}
