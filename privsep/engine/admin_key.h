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
 * Signing keys change their state: by a schedule, an operator, or an
 * administrator.
 */
#ifndef ENGINE_ADMIN_KEY_H
#define ENGINE_ADMIN_KEY_H

#include "privsep/engine/op.h"

struct rotated {
	uint8_t		 alg;
	char		 kid[CAP_KID + 1];	/* active now */
	char		 retiring[CAP_KID + 1];
	char		 why[128];	/* it did not happen */
};

/*
 * The next key of an algorithm becomes active, if it was published by then
 * (µs since 1970). key_rotated() reads the result, of which `who` was found
 * good: 1; 0: r->why says what is missing.
 */
void	key_rotate(struct op *, uint8_t alg, int64_t published,
	    const char *detail, op_sql_cb);
int	key_rotated(struct op *, const struct store_result *,
	    struct rotated *);

#endif
