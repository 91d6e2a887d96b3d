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

/* The processes: started in order, watched, restarted. */
#ifndef PARENT_SUPERVISE_H
#define PARENT_SUPERVISE_H

#include "privsep/parent/child.h"

/* Makes the slots that the configuration asks for, starts the first. */
void	supervise_start(struct moatd *);
/* Slots of workers as the listeners want them; those too many are stopped. */
void	supervise_layout(struct moatd *);
/* Starts what may start now; at start prints that moatd is ready. */
void	supervise_advance(struct moatd *);
/* Replaces stale processes, one of each role at a time. */
void	supervise_refresh(struct moatd *);
/* Events of a child. */
void	supervise_ready(struct child *);
void	supervise_reap(struct moatd *);		/* SIGCHLD */
/* Exited, and all that it said was read. Frees it. */
void	supervise_gone(struct child *);
int	supervise_all_ready(const struct moatd *);
struct child *supervise_find(struct moatd *, enum role, uint32_t peer,
	    uint32_t generation);
struct child *supervise_engine(struct moatd *);	/* READY, or NULL */
void	supervise_free(struct moatd *);
/* Cannot start: moatd ends with exit code 1. */
void	supervise_give_up(struct moatd *);

#endif
