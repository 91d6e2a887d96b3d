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
 * GET /openapi.json (API.md section 2; OpenAPI 3.1). Run by workers: made once
 * at start, from the route table and its body schemas, so that it cannot say
 * anything but what is served.
 */
#include <stdio.h>
#include <string.h>

#include "src/api/call.h"
#include "src/api/openapi.h"

#define REF	"{\"$ref\":\"#/components/schemas/"

static void
add_pair(struct buf *b, const char *name, const char *value)
{
	buf_add_json(b, name);
	buf_addc(b, ':');
	buf_add_json(b, value);
}

/* "minX":min,"maxX":max of a text; the members of a schema object. */
static void
add_str_schema(struct buf *b, const struct schema_field *f)
{
	buf_adds(b, "\"type\":\"string\"");
	if (f->type == SCHEMA_PASSWORD) {
		buf_addf(b, ",\"format\":\"password\",\"minLength\":1,"
		    "\"maxLength\":%d,\"description\":\"1 to %d bytes\"",
		    SCHEMA_PASSWORD_MAX, SCHEMA_PASSWORD_MAX);
		return;
	}
	if (f->type == SCHEMA_OTP) {
		buf_adds(b, ",\"pattern\":\"^[0-9]{6}$\"");
		return;
	}
	buf_addf(b, ",\"minLength\":%u,\"maxLength\":%u", f->min,
	    f->max != 0 ? f->max : f->bytes != 0 ? f->bytes : SCHEMA_STR_MAX);
}

static void
add_field(struct buf *b, const struct schema_field *f)
{
	buf_add_json(b, f->name);
	buf_adds(b, ":{");
	if (f->type == SCHEMA_BOOL)
		buf_adds(b, "\"type\":\"boolean\"");
	else if (f->type == SCHEMA_OBJECT)
		buf_adds(b, "\"type\":\"object\"");
	else if (f->type == SCHEMA_INT)
		buf_addf(b, "\"type\":\"integer\",\"minimum\":%u,"
		    "\"maximum\":%u", f->min, f->max);
	else if (f->type == SCHEMA_STRS) {
		buf_addf(b, "\"type\":\"array\",\"maxItems\":%u,\"items\":{",
		    f->items);
		add_str_schema(b, f);
		buf_addc(b, '}');
	} else
		add_str_schema(b, f);
	buf_addc(b, '}');
}

/* Members that must come with others, or must not. */
static void
add_relations(struct buf *b, const struct schema *s)
{
	const struct schema_field *f;
	const char *sep = "";

	buf_adds(b, ",\"dependentRequired\":{");
	for (f = s->fields; f < s->fields + s->nfields; f++) {
		if (f->needs == NULL)
			continue;
		buf_addf(b, "%s\"%s\":[\"%s\"]", sep, f->name, f->needs);
		sep = ",";
	}
	buf_addc(b, '}');
	for (f = s->fields; f < s->fields + s->nfields; f++)
		if (f->excludes != NULL)
			buf_addf(b, ",\"not\":{\"required\":[\"%s\",\"%s\"]}",
			    f->name, f->excludes);
	if (!s->nonempty)
		return;
	sep = "";
	buf_adds(b, ",\"anyOf\":[");
	for (f = s->fields; f < s->fields + s->nfields; f++) {
		if (!f->counts)
			continue;
		buf_addf(b, "%s{\"required\":[\"%s\"]}", sep, f->name);
		sep = ",";
	}
	buf_addc(b, ']');
}

static void
add_schema(struct buf *b, const struct schema *s)
{
	const struct schema_field *f;
	const char *sep = "";

	buf_adds(b, "{\"type\":\"object\",\"required\":[");
	for (f = s->fields; f < s->fields + s->nfields; f++) {
		if (!f->required)
			continue;
		buf_adds(b, sep);
		buf_add_json(b, f->name);
		sep = ",";
	}
	buf_adds(b, "],\"properties\":{");
	for (f = s->fields; f < s->fields + s->nfields; f++) {
		if (f != s->fields)
			buf_addc(b, ',');
		add_field(b, f);
	}
	buf_addc(b, '}');
	add_relations(b, s);
	buf_addc(b, '}');
}

