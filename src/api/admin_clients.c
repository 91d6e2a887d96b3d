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
 * /admin/clients (API.md section 6). Run by workers; twins: answer_client_*(),
 * answer_clients_list().
 */
#include <stdlib.h>
#include <string.h>

#include "src/api/admin.h"
#include "src/rules/client.h"
#include "src/rules/role.h"

#define OVERLAP_MAX	2592000		/* seconds that an old secret lives */

#define MEMBERS(required_name)						\
	{ .name = "client_name", .type = SCHEMA_STR,			\
	    .required = required_name, .min = 1, .max = 128, .counts = 1 }, \
	{ .name = "redirect_uris", .type = SCHEMA_STRS, .min = 1,	\
	    .bytes = CLIENT_URI_MAX, .items = CLIENT_URIS, .counts = 1 }, \
	{ .name = "post_logout_redirect_uris", .type = SCHEMA_STRS,	\
	    .min = 1, .bytes = CLIENT_URI_MAX, .items = CLIENT_URIS,	\
	    .counts = 1 },						\
	{ .name = "grant_types", .type = SCHEMA_STRS, .min = 1,		\
	    .bytes = 64, .items = 8, .counts = 1 },			\
	{ .name = "token_endpoint_auth_method", .type = SCHEMA_STR,	\
	    .min = 1, .bytes = 32, .counts = 1 },			\
	{ .name = "jwks", .type = SCHEMA_OBJECT,			\
	    .bytes = CLIENT_JWKS_MAX, .counts = 1 },			\
	{ .name = "scope", .type = SCHEMA_STR,				\
	    .bytes = CLIENT_SCOPE_MAX, .counts = 1 },			\
	{ .name = "audience", .type = SCHEMA_STRS, .min = 1,		\
	    .bytes = CLIENT_URI_MAX, .items = CLIENT_AUDIENCE,		\
	    .counts = 1 },						\
	{ .name = "roles", .type = SCHEMA_STRS, .min = 1,		\
	    .items = CLIENT_ROLES, .counts = 1 },			\
	{ .name = "permissions", .type = SCHEMA_STRS, .min = 1,		\
	    .items = PERMISSIONS_MAX, .counts = 1 },			\
	{ .name = "access_token_lifetime", .type = SCHEMA_INT,		\
	    .min = CLIENT_ACCESS_MIN, .max = CLIENT_ACCESS_MAX,		\
	    .counts = 1 },						\
	{ .name = "refresh_token_lifetime", .type = SCHEMA_INT,		\
	    .min = CLIENT_REFRESH_MIN, .max = CLIENT_REFRESH_MAX,	\
	    .counts = 1 },						\
	{ .name = "id_token_signed_response_alg", .type = SCHEMA_STR,	\
	    .min = 1, .bytes = 16, .counts = 1 },			\
	{ .name = "access_token_signed_response_alg",			\
	    .type = SCHEMA_STR, .min = 1, .bytes = 16, .counts = 1 },	\
	{ .name = "skip_consent", .type = SCHEMA_BOOL, .counts = 1 },	\
	{ .name = "disabled", .type = SCHEMA_BOOL, .counts = 1 },	\
	{ .name = "backchannel_logout_uri", .type = SCHEMA_STR,		\
	    .bytes = CLIENT_URI_MAX, .counts = 1 },			\
	{ .name = "require_pushed_authorization_requests",		\
	    .type = SCHEMA_BOOL, .counts = 1 },				\
	{ .name = "dpop_bound_access_tokens", .type = SCHEMA_BOOL,	\
	    .counts = 1 }

static const struct schema_field create_fields[] = {
	{ .name = "client_id", .type = SCHEMA_STR, .min = 3, .max = 64 },
	MEMBERS(1),
};
static const struct schema_field patch_fields[] = { MEMBERS(0) };
static const struct schema create_body =
    SCHEMA("ClientRequest", create_fields, 0);
static const struct schema patch_body =
    SCHEMA("ClientPatchRequest", patch_fields, 1);

const struct api_op op_admin_clients = { .id = "listClients",
    .summary = "The clients", .result = "ClientList", .success = 200,
    .list = 1 };
const struct api_op op_admin_client_create = { .id = "createClient",
    .summary = "A new client; its secret is shown once",
    .body = &create_body, .result = "Client", .success = 201,
    .own = { 409 } };
