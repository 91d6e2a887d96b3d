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
 * moatctl's way to the messages of administration, which the engine answers
 * as it answers the API: what is listed, shown or done, for people or with
 * --json for programs. A request is its message with what the command sets;
 * who asks and the tenant are filled in.
 */
#ifndef SRC_CTL_ADMIN_H
#define SRC_CTL_ADMIN_H

#include "src/ctl.h"

/* How a resource is shown. Members are the API's. */
struct ctl_view {
	/* of a table; width 0: the rest of the line; ends with NULL */
	const struct ctl_column {
		const char	*member, *title;
		int		 width;
	}		*columns;
	/* fields of the message whose members have other names; "": none */
	const struct ctl_alias {
		const char	*field, *member;
	}		*aliases;
	const char *const *lists;	/* fields that are words, an array */
	const char *const *nulls;	/* members that are null when empty */
};

/* All of a list; cursor points into req. */
int	ctl_list(struct ctl *, uint16_t type, void *req, const char **cursor,
	    const struct ctl_view *);
/* Asks, and shows the one object that is the answer. */
int	ctl_show(struct ctl *, uint16_t type, void *req,
	    const struct ctl_view *);
/* Asks for an act that has no answer but that it was done. */
int	ctl_act(struct ctl *, uint16_t type, void *req, const char *done);
/* Asks: CTL_DONE with the last message, or it was said why not. */
int	ctl_admin(struct ctl *, uint16_t type, void *req, uint16_t *got,
	    union msg *m);
/* A message as an object, by its row of the table. */
json_t	*ctl_object(uint16_t type, const union msg *, const struct ctl_view *);
void	ctl_object_print(const struct ctl *, json_t *);	/* frees it */

/* One word, valid UTF-8 of at most cap bytes. CTL_DONE, CTL_USAGE, or
 * CTL_REFUSED and it was said. */
int	ctl_word(int argc, char *argv[], size_t cap, const char *what);

/* Words between commas or blanks, with single blanks between; allocated. NULL:
 * not UTF-8, or no memory; it was said. */
char	*ctl_words(const char *);

/* Options --name VALUE behind a command's words. */
struct ctl_option {
	const char	 *name;		/* "--role"; NULL ends the table */
	const char	**value;
};
/* Takes them out; returns how many other words are left, -1: usage. */
int	ctl_options(int argc, char *argv[], const struct ctl_option *);

#endif
