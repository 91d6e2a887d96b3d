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
 * What the mailer may still do once confined: connect by TCP, read and write
 * there. No file, no resolver, no other kind of socket. Called by mailer.c.
 */
#include "config.h"

#include <sys/socket.h>

#include "privsep/mailer/mailer_sandbox.h"

static const struct sandbox_call calls[] = {
	SANDBOX_CALL_IS("socket", 0, AF_INET),
	SANDBOX_CALL_IS("socket", 0, AF_INET6),
	SANDBOX_CALL("connect"),
	SANDBOX_CALL("setsockopt"),
	SANDBOX_CALL("getsockopt"),
	SANDBOX_CALL("getsockname"),
	SANDBOX_CALL("getpeername"),
	SANDBOX_CALL("sendto"),
	SANDBOX_CALL("recvfrom"),
	SANDBOX_CALL("poll"),
	SANDBOX_CALL("ppoll"),
	/* qsort(3), which libssl calls, asks how much memory there is */
	SANDBOX_CALL("sysinfo"),
	SANDBOX_END
};

void
mailer_policy(struct sandbox_policy *pol)
{
	pol->calls[1] = calls;
	pol->tcp_connect = 1;
	pol->pledge = "stdio inet recvfd";
	pol->nofile = 128;
	pol->nproc = 1;
}
