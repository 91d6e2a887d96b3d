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
 * Rules for how a tenant's pages look; look.h. Pure; linked by the engine,
 * which decides, and by moatctl, which says the same before it asks.
 *
 * A style sheet is read by its tokens (CSS Syntax Module Level 3), as far as
 * they matter: comments, strings, names before a parenthesis, names behind an
 * @. Escapes are refused but in strings, so that a name is what it says. The
 * pages' Content-Security-Policy says once more what they may load.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "src/base/utf8.h"
#include "src/rules/look.h"

/* ---- style sheets ---- */

struct css {
	const char	*s;		/* what is left */
	const char	*end;
};

static int
is_space(char c)
{
	return (c == ' ' || (c >= '\t' && c <= '\r'));
}

static int
is_name(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' ||
	    (unsigned char)c >= 0x80);
}

static int
is_one(const char *name, size_t n, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == n && strncasecmp(*words, name, n) == 0)
			return (1);
	return (0);
}

static size_t
name_len(const struct css *c)
{
	size_t n = 0;

	while (c->s + n < c->end && is_name(c->s[n]))
		n++;
	return (n);
}

static void
skip_space(struct css *c)
{
	while (c->s < c->end && is_space(*c->s))
		c->s++;
}

/* Behind the star and slash that end it. -1: nothing does. */
static int
comment(struct css *c)
{
	for (c->s += 2; c->s + 1 < c->end; c->s++)
		if (c->s[0] == '*' && c->s[1] == '/') {
			c->s += 2;
			return (0);
		}
	return (-1);
}

/* Behind the quote that ends it; the text between in *text and *n. */
static int
string(struct css *c, const char **text, size_t *n)
{
	char quote = *c->s++;

	for (*text = c->s; c->s < c->end; c->s++) {
		if (*c->s == '\n' || *c->s == '\r' || *c->s == '\f')
			return (-1);
		if (*c->s == '\\') {
			if (++c->s == c->end || *c->s == '\n' ||
			    *c->s == '\r' || *c->s == '\f')
				return (-1);
		} else if (*c->s == quote) {
			*n = (size_t)(c->s++ - *text);
			return (0);
		}
	}
	return (-1);
}

static int
has_prefix(const char *s, size_t n, const char *prefix)
{
	size_t len = strlen(prefix);

	return (n >= len && strncasecmp(s, prefix, len) == 0);
}

/* What a sheet may load. */
static int
url_ok(const char *s, size_t n)
{
	if (memchr(s, '\\', n) != NULL)
		return (0);
	return (has_prefix(s, n, "data:image/") ||
	    (n == 4 && memcmp(s, "logo", 4) == 0));
}

static const char url_why[] =
    "may load images as data: URLs and url(logo), nothing else";

/* Behind "url(" up to and with its parenthesis. */
static const char *
url(struct css *c)
{
	const char *text;
	size_t n;

	skip_space(c);
	if (c->s < c->end && (*c->s == '"' || *c->s == '\'')) {
		if (string(c, &text, &n) == -1)
			return ("has a string without an end");
	} else {
		for (text = c->s; c->s < c->end && *c->s != ')'; c->s++)
			if (is_space(*c->s) || strchr("\"'(", *c->s) != NULL)
				break;
		n = (size_t)(c->s - text);
	}
	skip_space(c);
	if (c->s == c->end || *c->s++ != ')' || !url_ok(text, n))
		return (url_why);
	return (NULL);
}

/* A name; a function's may load what its arguments say. */
static const char *
name(struct css *c)
{
	static const char *const loading[] = { "image-set",
	    "-webkit-image-set", "image", "src", "expression", "element",
	    "-moz-element", "paint", "url-prefix", "domain", "regexp", NULL };
	static const char *const binding[] = { "behavior", "-moz-binding",
	    NULL };
	const char *s = c->s;
	size_t n = name_len(c);

	c->s += n;
	if (is_one(s, n, binding))
		return ("has a property that binds code");
	if (c->s == c->end || *c->s != '(')
		return (NULL);
	c->s++;
	if (n == 3 && strncasecmp(s, "url", 3) == 0)
		return (url(c));
	return (is_one(s, n, loading) ? url_why : NULL);
}

static const char *
at_rule(struct css *c)
{
	static const char *const rules[] = { "media", "supports", "layer",
	    "container", "keyframes", "-webkit-keyframes", "page", NULL };
	size_t n;

	c->s++;
	n = name_len(c);
	if (!is_one(c->s, n, rules))
		return ("may have @media, @supports, @layer, @container, "
		    "@keyframes and @page, no other rule with @");
	c->s += n;
	return (NULL);
}

