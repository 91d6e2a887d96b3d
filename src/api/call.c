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
 * One API call: the checks before it and the ways it ends. Run by workers.
 * Holds the client's token and body while the call lasts; passwords in the
 * body are wiped with it.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/api/bearer.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/utf8.h"
#include "src/http/cookie.h"
#include "src/jose/jws.h"
#include "src/json/json.h"
#include "src/rules/tenant.h"

static void
call_free(void *arg)
{
	struct api_call *c = arg;

	if (c == NULL)
		return;
	if (c->own_free != NULL)
		c->own_free(c->own);
	schema_wipe(c->op->body, c->body);
	json_decref(c->body);
	buf_free(&c->items);
	sodium_memzero(c->cookie, sizeof(c->cookie));
	free(c);
}

/* A User-Agent is any bytes; on the wall it is UTF-8 of bounded length. */
static void
copy_ua(char dst[CAP_UA + 1], const char *src)
{
	size_t n = 0, used, left = src != NULL ? strlen(src) : 0;
	uint32_t cp;

	while (left > 0) {
		if ((used = utf8_next(src, left, &cp)) == 0) {
			cp = '?';
			used = 1;
		}
		if (n + used > CAP_UA)
			break;
		if (used == 1)
			dst[n] = (char)(cp < 0x20 || cp == 0x7f ? '?' : cp);
		else
			memcpy(dst + n, src, used);
		n += used;
		src += used;
		left -= used;
	}
	dst[n] = '\0';
}

/* Of routes that are no operation of the API: pages. */
static const struct api_op no_op = { .id = "a page" };

static struct api_call *
call_new(struct http_req *req)
{
	struct api_call *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		http_reply_error(req, 500, "internal_error",
		    "Internal error");
		return NULL;
	}
	c->req = req;
	c->route = http_req_route(req);
	c->op = c->route->schema != NULL ? c->route->schema : &no_op;
	buf_init(&c->items);
	copy_ua(c->ua, http_req_header(req, "user-agent"));
	c->ctx.rid = http_req_id(req);
	c->ctx.ip = http_req_ip(req);
	c->ctx.ua = c->ua;
	c->ctx.loopback = http_req_loopback(req) != 0;
	c->ctx.tenant = http_req_tenant(req);
	c->cursor = c->proof = "";
	http_req_set_data(req, c, call_free);
	return c;
}

/* 1: there is a session's cookie; what it is good for is told by the engine. */
static int
check_cookie(struct api_call *c)
{
	char name[COOKIE_NAME_CAP], value[CAP_COOKIE + 1];

	cookie_name(name, "moatd_session", api.issuer, c->ctx.tenant);
	if (cookie_get(http_req_header(c->req, "cookie"), name, value,
	    sizeof(value)) == -1)
		return 0;
	snprintf(c->cookie, sizeof(c->cookie), "%s%s", WALL_COOKIE, value);
	sodium_memzero(value, sizeof(value));
	c->bearer = c->cookie;
	c->scoped = 1;
	return 1;
}

/* 1: a token that is bound to a key, and a proof. What both are good for is
 * told by the engine. 0: none came; -1: it was refused. */
static int
check_bound(struct api_call *c)
{
	const char *proof = http_req_header(c->req, "dpop");

	if ((c->bearer = bearer_dpop_of(c->req)) == NULL)
		return 0;
	if (proof == NULL || *proof == '\0' || strlen(proof) > CAP_BEARER) {
		api_refuse(c, ST_INVALID_DPOP_PROOF, "");
		return -1;
	}
	if (bearer_scope(c) == NULL) {
		api_refuse(c, ST_INVALID_TOKEN, "");
		return -1;
	}
	c->proof = proof;
	c->scoped = 1;
	return 1;
}

/* 1: a token that this server signed; whether it may come here is told by
 * c->scoped, since 403 comes after 400. */
static int
check_bearer(struct api_call *c)
{
	const char *scope;
	int bound;

	c->bearer = bearer_of(c->req);
	if (c->bearer == NULL && c->op->dpop && (bound = check_bound(c)) != 0)
		return bound > 0;
	if (c->bearer == NULL && c->op->cookie && check_cookie(c))
		return 1;
	if (c->bearer == NULL) {
		api_refuse(c, ST_UNAUTHORIZED, "");
		return 0;
	}
	if ((scope = bearer_scope(c)) == NULL) {
		api_refuse(c, ST_INVALID_TOKEN, "");
		return 0;
	}
	c->setup_only = at_has_scope(scope, "mfa_setup");
	c->scoped = at_has_scope(scope, c->op->scope != NULL ?
	    c->op->scope :
	    (c->route->flags & HTTP_R_ADMIN) ? "admin" : "account") ||
	    (c->op->setup && c->setup_only) ||
	    (c->op->any && !c->setup_only);
	return 1;
}

