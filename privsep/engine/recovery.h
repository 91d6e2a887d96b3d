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

/* Ten new recovery codes, for those who turn a factor on or ask anew. */
#ifndef ENGINE_RECOVERY_H
#define ENGINE_RECOVERY_H

#include "privsep/engine/op.h"

/* The parameters c0 … c9 of an operation that stores them. */
#define RECOVERY_PARAMS(op)						\
	.c0 = db_text((op)->made->hash[0]),				\
	.c1 = db_text((op)->made->hash[1]),				\
	.c2 = db_text((op)->made->hash[2]),				\
	.c3 = db_text((op)->made->hash[3]),				\
	.c4 = db_text((op)->made->hash[4]),				\
	.c5 = db_text((op)->made->hash[5]),				\
	.c6 = db_text((op)->made->hash[6]),				\
	.c7 = db_text((op)->made->hash[7]),				\
	.c8 = db_text((op)->made->hash[8]),				\
	.c9 = db_text((op)->made->hash[9])

/* Asks a vault, takes what it made (0: the op ended), tells its owner. */
void	recovery_ask(struct op *, op_ask_cb);
int	recovery_taken(struct op *, const union msg *);
void	recovery_answer(struct op *);

#endif
