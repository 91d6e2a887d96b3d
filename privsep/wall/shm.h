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
 * Boards: memory shared between processes, one writer each. The parent makes
 * them (memfd), the writer maps one read-write before its sandbox, others get
 * a descriptor that was opened read-only. All members are read and written
 * with the atomic helpers below; there are no pointers in a board.
 */
#ifndef WALL_SHM_H
#define WALL_SHM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum shm_kind { SHM_PARENT = 1, SHM_ENGINE, SHM_WORKER };

#define SHM_PROCS	256	/* two of each worker while a reload lasts */
#define SHM_ROUTES	192	/* route table rows, the last is "other" */
#define SHM_METHODS	8
#define SHM_STATUSES	32	/* index by table in src/api/metrics.c */
#define SHM_BUCKETS	16	/* of the duration histogram */

typedef _Atomic uint64_t shm_u64;
typedef _Atomic int64_t shm_i64;
typedef _Atomic uint32_t shm_u32;

enum proc_state { PROC_NONE, PROC_STARTING, PROC_READY, PROC_DRAINING,
    PROC_BACKOFF };

struct shm_proc {
	shm_u32	role, index, pid, state, restarts, mechanisms;
	shm_i64	started;		/* µs, monotonic */
	shm_u64	rss_bytes;		/* read by the parent every 10 s */
};

struct shm_parent {			/* writer: parent */
	shm_i64	heartbeat;		/* µs, monotonic; every 500 ms */
	shm_u32	ready;			/* see boards_update() */
	shm_u32	nprocs;
	shm_u32	generation;		/* of the configuration */
	shm_u64	restarts[8];		/* by role, since start */
	struct shm_proc proc[SHM_PROCS];
};

enum shm_login { LOGIN_SUCCESS, LOGIN_FAILURE, LOGIN_MFA, LOGIN_BUSY,
    LOGIN_THROTTLED, LOGIN__MAX };
enum shm_grant { GRANT_PASSWORD, GRANT_REFRESH, GRANT_CODE, GRANT_CLIENT,
    GRANT_DEVICE, GRANT_EXCHANGE, GRANT__MAX };

struct shm_engine {			/* writer: engine */
	shm_i64	heartbeat;		/* µs, monotonic; every 500 ms */
	shm_u32	db_up;
	shm_u32	hasher_queue;		/* waiting and running hashes */
	shm_u32	vault_queue;
	shm_u32	store_queue;
	shm_u64	logins[LOGIN__MAX];
	shm_u64	tokens[GRANT__MAX];
	shm_i64	clock_offset;		/* µs, wall clock less boot clock */
	shm_u64	clock_steps;		/* of the wall clock */
	shm_u64	outbox[2];		/* whose mail is leased, 0: nobody yet */
	/* Revocation: what somebody may do was less after this than before,
	 * counted before its cause is answered. alone_at: µs, monotonic, when
	 * this node was last known to be the database's only one. */
	shm_u64	revision;
	shm_i64	alone_at;
};

struct shm_worker {			/* writer: that worker */
	shm_i64	heartbeat;
	shm_u32	conns;
	shm_u64	requests[SHM_ROUTES][SHM_METHODS][SHM_STATUSES];
	shm_u64	buckets[SHM_BUCKETS];	/* cumulative by the reader */
	shm_u64	duration_us;		/* sum */
	shm_u64	count;
};

/* Parent: a new board of size bytes, zeroed. rw and ro descriptors, or -1. */
int	shm_make(const char *name, size_t size, int *rw, int *ro);
/* Child: maps and closes fd. NULL on failure, or a size that is not ours. */
void	*shm_map(int fd, size_t size, int writable);

#define shm_add(p, n)	atomic_fetch_add_explicit((p), (n), memory_order_relaxed)
#define shm_set(p, v)	atomic_store_explicit((p), (v), memory_order_release)
#define shm_get(p)	atomic_load_explicit((p), memory_order_acquire)
/* Single writer: plain increment without a locked instruction. */
#define shm_inc(p)	atomic_store_explicit((p),			\
	atomic_load_explicit((p), memory_order_relaxed) + 1,		\
	memory_order_relaxed)

#endif
