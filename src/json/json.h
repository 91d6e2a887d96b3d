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
 * Strict JSON in (on jansson): one value, no duplicate keys, depth ≤ 16,
 * ≤ 128 members in an object, valid UTF-8, no lone surrogate, no U+0000, no
 * trailing bytes, integers within int64, no real that overflows; depth and
 * members are counted before jansson sees the text.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <jansson.h>
#include <stddef.h>

#define JSON_MAX_DEPTH		16
#define JSON_MAX_MEMBERS	128

/*
 * Returns a new reference, or NULL. why (may be NULL) is set to a static
 * text for people, e.g. "duplicate key".
 */
json_t	*json_strict(const char *text, size_t len, const char **why);
/* The same, and it must be an object. */
json_t	*json_strict_object(const char *text, size_t len, const char **why);
/*
 * Keys jansson's hash tables, and has it wipe what it frees. json_strict()
 * does it by itself; a process that makes objects first calls it before its
 * sandbox (jansson would open /dev/urandom).
 */
void	 json_seed(void);

#endif
