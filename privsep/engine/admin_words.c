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
 * Roles and entity tags as SQL takes them. Runs in the engine; holds nothing.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/admin_words.h"
#include "src/rules/role.h"

/* Appends a word, filled up with blanks. */
static void
pad(char *words, int at, const char *s, size_t n)
{
	char *to = words + at * WORD_WIDTH;

	memset(to, ' ', WORD_WIDTH);
	memcpy(to, s, n);
	to[WORD_WIDTH] = '\0';
}

static int
same(const char *s, size_t n, const char *word)
{
	return (strlen(word) == n && memcmp(s, word, n) == 0);
}

/* 0: it is no name of a role. */
static int
add_role(struct role_words *w, const char *s, size_t n, int at)
{
	char *name = w->name[w->n];
	int i;

	if (n > ROLE_NAME_MAX)
		return (0);
	memcpy(name, s, n);
	name[n] = '\0';
	if (!role_name_ok(name))
		return (0);
	for (i = 0; i < w->n; i++)
		if (same(s, n, w->name[i]))
			return (1);
	w->at[w->n] = at;
	pad(w->words, w->n++, s, n);
	return (1);
}

int
role_words_take(struct role_words *w, const char *s)
{
	size_t n;
	int at = 0;

	memset(w, 0, sizeof(*w));
	w->role = "user";
	w->bad = -1;
	for (; *s != '\0'; s += n, s += *s == ' ') {
		n = strcspn(s, " ");
		if (at == WORDS_ROLES)
			return (-1);
		if (same(s, n, "superadmin"))
			w->superadmin = 1;
		else if (same(s, n, "admin"))
			w->role = "admin";
		else if (!same(s, n, "user") && !add_role(w, s, n, at) &&
		    w->bad == -1)
			w->bad = at;
		at++;
	}
	return (0);
}

void
tag_words_take(struct tag_words *w, const char *s)
{
	size_t n;
	int weak;

	memset(w, 0, sizeof(*w));
	if (*s == '\0' || strcmp(s, "*") == 0)
		return;
	while (*(s += strspn(s, " \t,")) != '\0') {
		if ((weak = strncmp(s, "W/", 2) == 0))
			s += 2;
		if (*s != '"' || (n = strcspn(s + 1, "\"")) == strlen(s + 1))
			break;
		if (!weak && w->n < WORDS_TAGS && n <= WORD_WIDTH &&
		    strspn(s + 1, "0123456789-") == n)
			pad(w->words, w->n++, s + 1, n);
		s += n + 2;
	}
	if (w->n == 0)
		pad(w->words, w->n++, "", 0);
}
