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
 * What a confined worker may do: serve sockets that it was given, and talk to
 * the engine and the parent over descriptors that it was given. It may not
 * open a file, make a socket, connect or execute.
 */
#include "src/worker.h"

/* Reading, writing and closing of what is open are in sandbox_base. */
static const struct sandbox_call worker_calls[] = {
	SANDBOX_CALL("accept4"),
	SANDBOX_END
};

void
worker_policy(struct proc *p, struct sandbox_policy *s)
{
	(void)p;
	s->calls[1] = worker_calls;
	/* Landlock: no path and no connect, whatever the filter says. */
	s->pledge = "stdio inet recvfd";
	s->nofile = (uint64_t)worker.max_conns + WORKER_FDS;
}
