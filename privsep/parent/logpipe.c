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
 * Who: the parent. Holds: one unfinished line a child. Callers: child.c,
 * keygen.c. A child that floods its log is cut to LINES_PER_SECOND and pays
 * for it alone: one read(2) an event-loop turn, and a full pipe blocks nobody
 * else.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/logpipe.h"
#include "src/base/clock.h"
#include "src/base/log.h"

#define LINES_PER_SECOND	500

struct logpipe {
	struct event	*ev;
	int		 fd;
	char		 name[32];
	char		 line[1024];
	size_t		 len;
	int64_t		 second;
	unsigned	 lines, dropped;
};

static void
emit(struct logpipe *p)
{
	int64_t now = clock_mono() / CLOCK_SEC;

	if (now != p->second) {
		if (p->dropped > 0)
			log_warnx("%s: %u log lines dropped", p->name,
			    p->dropped);
		p->second = now;
		p->lines = p->dropped = 0;
	}
	if (p->len == 0)
		return;
	if (p->name[0] == '\0')
		p->lines = 0;		/* nobody wants them */
	else if (++p->lines > LINES_PER_SECOND)
		p->dropped++;
	else
		log_forward(p->name, p->line, p->len);
	p->len = 0;
}

/* 1: there may be more. */
static int
take(struct logpipe *p)
{
	char buf[4096];
	ssize_t i, n;

	errno = 0;		/* the end sets none */
	if ((n = read(p->fd, buf, sizeof(buf))) <= 0)
		return (n == -1 && errno == EINTR);
	for (i = 0; i < n; i++) {
		if (buf[i] == '\n' || p->len == sizeof(p->line))
			emit(p);
		if (buf[i] != '\n')
			p->line[p->len++] = buf[i];
	}
	return (1);
}

static void
readable(evutil_socket_t fd, short what, void *arg)
{
	struct logpipe *p = arg;

	(void)fd;
	(void)what;
	if (!take(p) && errno != EAGAIN)
		event_del(p->ev);
}

struct logpipe *
logpipe_new(struct event_base *base, int fd, const char *name)
{
	struct logpipe *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal("log pipe");
	p->fd = fd;
	snprintf(p->name, sizeof(p->name), "%s", name != NULL ? name : "");
	if (base == NULL)
		return (p);
	if ((p->ev = event_new(base, fd, EV_READ | EV_PERSIST, readable,
	    p)) == NULL || event_add(p->ev, NULL) == -1)
		fatal("log pipe");
	return (p);
}

void
logpipe_free(struct logpipe *p)
{
	int i;

	if (p == NULL)
		return;
	for (i = 0; i < 32 && take(p); i++)
		;
	emit(p);
	if (p->ev != NULL)
		event_free(p->ev);
	close(p->fd);
	free(p);
}
