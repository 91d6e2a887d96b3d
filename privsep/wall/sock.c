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
 * sendmsg(2) and recvmsg(2) with at most one, or a few, descriptors. Used by
 * channels (chan.c) and their blocking twins (blocking.c) in every process.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "privsep/wall/sock.h"

ssize_t
sock_send(int fd, const void *p, size_t n, int passfd)
{
	union {
		struct cmsghdr	hdr;
		char		room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr m;
	struct cmsghdr *c;
	ssize_t r;

	memset(&m, 0, sizeof(m));
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	if (passfd != -1) {
		memset(&control, 0, sizeof(control));
		m.msg_control = control.room;
		m.msg_controllen = sizeof(control.room);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passfd, sizeof(int));
	}
	do {
		r = sendmsg(fd, &m, MSG_NOSIGNAL);
	} while (r == -1 && errno == EINTR);
	return (r);
}

static void
take_fds(struct msghdr *m, int fds[SOCK_FDS], size_t *nfds)
{
	struct cmsghdr *c;
	size_t i, n;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n && *nfds < SOCK_FDS; i++)
			memcpy(&fds[(*nfds)++],
			    CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
}

ssize_t
sock_recv(int fd, void *p, size_t n, int fds[SOCK_FDS], size_t *nfds)
{
	union {
		struct cmsghdr	hdr;
		char		room[CMSG_SPACE(SOCK_FDS * sizeof(int))];
	} control;
	struct iovec iov = { p, n };
	struct msghdr m;
	ssize_t r;

	*nfds = 0;
	memset(&m, 0, sizeof(m));
	m.msg_iov = &iov;
	m.msg_iovlen = 1;
	m.msg_control = control.room;
	m.msg_controllen = sizeof(control.room);
	do {
		r = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	} while (r == -1 && errno == EINTR);
	if (r == -1)
		return (-1);
	take_fds(&m, fds, nfds);
	if (m.msg_flags & MSG_CTRUNC) {
		errno = *nfds == 0 ? EMFILE : EPROTO;
		return (-1);
	}
	return (r);
}