/* limit and cursor of a list; 400s are collected. */
static void
check_list(struct api_call *c)
{
	const char *v;
	uint32_t n = 0;
	size_t i;

	c->limit = API_LIMIT;
	if ((v = http_query(c->req, "limit")) != NULL) {
		for (i = 0; i < 3 && v[i] >= '0' && v[i] <= '9'; i++)
			n = n * 10 + (uint32_t)(v[i] - '0');
		if (v[i] != '\0' || n < 1 || n > API_LIMIT_MAX)
			schema_error_add(&c->errs, "limit",
			    "must be from 1 to %u", API_LIMIT_MAX);
		c->limit = n;
	}
	if ((v = http_query(c->req, "cursor")) != NULL) {
		if (*v == '\0' || strlen(v) > CAP_CURSOR)
			schema_error_add(&c->errs, "cursor", "is not valid");
		c->cursor = v;
	}
}

static void
bad_parameter(struct schema_errors *errs, const char *bad)
{
	/* a name may be anything: echo only what could be one of ours */
	if (bad == NULL || bad[strspn(bad, "abcdefghijklmnopqrstuvwxyz_")])
		bad = "";
	schema_error_add(errs, bad, "is repeated or not decodable");
}

static int
check_query(struct http_req *req, struct schema_errors *errs)
{
	const char *bad = NULL;

	if (http_req_query(req) == NULL || http_query_ok(req, &bad) != -1)
		return 1;
	bad_parameter(errs, bad);
	return 0;
}

/*
 * A form's parameters: each once, none longer than the schema has it, and what
 * must be there. What was sent empty was not sent (RFC 6749 section 3.1).
 */
static void
check_form(struct api_call *c)
{
	const struct schema *s = c->op->body;
	const struct schema_field *f;
	const char *bad = NULL, *v;

	if (http_form_ok(c->req, &bad) == -1) {
		bad_parameter(&c->errs, bad);
		return;
	}
	for (f = s != NULL ? s->fields : NULL;
	    f != NULL && f < s->fields + s->nfields; f++) {
		if ((v = http_form(c->req, f->name)) == NULL || *v == '\0') {
			if (f->required)
				schema_error_add(&c->errs, f->name,
				    "is missing");
		} else if (strlen(v) > (f->bytes != 0 ? f->bytes :
		    SCHEMA_STR_MAX))
			schema_error_add(&c->errs, f->name, "is too long");
	}
}

static void
check_body(struct api_call *c)
{
	const uint8_t *text;
	const char *why = NULL;
	size_t len;

	text = http_req_body(c->req, &len);
	if (len == 0 && c->route->body == HTTP_B_JSON_MAY) {
		text = (const uint8_t *)"{}";
		len = 2;
	}
	c->body = json_strict_object(len > 0 ? (const char *)text : "", len,
	    &why);
	if (c->body == NULL)
		schema_error_add(&c->errs, "", "%s", why != NULL ? why :
		    "is not a JSON object");
	else
		(void)schema_check(c->op->body, c->body, &c->errs);
}

struct api_call *
api_begin(struct http_req *req)
{
	struct api_call *c;

	if ((c = call_new(req)) == NULL)
		return NULL;
	if ((c->route->flags & HTTP_R_BEARER) && !check_bearer(c))
		return NULL;
	if (check_query(req, &c->errs) && c->op->list)
		check_list(c);
	if (c->route->body == HTTP_B_FORM)
		check_form(c);
	else if (c->op->body != NULL)
		check_body(c);
	if (c->op->client || (c->errs.n == 0 &&
	    (c->bearer == NULL || c->scoped)))
		return c;
	if (c->bearer == NULL)
		api_refuse(c, ST_INVALID_REQUEST, "");
	else
		api_refuse_checked(c, c->errs.n > 0 ? ST_INVALID_REQUEST :
		    c->setup_only ? ST_MFA_SETUP_REQUIRED :
		    ST_INSUFFICIENT_SCOPE);
	return NULL;
}

