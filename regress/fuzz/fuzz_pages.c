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
 * Fuzz target of the pages' pure halves: what a browser sends in cookies,
 * return_to, languages and names, and a client's redirect URI. What comes out
 * never leads away, leaves an attribute, or ends a field or a policy.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/http/cookie.h"
#include "src/pages/agent.h"
#include "src/pages/rules.h"
#include "src/pages/tmpl.h"
#include "src/rules/look.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int holds)
{
	if (!holds)
		abort();
}

static void
local(const char *s)
{
	if (!page_local(s))
		return;
	check(s[0] == '/' && s[1] != '/' && strchr(s, '\\') == NULL &&
	    strpbrk(s, "\r\n\t ") == NULL && strlen(s) <= PAGE_LOCAL_MAX);
}

static void
source(const char *s)
{
	char src[PAGE_SRC_MAX], *space;
	size_t n;

	page_source(src, s);
	check((n = strlen(src)) < sizeof(src));
	check(strpbrk(src, ";,'\"\r\n\t*@\\") == NULL);
	if ((space = strchr(src, ' ')) != NULL) {
		check(strcasecmp(space, " http:") == 0 ||
		    strcasecmp(space, " https:") == 0);
		n = (size_t)(space - src);
	}
	check(n == 0 || strncmp(src, s, n) == 0);
}

static void
cookie(const char *s)
{
	char value[24];

	if (cookie_get(s, "c", value, sizeof(value)) == -1)
		check(value[0] == '\0');
	else
		check(strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "abcdefghijklmnopqrstuvwxyz0123456789-_") ==
		    strlen(value) && strstr(s, value) != NULL);
}

static void
escapes(const char *s)
{
	struct buf b = BUF_INIT;
	char *t;

	tmpl_escape(&b, s);
	check((t = buf_cstr(&b)) != NULL && strpbrk(t, "<>\"'") == NULL);
	buf_reset(&b);
	page_encode(&b, s);
	check((t = buf_cstr(&b)) != NULL &&
	    strpbrk(t, "<>\"'&#?+ \r\n;\\") == NULL);
	buf_free(&b);
}

/* A page around it: no tag that its template has not. */
static void
renders(const char *s)
{
	static const char *const assets[PAGE_A__MAX];
	const char *paths[PAGE_A__MAX], *own[PAGE_T__MAX] = { NULL };
	struct tmpl_vals v = { .lang = tmpl_language(s, s), .own = own };
	struct buf b = BUF_INIT;
	unsigned i;

	for (i = 0; i < PAGE_A__MAX; i++)
		paths[i] = assets[i] != NULL ? assets[i] : "/x";
	v.assets = paths;
	v.value[PAGE_S_USERNAME] = v.value[PAGE_S_CLIENT_NAME] =
	    v.value[PAGE_S_ERROR] = v.value[PAGE_S_RETURN_TO] = s;
	own[PAGE_T_LOGIN_CLIENT] = own[PAGE_T_PASSWORD] = s;
	tmpl_render(&b, PAGE_H_LOGIN, &v);
	check(!b.err && buf_cstr(&b) != NULL &&
	    strstr((char *)b.p, "<script") == NULL);
	buf_free(&b);
}

/* What a tenant sets, in a buffer of just its size. */
static void
looks(const uint8_t *data, size_t n)
{
	const char *type, *p;
	uint8_t *exact = malloc(n > 0 ? n : 1);
	size_t i;

	check(exact != NULL);
	memcpy(exact, data, n);
	p = (const char *)exact;
	if (look_theme_wrong(p, n) == NULL)
		for (i = 0; i + 1 < n; i++)
			check(p[i] != '\0' && (p[i] != '<' || p[i + 1] != '/'));
	if ((type = look_logo_type(exact, n)) != NULL)
		check(strncmp(type, "image/", 6) == 0);
	free(exact);
}

static void
words(const char *s)
{
	if (look_text_ok(s, s))
		check(*s != '\0' && strpbrk(s, "\r\n") == NULL);
	if (look_text_ok(s, "no slots"))
		check(strstr(s, "{x}") == NULL);
	(void)look_key_ok(s);
	(void)agent_browser(s);
	(void)agent_system(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char csrf[PAGE_CSRF_LEN + 1], *s;

	if (n > 8192 || (s = malloc(n + 1)) == NULL)
		return (0);
	memcpy(s, data, n);
	s[n] = '\0';
	local(s);
	source(s);
	cookie(s);
	escapes(s);
	renders(s);
	looks(data, n);
	words(s);
	page_csrf(csrf, s);
	check(!page_csrf_same(s, csrf) || strlen(s) == PAGE_CSRF_LEN);
	free(s);
	return (0);
}
