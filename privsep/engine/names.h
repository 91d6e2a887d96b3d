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
 * Lists of names for SQL: a statement has no arrays in what both databases
 * speak, so a list is one text of cells of equal width, which @names
 * (sql/parts/roles.sql) takes apart.
 */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include "src/base/buf.h"

#define NAMES_CELL	130	/* as in sql/parts/roles.sql */

/*
 * Appends the words of a list (single spaces between). Their number; -1 when
 * there are more than most, or one is not ok, or no memory.
 */
int	names_add(struct buf *, const char *words, unsigned most,
	    int (*ok)(const char *));
/* Appends one name. */
void	names_add_one(struct buf *, const char *name, size_t len);
/* Composes for the audit, within its limits: ,"member":["a","b"] */
void	names_detail(struct buf *, const char *member, const char *words);

#endif
