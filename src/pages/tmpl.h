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
 * Templates and message catalogues, compiled by gen.awk. Pure: a set of values
 * in, HTML out. Every value and every message is escaped for HTML where it is
 * written; nothing can be written unescaped.
 */
#ifndef PAGES_TMPL_H
#define PAGES_TMPL_H

#include "src/base/buf.h"
#include "src/pages/page_data.h"

enum tmpl_code {
	TMPL_TEXT,	/* the template's own */
	TMPL_SLOT,	/* a value */
	TMPL_MSG,	/* a message of the language */
	TMPL_IF,	/* up to jump, when the slot has a value */
	TMPL_UNLESS,	/* or has none */
	TMPL_EACH,	/* up to jump, for each row of a list */
	TMPL_NEXT,
	TMPL_INCLUDE,
	TMPL_ASSET,	/* the path of an asset */
	TMPL_END
};

struct tmpl_op {
	enum tmpl_code	 code;
	unsigned	 arg, jump;
	const char	*text;
};
struct tmpl_lang {
	const char	*tag;
	const char	*const *text;
};
struct tmpl_file {
	const char	*name, *text;
};

/* What gen.awk makes. */
extern const struct tmpl_op *const tmpl_html[];
extern const struct tmpl_lang tmpl_langs[];
extern const char *const tmpl_slots[], *const tmpl_keys[];
extern const struct tmpl_file tmpl_assets[];

/* A row of a list: values that stand before those of the page. Owned by who
 * composes the page. */
struct tmpl_row {
	struct tmpl_row	*next;
	enum page_list	 list;
	const char	*value[PAGE_S__MAX];
};

struct tmpl_vals {
	const struct tmpl_lang *lang;
	const char	*const *own;	/* texts that stand before the
					 * language's, by key; may be NULL */
	const char	*value[PAGE_S__MAX];	/* NULL and "": none */
	const struct tmpl_row *rows;
	const struct tmpl_row *row;	/* the one that is being written */
	const char	*const *assets;	/* their paths */
};

/* Appends text, escaped for HTML text and quoted attributes. */
void	tmpl_escape(struct buf *, const char *);
/* Appends the page. */
void	tmpl_render(struct buf *, enum page_html, struct tmpl_vals *);
/* Appends a message with its slots filled, as plain text. */
void	tmpl_message(struct buf *, enum page_text, const struct tmpl_vals *);
/*
 * The language that fits best: ui_locales (OpenID Connect Core 3.1.2.1: tags,
 * best first) before Accept-Language (RFC 9110 section 12.5.4); a tag fits as
 * in RFC 4647 section 3.4. Either may be NULL. Never NULL: English.
 */
const struct tmpl_lang *tmpl_language(const char *ui_locales,
	    const char *accept_language);

#endif
