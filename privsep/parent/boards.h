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

/* The boards (shared memory) that the parent makes and hands out. */
#ifndef PARENT_BOARDS_H
#define PARENT_BOARDS_H

#include "privsep/wall/shm.h"

#define BOARDS_WORKERS	128

struct moatd;
struct child;

struct board {
	int	rw, ro;		/* descriptors; -1: not made */
};

struct boards {
	struct shm_parent *parent;	/* ours, mapped */
	const struct shm_engine *engine; /* mapped read-only, or NULL */
	struct board	 of_parent, of_engine;
	struct board	 worker[BOARDS_WORKERS];
	size_t		 nworkers;	/* made */
};

/* Makes all but the workers' boards. fatal() on failure. */
void	boards_init(struct boards *);
/* Makes the boards of n workers (two each). */
void	boards_workers(struct boards *, size_t n);
void	boards_free(struct boards *);
/*
 * Writes the whole table of processes, and whether all are ready, the database
 * is up and its super admin is made (or is known not to be).
 */
void	boards_update(struct moatd *);
/* The engine's board has lost its writer: nothing on it holds any more. */
void	boards_engine_gone(struct boards *);
/* Reads what each process has in memory. */
void	boards_memory(struct moatd *);
void	boards_measure(struct child *);

#endif
