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
 * A channel: one end of a socketpair between two processes, on libevent.
 * What an event-loop turn sent leaves in one writev(2). A frame that no honest
 * peer could send closes the channel; nothing a peer sends may end us.
 */
#ifndef WALL_CHAN_H
#define WALL_CHAN_H

#include <event2/event.h>

#include "privsep/wall/msg.h"
#include "src/base/buf.h"

struct chan;

enum chan_end {
	CHAN_EOF,		/* peer closed or died */
	CHAN_ERROR,		/* read or write failed */
	CHAN_VIOLATION,		/* a frame that no honest peer could send */
	CHAN_FULL		/* peer does not read: over 8 MiB unsent */
};

struct chan_ops {
	/*
	 * One checked and decoded message. m's texts live until return. fd is
	 * ours to close (-1: none).
	 */
	void	(*msg)(struct chan *, uint16_t type, uint64_t id,
		    const union msg *m, int fd, void *arg);
	/*
	 * The channel is over; called once, not after chan_free(). why is a
	 * line for the log. The callee frees the channel (now or later).
	 */
	void	(*end)(struct chan *, enum chan_end, const char *why,
		    void *arg);
};

/*
 * Takes fd over (non-blocking from here on), unless it returns NULL. self and
 * peer decide with the table what may arrive and what may be sent; permit is
 * the mask for arriving rows with a class.
 */
struct chan *chan_new(struct event_base *, int fd, enum role self,
	    enum role peer, uint32_t permit, const struct chan_ops *,
	    void *arg);
void	chan_free(struct chan *);		/* NULL-safe; closes fd */
/* Before it: rows of PH_SETUP and PH_ANY; after it: PH_RUN and PH_ANY. */
void	chan_set_running(struct chan *);
/*
 * Queues a message. fd: sent along and closed by us (-1: none), also when this
 * fails. Returns 0, or -1 when the message does not encode or must not go
 * this way (EINVAL), memory is short (ENOMEM), or the channel is over (EPIPE).
 * Never blocks, and never calls back.
 */
int	chan_send(struct chan *, uint16_t type, uint64_t id, const void *msg,
	    int fd);
int	chan_flush(struct chan *);	/* write now what the socket takes */
/* The handler found something no honest peer sends: ends the channel
 * (CHAN_VIOLATION) after the handler returned. */
void	chan_violation(struct chan *, const char *why);
void	*chan_arg(struct chan *);
size_t	chan_pending(const struct chan *);	/* unsent bytes */

/*
 * Blocking twins for set-up and for moatctl, on a blocking descriptor.
 * passfd sent along stays the caller's; one received is the caller's (-1:
 * none). chan_recv_blocking fills body (owned buffer, wiped and reused) and
 * *out; it takes rows of PH_SETUP and PH_ANY without a class only.
 * Both return 0, or -1 (errno; EPROTO for a frame that is not allowed,
 * ECONNRESET for end of file).
 */
int	chan_send_blocking(int fd, uint16_t type, uint64_t id,
	    const void *msg, int passfd);
int	chan_recv_blocking(int fd, enum role self, enum role peer,
	    struct buf *body, uint16_t *type, uint64_t *id, union msg *out,
	    int *passfd);

#endif
