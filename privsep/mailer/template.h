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

/* Templates: the built-in ones, an operator's in their place, and rendering. */
#ifndef MAILER_TEMPLATE_H
#define MAILER_TEMPLATE_H

#include "privsep/wall/mail.h"
#include "src/base/buf.h"

enum { TEMPLATE_TEXT, TEMPLATE_HTML };

/* By template, then text or HTML; made from templates/ at build time. */
extern const char *const template_builtin[MAIL_T__MAX][2];

struct templates {
	char	*own[MAIL_T__MAX][2];	/* NULL: the built-in one */
};

/* Values by name; from anywhere, so that rendering makes them harmless. */
struct mail_values {
	const char	*v[MAIL_V__MAX];
};

/* Number of a template by its name, or -1. */
int	template_find(const char *name);
/* Takes a copy. 0; -1: the line of a bad placeholder or head is in *line. */
int	template_set(struct templates *, int which, int kind, const char *text,
	    unsigned *line);
void	templates_free(struct templates *);

/* One line without its end. */
void	template_subject(struct buf *, const struct templates *, int which,
	    const struct mail_values *);
void	template_text(struct buf *, const struct templates *, int which,
	    const struct mail_values *);
void	template_html(struct buf *, const struct templates *, int which,
	    const struct mail_values *);

/*
 * A value as it may stand in a line: valid UTF-8, controls and line ends as a
 * blank, no characters that turn the writing direction, nothing that a reader
 * of mail would make a link of ("://" becomes "[:]//"), at most max bytes.
 */
void	template_clean(struct buf *, const char *value, size_t max);

#endif
