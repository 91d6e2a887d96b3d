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
 * Who runs this: the vault. Holds: nothing. Who may call it: enrol.c and
 * recovery.c. No table is looked up by a secret index.
 */
#include "config.h"

#include "privsep/vault/base32.h"

/* 0..25 is A..Z, 26..31 is 2..7, without a branch. */
static char
letter(unsigned int v)
{
	unsigned int digit = (25 - v) >> 8 & 0xff;	/* all ones from 26 on */

	return (char)('A' + v - (digit & ('A' + 26 - '2')));
}

void
base32_encode(char *dst, const uint8_t *src, size_t n)
{
	unsigned int acc = 0, bits = 0;

	for (; n > 0; n--, src++) {
		acc = (acc << 8 | *src) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			*dst++ = letter(acc >> (bits - 5) & 31);
	}
	if (bits > 0)
		*dst++ = letter(acc << (5 - bits) & 31);
	*dst = '\0';
}
