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
 * Asking over a channel: request ids, callbacks, deadlines. One asker per
 * channel; answers find their request by id in O(1).
 */
#ifndef WALL_ASK_H
#define WALL_ASK_H

#include "privsep/wall/chan.h"

struct asker;

/*
 * m NULL: no answer (deadline passed, peer gone). type is the answer's; a
 * list's items come one call each, `last` is 0 until the final message.
 */
typedef void (*ask_cb)(uint16_t type, const union msg *m, int last,
	    void *arg);

struct asker *asker_new(struct event_base *, unsigned max_inflight);
void	asker_free(struct asker *);	/* fails what is waiting */
/* The peer's channel changed or is gone (NULL): fails what is waiting. */
void	asker_set_chan(struct asker *, struct chan *);
/*
 * Sends and remembers. Returns 0; -1 with errno EAGAIN (too many in flight),
 * ENOTCONN (no peer), EINVAL (does not encode): cb will not be called.
 * A cb is called exactly once with last = 1.
 */
int	ask(struct asker *, uint16_t type, const void *msg,
	    unsigned deadline_ms, ask_cb, void *arg);
/*
 * Hands in an answer that the channel's msg callback got. Returns 0, or -1 when
 * nothing honest could have sent it (unknown id that was never used).
 * Late answers (after the deadline) are dropped silently.
 */
int	asker_answer(struct asker *, uint16_t type, uint64_t id,
	    const union msg *);
unsigned asker_inflight(const struct asker *);

#endif
