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
 * The wire between processes: framing and codec. A frame is a 16-byte header
 * (type u16, flags u16, body length u32, id u64, big endian) and its body.
 * Everything here is pure: no descriptor is read or written.
 */
#ifndef WALL_WIRE_H
#define WALL_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/wall/msg.h"
#include "src/base/buf.h"

#define WIRE_HDR	16
#define WIRE_F_FD	UINT16_C(0x0001)	/* one descriptor comes along */

struct wire_hdr {
	uint16_t	type;
	uint16_t	flags;
	uint32_t	len;		/* of the body */
	uint64_t	id;		/* request id; answers repeat it */
};

enum wire_err {
	WIRE_OK,
	WIRE_MORE,		/* not enough bytes yet */
	WIRE_TYPE,		/* no such message */
	WIRE_SIZE,		/* body over the row's maximum */
	WIRE_FLAGS,		/* unknown flag, or FD where the row says none */
	WIRE_SHORT,		/* a field is cut off */
	WIRE_TRAIL,		/* bytes behind the last field */
	WIRE_RANGE,		/* integer or length over its maximum */
	WIRE_TEXT		/* not UTF-8, NUL inside, or no NUL behind */
};

const char *wire_strerror(enum wire_err);

/* Reads a header from WIRE_HDR bytes and checks type, flags and length. */
enum wire_err	wire_header(const uint8_t *, struct wire_hdr *);

/*
 * Appends a whole frame. msg points to the struct msg_* of that type; NULL
 * str members encode as "". Returns 0, or -1 when a member is over its cap,
 * not UTF-8 (own bug: EINVAL) or memory is short (ENOMEM); buf is unchanged.
 */
int	wire_compose(struct buf *, uint16_t type, uint64_t id,
	    const void *msg);
/*
 * Decodes a body of exactly len bytes into *out (the member of that type).
 * str and bin members point into body, which must outlive them.
 */
enum wire_err	wire_parse(uint16_t type, const uint8_t *body, size_t len,
	    union msg *out);

#endif
