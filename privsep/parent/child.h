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
 * A child: one process from fork to waitpid. A slot: the place of a process
 * (role and number), which outlives it. When a slot changes its process
 * without a gap, `next` starts while `cur` still serves.
 */
#ifndef PARENT_CHILD_H
#define PARENT_CHILD_H

#include "privsep/parent/moatd.h"

struct keyjob;
struct logpipe;

struct child {
	TAILQ_ENTRY(child) entry;
	struct moatd	*m;
	struct slot	*slot;		/* NULL: draining, or a self test */
	enum role	 role;
	uint32_t	 index;		/* the slot's number */
	uint32_t	 peer;		/* number on the wall: its alone */
	uint32_t	 generation;	/* its alone, too */
	uint32_t	 serve;
	int		 wboard;	/* worker: its board, else -1 */
	pid_t		 pid;
	struct chan	*chan;
	struct logpipe	*log;
	struct event	*deadline;	/* SIGKILL then */
	enum proc_state	 state;
	uint32_t	 mechanisms, restarts;
	int64_t		 started, ready_at;	/* µs, monotonic */
	uint64_t	 rss;
	int		 stopping;	/* it was told to go */
	int		 exited, status;	/* waitpid has been here */
	char		 fail[256];	/* what FAIL said */
	char		 name[32];	/* "worker 1", for the log */
	/* serves nobody: a self test, or a vault that makes keys */
	int		 apart;
	struct keyjob	*job;
	/* told how the child ended, once */
	uint8_t		 selftest;
	void		(*tested)(struct child *, int status, void *arg);
	void		*tested_arg;
};

struct slot {
	TAILQ_ENTRY(slot) entry;
	struct moatd	*m;
	enum role	 role;
	uint32_t	 index, serve;
	struct child	*cur, *next;
	struct event	*timer;		/* back-off */
	int64_t		 backoff_us;	/* before the next start */
	uint32_t	 restarts;
	int		 stale;		/* runs on an older configuration */
};

/* Whether a worker can start beside those of its slot that still live. */
int	child_has_room(const struct slot *);
/* Forks, executes, sends the whole set-up. NULL: could not, and logged. */
struct child *child_start(struct moatd *, struct slot *);
/* A child that tries one act in its sandbox and ends. */
struct child *child_test(struct moatd *, enum role, uint8_t act,
	    void (*done)(struct child *, int status, void *arg), void *arg);
/* A one-shot vault for a job of keymaker.c, which is told of its end. */
struct child *child_keymaker(struct moatd *, struct keyjob *,
	    void (*done)(struct child *, int status, void *arg));
/* Sends STOP; SIGKILL after ms. */
void	child_stop(struct child *, unsigned ms);
void	child_kill(struct child *, const char *why);	/* SIGKILL, now */
void	child_free(struct child *);			/* after waitpid */

#endif
