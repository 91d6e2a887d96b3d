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

/* Unicode forms of text (UAX 15), by utf8proc. Pure; wipes its work space. */
#ifndef RULES_NORM_H
#define RULES_NORM_H

#include <stddef.h>

enum norm { NORM_NFC, NORM_NFKC, NORM_FOLD };	/* FOLD: the key of a name */

/*
 * Writes the form of valid UTF-8 text and a NUL. Returns its length, or -1
 * (not UTF-8, or it does not fit).
 */
long	norm_text(const char *in, enum norm, char *dst, size_t cap);

#endif
