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
 * See victim.h. Linked by the tests of the wall only.
 */
#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "privsep/wall/sock.h"
#include "regress/wire/victim.h"

struct event_base *victim_base;

static void
on_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m, int fd,
    void *arg)
{
	struct victim *v = arg;

	(void)c;
	(void)type;
	(void)id;
	(void)m;
	if (fd != -1)
		close(fd);
	v->got++;
}

static void
on_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	struct victim *v = arg;

	ck_assert_str_ne(why, "");
	v->ended++;
	v->end = end;
	chan_free(c);
	v->chan = NULL;
}

static const struct chan_ops ops = { on_msg, on_end };

void
victim_open(struct victim *v, enum role self, enum role peer, uint32_t permit,
    int running)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	memset(v, 0, sizeof(*v));
	v->peer = sv[1];
	v->chan = chan_new(victim_base, sv[0], self, peer, permit, &ops, v);
	ck_assert_ptr_nonnull(v->chan);
	if (running)
		chan_set_running(v->chan);
}

void
victim_close(struct victim *v)
{
	close(v->peer);
	chan_free(v->chan);
}

void
victim_turn(void)
{
	event_base_loop(victim_base, EVLOOP_NONBLOCK);
}

void
frame_len(struct frame *f, size_t body)
{
	f->p[4] = (uint8_t)(body >> 24);
	f->p[5] = (uint8_t)(body >> 16);
	f->p[6] = (uint8_t)(body >> 8);
	f->p[7] = (uint8_t)body;
}

void
frame_make(struct frame *f, const struct msg_row *row, enum gen_how how)
{
	static struct gen g;
	struct buf b = BUF_INIT;
	union msg m;

	gen_msg(&g, row, how, &m);
	ck_assert_int_eq(wire_compose(&b, row->type, 7, &m), 0);
	memcpy(f->p, b.p, b.len);
	f->n = b.len;
	buf_free(&b);
}

void
frame_patch(struct frame *f, size_t pos, size_t n, const void *text, size_t k)
{
	memmove(f->p + pos + k, f->p + pos + n, f->n - pos - n);
	memcpy(f->p + pos, text, k);
	f->n = f->n - n + k;
	frame_len(f, f->n - WIRE_HDR);
}

void
victim_send(struct victim *v, const struct frame *f, int with_fd)
{
	int fd = with_fd ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
	size_t pos = 0;
	ssize_t r;

	fcntl(v->peer, F_SETFL, O_NONBLOCK);
	while (pos < f->n && !v->ended) {
		r = sock_send(v->peer, f->p + pos, f->n - pos,
		    pos == 0 ? fd : -1);
		if (r > 0)
			pos += (size_t)r;
		else if (errno != EAGAIN)
			break;
		victim_turn();
	}
	if (fd != -1)
		close(fd);
	victim_turn();
}

enum role
victim_role(uint32_t set)
{
	unsigned r;

	for (r = 0; (set & ROLE_BIT(r)) == 0; r++)
		continue;
	return ((enum role)r);
}

void
victim_open_for(struct victim *v, const struct msg_row *row)
{
	victim_open(v, victim_role(row->to), victim_role(row->from), SERVE_ALL,
	    row->phase == PH_RUN);
}

void
victim_send_fds(struct victim *v, const struct frame *f, size_t n)
{
	union {
		struct cmsghdr	hdr;
		char		room[CMSG_SPACE(32 * sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t)f->p, f->n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	int fds[32];
	size_t i;

	for (i = 0; i < n; i++)
		fds[i] = v->peer;
	memset(&control, 0, sizeof(control));
	m.msg_control = control.room;
	m.msg_controllen = CMSG_SPACE(n * sizeof(int));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	ck_assert_int_eq(sendmsg(v->peer, &m, MSG_NOSIGNAL),
	    (ssize_t)f->n);
}

size_t
victim_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	if (d == NULL)
		return (0);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return (n);
}
