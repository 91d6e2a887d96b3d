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
 * Scopes of a tenant's own, with what the page of consent says of them. Pure.
 */
#ifndef RULES_SCOPE_H
#define RULES_SCOPE_H

#define SCOPE_NAME_MAX	64
#define SCOPE_TEXT_MAX	256	/* code points */

/* A letter or digit, then those and ._:- */
int	scope_name_ok(const char *);
/* It means something here already, and is described by the catalogues. */
int	scope_is_builtin(const char *);
/* 1..256 code points, nothing invisible. */
int	scope_description_ok(const char *);

#endif