const struct api_op op_admin_client_get = { .id = "getClient",
    .summary = "A client", .result = "Client", .success = 200,
    .own = { 404 } };
const struct api_op op_admin_client_patch = { .id = "patchClient",
    .summary = "Change a client; lists are replaced", .body = &patch_body,
    .result = "Client", .success = 200, .own = { 404 } };
const struct api_op op_admin_client_delete = { .id = "deleteClient",
    .summary = "End a client, its tokens and its permissions",
    .success = 204, .own = { 404 } };
static const struct schema_field secret_fields[] = {
	{ .name = "overlap", .type = SCHEMA_INT, .max = OVERLAP_MAX },
};
static const struct schema secret_body =
    SCHEMA("ClientSecretRequest", secret_fields, 0);
const struct api_op op_admin_client_secret = { .id = "newClientSecret",
    .summary = "A new secret; the old one dies, at once or so many seconds "
    "later", .body = &secret_body, .result = "ClientSecret",
    .success = 200, .own = { 404, 409 } };

/* ---- answers ---- */

static void
add_text(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, ",\"%s\":", name);
	buf_add_json(b, value);
}

/* A text, or null. */
static void
add_maybe(struct buf *b, const char *name, const char *value)
{
	if (*value != '\0')
		add_text(b, name, value);
	else
		buf_addf(b, ",\"%s\":null", name);
}

static void
add_list(struct buf *b, const char *name, const char *words)
{
	buf_addf(b, ",\"%s\":", name);
	api_add_words(b, words);
}

static void
add_flag(struct buf *b, const char *name, int on)
{
	buf_addf(b, ",\"%s\":", name);
	api_add_bool(b, on);
}

/* All but the closing brace. An item has the same fields but the secret. */
static void
add_client(struct buf *b, const struct msg_client_res *c)
{
	buf_adds(b, "{\"client_id\":");
	buf_add_json(b, c->client_id);
	add_text(b, "client_name", c->client_name);
	add_list(b, "redirect_uris", c->redirect_uris);
	add_list(b, "post_logout_redirect_uris",
	    c->post_logout_redirect_uris);
	add_list(b, "grant_types", c->grant_types);
	add_text(b, "token_endpoint_auth_method",
	    c->token_endpoint_auth_method);
	/* it is the text of an object, which was composed by a worker */
	buf_addf(b, ",\"jwks\":%s", *c->jwks != '\0' ? c->jwks : "null");
	add_text(b, "scope", c->scope);
	add_list(b, "audience", c->audience);
	add_list(b, "roles", c->roles);
	add_list(b, "permissions", c->permissions);
	buf_addf(b, ",\"access_token_lifetime\":%u,"
	    "\"refresh_token_lifetime\":%u", c->access_token_lifetime,
	    c->refresh_token_lifetime);
	add_text(b, "id_token_signed_response_alg",
	    c->id_token_signed_response_alg);
	add_text(b, "access_token_signed_response_alg",
	    c->access_token_signed_response_alg);
	add_flag(b, "skip_consent", c->skip_consent);
	add_flag(b, "disabled", c->disabled);
	add_maybe(b, "backchannel_logout_uri", c->backchannel_logout_uri);
	add_flag(b, "require_pushed_authorization_requests",
	    c->require_pushed_authorization_requests);
	add_flag(b, "dpop_bound_access_tokens", c->dpop_bound_access_tokens);
	buf_adds(b, ",\"createdAt\":");
	api_add_time(b, c->created_at);
}

static void
add_item(struct buf *b, const union msg *m)
{
	add_client(b, &m->client_res);
	buf_addc(b, '}');
}

static void
listed(uint16_t type, const union msg *m, int last, void *arg)
{
	api_listed(arg, IMSG_CLIENT_ITEM_RES, type, m, last, add_item);
}

static void
got(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_client_res *r = &m->client_res;
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_CLIENT_RES, type, m, last))
		return;
	if (c->op->success == 201)
		admin_location(c, r->client_id);
	b = api_out();
	add_client(b, r);
	if (*r->secret != '\0')
		add_text(b, "client_secret", r->secret);
	buf_addc(b, '}');
	api_send(c->req, c->op->success, *r->secret != '\0');
}

