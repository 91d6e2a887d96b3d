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
 * How a page begins: its visitor's cookies, the form that was sent, whose pages
 * they are. Run by workers. A form is taken only from our own pages: it names
 * what its visitor's cookie hashes to (API.md section 9), and a browser that
 * tells an Origin tells ours.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/api/browser.h"
#include "src/base/b64.h"
#include "src/base/rnd.h"
#include "src/http/cookie.h"
#include "src/pages/looks.h"
#include "src/pages/page.h"
#include "src/rules/tenant.h"

#define DEVICE_S	"31536000"	/* a year */
#define TICKET_S	"300"		/* as long as the engine keeps it */

struct page_chunk {
	struct page_chunk *next;
	size_t		 size;
	char		 data[];
};

static const struct {
	const char	*name, *age;
} cookies[PAGE_C__MAX] = {
	[PAGE_C_SESSION] = { "moatd_session", NULL },
	[PAGE_C_CSRF] = { "moatd_csrf", NULL },
	[PAGE_C_DEVICE] = { "moatd_device", DEVICE_S },
	[PAGE_C_MFA] = { "moatd_mfa", TICKET_S },
};

static int
secure(void)
{
	return strncmp(api.issuer, "https://", 8) == 0;
}

void
page_set_cookie(struct page *p, enum page_cookie which, const char *value)
{
	char name[COOKIE_NAME_CAP], field[512];
	const char *age = *value == '\0' ? "0" : cookies[which].age;

	cookie_name(name, cookies[which].name, api.issuer,
	    http_req_tenant(p->req));
	(void)snprintf(field, sizeof(field), "%s=%s; Path=/; %s%s%sHttpOnly; "
	    "SameSite=Lax%s", name, value, age != NULL ? "Max-Age=" : "",
	    age != NULL ? age : "", age != NULL ? "; " : "",
	    secure() ? "; Secure" : "");
	(void)http_reply_header(p->req, "Set-Cookie", field);
	sodium_memzero(field, sizeof(field));
}

void
page_logged_in(struct page *p, const struct msg_browser_res *b)
{
	page_set_cookie(p, PAGE_C_SESSION, b->cookie);
	if (*b->device != '\0')
		page_set_cookie(p, PAGE_C_DEVICE, b->device);
	if (*p->cookie[PAGE_C_MFA] != '\0')
		page_set_cookie(p, PAGE_C_MFA, "");
}

/* ---- memory ---- */

char *
page_copy(struct page *p, const char *s, size_t n)
{
	struct page_chunk *m = malloc(sizeof(*m) + n + 1);

	if (m == NULL)
		return NULL;
	m->next = p->mem;
	m->size = n + 1;
	p->mem = m;
	memcpy(m->data, s, n);
	m->data[n] = '\0';
	return m->data;
}

static void
page_free(void *arg)
{
	struct page *p = arg;
	struct page_chunk *m;
	const struct tmpl_row *row;

	if (p == NULL)
		return;
	while ((row = p->v.rows) != NULL) {
		p->v.rows = row->next;
		free((void *)(uintptr_t)row);
	}
	while ((m = p->mem) != NULL) {
		p->mem = m->next;
		sodium_memzero(m->data, m->size);
		free(m);
	}
	sodium_memzero(p, sizeof(*p));
	free(p);
}

/* ---- the beginning ---- */

static void
read_cookies(struct page *p)
{
	const char *header = http_req_header(p->req, "cookie");
	char name[COOKIE_NAME_CAP];
	unsigned i;

	for (i = 0; i < PAGE_C__MAX; i++) {
		cookie_name(name, cookies[i].name, api.issuer,
		    http_req_tenant(p->req));
		(void)cookie_get(header, name, p->cookie[i],
		    sizeof(p->cookie[i]));
	}
	if (*p->cookie[PAGE_C_SESSION] != '\0')
		(void)snprintf(p->bearer, sizeof(p->bearer), "%s%s",
		    WALL_COOKIE, p->cookie[PAGE_C_SESSION]);
}

/* What forms are bound to; a visitor without any cookie gets one. */
static void
bind_forms(struct page *p)
{
	uint8_t rnd[32];

	if (*p->cookie[PAGE_C_SESSION] != '\0') {
		page_csrf(p->csrf, p->cookie[PAGE_C_SESSION]);
		return;
	}
	if (*p->cookie[PAGE_C_CSRF] == '\0') {
		rnd_bytes(rnd, sizeof(rnd));
		b64_encode(p->cookie[PAGE_C_CSRF], rnd, sizeof(rnd));
		p->new_csrf = 1;
		sodium_memzero(rnd, sizeof(rnd));
	}
	page_csrf(p->csrf, p->cookie[PAGE_C_CSRF]);
}

struct page *
page_new(struct http_req *req)
{
	const char *tenant = http_req_tenant(req), *locales;
	struct page *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->req = req;
	p->last_row = (struct tmpl_row **)(uintptr_t)&p->v.rows;
	p->return_to = "";
	if (!tenant_is_default(tenant))
		(void)snprintf(p->base, sizeof(p->base), "/t/%s", tenant);
	read_cookies(p);
	p->v.assets = page_assets;
	locales = http_query(req, "ui_locales");
	p->v.lang = tmpl_language(locales,
	    http_req_header(req, "accept-language"));
	return p;
}