static const char *
token(struct css *c)
{
	const char *text;
	size_t n, left = (size_t)(c->end - c->s);

	if (left >= 2 && c->s[0] == '/' && c->s[1] == '*')
		return (comment(c) == -1 ? "has a comment without an end" :
		    NULL);
	if (*c->s == '"' || *c->s == '\'')
		return (string(c, &text, &n) == -1 ?
		    "has a string without an end" : NULL);
	if (*c->s == '@')
		return (at_rule(c));
	if (*c->s == '\\')
		return ("has a backslash outside of a string");
	if (left >= 2 && *c->s == '<' && (c->s[1] == '/' || c->s[1] == '!'))
		return ("is not a style sheet alone");
	if (is_name(*c->s))
		return (name(c));
	c->s++;
	return (NULL);
}

const char *
look_theme_wrong(const char *s, size_t len)
{
	struct css c = { s, s + len };
	const char *why;
	size_t i;

	if (!utf8_valid(s, len))
		return ("must be UTF-8");
	for (i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && !is_space(s[i])) ||
		    s[i] == 0x7f)
			return ("has control characters");
	/* an end tag is none in a string either, should it be embedded */
	for (i = 0; i + 1 < len; i++)
		if (s[i] == '<' && s[i + 1] == '/')
			return ("is not a style sheet alone");
	while (c.s < c.end)
		if ((why = token(&c)) != NULL)
			return (why);
	return (NULL);
}

/* ---- logos ---- */

static int
holds(const char *s, size_t n, const char *word)
{
	size_t i, len = strlen(word);

	for (i = 0; i + len <= n; i++)
		if (strncasecmp(s + i, word, len) == 0)
			return (1);
	return (0);
}

/* Behind what may stand before the root element. */
static size_t
prolog(const char *s, size_t n)
{
	size_t i = has_prefix(s, n, "\xef\xbb\xbf") ? 3 : 0, from;
	const char *close;

	for (;;) {
		while (i < n && is_space(s[i]))
			i++;
		if (has_prefix(s + i, n - i, "<?xml "))
			close = "?>";
		else if (has_prefix(s + i, n - i, "<!--"))
			close = "-->";
		else
			return (i);
		for (from = i; i < n; i++)
			if (has_prefix(s + i, n - i, close))
				break;
		if (i == n)
			return (from);
		i += strlen(close);
	}
}

static int
is_svg(const char *s, size_t n)
{
	static const char *const never[] = { "<!doctype", "<!entity",
	    "<script", ":script", "<foreignobject", "javascript:", NULL };
	size_t i = prolog(s, n);

	if (memchr(s, '\0', n) != NULL || !utf8_valid(s, n) ||
	    n - i < 5 || memcmp(s + i, "<svg", 4) != 0 ||
	    !(is_space(s[i + 4]) || s[i + 4] == '>' || s[i + 4] == '/'))
		return (0);
	for (i = 0; never[i] != NULL; i++)
		if (holds(s, n, never[i]))
			return (0);
	return (1);
}

const char *
look_logo_type(const void *p, size_t n)
{
	if (n > 16 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0)
		return ("image/png");
	if (n > 16 && memcmp(p, "\xff\xd8\xff", 3) == 0)
		return ("image/jpeg");
	if (n > 16 && memcmp(p, "RIFF", 4) == 0 &&
	    memcmp((const char *)p + 8, "WEBP", 4) == 0)
		return ("image/webp");
	return (is_svg(p, n) ? "image/svg+xml" : NULL);
}

/* ---- texts ---- */

/* Words of a-z, 0-9 and _ between single dots. */
int
look_key_ok(const char *s)
{
	size_t n;

	if (strlen(s) > 64)
		return (0);
	for (;;) {
		n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
		s += n;
		if (n == 0 || (*s != '.' && *s != '\0'))
			return (0);
		if (*s++ == '\0')
			return (1);
	}
}

/* The length of a slot, {name}, that begins here; 0: none does. */
static size_t
slot(const char *s)
{
	size_t n;

	if (*s != '{')
		return (0);
	n = strspn(s + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
	return (n > 0 && s[n + 1] == '}' ? n + 2 : 0);
}

static int
has_slot(const char *s, const char *want, size_t n)
{
	for (; (s = strchr(s, '{')) != NULL; s++)
		if (slot(s) == n && memcmp(s, want, n) == 0)
			return (1);
	return (0);
}

int
look_text_ok(const char *text, const char *original)
{
	const char *s;
	size_t n;

	if (*text == '\0' || strlen(text) > LOOK_TEXT ||
	    !utf8_valid(text, strlen(text)))
		return (0);
	for (s = text; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return (0);
	for (s = text; (s = strchr(s, '{')) != NULL; s++)
		if ((n = slot(s)) > 0 && !has_slot(original, s, n))
			return (0);
	return (1);
}
