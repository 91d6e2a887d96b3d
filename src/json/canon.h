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
 * JSON in its one canonical form (RFC 8785), for what is hashed. The subset
 * that moatd needs: integers within 2^53, no other numbers; member names in
 * ASCII; depth ≤ 8.
 */
#ifndef JSON_CANON_H
#define JSON_CANON_H

#include <jansson.h>

#include "src/base/buf.h"

#define JSON_CANON_DEPTH	8

/* Appends the value. 0; -1: outside the subset, and then the buffer is as it
 * was, or no memory (b->err). */
int	json_canon(struct buf *b, const json_t *);

#endif
