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
 * Clients that register and manage themselves (RFC 7591, 7592): API.md section
 * 8. Run by workers; holds the token of a request while it lasts. What is wrong
 * with the metadata is told to who has a good token, so the engine is asked in
 * any case; there, such a request is a registration that is none.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/api/admin.h"
#include "src/oauth/oauth.h"
#include "src/rules/client.h"
#include "src/rules/tenant.h"

/* Registering anew says all of it again. */
#define METADATA							\
	{ .name = "redirect_uris", .type = SCHEMA_STRS, .min = 1,	\
	    .bytes = CLIENT_URI_MAX, .items = CLIENT_URIS },		\
	{ .name = "post_logout_redirect_uris", .type = SCHEMA_STRS,	\
	    .min = 1, .bytes = CLIENT_URI_MAX, .items = CLIENT_URIS },	\
	{ .name = "grant_types", .type = SCHEMA_STRS, .min = 1,		\
	    .bytes = 64, .items = 8 },					\
	{ .name = "response_types", .type = SCHEMA_STRS, .min = 1,	\
	    .bytes = 64, .items = 8 },					\
	{ .name = "client_name", .type = SCHEMA_STR, .max = 128 },	\
	{ .name = "token_endpoint_auth_method", .type = SCHEMA_STR,	\
	    .min = 1, .bytes = 32 },					\
	{ .name = "jwks", .type = SCHEMA_OBJECT, .bytes = CLIENT_JWKS_MAX },\
	{ .name = "scope", .type = SCHEMA_STR, .bytes = CLIENT_SCOPE_MAX },\
	{ .name = "id_token_signed_response_alg", .type = SCHEMA_STR,	\
	    .min = 1, .bytes = 16 },					\
	{ .name = "subject_type", .type = SCHEMA_STR, .min = 1, .bytes = 16 },\
	{ .name = "backchannel_logout_uri", .type = SCHEMA_STR,		\
	    .bytes = CLIENT_URI_MAX },					\
	{ .name = "require_pushed_authorization_requests",		\
	    .type = SCHEMA_BOOL },					\
	{ .name = "dpop_bound_access_tokens", .type = SCHEMA_BOOL }
static const struct schema_field fields[] = { METADATA };
static const struct schema_field put_fields[] = {
	{ .name = "client_id", .type = SCHEMA_STR, .required = 1, .min = 1,
	    .bytes = CAP_CLIENT },
	METADATA
};
static const struct schema body = SCHEMA("Registration", fields, 0);
static const struct schema put_body =
    SCHEMA("RegistrationUpdate", put_fields, 0);

const struct api_op oauth_register_op = { .id = "registerClient",
    .summary = "A client registers itself (RFC 7591)", .body = &body,
    .result = "Object", .success = 201, .client = API_CLIENT_TOKEN,
    .own = { 401, 404 } };
const struct api_op oauth_register_get_op = { .id = "readRegistration",
    .summary = "A client reads what it registered (RFC 7592)",
    .result = "Object", .success = 200, .client = API_CLIENT_TOKEN,
    .own = { 401, 404 } };
const struct api_op oauth_register_put_op = { .id = "updateRegistration",
    .summary = "A client registers anew (RFC 7592)", .body = &put_body,
    .result = "Object", .success = 200, .client = API_CLIENT_TOKEN,
    .own = { 401, 403, 404 } };
const struct api_op oauth_register_delete_op = { .id = "endRegistration",
    .summary = "A client ends itself (RFC 7592)", .success = 204,
    .client = API_CLIENT_TOKEN, .own = { 401, 403, 404 } };

/* ---- answers ---- */

static void
add_text(struct buf *b, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	buf_addf(b, ",\"%s\":", name);
	buf_add_json(b, value);
}

static void
add_list(struct buf *b, const char *name, const char *words)
{
	buf_addf(b, ",\"%s\":", name);
	api_add_words(b, words);
}

static void
add_metadata(struct buf *b, const struct msg_client_register_res *r)
{
	add_text(b, "client_name", r->client_name);
	add_list(b, "redirect_uris", r->redirect_uris);
	add_list(b, "post_logout_redirect_uris",
	    r->post_logout_redirect_uris);
	add_list(b, "grant_types", r->grant_types);
	add_list(b, "response_types",
	    client_has(r->grant_types, "authorization_code") ? "code" : "");
	add_text(b, "token_endpoint_auth_method",
	    r->token_endpoint_auth_method);
	/* the text of an object, which a worker has composed */
	if (*r->jwks != '\0')
		buf_addf(b, ",\"jwks\":%s", r->jwks);
	add_text(b, "scope", r->scope);
	add_text(b, "id_token_signed_response_alg",
	    r->id_token_signed_response_alg);
	buf_adds(b, ",\"subject_type\":\"public\"");
	add_text(b, "backchannel_logout_uri", r->backchannel_logout_uri);
	buf_adds(b, ",\"require_pushed_authorization_requests\":");
	api_add_bool(b, r->require_pushed_authorization_requests);
	buf_adds(b, ",\"dpop_bound_access_tokens\":");
	api_add_bool(b, r->dpop_bound_access_tokens);
}