/* {name} parts of the path, and the query of a list. */
static void
add_parameters(struct buf *b, const struct http_route *r)
{
	const struct api_op *op = r->schema;
	const char *p = r->path, *sep = "", *end;

	buf_adds(b, ",\"parameters\":[");
	while ((p = strchr(p, '{')) != NULL &&
	    (end = strchr(++p, '}')) != NULL) {
		buf_adds(b, sep);
		buf_adds(b, "{\"name\":");
		buf_add_json_n(b, p, (size_t)(end - p));
		buf_adds(b, ",\"in\":\"path\",\"required\":true,"
		    "\"schema\":{\"type\":\"string\"}}");
		sep = ",";
	}
	for (p = op->query != NULL ? op->query : ""; *p != '\0';
	    p = end + (*end == ' ')) {
		end = p + strcspn(p, " ");
		buf_addf(b, "%s{\"name\":\"%.*s\",\"in\":\"query\","
		    "\"schema\":{\"type\":\"string\"}}", sep,
		    (int)(end - p), p);
		sep = ",";
	}
	if (op->if_match)
		buf_addf(b, "%s{\"name\":\"If-Match\",\"in\":\"header\","
		    "\"schema\":{\"type\":\"string\"}}", sep);
	if (op->list)
		buf_addf(b, "%s{\"name\":\"limit\",\"in\":\"query\","
		    "\"schema\":{\"type\":\"integer\",\"minimum\":1,"
		    "\"maximum\":%d,\"default\":%d}},"
		    "{\"name\":\"cursor\",\"in\":\"query\","
		    "\"schema\":{\"type\":\"string\"}}", sep, API_LIMIT_MAX,
		    API_LIMIT);
	buf_addc(b, ']');
}

static int
has_status(const struct http_route *r, int status)
{
	const struct api_op *op = r->schema;
	size_t i;

	for (i = 0; i < sizeof(op->own) / sizeof(op->own[0]); i++)
		if (op->own[i] == status)
			return 1;
	switch (status) {
	case 400:
	case 500:
		return 1;
	case 401:
	case 403:
		return (r->flags & HTTP_R_BEARER) != 0;
	case 413:
		return r->body != HTTP_B_NONE;
	case 415:
		return r->body == HTTP_B_JSON || r->body == HTTP_B_JSON_MAY;
	case 503:
		return op->body != NULL || (r->flags & HTTP_R_BEARER);
	default:
		return 0;
	}
}

static void
add_responses(struct buf *b, const struct http_route *r)
{
	const struct api_op *op = r->schema;
	size_t i;

	buf_addf(b, ",\"responses\":{\"%d\":{\"description\":\"Success\"",
	    op->success);
	if (op->result != NULL)
		buf_addf(b, ",\"content\":{\"application/json\":{\"schema\":"
		    REF "%s\"}}}", op->result);
	else if (op->success == 200)
		buf_adds(b, ",\"content\":{\"text/plain\":{\"schema\":"
		    "{\"type\":\"string\"}}}");
	buf_addc(b, '}');
	for (i = 0; i < openapi_nstatuses; i++) {
		if (!has_status(r, openapi_statuses[i].status))
			continue;
		/* health's 503 has the shape of its 200 */
		if (openapi_statuses[i].status == 503 && op->body == NULL &&
		    !(r->flags & HTTP_R_BEARER))
			buf_addf(b, ",\"503\":{\"description\":"
			    "\"Unavailable\",\"content\":{"
			    "\"application/json\":{\"schema\":" REF
			    "%s\"}}}}", op->result);
		else
			buf_addf(b, ",\"%d\":{\"$ref\":"
			    "\"#/components/responses/%c%d\"}",
			    openapi_statuses[i].status,
			    (r->flags & HTTP_R_OAUTH) ? 'O' : 'E',
			    openapi_statuses[i].status);
	}
	buf_addc(b, '}');
}

/* What is under tenants as well has the issuers of both. */
static void
add_servers(struct buf *b)
{
	char url[sizeof(api.issuer) + sizeof("/t/{tenant}")];

	buf_adds(b, ",\"servers\":[{");
	add_pair(b, "url", api.issuer);
	buf_adds(b, "},{");
	snprintf(url, sizeof(url), "%s/t/{tenant}", api.issuer);
	add_pair(b, "url", url);
	buf_adds(b, ",\"variables\":{\"tenant\":{\"default\":\"tenant\","
	    "\"description\":\"id of a tenant\"}}}]");
}

/* Who may call it: the scope that the token must have, and where. */
static void
add_access(struct buf *b, const struct http_route *r)
{
	const struct api_op *op = r->schema;

	if (r->flags & HTTP_R_BEARER)
		buf_addf(b, ",\"security\":[{\"bearer\":[%s%s%s]}]",
		    op->any ? "" : "\"", op->any ? "" :
		    op->scope != NULL ? op->scope :
		    (r->flags & HTTP_R_ADMIN) ? "admin" : "account",
		    op->any ? "" : "\"");
	else if (op->client)
		buf_addf(b, ",\"security\":[{\"%s\":[]}]",
		    op->client == API_CLIENT_TOKEN ? "registration" :
		    "basic");
	buf_addc(b, ',');
	add_pair(b, "x-moatd-serve", r->serve == SERVE_ADMIN ? "admin" :
	    r->serve == SERVE_METRICS ? "metrics" : "public");
	if (r->flags & HTTP_R_TENANT)
		add_servers(b);
}

