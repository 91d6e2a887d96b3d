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
 * One secret in guarded memory: not swapped, not dumped, and out of reach of
 * every read and write but between secret_open() and secret_close().
 */
#ifndef PARENT_SECRET_H
#define PARENT_SECRET_H

#include <stddef.h>

struct secret;

/* Copies n bytes and puts a NUL behind them; the caller wipes its own. */
struct secret *secret_new(const void *, size_t n);
struct secret *secret_dup(struct secret *);	/* NULL-safe */
void	 secret_free(struct secret *);		/* wipes; NULL-safe */
const void *secret_open(struct secret *, size_t *n);
void	 secret_close(struct secret *);
/* 1: the same bytes, or both NULL. In constant time. */
int	 secret_equal(struct secret *, struct secret *);

#endif