/* Who shows a token knows it: it is told again (RFC 7592 section 3). */
static void
got(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_client_register_res *r = &m->client_register_res;
	char issuer[sizeof(api.issuer) + TENANT_ISSUER];
	struct api_call *c = arg;
	struct buf *b;

	if (m != NULL && type == IMSG_ERROR_RES && c->refusal != ST_OK &&
	    m->error_res.status == ST_INVALID_CLIENT_METADATA) {
		api_fail(c, c->refusal, 0, "", "");
		return;
	}
	if (!api_expect(c, IMSG_CLIENT_REGISTER_RES, type, m, last))
		return;
	if (tenant_issuer(issuer, sizeof(issuer), api.issuer,
	    c->ctx.tenant) == -1) {
		api_fail(c, ST_INTERNAL, 0, "", "");
		return;
	}
	b = api_out();
	buf_adds(b, "{\"client_id\":");
	buf_add_json(b, r->client_id);
	buf_addf(b, ",\"client_id_issued_at\":%lld",
	    (long long)(r->created_at / 1000000));
	if (*r->secret != '\0') {
		add_text(b, "client_secret", r->secret);
		buf_adds(b, ",\"client_secret_expires_at\":0");
	}
	add_text(b, "registration_access_token",
	    *r->token != '\0' ? r->token : c->bearer);
	buf_addf(b, ",\"registration_client_uri\":\"%s/oauth2/register/%s\"",
	    issuer, r->client_id);
	add_metadata(b, r);
	buf_addc(b, '}');
	api_send(c->req, c->op->success, 1);
}

/* ---- requests ---- */

/* A token by its form, from `Authorization: Bearer` only; "" none. */
static const char *
token_of(struct http_req *req)
{
	const char *v = http_req_header(req, "authorization");

	if (v == NULL || strncasecmp(v, "bearer ", 7) != 0)
		return ("");
	v += 7 + strspn(v + 7, " ");
	return (strlen(v) > CAP_CODE ? "?" : v);
}

/* Its members that are lists, as words, and the text of its keys. */
struct texts {
	struct buf	 redirects, logouts, grants;
	char		*jwks;
};

static void
texts_free(struct texts *t)
{
	buf_free(&t->redirects);
	buf_free(&t->logouts);
	buf_free(&t->grants);
	free(t->jwks);
}

static int
is_code(const char *s)
{
	return (strcmp(s, "code") == 0);
}

/* What the schema and the lists have refused, or ST_OK. */
static enum msg_status
refusal_of(const struct api_call *c)
{
	if (c->body == NULL)
		return (ST_INVALID_REQUEST);
	if (c->errs.n == 0)
		return (ST_OK);
	return (strncmp(c->errs.e[0].path, "redirect_uris", 13) == 0 ?
	    ST_INVALID_REDIRECT_URI : ST_INVALID_CLIENT_METADATA);
}

/* What is known, and cannot be had: no statement is believed, no keys are
 * fetched; nor may a client say what only the server does (RFC 7592 2.2). */
static void
check_refused(struct api_call *c)
{
	static const char *const names[] = { "software_statement",
		"jwks_uri", "sector_identifier_uri",
		"registration_access_token", "registration_client_uri",
		"client_id_issued_at", "client_secret_expires_at" };
	const char *subject = schema_str(c->body, "subject_type");
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(c->body, names[i]) != NULL)
			schema_error_add(&c->errs, names[i],
			    "is not taken here");
	if (*subject != '\0' && strcmp(subject, "public") != 0)
		schema_error_add(&c->errs, "subject_type", "must be public");
}

static void
texts_take(struct api_call *c, struct texts *t)
{
	const json_t *jwks;
	struct buf none = BUF_INIT;

	memset(t, 0, sizeof(*t));
	if (c->body == NULL)
		return;
	if (c->errs.n > 0)
		return;
	admin_words(c, &t->redirects, "redirect_uris", client_redirect_ok,
	    "is not a good one");
	admin_words(c, &t->logouts, "post_logout_redirect_uris",
	    client_redirect_ok, "is not a good one");
	admin_words(c, &t->grants, "grant_types", client_grant_ok,
	    "is none that there is");
	admin_words(c, &none, "response_types", is_code, "must be code");
	buf_free(&none);
	check_refused(c);
	if ((jwks = json_object_get(c->body, "jwks")) != NULL &&
	    ((t->jwks = json_dumps(jwks, JSON_COMPACT)) == NULL ||
	    strlen(t->jwks) > CLIENT_JWKS_MAX))
		schema_error_add(&c->errs, "jwks", "is too large");
}

static const char *
list_of(struct buf *b)
{
	return (buf_cstr(b) != NULL ? (const char *)b->p : "");
}

