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
 * Fuzz target: the wire. The first byte chooses: a frame for the codec, which
 * must come out the same when it is composed again, or a stream for a channel
 * between two roles.
 */
#include "config.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/chan.h"
#include "privsep/wall/wire.h"

#define F_STREAM	0x80
#define F_RUNNING	0x40

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
codec(const uint8_t *p, size_t n)
{
	struct buf b = BUF_INIT;
	struct wire_hdr h;
	union msg m;
	uint8_t *body;

	if (n < WIRE_HDR || wire_header(p, &h) != WIRE_OK)
		return;
	n -= WIRE_HDR;
	/* a copy of its own, so that one byte too far is seen */
	if ((body = malloc(n > 0 ? n : 1)) == NULL)
		return;
	memcpy(body, p + WIRE_HDR, n);
	if (wire_parse(h.type, body, n, &m) == WIRE_OK) {
		if (wire_compose(&b, h.type, h.id, &m) == -1 ||
		    b.len != WIRE_HDR + n ||
		    memcmp(b.p + WIRE_HDR, body, n) != 0)
			abort();
	}
	buf_free(&b);
	free(body);
}

static void
on_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m, int fd,
    void *arg)
{
	(void)id;
	(void)m;
	(void)arg;
	if (fd != -1)
		close(fd);
	if (type % 3 == 0)
		chan_set_running(c);
}

static void
on_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	(void)end;
	(void)why;
	chan_free(c);
	*(struct chan **)arg = NULL;
}

static void
stream(uint8_t how, const uint8_t *p, size_t n)
{
	static const struct chan_ops ops = { on_msg, on_end };
	static struct event_base *base;
	struct chan *c;
	ssize_t r;
	int sv[2];

	if (base == NULL && (base = event_base_new()) == NULL)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1)
		return;
	c = chan_new(base, sv[0], (enum role)(how % ROLE__MAX),
	    (enum role)(how / ROLE__MAX % ROLE__MAX), how % 8, &ops, &c);
	if (c == NULL)
		abort();
	if (how & F_RUNNING)
		chan_set_running(c);
	fcntl(sv[1], F_SETFL, O_NONBLOCK);
	while (n > 0 && c != NULL) {
		/* in pieces, as the first byte of each says */
		r = send(sv[1], p, n < 1 + (size_t)p[0] ? n : 1 +
		    (size_t)p[0], MSG_NOSIGNAL);
		if (r <= 0)
			break;
		p += r;
		n -= (size_t)r;
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	close(sv[1]);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);
	if (c != NULL)
		abort();		/* it must have seen the end */
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (n < 2)
		return (0);
	if (p[0] & F_STREAM)
		stream(p[0] & 0x7f, p + 1, n - 1);
	else
		codec(p + 1, n - 1);
	return (0);
}
