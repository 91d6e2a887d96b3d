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
 * What an administrator sends as words: roles, and the entity tags of an
 * If-Match. Each becomes words of a fixed width, which SQL can take apart
 * (sql/parts/users.sql). Pure.
 */
#ifndef ENGINE_ADMIN_WORDS_H
#define ENGINE_ADMIN_WORDS_H

#include "privsep/wall/msg.h"

#define WORD_WIDTH	64
#define WORDS_ROLES	32
#define WORDS_TAGS	8

struct role_words {
	const char	*role;		/* built in: "user", "admin" */
	int		 superadmin;	/* it is among them */
	int		 bad;		/* index of one that can be none, or -1 */
	int		 n;		/* custom ones, each once */
	int		 at[WORDS_ROLES];	/* where it stands in the list */
	char		 name[WORDS_ROLES][WORD_WIDTH + 1];
	char		 words[WORDS_ROLES * WORD_WIDTH + 1];
};

/* Roles with single spaces between. 0; -1: more than 32. */
int	role_words_take(struct role_words *, const char *list);

struct tag_words {
	int		 n;		/* 0: anything matches */
	char		 words[WORDS_TAGS * WORD_WIDTH + 1];
};

/*
 * An If-Match: "" (none was sent), "*", or a list of entity tags. Weak ones,
 * and what is no tag of ours, match nothing.
 */
void	tag_words_take(struct tag_words *, const char *if_match);

#endif
