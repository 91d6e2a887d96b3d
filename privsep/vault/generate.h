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


/* The one-shot `vault -g`: a first signing key, a pepper and a sealing key. */
#ifndef VAULT_GENERATE_H
#define VAULT_GENERATE_H

#include "privsep/wall/proc.h"
#include "src/base/buf.h"
#include "src/jose/jwk.h"

/* A new P-256 key as PKCS#8 PEM text and its kid. 0; -1. Wipe the text. */
int	generate_key(struct buf *pem, char kid[JWK_KID_LEN + 1]);
/* Makes all three and sends them to the parent; proc_fail() on trouble. */
void	generate_run(struct proc *);

#endif
