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
 * Messages made from the table, for tests: whatever row is added to msg.h is
 * tested with them without another line.
 */
#ifndef REGRESS_WIRE_GEN_H
#define REGRESS_WIRE_GEN_H

#include "privsep/wall/wire.h"

enum gen_how { GEN_SMALL, GEN_RANDOM, GEN_FULL };

/* What a generated message's texts and bytes lie in. */
struct gen {
	uint8_t	room[2 * MSG_BIG];
	size_t	used;
};

/* A valid message of this row that fits into its maximum. */
void	gen_msg(struct gen *, const struct msg_row *, enum gen_how,
	    union msg *);
/* 1: all fields are equal. */
int	gen_equal(const struct msg_row *, const union msg *,
	    const union msg *);
/* Where field i begins in a body (its length, for str and bin). */
size_t	gen_offset(const struct msg_row *, const uint8_t *body, size_t i);
uint32_t gen_rand(void);		/* the same row of numbers each run */

#endif
