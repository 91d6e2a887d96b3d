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
 * GET /theme.css, GET /logo: how a tenant's pages look (API.md section 9). Run
 * by workers; holds the looks of the tenants that were asked for last, so that
 * a page and what belongs to it is one question to the engine. Whether there is
 * such a tenant is asked each time that something is.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/pages/looks.h"
#include "src/rules/tenant.h"

#define TENANTS	64		/* that are kept */
#define FRESH	CLOCK_SEC	/* as long as it is not asked again */
#define CACHE	"public, max-age=300"

struct look_kept {
	int64_t		 until;	/* monotonic; 0: was never asked */
	char		 type[65], etag[67];	/* the tag with its quotes */
	struct buf	 body;	/* empty: the server's own */
};

struct looks {
	char		 tenant[TENANT_CAP];
	uint64_t	 used;	/* a count that grows with each use */
	struct look_kept look[LOOK__MAX];
};

static struct looks kept[TENANTS];
static uint64_t uses;

/* The server's own logo: a gate over water. */
static const char own_logo[] =
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 48 48\">"
    "<path fill=\"#0b6e63\" d=\"M8 6h6v5h5V6h10v5h5V6h6v26h-9V22a7 7 0 0 0-14 "
    "0v10H8z\"/><path fill=\"none\" stroke=\"#1f8fd6\" stroke-width=\"3\" "
    "stroke-linecap=\"round\" d=\"M6 38q4-3 9 0t9 0 9 0 9 0M10 44q4-2 7 0t7 0 "
    "7 0 7 0\"/></svg>\n";

/* ---- what is kept ---- */

static struct looks *
find(const char *tenant)
{
	size_t i;

	for (i = 0; i < TENANTS; i++)
		if (strcmp(kept[i].tenant, tenant) == 0) {
			kept[i].used = ++uses;
			return &kept[i];
		}
	return NULL;
}

/* In the place of the one that was not asked for for the longest time. */
static struct looks *
make(const char *tenant)
{
	struct looks *l = find(tenant);
	size_t i;

	if (l != NULL)
		return l;
	for (l = kept, i = 1; i < TENANTS; i++)
		if (kept[i].used < l->used)
			l = &kept[i];
	for (i = 0; i < LOOK__MAX; i++)
		buf_free(&l->look[i].body);
	memset(l, 0, sizeof(*l));
	memcpy(l->tenant, tenant, strlen(tenant) + 1);
	l->used = ++uses;
	return l;
}

/* NULL: no memory. */
static const struct look_kept *
keep(const char *tenant, enum look look, const struct msg_look_res *m)
{
	struct look_kept *k = &make(tenant)->look[look];

	k->until = 0;
	buf_reset(&k->body);
	if (buf_add(&k->body, m->body.p, m->body.n) == -1)
		return NULL;
	memcpy(k->type, m->type, strlen(m->type) + 1);
	k->etag[0] = '"';
	memcpy(k->etag + 1, m->etag, strlen(m->etag));
	memcpy(k->etag + 1 + strlen(m->etag), "\"", 2);
	k->until = clock_mono() + FRESH;
	return k;
}

/* ---- the routes ---- */

static void
send_theme(struct http_req *req, const struct look_kept *k)
{
	const char *etag = k->body.len > 0 ? k->etag : "\"none\"";

	http_reply_cache(req, CACHE);
	(void)http_reply_header(req, "ETag", etag);
	if (api_unchanged(req, etag))
		http_reply(req, 304, NULL, NULL, 0);
	else
		http_reply(req, 200, "text/css; charset=utf-8",
		    k->body.len > 0 ? k->body.p : (const void *)"",
		    k->body.len);
}

/* An SVG is a document, should somebody open it: nothing in it may run. */
static void
send_logo(struct http_req *req, const struct look_kept *k)
{
	const int own = k->body.len == 0;
	const char *etag = own ? "\"own\"" : k->etag;

	http_reply_cache(req, CACHE);
	(void)http_reply_header(req, "ETag", etag);
	(void)http_reply_header(req, "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'; sandbox");
	if (api_unchanged(req, etag))
		http_reply(req, 304, NULL, NULL, 0);
	else
		http_reply(req, 200, own ? "image/svg+xml" : k->type,
		    own ? (const void *)own_logo : k->body.p,
		    own ? sizeof(own_logo) - 1 : k->body.len);
}

static void
answered(struct api_call *c, enum look look, uint16_t type,
    const union msg *m, int last,
    void (*then)(struct http_req *, const struct look_kept *))
{
	const struct look_kept *k;

	if (!api_expect(c, IMSG_LOOK_RES, type, m, last))
		return;
	if ((k = keep(c->ctx.tenant, look, &m->look_res)) == NULL)
		api_fail(c, ST_INTERNAL, 0, "", "");
	else
		then(c->req, k);
}

static void
theme_came(uint16_t type, const union msg *m, int last, void *arg)
{
	answered(arg, LOOK_THEME, type, m, last, send_theme);
}

static void
logo_came(uint16_t type, const union msg *m, int last, void *arg)
{
	answered(arg, LOOK_LOGO, type, m, last, send_logo);
}

static void
get(struct http_req *req, enum look look,
    void (*then)(struct http_req *, const struct look_kept *), ask_cb came)
{
	const struct looks *l;
	struct msg_look_get_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	l = find(c->ctx.tenant);
	if (l != NULL && l->look[look].until > clock_mono()) {
		then(req, &l->look[look]);
		return;
	}
	m = (struct msg_look_get_req){ EDGE_CTX(&c->ctx),
	    .look = (uint8_t)look };
	api_asked(c, ask_edge(api.engine, IMSG_LOOK_GET_REQ, &m, came, c));
}

void
theme_get(struct http_req *req)
{
	get(req, LOOK_THEME, send_theme, theme_came);
}

void
logo_get(struct http_req *req)
{
	get(req, LOOK_LOGO, send_logo, logo_came);
}
