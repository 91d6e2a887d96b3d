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
 * The message table as data: everything here is made from MSG_TABLE in msg.h,
 * so a new row needs no line in this file. Linked by every process; pure and
 * constant.
 */
#include "config.h"

#include <string.h>

#include "privsep/wall/msg.h"

#define FIELD(k, member, maximum)					\
	{ #member, MSG_K_##k, offsetof(S, member), maximum },

/* One case a row; S gives the field list the struct it stands for. */
#define ROW(N, n, num, f, t, ph, cl, mx, d)				\
	case num: {							\
		typedef struct msg_##n S;				\
		static const struct msg_field fields[] = {		\
			MSG_##n(FIELD)					\
		};							\
		static const struct msg_row row = {			\
			#N, num, f, t, ph, cl, mx, d, fields,		\
			sizeof(fields) / sizeof(fields[0])		\
		};							\
		_Static_assert(mx <= MSG_BIG, "body of " #N);		\
		return (&row);						\
	}

#define NUMBER(N, n, num, f, t, ph, cl, mx, d)	num,

static const uint16_t numbers[] = { MSG_TABLE(NUMBER) };

#define NROWS	(sizeof(numbers) / sizeof(numbers[0]))

/* The compiler makes a jump table of it, and refuses a number used twice. */
const struct msg_row *
msg_row(uint16_t type)
{
	switch (type) {
	MSG_TABLE(ROW)
	default:
		return (NULL);
	}
}

/* Copies, made when first asked for: only tests walk the whole table. */
size_t
msg_rows(const struct msg_row **out)
{
	static struct msg_row all[NROWS];
	size_t i;

	if (all[0].name == NULL)
		for (i = 0; i < NROWS; i++)
			all[i] = *msg_row(numbers[i]);
	*out = all;
	return (NROWS);
}

int
msg_is_item(const struct msg_row *row)
{
	static const char suffix[] = "_ITEM_RES";
	size_t n = strlen(row->name);

	return (n >= sizeof(suffix) - 1 &&
	    memcmp(row->name + n - (sizeof(suffix) - 1), suffix,
	    sizeof(suffix) - 1) == 0);
}
