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
 * Proofs of possession (RFC 9449): what src/jose/dpop.h cannot know, which is
 * the time, the nonces and what was used.
 */
#ifndef ENGINE_DPOP_H
#define ENGINE_DPOP_H

#include "privsep/engine/op.h"

/*
 * Checks a proof for the path (from the issuer on) and, where access is not
 * NULL, for that token: next comes with op->jkt. With the proof "" next comes
 * with an empty one; whether there must be a proof is the caller's to say.
 * Else the op ends with INVALID_DPOP_PROOF, or USE_DPOP_NONCE whose reason is
 * the nonce. The proof is spent then, whatever comes after it.
 */
void	dpop_take(struct op *, const char *proof, const char *htm,
	    const char *path, const char *access, void (*next)(struct op *));
void	dpop_forget(struct engine *);

#endif
