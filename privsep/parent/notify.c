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
 * Who: the parent. Holds: the address of the service manager's socket.
 * Callers: moatd.c, supervise.c, reload.c, stop.c. No libsystemd: the
 * protocol is one datagram of lines, and the parent links as little as it can.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/notify.h"
#include "src/base/clock.h"
#include "src/base/log.h"

static struct {
	struct sockaddr_un	addr;
	socklen_t		len;
	int64_t			every, last;	/* watchdog, µs */
} ctx;

static void
send_text(const char *text)
{
	int fd;

	if (ctx.len == 0)
		return;
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1 || sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (struct sockaddr *)&ctx.addr, ctx.len) == -1)
		log_warn("NOTIFY_SOCKET");
	if (fd != -1)
		close(fd);
}

void
notify_init(const struct env *env)
{
	const char *path = env_get(env, "NOTIFY_SOCKET");
	size_t n;

	ctx.len = 0;
	if (path == NULL || (*path != '/' && *path != '@'))
		return;
	if ((n = strlen(path)) >= sizeof(ctx.addr.sun_path))
		return;
	memset(&ctx.addr, 0, sizeof(ctx.addr));
	ctx.addr.sun_family = AF_UNIX;
	memcpy(ctx.addr.sun_path, path, n);
	if (*path == '@')
		ctx.addr.sun_path[0] = '\0';	/* the abstract name space */
	ctx.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
	    (*path == '/'));
	/* Half of what the manager allows. */
	ctx.every = env_number(env, "WATCHDOG_USEC") / 2;
	if (env_number(env, "WATCHDOG_PID") != 0 &&
	    env_number(env, "WATCHDOG_PID") != getpid())
		ctx.every = 0;
}

void
notify_ready(void)
{
	send_text("READY=1\nSTATUS=serving");
}

void
notify_reloading(void)
{
	char text[96];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld\n"
	    "STATUS=reloading", (long long)clock_mono());
	send_text(text);
}

void
notify_stopping(void)
{
	send_text("STOPPING=1\nSTATUS=draining");
}

void
notify_status(const char *status)
{
	char text[256];

	snprintf(text, sizeof(text), "STATUS=%.200s", status);
	send_text(text);
}

void
notify_watchdog(void)
{
	int64_t now = clock_mono();

	if (ctx.every <= 0 || now - ctx.last + 250000 < ctx.every)
		return;
	ctx.last = now;
	send_text("WATCHDOG=1");
}
