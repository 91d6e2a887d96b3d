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
 * Secrets at rest: XChaCha20-Poly1305 under a sub-key of the sealing key. The
 * purpose and the user's id are authenticated with it, so that a writer of the
 * database cannot move a secret to another account or another use.
 */
#ifndef VAULT_SEAL_H
#define VAULT_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/vault/derive.h"

#define SEAL_MAX	128	/* bytes of a secret */
/* "s1." and base64url of nonce, text and tag; with the NUL. */
#define SEAL_TEXT(n)	(3 + (((n) + 24 + 16) * 4 + 2) / 3 + 1)

/* n at most SEAL_MAX, user not empty; text has SEAL_TEXT(n). 0; -1. */
int	seal_close(const struct seal *, const char *purpose, const char *user,
	    const uint8_t *secret, size_t n, char *text);
/* Exactly n bytes, or -1: not ours, not this user's, altered, of a form to
 * come. The secret is untouched then. */
int	seal_open(const struct seal *, const char *purpose, const char *user,
	    const char *text, uint8_t *secret, size_t n);

#endif
