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
 * How a tenant's pages may look: its style sheet, its logo, its own texts.
 * Whoever sets them may dress the pages up, not reach out of them: nothing that
 * is loaded from elsewhere, so that no rule for what a field holds can tell
 * anybody about it, and nothing that runs.
 */
#ifndef RULES_LOOK_H
#define RULES_LOOK_H

#include <stddef.h>

#define LOOK_TEXT	1024		/* bytes of one text */

/*
 * A style sheet: UTF-8, comments and strings closed; of what a sheet can load,
 * only images as data: URLs and the logo. NULL: fine; else what is wrong.
 */
const char *look_theme_wrong(const char *, size_t);
/*
 * A logo: its media type, "image/png", "image/jpeg", "image/webp" or
 * "image/svg+xml", by its first bytes. NULL: none of these, or an SVG with
 * what no logo needs (a document type, a script, foreign objects).
 */
const char *look_logo_type(const void *, size_t);
/* What can be the key of a text in a catalogue: "login.title". */
int	look_key_ok(const char *);
/* The catalogue's text in that language; NULL: it has none. key NULL: any. */
const char *look_original(const char *lang, const char *key);
/* A text in the place of a catalogue's own: it can be shown, and each of its
 * slots, {name}, is one that the original has. */
int	look_text_ok(const char *text, const char *original);

#endif
