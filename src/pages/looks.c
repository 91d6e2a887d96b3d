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
 * a page and what belongs to it is one question to the engine. A tenant that is
 * suspended has no pages from then on, so of tenants it is asked each time.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "src/base/clock.h"
#include "src/json/json.h"
#include "src/pages/looks.h"
#include "src/pages/tmpl.h"
#include "src/rules/look.h"
#include "src/rules/tenant.h"

#define TENANTS	64		/* that are kept */
#define KEPT_MAX	(1536 * 1024)	/* bytes, of all of them */
#define FRESH	CLOCK_SEC	/* as long as it is not asked again */
#define CACHE	"public, max-age=300"
#define LEAST	15	/* of a password, where nobody was asked yet */

struct look_kept {
	int64_t		 until;	/* monotonic; 0: was never asked */
	char		 type[65], etag[67];	/* the tag with its quotes */
	struct buf	 body;	/* empty: the server's own */
};

struct looks {
	char		 tenant[TENANT_CAP];
	uint64_t	 used;	/* a count that grows with each use */
	struct look_kept look[LOOK__MAX];
	uint8_t		 registration;
	uint32_t	 password_min;
	/* of its texts: where they stand before a language's, by key */
	json_t		*texts;
	const char	*own[PAGE_LANGS][PAGE_T__MAX];
};

static struct looks kept[TENANTS];
static uint64_t uses;

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

static void
drop(struct looks *l)
{
	size_t i;

	for (i = 0; i < LOOK__MAX; i++)
		buf_free(&l->look[i].body);
	json_decref(l->texts);
	memset(l, 0, sizeof(*l));
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
	drop(l);
	memcpy(l->tenant, tenant, strlen(tenant) + 1);
	l->used = ++uses;
	return l;
}

/* Texts are there twice: as they came, and as they were read. */
static size_t
size_of(const struct looks *l)
{
	size_t i, n = l->look[LOOK_TEXTS].body.cap;

	for (i = 0; i < LOOK__MAX; i++)
		n += l->look[i].body.cap;
	return n;
}

/* While they take too much those go, but for this one, that were not asked for
 * for the longest time. */
static void
shrink(const struct looks *stays)
{
	struct looks *l;
	size_t i, n, all;

	do {
		for (l = NULL, all = i = 0; i < TENANTS; i++) {
			all += n = size_of(&kept[i]);
			if (n > 0 && &kept[i] != stays && (l == NULL ||
			    kept[i].used < l->used))
				l = &kept[i];
		}
		if (all > KEPT_MAX && l != NULL)
			drop(l);
	} while (all > KEPT_MAX && l != NULL);
}

/* The texts were checked when they were set; the catalogue may be another. */
static void
read_texts(struct looks *l)
{
	const struct buf *b = &l->look[LOOK_TEXTS].body;
	const json_t *texts;
	const char *s;
	unsigned i, k;

	json_decref(l->texts);
	memset(l->own, 0, sizeof(l->own));
	l->texts = b->len == 0 ? NULL :
	    json_strict_object((const char *)b->p, b->len, NULL);
	for (i = 0; l->texts != NULL && i < PAGE_LANGS; i++) {
		texts = json_object_get(l->texts, tmpl_langs[i].tag);
		for (k = 0; texts != NULL && k < PAGE_T__MAX; k++) {
			s = json_string_value(json_object_get(texts,
			    tmpl_keys[k]));
			if (s != NULL && look_text_ok(s,
			    tmpl_langs[i].text[k]))
				l->own[i][k] = s;
		}
	}
}

/* NULL: no memory. */
static const struct look_kept *
keep(const char *tenant, enum look look, const struct msg_look_res *m)
{
	struct looks *l = make(tenant);
	struct look_kept *k = &l->look[look];
	const size_t n = strlen(m->etag);

	l->registration = m->registration;
	l->password_min = m->password_min;
	if (k->until > 0 && strlen(k->etag) == n + 2 &&
	    memcmp(k->etag + 1, m->etag, n) == 0) {
		k->until = clock_mono() + FRESH;	/* as it was */
		return k;
	}
	k->until = 0;
	buf_reset(&k->body);
	if (buf_add(&k->body, m->body.p, m->body.n) == -1)
		return NULL;
	memcpy(k->type, m->type, strlen(m->type) + 1);
	k->etag[0] = '"';
	memcpy(k->etag + 1, m->etag, strlen(m->etag));
	memcpy(k->etag + 1 + strlen(m->etag), "\"", 2);
	k->until = clock_mono() + FRESH;
	if (look == LOOK_TEXTS)
		read_texts(l);
	shrink(l);
	return k;
}

/* What needs no question: of the tenant that is always there. NULL: ask. */
static const struct look_kept *
fresh(const char *tenant, enum look look)
{
	const struct looks *l = tenant_is_default(tenant) ? find(tenant) :
	    NULL;

	return l != NULL && l->look[look].until > clock_mono() ?
	    &l->look[look] : NULL;
}

/* ---- texts, for pages ---- */

int
looks_fresh(const char *tenant)
{
	return fresh(tenant, LOOK_TEXTS) != NULL;
}

int
looks_ask(const struct edge_ctx *ctx, ask_cb cb, void *arg)
{
	struct msg_look_get_req m = { EDGE_CTX(ctx), .look = LOOK_TEXTS };

	return ask_edge(api.engine, IMSG_LOOK_GET_REQ, &m, cb, arg);
}

void
looks_take(const char *tenant, const struct msg_look_res *m)
{
	(void)keep(tenant, LOOK_TEXTS, m);
}

const char *const *
looks_own(const char *tenant, const struct tmpl_lang *lang)
{
	const struct looks *l = find(tenant);

	return l != NULL && l->texts != NULL ? l->own[lang - tmpl_langs] :
	    NULL;
}

int
looks_closed(const char *tenant)
{
	const struct looks *l = find(tenant);

	return l != NULL && l->registration == REGISTRATION_CLOSED;
}

uint32_t
looks_password_min(const char *tenant)
{
	const struct looks *l = find(tenant);

	return l != NULL && l->password_min > 0 ? l->password_min :
	    LEAST;
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
	const char *logo = tmpl_assets[PAGE_A_LOGO_SVG].text;

	http_reply_cache(req, CACHE);
	(void)http_reply_header(req, "ETag", etag);
	(void)http_reply_header(req, "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'; sandbox");
	if (api_unchanged(req, etag))
		http_reply(req, 304, NULL, NULL, 0);
	else
		http_reply(req, 200, own ? "image/svg+xml" : k->type,
		    own ? (const void *)logo : k->body.p,
		    own ? strlen(logo) : k->body.len);
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
	const struct look_kept *k;
	struct msg_look_get_req m;
	struct api_call *c;

	if ((c = api_begin(req)) == NULL)
		return;
	if ((k = fresh(c->ctx.tenant, look)) != NULL) {
		then(req, k);
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
