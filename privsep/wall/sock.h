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
 * Bytes and descriptors over a socketpair: one sendmsg(2), one recvmsg(2).
 * Never raises SIGPIPE; received descriptors are close-on-exec.
 */
#ifndef WALL_SOCK_H
#define WALL_SOCK_H

#include <sys/types.h>

#include <stddef.h>

#define SOCK_FDS	4	/* the most that one call takes in */

/* passfd (-1: none) goes along with the first byte and stays open here. */
ssize_t	sock_send(int fd, const void *, size_t, int passfd);
/*
 * Descriptors that came along are the caller's, also on failure. EPROTO: the
 * peer sent more of them than any honest one does; EMFILE: we had no room.
 */
ssize_t	sock_recv(int fd, void *, size_t, int fds[SOCK_FDS], size_t *nfds);

#endif