static const struct {
	const char	*name;
	uint32_t	 bit;
} bits[] = {
	{ "redirect_uris", CLIENT_HAS_REDIRECTS },
	{ "post_logout_redirect_uris", CLIENT_HAS_LOGOUTS },
	{ "grant_types", CLIENT_HAS_GRANTS },
	{ "client_name", CLIENT_HAS_NAME },
	{ "token_endpoint_auth_method", CLIENT_HAS_METHOD },
	{ "jwks", CLIENT_HAS_JWKS }, { "scope", CLIENT_HAS_SCOPE },
	{ "id_token_signed_response_alg", CLIENT_HAS_ID_ALG },
	{ "backchannel_logout_uri", CLIENT_HAS_BACKCHANNEL },
	{ "require_pushed_authorization_requests", CLIENT_HAS_PAR },
	{ "dpop_bound_access_tokens", CLIENT_HAS_DPOP },
};

/* Also says what is told when the token is good and this is not. */
static uint32_t
has_of(struct api_call *c)
{
	uint32_t has = 0;
	size_t i;

	if ((c->refusal = refusal_of(c)) != ST_OK)
		return (CLIENT_HAS_BAD);
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (schema_has(c->body, bits[i].name))
			has |= bits[i].bit;
	return (has);
}

/* Members of a message, from the body of a call, or from none. */
#define TEXT(c, name)	((c)->errs.n == 0 ? schema_str((c)->body, name) : "")
#define FLAG(c, name)	((uint8_t)((c)->errs.n == 0 &&			\
	schema_bool((c)->body, name)))
#define WISH(c, t)							\
	.has = has_of(c), .client_name = TEXT(c, "client_name"),	\
	.redirect_uris = list_of(&(t)->redirects),			\
	.post_logout_redirect_uris = list_of(&(t)->logouts),		\
	.grant_types = list_of(&(t)->grants),				\
	.token_endpoint_auth_method =					\
	TEXT(c, "token_endpoint_auth_method"),				\
	.jwks = (t)->jwks != NULL && (c)->errs.n == 0 ? (t)->jwks : "",	\
	.scope = TEXT(c, "scope"), .audience = "", .roles = "",		\
	.permissions = "", .id_token_signed_response_alg =		\
	TEXT(c, "id_token_signed_response_alg"),			\
	.access_token_signed_response_alg = "",				\
	.backchannel_logout_uri = TEXT(c, "backchannel_logout_uri"),	\
	.require_pushed_authorization_requests =			\
	FLAG(c, "require_pushed_authorization_requests"),		\
	.dpop_bound_access_tokens = FLAG(c, "dpop_bound_access_tokens")

/* NULL: answered. */
static struct api_call *
begin(struct http_req *req)
{
	struct api_call *c;

	if (!api.client_registration) {
		http_reply_error(req, 404, "not_found", "Not found");
		return (NULL);
	}
	if ((c = api_begin(req)) != NULL)
		c->bearer = token_of(req);
	return (c);
}

void
oauth_register(struct http_req *req)
{
	struct msg_client_register_req m;
	struct api_call *c;
	struct texts t;

	if ((c = begin(req)) == NULL)
		return;
	texts_take(c, &t);
	m = (struct msg_client_register_req){ EDGE_CTX(&c->ctx),
	    .token = c->bearer, .client_id = "", WISH(c, &t) };
	api_asked(c, ask_edge(api.engine, IMSG_CLIENT_REGISTER_REQ, &m, got,
	    c));
	texts_free(&t);
}

/* A client of the path by its form, else one that nobody has. */
static const char *
client_of(struct api_call *c)
{
	const char *id = http_req_arg(c->req, 0);

	return (id != NULL && client_id_ok(id) ? id : "-");
}

/* Frees the texts: also none at all take memory to be read. */
static void
self(struct api_call *c, enum client_self act, struct texts *t, ask_cb cb)
{
	struct msg_client_self_req m = { EDGE_CTX(&c->ctx),
	    .token = c->bearer, .act = act, .client_id = client_of(c),
	    WISH(c, t) };

	api_asked(c, ask_edge(api.engine, IMSG_CLIENT_SELF_REQ, &m, cb, c));
	texts_free(t);
}

void
oauth_register_get(struct http_req *req)
{
	struct texts t = { .jwks = NULL };
	struct api_call *c;

	if ((c = begin(req)) != NULL)
		self(c, CLIENT_SELF_READ, &t, got);
}

void
oauth_register_put(struct http_req *req)
{
	struct api_call *c;
	struct texts t;

	if ((c = begin(req)) == NULL)
		return;
	texts_take(c, &t);
	if (c->body != NULL && c->errs.n == 0 &&
	    strcmp(schema_str(c->body, "client_id"), client_of(c)) != 0)
		schema_error_add(&c->errs, "client_id",
		    "is another client");
	self(c, CLIENT_SELF_UPDATE, &t, got);
}

void
oauth_register_delete(struct http_req *req)
{
	struct texts t = { .jwks = NULL };
	struct api_call *c;

	if ((c = begin(req)) != NULL)
		self(c, CLIENT_SELF_DELETE, &t, api_no_content);
}
