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
 * A channel's blocking twins, on a blocking descriptor: for a child's set-up,
 * before there is an event loop, and for moatctl. They hold nothing; the
 * caller owns descriptor and buffer.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/chan.h"
#include "privsep/wall/sock.h"
#include "privsep/wall/wire.h"

int
chan_send_blocking(int fd, uint16_t type, uint64_t id, const void *msg,
    int passfd)
{
	const struct msg_row *row = msg_row(type);
	struct buf b = BUF_INIT;
	struct pollfd pfd = { fd, POLLOUT, 0 };
	size_t pos = 0;
	ssize_t r;
	int saved;

	if (row == NULL || row->fd != (passfd != -1)) {
		errno = EINVAL;
		return (-1);
	}
	if (wire_compose(&b, type, id, msg) == -1)
		return (-1);
	while (pos < b.len) {
		r = sock_send(fd, b.p + pos, b.len - pos,
		    pos == 0 ? passfd : -1);
		if (r > 0)
			pos += (size_t)r;
		else if (r == -1 && errno == EAGAIN)
			poll(&pfd, 1, -1);
		else
			break;
	}
	saved = errno;
	r = pos == b.len ? 0 : -1;
	buf_wipe_free(&b);
	errno = saved;
	return ((int)r);
}

/* Reads exactly n bytes; at most one descriptor may come along, into *got. */
static int
read_all(int fd, uint8_t *p, size_t n, int *got)
{
	int fds[SOCK_FDS];
	size_t i, nfds;
	ssize_t r;

	while (n > 0) {
		r = sock_recv(fd, p, n, fds, &nfds);
		for (i = 0; i < nfds; i++) {
			if (*got == -1 && nfds == 1) {
				*got = fds[i];
				continue;
			}
			close(fds[i]);
			errno = EPROTO;
			r = -1;
		}
		if (r == -1)
			return (-1);
		if (r == 0) {
			errno = ECONNRESET;
			return (-1);
		}
		p += r;
		n -= (size_t)r;
	}
	return (0);
}

/* What may come before READY, or to and from moatctl, without a permit. */
static int
allowed(const struct msg_row *row, enum role self, enum role peer)
{
	return ((row->from & ROLE_BIT(peer)) != 0 &&
	    (row->to & ROLE_BIT(self)) != 0 && row->phase != PH_RUN &&
	    row->class == 0);
}

int
chan_recv_blocking(int fd, enum role self, enum role peer, struct buf *body,
    uint16_t *type, uint64_t *id, union msg *out, int *passfd)
{
	uint8_t hdr[WIRE_HDR];
	const struct msg_row *row;
	struct wire_hdr h;
	int got = -1;

	*passfd = -1;
	if (body->len > 0)
		explicit_bzero(body->p, body->len);
	buf_reset(body);
	if (read_all(fd, hdr, sizeof(hdr), &got) == -1)
		goto fail;
	if (wire_header(hdr, &h) != WIRE_OK)
		goto violation;
	row = msg_row(h.type);
	if (!allowed(row, self, peer))
		goto violation;
	if (buf_reserve(body, h.len) == -1)
		goto fail;
	body->len = h.len;
	if (read_all(fd, body->p, h.len, &got) == -1)
		goto fail;
	if (row->fd != (got != -1) ||
	    wire_parse(h.type, body->p, h.len, out) != WIRE_OK)
		goto violation;
	*type = h.type;
	*id = h.id;
	*passfd = got;
	return (0);
violation:
	errno = EPROTO;
fail:
	if (got != -1) {
		int saved = errno;

		close(got);
		errno = saved;
	}
	return (-1);
}
