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
 * Templates. Run by the mailer; holds what an operator put in place of the
 * built-in ones. Values are hostile (names, user agents): they cannot end a
 * line, open a tag, or look like a link.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "privsep/mailer/template.h"
#include "src/base/log.h"
#include "src/base/utf8.h"

#define VALUE_MAX	200	/* bytes of a value that is no link */
#define SUBJECT		"Subject: "

#define NAME_OF(n)	#n,
static const char *const templates[] = { MAIL_TEMPLATES(NAME_OF) };
static const char *const values[] = { MAIL_VALUES(NAME_OF) };

enum form { FORM_LINE, FORM_TEXT, FORM_HTML };

int
template_find(const char *name)
{
	int i;

	for (i = 0; i < MAIL_T__MAX; i++)
		if (strcmp(templates[i], name) == 0)
			return (i);
	return (-1);
}

/* The value that {{ begins, and where }} ends; -1: none. */
static int
placeholder(const char *open, const char **end)
{
	const char *close = strstr(open, "}}");
	size_t n;
	int i;

	if (close == NULL)
		return (-1);
	n = (size_t)(close - open - 2);
	*end = close + 2;
	for (i = 0; i < MAIL_V__MAX; i++)
		if (strlen(values[i]) == n &&
		    memcmp(values[i], open + 2, n) == 0)
			return (i);
	return (-1);
}

static unsigned
bad_line(const char *text)
{
	const char *p = text, *open;
	unsigned line = 1;

	while ((open = strstr(p, "{{")) != NULL) {
		for (; p < open; p++)
			line += *p == '\n';
		if (placeholder(open, &p) == -1)
			return (line);
	}
	return (0);
}

int
template_set(struct templates *t, int which, int kind, const char *text,
    unsigned *line)
{
	*line = 1;
	if (kind == TEMPLATE_TEXT && (strncmp(text, SUBJECT,
	    sizeof(SUBJECT) - 1) != 0 || strchr(text, '\n') == NULL ||
	    strchr(text, '\n') != strstr(text, "\n\n")))
		return (-1);
	if (!utf8_valid(text, strlen(text)))
		return (-1);
	if ((*line = bad_line(text)) != 0)
		return (-1);
	free(t->own[which][kind]);
	if ((t->own[which][kind] = strdup(text)) == NULL)
		fatal("memory for a template");
	return (0);
}

void
templates_free(struct templates *t)
{
	size_t i;

	for (i = 0; i < MAIL_T__MAX * 2; i++) {
		free(t->own[i / 2][i % 2]);
		t->own[i / 2][i % 2] = NULL;
	}
}

static const char *
source(const struct templates *t, int which, int kind)
{
	return (t->own[which][kind] != NULL ? t->own[which][kind] :
	    template_builtin[which][kind]);
}

/* ---- values ---- */

static int
is_control(uint32_t cp)
{
	return (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 ||
	    cp == 0x2029);
}

/* Turns the writing direction, or cannot be seen. */
static int
is_hidden(uint32_t cp)
{
	return (cp == 0xad || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
	    (cp >= 0x202a && cp <= 0x202e) ||
	    (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	    (cp >= 0xe0000 && cp <= 0xe007f));
}

void
template_clean(struct buf *b, const char *value, size_t max)
{
	size_t len = strlen(value), i = 0, n, start = b->len;
	uint32_t cp;

	while (i < len && b->len - start < max) {
		if ((n = utf8_next(value + i, len - i, &cp)) == 0) {
			buf_addc(b, '?');
			i++;
			continue;
		}
		if (is_control(cp))
			buf_addc(b, ' ');
		else if (cp == ':' && strncmp(value + i, "://", 3) == 0)
			buf_adds(b, "[:]");
		else if (!is_hidden(cp))
			buf_add(b, value + i, n);
		i += n;
	}
}

static void
add_html(struct buf *b, const char *s)
{
	static const char *const entity[] = { ['&'] = "&amp;",
	    ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;",
	    ['\''] = "&#39;" };
	unsigned char c;

	for (; (c = (unsigned char)*s) != '\0'; s++) {
		if (c < sizeof(entity) / sizeof(*entity) && entity[c] != NULL)
			buf_adds(b, entity[c]);
		else
			buf_addc(b, (char)c);
	}
}

static void
add_value(struct buf *b, int which, const char *value, enum form form)
{
	struct buf clean = BUF_INIT;

	/* The link is the engine's own: issuer and a token. */
	if (which == MAIL_V_link)
		buf_adds(&clean, value);
	else
		template_clean(&clean, value, VALUE_MAX);
	if (buf_cstr(&clean) == NULL)
		b->err = 1;
	else if (form == FORM_HTML)
		add_html(b, buf_cstr(&clean));
	else
		buf_adds(b, buf_cstr(&clean));
	buf_wipe_free(&clean);		/* a link in it may be good */
}

/* n bytes of a template that was found good. */
static void
render(struct buf *b, const char *p, size_t n, const struct mail_values *v,
    enum form form)
{
	const char *end = p + n, *open, *next;
	int which;

	while (p < end && (open = strstr(p, "{{")) != NULL && open < end) {
		buf_add(b, p, (size_t)(open - p));
		if ((which = placeholder(open, &next)) == -1)
			return;
		add_value(b, which, v->v[which] != NULL ? v->v[which] : "",
		    form);
		p = next;
	}
	if (p < end)
		buf_add(b, p, (size_t)(end - p));
}

void
template_subject(struct buf *b, const struct templates *t, int which,
    const struct mail_values *v)
{
	const char *s = source(t, which, TEMPLATE_TEXT) + sizeof(SUBJECT) - 1;

	render(b, s, strcspn(s, "\n"), v, FORM_LINE);
}

void
template_text(struct buf *b, const struct templates *t, int which,
    const struct mail_values *v)
{
	const char *s = strstr(source(t, which, TEMPLATE_TEXT), "\n\n") + 2;

	render(b, s, strlen(s), v, FORM_TEXT);
}

void
template_html(struct buf *b, const struct templates *t, int which,
    const struct mail_values *v)
{
	const char *s = source(t, which, TEMPLATE_HTML);

	render(b, s, strlen(s), v, FORM_HTML);
}
