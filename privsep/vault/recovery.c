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
 * Who runs this: the vault, for each RECOVERY_MAKE_REQ, since what makes
 * secrets is behind its wall. Holds: nothing afterwards. Who may call it:
 * vault.c.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/vault/base32.h"
#include "privsep/vault/recovery.h"
#include "src/base/rnd.h"

#define GROUP	4

void
recovery_make(char text[RECOVERY_TEXT])
{
	uint8_t raw[RECOVERY_BYTES];
	char plain[BASE32_LEN(RECOVERY_BYTES) + 1], *p = text;
	size_t i, at;

	for (i = 0; i < RECOVERY_CODES; i++) {
		rnd_bytes(raw, sizeof(raw));
		base32_encode(plain, raw, sizeof(raw));
		for (at = 0; plain[at] != '\0'; at += GROUP) {
			memcpy(p, plain + at, GROUP);
			p += GROUP;
			*p++ = plain[at + GROUP] != '\0' ? '-' : ' ';
		}
	}
	p[-1] = '\0';
	sodium_memzero(raw, sizeof(raw));
	sodium_memzero(plain, sizeof(plain));
}