int
api_plain(struct http_req *req)
{
	struct api_call *c;

	if (http_req_query(req) == NULL)
		return 1;
	if ((c = call_new(req)) == NULL)
		return 0;
	if (check_query(req, &c->errs))
		return 1;
	api_refuse(c, ST_INVALID_REQUEST, "");
	return 0;
}

static void
public_checked(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (api_expect(c, IMSG_DONE_RES, type, m, last))
		c->then(c->req);
}

void
api_public_of(struct http_req *req, const char *tenant, http_handler then)
{
	struct api_call *c;

	if (tenant_is_default(tenant)) {
		if (api_plain(req))
			then(req);
		return;
	}
	if ((c = call_new(req)) == NULL)
		return;
	c->ctx.tenant = tenant;
	c->then = then;
	if (!check_query(req, &c->errs))
		api_refuse(c, ST_INVALID_REQUEST, "");
	else
		api_asked(c, ask_tenant_check(api.engine, &c->ctx,
		    public_checked, c));
}

void
api_public(struct http_req *req, http_handler then)
{
	api_public_of(req, http_req_tenant(req), then);
}

void
api_asked(struct api_call *c, int result)
{
	if (result == 0)
		return;
	if (errno != EAGAIN && errno != ENOTCONN)
		log_warn("cannot ask the engine for %s", c->op->id);
	api_fail(c, errno == EAGAIN ? ST_BUSY : errno == ENOTCONN ?
	    ST_UNAVAILABLE : ST_INTERNAL, 0, "", "");
}

int
api_expect(struct api_call *c, uint16_t want, uint16_t type,
    const union msg *m, int last)
{
	if (m != NULL && type == want)
		return 1;
	if (!last)
		return 0;
	if (m == NULL)
		api_fail(c, ST_UNAVAILABLE, 0, "", "");
	else if (type == IMSG_ERROR_RES)
		/* who sent no token sent no bad one */
		api_fail(c, *c->cookie != '\0' &&
		    m->error_res.status == ST_INVALID_TOKEN ?
		    ST_UNAUTHORIZED : m->error_res.status,
		    m->error_res.retry_after_s,
		    m->error_res.path, m->error_res.reason);
	else {
		log_warnx("the engine answered %s with message %u",
		    c->op->id, type);
		api_fail(c, ST_INTERNAL, 0, "", "");
	}
	return 0;
}

void
api_no_content(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (api_expect(c, IMSG_DONE_RES, type, m, last))
		http_reply(c->req, 204, NULL, NULL, 0);
}

static void
refuse_now(struct api_call *c)
{
	if (c->refusal == ST_INVALID_REQUEST)
		api_invalid(c);
	else
		api_fail(c, c->refusal, 0, c->refusal_path, "");
}

static void
tenant_checked(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (api_expect(c, IMSG_DONE_RES, type, m, last))
		refuse_now(c);
}

void
api_refuse(struct api_call *c, enum msg_status st, const char *path)
{
	c->refusal = st;
	c->refusal_path = path;
	if (tenant_is_default(c->ctx.tenant))
		refuse_now(c);
	else
		api_asked(c, ask_tenant_check(api.engine, &c->ctx,
		    tenant_checked, c));
}

static void
bearer_checked(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;

	if (!api_expect(c, IMSG_DONE_RES, type, m, last))
		return;
	refuse_now(c);
}

void
api_refuse_checked(struct api_call *c, enum msg_status st)
{
	c->refusal = st;
	c->refusal_path = "";
	api_asked(c, ask_bearer_check(api.engine, &c->ctx, c->bearer,
	    bearer_checked, c));
}

void
api_listed(struct api_call *c, uint16_t item, uint16_t type,
    const union msg *m, int last, void (*add)(struct buf *,
    const union msg *))
{
	struct buf *b;

	if (!last) {
		if (m == NULL || type != item)
			return;
		if (c->items.len > 0)
			buf_addc(&c->items, ',');
		add(&c->items, m);
		return;
	}
	if (!api_expect(c, IMSG_LIST_END_RES, type, m, last))
		return;
	if (c->items.err) {
		api_fail(c, ST_INTERNAL, 0, "", "");
		return;
	}
	b = api_out();
	buf_adds(b, "{\"items\":[");
	buf_add(b, c->items.p, c->items.len);
	buf_adds(b, "],\"next\":");
	if (*m->list_end_res.next != '\0')
		buf_add_json(b, m->list_end_res.next);
	else
		buf_adds(b, "null");
	buf_addc(b, '}');
	api_send(c->req, 200, 0);
}
