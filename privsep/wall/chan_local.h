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
 * What chan.c (life and input) and chan_out.c (output) share. Nobody else
 * includes it.
 */
#ifndef WALL_CHAN_LOCAL_H
#define WALL_CHAN_LOCAL_H

#include "privsep/wall/chan.h"
#include "privsep/wall/sock.h"

/* A descriptor that goes along with the byte at pos of the output. */
struct out_fd {
	size_t	pos;
	int	fd;
};

struct chan {
	const struct chan_ops *ops;
	void		*arg;
	struct event	*read, *write, *later;
	int		 fd;
	enum role	 self, peer;
	uint32_t	 permit;
	int		 running;
	int		 queued;	/* `later` is active */
	int		 busy;		/* inside a callback */
	int		 freed;		/* chan_free() while busy */
	int		 over;		/* nothing comes or goes any more */
	int		 told;		/* ops->end was called */
	int		 deaf;		/* peer closed; its last words remain */
	enum chan_end	 end;
	char		 why[128];
	struct buf	 in;		/* begins with a frame's header */
	int		 in_fd[SOCK_FDS];
	size_t		 in_fds;
	struct buf	 out;
	size_t		 sent;		/* bytes of out that are gone */
	struct out_fd	*out_fd;	/* in order of pos */
	size_t		 out_fds, out_fds_cap;
};

/* The channel is over; ops->end is told from the loop. */
void	chan_finish(struct chan *, enum chan_end, const char *what,
	    const char *why);
/* Something is to be done behind the handlers of this turn. */
void	chan_wake(struct chan *);
/* Forgets what was not sent. */
void	chan_drop_output(struct chan *);

#endif
