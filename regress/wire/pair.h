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
 * Two honest channels that face each other, and what each of them saw.
 */
#ifndef REGRESS_WIRE_PAIR_H
#define REGRESS_WIRE_PAIR_H

#include "privsep/wall/ask.h"

struct end {
	struct chan	*chan;
	int		 got, ended;
	enum chan_end	 end;
	uint64_t	 last_id;
	int		 last_fd;
	int		 free_on_msg, violate_on_msg;
	struct asker	*asker;
	int		 bad_answers;
	uint64_t	 sum;		/* of the bytes of all texts */
};

extern struct event_base *pair_base;
extern struct end pair_a, pair_b;
extern const struct chan_ops pair_ops;

void	pair_open(enum role a, enum role b);
void	pair_close(void);
void	pair_setup(void);		/* a worker and the engine */
void	pair_teardown(void);
void	pair_turn(void);
int	pair_login(struct chan *, uint64_t id);	/* sends LOGIN_REQ */

#endif
