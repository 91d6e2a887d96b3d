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
 * Checks an export of the audit chain line by line: entries that follow one
 * another, and signed heads that say what the chain was at a point. Pure.
 */
#ifndef JOSE_CHAIN_CHECK_H
#define JOSE_CHAIN_CHECK_H

#include "src/jose/chain.h"
#include "src/jose/jwk.h"

/* What is known so far; when broken: the first place where it is. */
struct chain_report {
	size_t		 lines, entries, heads;
	int64_t		 first, last;	/* seq; 0: none */
	char		 hash[CHAIN_HASH + 1];	/* of the last entry */
	char		 tenant[65], issuer[1025];	/* of the last head */
	int64_t		 head_seq, head_iat;	/* of the last head; 0 */
	int		 broken;
	size_t		 line;		/* 0: at the file's end */
	int64_t		 seq;		/* 0: not at an entry */
	char		 why[256];
};

struct chain_check;

/*
 * keys NULL: signatures are not checked, heads are compared all the same. The
 * keys stay the caller's. NULL: no memory.
 */
struct chain_check *chain_check_new(const struct jwks *keys);
void	chain_check_free(struct chain_check *);
/* One line without its end. 0; -1: broken, here or before. */
int	chain_check_line(struct chain_check *, const char *line, size_t len);
/* The file is over: an export ends with a signed head. */
int	chain_check_end(struct chain_check *);
const struct chain_report *chain_check_report(const struct chain_check *);

#endif
