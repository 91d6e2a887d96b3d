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

/* The worker's own context, shared by worker.c and worker_sandbox.c. */
#ifndef WORKER_H
#define WORKER_H

#include "privsep/wall/proc.h"
#include "src/http/http.h"

#define WORKER_LISTENERS	64
/* descriptors besides connections: listeners, channels, epoll, log */
#define WORKER_FDS		(WORKER_LISTENERS + 128)

struct worker {
	struct http_conf http;
	uint32_t	 max_conns, drain_ms, max_inflight;
	struct http_server *server;
	struct chan	*engine;	/* NULL while there is none */
	int		 engine_fd;	/* came before the loop; -1 none */
	uint32_t	 engine_permit;
	struct event	*beat;
	int		 stopping;
	size_t		 nlisteners;
	struct {
		int	 fd;
		uint32_t serve;
	} listener[WORKER_LISTENERS];
};
extern struct worker worker;

void	worker_policy(struct proc *, struct sandbox_policy *);

#endif