static void
take_return_to(struct page *p)
{
	const char *s = http_req_method(p->req) == HTTP_POST ?
	    http_form(p->req, "return_to") : http_query(p->req, "return_to");

	if (s == NULL || !page_local(s))
		return;
	p->return_to = s;
	page_flow_parse(p);
}

int
page_ours(struct page *p)
{
	return browser_origin_ok(p->req) &&
	    page_csrf_same(page_field(p, "csrf"), p->csrf);
}

static void
begin(struct page *p)
{
	const char *tenant = http_req_tenant(p->req);

	page_setf(p, PAGE_S_LEAST, "%u", looks_password_min(tenant));
	if (looks_closed(tenant))
		page_set(p, PAGE_S_CLOSED, "1");
	if (!p->any && http_req_method(p->req) == HTTP_POST && !page_ours(p))
		page_error(p->req, 403,
		    browser_origin_ok(p->req) ? "csrf" : "origin", "");
	else
		p->then(p);
}

static void
opened(uint16_t type, const union msg *m, int last, void *arg)
{
	const char *tenant = http_req_tenant(((struct page *)arg)->req);
	struct page *p = arg;

	if (m != NULL && type == IMSG_LOOK_RES)
		looks_take(tenant, &m->look_res);
	else if (!last)
		return;
	/* the root is there, and its pages say what is wrong */
	if (tenant_is_default(tenant) ||
	    page_expect(p, IMSG_LOOK_RES, type, m, last))
		begin(p);
}

/* What the tenant's pages say says as well that there is such a tenant. */
static void
enter(struct page *p)
{
	const char *tenant = http_req_tenant(p->req);
	int rv;

	if (looks_fresh(tenant)) {
		begin(p);
		return;
	}
	rv = looks_ask(&p->call->ctx, opened, p);
	if (rv == -1 && tenant_is_default(tenant))
		begin(p);
	else
		page_asked(p, rv);
}

static void
open_page(struct http_req *req, void (*then)(struct page *), int any)
{
	struct api_call *c;
	struct page *p;

	if ((c = api_begin(req)) == NULL)
		return;
	if ((p = page_new(req)) == NULL) {
		api_fail(c, ST_INTERNAL, 0, "", "");
		return;
	}
	c->own = p;
	c->own_free = page_free;
	p->call = c;
	p->then = then;
	p->any = any;
	take_return_to(p);
	bind_forms(p);
	enter(p);
}

void
page_open(struct http_req *req, void (*then)(struct page *))
{
	open_page(req, then, 0);
}

void
page_open_any(struct http_req *req, void (*then)(struct page *))
{
	open_page(req, then, 1);
}

void
page_error(struct http_req *req, int status, const char *code,
    const char *message)
{
	struct page *p;

	(void)message;
	if ((p = page_new(req)) == NULL) {
		http_reply(req, 500, NULL, NULL, 0);
		return;
	}
	page_refusal(p, status, code);
	page_free(p);
}

/* ---- what was sent ---- */

const char *
page_field(struct page *p, const char *name)
{
	const char *s = http_form(p->req, name);

	return s != NULL ? s : "";
}

const char *
page_param(struct page *p, const char *name)
{
	const char *s = http_query(p->req, name);

	return s != NULL ? s : "";
}

const char *
page_need(struct page *p, const char *name, size_t max, enum page_slot bad)
{
	const char *s = page_field(p, name);

	if (*s != '\0' && strlen(s) <= max)
		return s;
	page_set(p, bad, "1");
	page_fail(p, ST_INVALID_REQUEST, 0, name, *s == '\0' ? "missing" :
	    "too_long");
	return NULL;
}

/* 6 digits; people write them in threes. */
const char *
page_otp(struct page *p, const char *s)
{
	char digits[7];
	size_t n = 0;

	for (; *s != '\0'; s++) {
		if (*s == ' ')
			continue;
		if (*s < '0' || *s > '9' || n == 6)
			return NULL;
		digits[n++] = *s;
	}
	return n == 6 ? page_copy(p, digits, n) : NULL;
}

int
page_factor(struct page *p, struct page_factor *f, int needed)
{
	const char *otp = page_field(p, "otp");

	f->otp = "";
	f->recovery = page_field(p, "recovery_code");
	if (*otp != '\0' && (f->otp = page_otp(p, otp)) == NULL)
		page_set(p, PAGE_S_BAD_OTP, "1");
	else if (strlen(f->recovery) > CAP_RCODE ||
	    (*otp != '\0' && *f->recovery != '\0'))
		page_set(p, PAGE_S_BAD_RECOVERY, "1");
	else if (needed && *otp == '\0' && *f->recovery == '\0')
		page_set(p, PAGE_S_BAD_OTP, "1");
	else
		return 0;
	page_fail(p, ST_INVALID_REQUEST, 0, "otp", "factor");
	return -1;
}

int
page_needs_login(struct page *p)
{
	if (*p->bearer != '\0')
		return 1;
	page_to_login(p);
	return 0;
}
