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
 * Keys on their way to another node: sealed by a passphrase (Argon2id,
 * XChaCha20-Poly1305). Only vault -g opens or seals one.
 */
#ifndef VAULT_BUNDLE_H
#define VAULT_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"

#define BUNDLE_MAX	(1 << 20)	/* bytes of one, sealed */

enum bundle_kind { BUNDLE_PEPPER = 1, BUNDLE_SEAL, BUNDLE_KEY };

struct bundle_item {
	enum bundle_kind kind;
	char		 name[65];	/* a key's kid, else "" */
	const uint8_t	*p;		/* lent by the plain text */
	size_t		 n;
};

/* Appends one item to a plain text. 0; -1: no memory, or too long. */
int	bundle_put(struct buf *, enum bundle_kind, const char *name,
	    const void *, size_t n);
/* The item at *at, which moves on. 1; 0 at the end; -1: not one. */
int	bundle_next(const struct buf *, size_t *at, struct bundle_item *);
/* 0; -1: no memory. */
int	bundle_seal(struct buf *out, const void *plain, size_t n,
	    const char *passphrase);
/* NULL, or a static line that says why not. The caller wipes plain. */
const char *bundle_open(struct buf *plain, const void *, size_t n,
	    const char *passphrase);

#endif
