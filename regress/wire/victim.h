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
 * A channel under test with a raw socket at its other end, and frames to
 * throw at it.
 */
#ifndef REGRESS_WIRE_VICTIM_H
#define REGRESS_WIRE_VICTIM_H

#include "privsep/wall/chan.h"
#include "regress/wire/gen.h"

/* One channel under test and what it reported. */
struct victim {
	struct chan	*chan;
	int		 peer;		/* the other end, raw */
	int		 got;		/* messages */
	int		 ended;
	enum chan_end	 end;
};

struct frame {
	uint8_t	p[WIRE_HDR + MSG_BIG + 16];
	size_t	n;
};

extern struct event_base *victim_base;

void	victim_open(struct victim *, enum role self, enum role peer,
	    uint32_t permit, int running);
/* A channel on which this row is allowed. */
void	victim_open_for(struct victim *, const struct msg_row *);
void	victim_close(struct victim *);
/* Writes the frame, with a descriptor if asked, and lets the loop turn. */
void	victim_send(struct victim *, const struct frame *, int with_fd);
/* The frame with n (up to 32) descriptors at once. */
void	victim_send_fds(struct victim *, const struct frame *, size_t n);
size_t	victim_fds(void);		/* open descriptors of this process */
void	victim_turn(void);
enum role victim_role(uint32_t set);	/* the first of a set */

void	frame_make(struct frame *, const struct msg_row *, enum gen_how);
void	frame_len(struct frame *, size_t body);	/* what its header says */
/* Replaces n bytes at pos by k bytes of text, and mends the length. */
void	frame_patch(struct frame *, size_t pos, size_t n, const void *text,
	    size_t k);

#endif
