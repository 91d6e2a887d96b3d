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
 * What the engine said of a caller a moment ago: GET /auth/check and
 * /auth/verify answer from it without a hop. Run by workers, each of which has
 * its own; pages of it exist only where such routes are used.
 *
 * An entry is good for at most KNOWN_US, and only as long as the engine's board
 * says that nobody lost anything since it was asked for: the revision there is
 * counted before a revocation is answered. A board whose heartbeat is old, or a
 * node that shares its database with others: ask. Only what was allowed is
 * kept, and no token, only a digest.
 */
#ifndef API_KNOWN_H
#define API_KNOWN_H

#include "src/api/call.h"

#define KNOWN_US	INT64_C(1000000)

struct known {
	const char	*subject, *username, *roles, *tenant;
};

/*
 * 1: it is known, and k holds until the next call. 0: ask, and hand the answer
 * to known_keep() if it is a yes. kind tells questions apart; credential is the
 * token or cookie that was found good.
 */
int	known_find(struct api_call *, char kind, const char *credential,
	    const char *permission, const char *role, struct known *k);
/* Texts may be NULL. What is too long is not kept. */
void	known_keep(struct api_call *, const struct known *k);

#endif