static void
add_operation(struct buf *b, const struct http_route *r)
{
	const struct api_op *op = r->schema;
	const char *p;

	buf_addc(b, '"');
	for (p = http_method_name(r->method); *p != '\0'; p++)
		buf_addc(b, (char)(*p | 0x20));
	buf_adds(b, "\":{");
	add_pair(b, "operationId", op->id);
	buf_addc(b, ',');
	add_pair(b, "summary", op->summary);
	add_access(b, r);
	add_parameters(b, r);
	if (op->body != NULL)
		buf_addf(b, ",\"requestBody\":{\"required\":%s,\"content\":"
		    "{\"%s\":{\"schema\":" REF "%s\"}}}}",
		    r->body == HTTP_B_JSON_MAY ? "false" : "true",
		    r->body == HTTP_B_FORM ?
		    "application/x-www-form-urlencoded" : "application/json",
		    op->body->name);
	add_responses(b, r);
	buf_addc(b, '}');
}

/* The first row of a path; pages are no operations. */
static int
first_of_path(size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (api_routes[j].schema != NULL &&
		    strcmp(api_routes[j].path, api_routes[i].path) == 0)
			return 0;
	return api_routes[i].schema != NULL;
}

static void
add_paths(struct buf *b)
{
	const char *sep, *comma = "";
	size_t i, j;

	buf_adds(b, "\"paths\":{");
	for (i = 0; i < api_nroutes; i++) {
		if (!first_of_path(i))
			continue;
		buf_adds(b, comma);
		comma = ",";
		buf_add_json(b, api_routes[i].path);
		buf_addc(b, ':');
		sep = "{";
		for (j = i; j < api_nroutes; j++) {
			if (api_routes[j].schema == NULL ||
			    strcmp(api_routes[j].path, api_routes[i].path))
				continue;
			buf_adds(b, sep);
			add_operation(b, &api_routes[j]);
			sep = ",";
		}
		buf_addc(b, '}');
	}
	buf_addc(b, '}');
}

/* Aliases share the body of the route that they stand for. */
static int
first_of_body(size_t i)
{
	const struct api_op *a = api_routes[i].schema, *o;
	size_t j;

	if (a == NULL)
		return 0;
	for (j = 0; j < i; j++) {
		o = api_routes[j].schema;
		if (o != NULL && o->body == a->body)
			return 0;
	}
	return a->body != NULL;
}

/* E: of JSON routes, O: of OAuth's. */
static void
add_status(struct buf *b, char kind, const struct openapi_status *st)
{
	buf_addf(b, "\"%c%d\":{", kind, st->status);
	add_pair(b, "description", st->text);
	if (st->status >= 400)
		buf_addf(b, ",\"content\":{\"application/json\":"
		    "{\"schema\":" REF "%s\"}}}",
		    kind == 'O' ? "OAuthError" : "Error");
	buf_addc(b, '}');
}

static void
add_components(struct buf *b)
{
	const struct api_op *op;
	size_t i;

	buf_adds(b, "\"components\":{\"securitySchemes\":{\"bearer\":"
	    "{\"type\":\"http\",\"scheme\":\"bearer\","
	    "\"bearerFormat\":\"JWT\"},\"basic\":{\"type\":\"http\","
	    "\"scheme\":\"basic\"},\"registration\":{\"type\":\"http\","
	    "\"scheme\":\"bearer\"}},\"schemas\":{");
	for (i = 0; i < openapi_nparts; i++)
		buf_addf(b, "%s\"%s\":%s", i > 0 ? "," : "",
		    openapi_parts[i].name, openapi_parts[i].json);
	for (i = 0; i < api_nroutes; i++) {
		op = api_routes[i].schema;
		if (!first_of_body(i))
			continue;
		buf_addf(b, ",\"%s\":", op->body->name);
		add_schema(b, op->body);
	}
	buf_adds(b, "},\"responses\":{");
	for (i = 0; i < openapi_nstatuses; i++) {
		if (i > 0)
			buf_addc(b, ',');
		add_status(b, 'E', &openapi_statuses[i]);
		buf_addc(b, ',');
		add_status(b, 'O', &openapi_statuses[i]);
	}
	buf_adds(b, "}}");
}

int
openapi_make(struct buf *b)
{
	buf_reset(b);
	buf_adds(b, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"moatd\",");
	add_pair(b, "version", api.version);
	buf_adds(b, "},\"servers\":[{");
	add_pair(b, "url", api.issuer);
	buf_adds(b, "}],");
	add_paths(b);
	buf_addc(b, ',');
	add_components(b);
	buf_addc(b, '}');
	return b->err ? -1 : 0;
}

void
openapi_get(struct http_req *req)
{
	if (!api_plain(req))
		return;
	http_reply_cache(req, "public, max-age=300");
	http_reply(req, 200, "application/json", api.openapi_body.p,
	    api.openapi_body.len);
}
