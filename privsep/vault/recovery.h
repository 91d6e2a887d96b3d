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

/* Recovery codes: what lets a person in who lost the authenticator. */
#ifndef VAULT_RECOVERY_H
#define VAULT_RECOVERY_H

#define RECOVERY_CODES	10
#define RECOVERY_BYTES	15	/* 120 bits: no slow hash is needed */
#define RECOVERY_LEN	29	/* 24 base32 characters in fours, by '-' */
#define RECOVERY_TEXT	(RECOVERY_CODES * (RECOVERY_LEN + 1))

/* Ten new codes with a space between, and a NUL. The vault keeps none. */
void	recovery_make(char text[RECOVERY_TEXT]);

#endif