static void
got_secret(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	struct buf *b;

	if (!api_expect(c, IMSG_CLIENT_SECRET_RES, type, m, last))
		return;
	b = api_out();
	buf_adds(b, "{\"client_id\":");
	buf_add_json(b, m->client_secret_res.client_id);
	add_text(b, "client_secret", m->client_secret_res.secret);
	buf_addc(b, '}');
	api_send(c->req, 200, 1);
}

/* ---- a body ---- */

/* Its members that are lists, as words, and the text of its keys. */
struct texts {
	struct buf	 lists[6];
	char		*jwks;
};

static const struct list {
	const char	*name, *why;
	int		(*ok)(const char *);
} lists[6] = {
	{ "redirect_uris", "must be https, http on a loopback host, or a "
	    "private scheme with a dot, without fragment, user or wildcard",
	    client_redirect_ok },
	{ "post_logout_redirect_uris", "must be https, http on a loopback "
	    "host, or a private scheme with a dot", client_redirect_ok },
	{ "grant_types", "is none that there is", client_grant_ok },
	{ "audience", "must be printable ASCII without blanks",
	    client_audience_ok },
	{ "roles", "is no name of a role", role_name_ok },
	{ "permissions", "must be a lower case letter or digit, then "
	    "letters, digits and ._-", permission_name_ok },
};
enum { L_REDIRECTS, L_LOGOUTS, L_GRANTS, L_AUDIENCE, L_ROLES,
    L_PERMISSIONS };

static const struct {
	const char	*name, *why;
	int		(*ok)(const char *);
} words[] = {
	{ "client_id", "must be 3 to 64 lower case letters, digits and ._-, "
	    "and none of ours", client_id_ok },
	{ "client_name", "has characters that nobody sees", client_name_ok },
	{ "token_endpoint_auth_method", "is none that there is",
	    client_method_ok },
	{ "scope", "must be words of printable ASCII", client_scope_ok },
	{ "id_token_signed_response_alg", "is none that there is",
	    client_alg_ok },
	{ "access_token_signed_response_alg", "is none that there is",
	    client_alg_ok },
};

static void
texts_free(struct texts *t)
{
	size_t i;

	for (i = 0; i < sizeof(t->lists) / sizeof(t->lists[0]); i++)
		buf_free(&t->lists[i]);
	free(t->jwks);
}

/* 1; 0: 400 or 500 was or will be answered. */
static int
texts_take(struct api_call *c, struct texts *t)
{
	const json_t *jwks = json_object_get(c->body, "jwks");
	size_t i;
	int err = 0;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		admin_words(c, &t->lists[i], lists[i].name, lists[i].ok,
		    lists[i].why);
		err |= buf_cstr(&t->lists[i]) == NULL;
	}
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if ((i > 0 || c->op->body == &create_body) &&
		    schema_has(c->body, words[i].name) &&
		    !words[i].ok(schema_str(c->body, words[i].name)))
			schema_error_add(&c->errs, words[i].name, "%s",
			    words[i].why);
	if (jwks != NULL) {
		t->jwks = json_dumps(jwks, JSON_COMPACT);
		err |= t->jwks == NULL;
		if (t->jwks != NULL && strlen(t->jwks) > CLIENT_JWKS_MAX)
			schema_error_add(&c->errs, "jwks",
			    "must have at most %d bytes", CLIENT_JWKS_MAX);
	}
	if (c->errs.n > 0)
		api_refuse_checked(c, ST_INVALID_REQUEST);
	else if (err)
		api_fail(c, ST_INTERNAL, 0, "", "");
	return (c->errs.n == 0 && !err);
}

/* Bits of `has`, in the order of their members. */
static uint32_t
has_of(const json_t *body)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < sizeof(create_fields) / sizeof(create_fields[0]); i++)
		if (schema_has(body, create_fields[i].name))
			bits |= UINT32_C(1) << i;
	return (bits);
}

