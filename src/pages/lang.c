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
 * Which of the installed languages a visitor gets. Pure; run by workers.
 */
#include <string.h>
#include <strings.h>

#include "src/pages/tmpl.h"

#define TAG_MAX	35		/* of a tag that is looked at (RFC 5646) */

/* RFC 4647 section 3.4: the tag, then without its last subtag, and so on. */
static const struct tmpl_lang *
lookup(const char *tag, size_t n)
{
	size_t i;

	while (n > 0 && n <= TAG_MAX) {
		for (i = 0; i < PAGE_LANGS; i++) {
			if (strlen(tmpl_langs[i].tag) == n &&
			    strncasecmp(tmpl_langs[i].tag, tag, n) == 0)
				return &tmpl_langs[i];
		}
		while (n > 0 && tag[n - 1] != '-')
			n--;
		if (n > 0)
			n--;
	}
	return NULL;
}

/* ";q=0.7" in thousandths; 1000 without. */
static unsigned
weight(const char *s, size_t n)
{
	unsigned q = 0, unit = 100;
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == ';'))
		i++;
	if (n - i < 3 || (s[i] != 'q' && s[i] != 'Q') || s[i + 1] != '=')
		return 1000;
	if (s[i + 2] == '1')
		return 1000;
	for (i += 4; i < n && unit > 0 && s[i] >= '0' && s[i] <= '9'; i++) {
		q += (unsigned)(s[i] - '0') * unit;
		unit /= 10;
	}
	return q;
}

static const struct tmpl_lang *
accepted(const char *s)
{
	const struct tmpl_lang *best = NULL, *l;
	unsigned q, most = 0;
	size_t n, tag;

	while (*(s += strspn(s, " \t,")) != '\0') {
		n = strcspn(s, ",");
		tag = strcspn(s, " \t;,");
		q = weight(s + tag, n - tag);
		if (q > most && (l = lookup(s, tag)) != NULL) {
			most = q;
			best = l;
		}
		s += n;
	}
	return best;
}

const struct tmpl_lang *
tmpl_language(const char *ui_locales, const char *accept_language)
{
	const struct tmpl_lang *l = NULL;
	const char *s = ui_locales != NULL ? ui_locales : "";
	size_t n;

	for (; l == NULL && *(s += strspn(s, " ")) != '\0'; s += n) {
		n = strcspn(s, " ");
		l = lookup(s, n);
	}
	if (l == NULL && accept_language != NULL)
		l = accepted(accept_language);
	return l != NULL ? l : &tmpl_langs[0];
}
