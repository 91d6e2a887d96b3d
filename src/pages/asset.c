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
 * What pages are made with, at addresses that change with the content, so that
 * browsers keep it for good. Run by workers. Served at the root, for all.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "src/pages/page.h"

#define FOREVER	"public, max-age=31536000, immutable"

static char paths[PAGE_A__MAX][96];
static const char *assets[PAGE_A__MAX];
const char *const *page_assets = assets;

/* NAME.HASH.EXT */
static void
make_path(char dst[96], const struct tmpl_file *f)
{
	uint8_t sum[crypto_hash_sha256_BYTES];
	char hex[17];
	const char *dot = strrchr(f->name, '.');

	crypto_hash_sha256(sum, (const uint8_t *)f->text, strlen(f->text));
	sodium_bin2hex(hex, sizeof(hex), sum, 8);
	(void)snprintf(dst, 96, "/assets/%.*s.%s%s", (int)(dot - f->name),
	    f->name, hex, dot);
}

/* The languages that there are, for who asks what pages can show. */
static void
name_languages(void)
{
	static char words[PAGE_LANGS * 36];
	size_t n = 0;
	unsigned i;

	for (i = 0; i < PAGE_LANGS && n < sizeof(words); i++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%s",
		    i > 0 ? " " : "", tmpl_langs[i].tag);
	api.locales = words;
}

void
page_start(void)
{
	unsigned i;

	name_languages();
	for (i = 0; i < PAGE_A__MAX; i++) {
		make_path(paths[i], &tmpl_assets[i]);
		assets[i] = paths[i];
	}
	api.locales = PAGE_LOCALES;
}

static const char *
type_of(const char *name)
{
	return strcmp(strrchr(name, '.'), ".css") == 0 ?
	    "text/css; charset=utf-8" : "image/svg+xml";
}

void
asset_get(struct http_req *req)
{
	const char *path = http_req_path(req);
	unsigned i;

	for (i = 0; i < PAGE_A__MAX; i++) {
		if (strcmp(path, paths[i]) != 0)
			continue;
		http_reply_cache(req, FOREVER);
		http_reply(req, 200, type_of(tmpl_assets[i].name),
		    tmpl_assets[i].text, strlen(tmpl_assets[i].text));
		return;
	}
	http_reply_error(req, 404, "not_found", "Not found");
}
