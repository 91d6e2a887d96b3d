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
 * GET /auth/check, GET /auth/verify (API.md sections 4 and 7). Run by workers;
 * twins: answer_check(), answer_verify(). A caller who was allowed a moment ago
 * is answered here (known.h).
 */
#include <stdio.h>
#include <string.h>

#include "src/api/known.h"

#define NONE	"-"	/* no role and no permission is called so */

/*
 * A parameter of the query: what can be no name of a role or of a permission
 * is asked for as one that nobody has. "": it was not sent.
 */
static const char *
asked_for(struct api_call *c, const char *name, size_t cap)
{
	const char *v = http_query(c->req, name);

	if (v == NULL)
		return ("");
	if (*v == '\0' || strlen(v) > SCHEMA_STR_MAX) {
		schema_error_add(&c->errs, name, "must have 1 to %d bytes",
		    SCHEMA_STR_MAX);
		return ("");
	}
	return (strlen(v) <= cap ? v : NONE);
}

static void
send_check(struct api_call *c, int allowed, const char *subject)
{
	struct buf *b = api_out();

	buf_adds(b, "{\"allowed\":");
	api_add_bool(b, allowed);
	buf_adds(b, ",\"subject\":");
	buf_add_json(b, subject);
	buf_addc(b, '}');
	api_send(c->req, 200, 0);
}

static void
checked(uint16_t type, const union msg *m, int last, void *arg)
{
	struct api_call *c = arg;
	struct known k = { NULL, NULL, NULL, NULL };

	if (!api_expect(c, IMSG_CHECK_RES, type, m, last))
		return;
	k.subject = m->check_res.subject;
	if (m->check_res.allowed)
		known_keep(c, &k);
	send_check(c, m->check_res.allowed, k.subject);
}

void
auth_check(struct http_req *req)
{
	struct msg_check_req m;
	struct api_call *c;
	struct known k;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_check_req){ EDGE_CTX(&c->ctx), .bearer = c->bearer,
	    .permission = asked_for(c, "permission", CAP_PERMISSION),
	    .role = asked_for(c, "role", CAP_ROLE) };
	if (c->errs.n == 0 && *m.permission == '\0' && *m.role == '\0')
		schema_error_add(&c->errs, "permission",
		    "is required, or role");
	if (c->errs.n > 0)
		api_refuse_checked(c, ST_INVALID_REQUEST);
	else if (known_find(c, 'c', c->bearer, m.permission, m.role, &k))
		send_check(c, 1, k.subject);
	else
		api_asked(c, ask_edge(api.engine, IMSG_CHECK_REQ, &m, checked,
		    c));
}

/* ---- for a proxy ---- */

/* Percent-encoded but for unreserved characters (RFC 3986 section 2.3). */
static void
add_encoded(struct buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s != '\0'; s++)
		if (strchr(plain, *s) != NULL)
			buf_addc(b, *s);
		else
			buf_addf(b, "%%%02X", (unsigned char)*s);
}

static void
add_commas(struct buf *b, const char *words)
{
	for (; *words != '\0'; words++)
		buf_addc(b, *words == ' ' ? ',' : *words);
}

/* One field; its value was composed in b, which is emptied. */
static int
set_field(struct http_req *req, const char *name, struct buf *b)
{
	const char *v = buf_cstr(b);
	int rv = v != NULL ? http_reply_header(req, name, v) : -1;

	buf_reset(b);
	return (rv);
}

static void
send_verify(struct api_call *c, const struct known *v)
{
	struct buf b = BUF_INIT;
	int bad;

	add_encoded(&b, v->username);
	bad = set_field(c->req, "X-Auth-User", &b);
	add_commas(&b, v->roles);
	bad |= set_field(c->req, "X-Auth-Roles", &b);
	buf_free(&b);
	bad |= http_reply_header(c->req, "X-Auth-Subject", v->subject);
	bad |= http_reply_header(c->req, "X-Auth-Tenant", v->tenant);
	if (bad)
		api_fail(c, ST_INTERNAL, 0, "", "");
	else
		http_reply(c->req, 200, NULL, NULL, 0);
}

static void
verified(uint16_t type, const union msg *m, int last, void *arg)
{
	const struct msg_verify_res *v = &m->verify_res;
	struct api_call *c = arg;
	struct known k;

	if (!api_expect(c, IMSG_VERIFY_RES, type, m, last))
		return;
	k = (struct known){ v->subject, v->username, v->roles, v->tenant };
	known_keep(c, &k);
	send_verify(c, &k);
}

void
auth_verify(struct http_req *req)
{
	struct msg_verify_req m;
	struct api_call *c;
	struct known k;

	if ((c = api_begin(req)) == NULL)
		return;
	m = (struct msg_verify_req){ EDGE_CTX(&c->ctx), .bearer = c->bearer,
	    .permission = asked_for(c, "permission", CAP_PERMISSION),
	    .role = asked_for(c, "role", CAP_ROLE) };
	if (c->errs.n > 0)
		api_refuse_checked(c, ST_INVALID_REQUEST);
	else if (known_find(c, 'v', c->bearer, m.permission, m.role, &k))
		send_verify(c, &k);
	else
		api_asked(c, ask_edge(api.engine, IMSG_VERIFY_REQ, &m,
		    verified, c));
}