/* Members of both messages, from a body. */
#define WISH(b, t)							\
	.has = has_of(b), .client_name = schema_str(b, "client_name"),	\
	.redirect_uris = (const char *)(t)->lists[L_REDIRECTS].p,	\
	.post_logout_redirect_uris =					\
	(const char *)(t)->lists[L_LOGOUTS].p,				\
	.grant_types = (const char *)(t)->lists[L_GRANTS].p,		\
	.token_endpoint_auth_method =					\
	schema_str(b, "token_endpoint_auth_method"),			\
	.jwks = (t)->jwks != NULL ? (t)->jwks : "",			\
	.scope = schema_str(b, "scope"),				\
	.audience = (const char *)(t)->lists[L_AUDIENCE].p,		\
	.roles = (const char *)(t)->lists[L_ROLES].p,			\
	.permissions = (const char *)(t)->lists[L_PERMISSIONS].p,	\
	.access_token_lifetime = schema_uint(b, "access_token_lifetime"), \
	.refresh_token_lifetime =					\
	schema_uint(b, "refresh_token_lifetime"),			\
	.id_token_signed_response_alg =					\
	schema_str(b, "id_token_signed_response_alg"),			\
	.access_token_signed_response_alg =				\
	schema_str(b, "access_token_signed_response_alg"),		\
	.skip_consent = (uint8_t)schema_bool(b, "skip_consent"),	\
	.disabled = (uint8_t)schema_bool(b, "disabled"),		\
	.backchannel_logout_uri = schema_str(b, "backchannel_logout_uri"), \
	.require_pushed_authorization_requests = (uint8_t)		\
	schema_bool(b, "require_pushed_authorization_requests"),	\
	.dpop_bound_access_tokens = (uint8_t)				\
	schema_bool(b, "dpop_bound_access_tokens")

/* ---- requests ---- */

/* The client of the path; NULL: it can be none, and that will be answered. */
static const char *
client_of(struct api_call *c)
{
	const char *id = http_req_arg(c->req, 0);

	if (id != NULL && client_id_ok(id))
		return (id);
	api_refuse_checked(c, ST_NOT_FOUND);
	return (NULL);
}

void
admin_clients(struct http_req *req)
{
	struct msg_clients_list_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_clients_list_req){ API_ADMIN(c), .limit = c->limit,
	    .cursor = c->cursor };
	api_asked(c, ask_edge(api.engine, IMSG_CLIENTS_LIST_REQ, &m, listed,
	    c));
}

void
admin_client_create(struct http_req *req)
{
	struct msg_client_create_req m;
	struct api_call *c;
	struct texts t;

	if ((c = api_begin(req)) == NULL)
		return;
	if (texts_take(c, &t)) {
		m = (struct msg_client_create_req){ API_ADMIN(c),
		    .client_id = schema_str(c->body, "client_id"),
		    WISH(c->body, &t) };
		api_asked(c, ask_edge(api.engine, IMSG_CLIENT_CREATE_REQ, &m,
		    got, c));
	}
	texts_free(&t);
}

void
admin_client_get(struct http_req *req)
{
	struct msg_client_get_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = client_of(c)) == NULL)
		return;
	m = (struct msg_client_get_req){ API_ADMIN(c), .client_id = id };
	api_asked(c, ask_edge(api.engine, IMSG_CLIENT_GET_REQ, &m, got, c));
}

void
admin_client_patch(struct http_req *req)
{
	struct msg_client_patch_req m;
	struct api_call *c;
	struct texts t;
	const char *id;

	if ((c = api_begin(req)) == NULL)
		return;
	if (texts_take(c, &t) && (id = client_of(c)) != NULL) {
		m = (struct msg_client_patch_req){ API_ADMIN(c),
		    .client_id = id, WISH(c->body, &t) };
		m.has &= ~(uint32_t)CLIENT_HAS_ID;
		api_asked(c, ask_edge(api.engine, IMSG_CLIENT_PATCH_REQ, &m,
		    got, c));
	}
	texts_free(&t);
}

void
admin_client_delete(struct http_req *req)
{
	struct msg_client_delete_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = client_of(c)) == NULL)
		return;
	m = (struct msg_client_delete_req){ API_ADMIN(c), .client_id = id };
	api_asked(c, ask_edge(api.engine, IMSG_CLIENT_DELETE_REQ, &m,
	    api_no_content, c));
}

void
admin_client_secret(struct http_req *req)
{
	struct msg_client_secret_req m;
	struct api_call *c;
	const char *id;

	if ((c = api_begin(req)) == NULL || (id = client_of(c)) == NULL)
		return;
	m = (struct msg_client_secret_req){ API_ADMIN(c), .client_id = id,
	    .overlap_s = schema_uint(c->body, "overlap") };
	api_asked(c, ask_edge(api.engine, IMSG_CLIENT_SECRET_REQ, &m,
	    got_secret, c));
}
