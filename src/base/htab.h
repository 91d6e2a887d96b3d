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
 * Hash table from 64-bit ids or text to pointers; SipHash with a random key,
 * so that a peer cannot choose collisions. Does not own the values; text keys
 * are copied.
 */
#ifndef BASE_HTAB_H
#define BASE_HTAB_H

#include <stddef.h>
#include <stdint.h>

struct htab;

struct htab *htab_new(void);		/* NULL: ENOMEM */
void	 htab_free(struct htab *);
size_t	 htab_count(const struct htab *);
/* Set replaces; 0, or -1 ENOMEM. Get and del return the value or NULL. */
int	 htab_set(struct htab *, uint64_t key, void *);
void	*htab_get(const struct htab *, uint64_t key);
void	*htab_del(struct htab *, uint64_t key);
int	 htab_sets(struct htab *, const char *key, void *);
void	*htab_gets(const struct htab *, const char *key);
void	*htab_dels(struct htab *, const char *key);
/* Calls fn for each value; fn may delete the entry that it was given. */
void	 htab_each(struct htab *, void (*fn)(void *value, void *arg), void *);

#endif
