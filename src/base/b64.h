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

/* base64url without padding (RFC 4648 section 5, RFC 7515 section 2). */
#ifndef BASE_B64_H
#define BASE_B64_H

#include <stddef.h>
#include <stdint.h>

#define B64_LEN(n)	(((n) * 4 + 2) / 3)	/* characters for n bytes */

/* Writes B64_LEN(n) characters and a NUL; dst has room for both. */
size_t	b64_encode(char *dst, const void *src, size_t n);
/*
 * Strict: only the alphabet, no padding, no white space, canonical (unused
 * bits zero). Returns the number of bytes (≤ cap) or -1.
 */
long	b64_decode(void *dst, size_t cap, const char *src, size_t n);

#endif
