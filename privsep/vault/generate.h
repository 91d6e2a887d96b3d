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


/* vault -g: makes what a node lacks, or moves keys between nodes, and ends. */
#ifndef VAULT_GENERATE_H
#define VAULT_GENERATE_H

#include "privsep/wall/proc.h"
#include "src/base/buf.h"
#include "src/jose/jwk.h"

struct generate;

struct generate *generate_new(void);
/* A set-up message: the job, and what it needs. fatalx() on a senseless one. */
void	generate_take(struct generate *, uint16_t type, const union msg *);
/* Does the job and sends its outcome: SECRET_MADE, KEY_MADE, BUNDLE_MADE. */
void	generate_run(struct generate *, struct proc *);
/* A new key as PKCS#8 PEM, and its kid. 0, -1. */
int	generate_key(struct buf *pem, char kid[JWK_KID_LEN + 1],
	    enum jose_alg);

#endif
