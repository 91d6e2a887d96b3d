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
 * Who: the parent. Holds: the listening sockets; it never accepts from them.
 * A worker that dies loses none of the connections that wait. Callers:
 * moatd.c, reload.c, setup.c.
 */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "privsep/parent/listen.h"
#include "src/base/log.h"

#define BACKLOG		4096	/* the kernel cuts it to somaxconn */
#define FIRST_FD	3	/* sd_listen_fds(3) */

static struct {
	int	first, n;
	char	names[CONF_LISTENERS][64];
} inherited;

void
listen_inherit(const struct env *env)
{
	const char *names = env_get(env, "LISTEN_FDNAMES");
	int64_t n = env_number(env, "LISTEN_FDS");
	size_t len;
	int i;

	if (n < 1 || env_number(env, "LISTEN_PID") != getpid())
		return;
	if (n > CONF_LISTENERS)
		fatalx("LISTEN_FDS: more than %d sockets", CONF_LISTENERS);
	inherited.first = FIRST_FD;
	inherited.n = (int)n;
	for (i = 0; i < inherited.n; i++) {
		if (fcntl(FIRST_FD + i, F_SETFD, FD_CLOEXEC) == -1)
			fatal("LISTEN_FDS: descriptor %d", FIRST_FD + i);
		if (names == NULL)
			continue;
		len = strcspn(names, ":");
		snprintf(inherited.names[i], sizeof(inherited.names[i]),
		    "%.*s", (int)len, names);
		names = names[len] == ':' ? names + len + 1 : NULL;
	}
}

static socklen_t
address(const struct conf_listen *l, struct sockaddr_storage *ss)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, l->addr, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(l->port);
		return (sizeof(*in));
	}
	if (inet_pton(AF_INET6, l->addr, &in6->sin6_addr) != 1)
		fatalx("listen on %s", l->addr);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(l->port);
	return (sizeof(*in6));
}

/* The address as text, "[::1]:3000"; 0 when it is no Internet address. */
static uint16_t
spell(const struct sockaddr_storage *ss, char *host, size_t n)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;
	char text[INET6_ADDRSTRLEN] = "";

	*host = '\0';
	if (ss->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, (socklen_t)n);
		return (ntohs(in->sin_port));
	}
	if (ss->ss_family != AF_INET6)
		return (0);
	inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
	snprintf(host, n, "[%s]", text);
	return (ntohs(in6->sin6_port));
}

static int
same_address(int fd, const struct sockaddr_storage *want, socklen_t len)
{
	struct sockaddr_storage ss;
	socklen_t n = sizeof(ss);
	char a[64], b[64];

	memset(&ss, 0, sizeof(ss));
	(void)len;
	if (getsockname(fd, (struct sockaddr *)&ss, &n) == -1 ||
	    ss.ss_family != want->ss_family)
		return (0);
	return (spell(&ss, a, sizeof(a)) == spell(want, b, sizeof(b)) &&
	    strcmp(a, b) == 0);
}

/* A passed socket with that name, or bound to that very address; or -1. */
static int
find_inherited(const struct conf_listen *l, const struct sockaddr_storage *ss,
    socklen_t len)
{
	int i, fd;

	for (i = 0; i < inherited.n; i++) {
		fd = inherited.first + i;
		if (l->socket != NULL ?
		    strcmp(inherited.names[i], l->socket) == 0 :
		    same_address(fd, ss, len))
			return (fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD));
	}
	return (-1);
}

static int
find_old(const struct listeners *old, const struct conf_listen *l,
    const struct sockaddr_storage *ss, socklen_t len)
{
	size_t i;

	for (i = 0; l->addr != NULL && old != NULL && i < old->n; i++)
		if (same_address(old->v[i].fd, ss, len))
			return (fcntl(old->v[i].fd, F_DUPFD_CLOEXEC,
			    FIRST_FD));
	return (-1);
}

static int
bind_new(const struct sockaddr_storage *ss, socklen_t len)
{
	int fd, on = 1, saved;

	if ((fd = socket(ss->ss_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) == -1)
		return (-1);
	/* [::] is IPv6 alone, so that 0.0.0.0 can stand beside it. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (ss->ss_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, (const struct sockaddr *)ss, len) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return (fd);
	saved = errno;
	close(fd);
	errno = saved;
	return (-1);
}

static int
open_one(struct listener *out, const struct listeners *old,
    const struct conf_listen *l, char *why, size_t whylen)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[64];
	uint16_t port;

	memset(&ss, 0, sizeof(ss));
	if (l->addr != NULL)
		len = address(l, &ss);
	if ((out->fd = find_old(old, l, &ss, len)) == -1 &&
	    (out->fd = find_inherited(l, &ss, len)) == -1) {
		if (l->addr == NULL) {
			snprintf(why, whylen, "listen on socket %s: no socket "
			    "with that name was passed (LISTEN_FDNAMES)",
			    l->socket);
			return (-1);
		}
		if ((out->fd = bind_new(&ss, len)) == -1) {
			snprintf(why, whylen, "listen on %s port %u: %s",
			    l->addr, l->port, strerror(errno));
			return (-1);
		}
	}
	if (fcntl(out->fd, F_SETFL, O_RDWR | O_NONBLOCK) == -1)
		log_warn("listener");
	out->serve = l->serve;
	memset(&ss, 0, sizeof(ss));
	len = sizeof(ss);
	getsockname(out->fd, (struct sockaddr *)&ss, &len);
	port = spell(&ss, host, sizeof(host));
	if (*host != '\0')
		snprintf(out->name, sizeof(out->name), "%s:%u", host, port);
	else
		snprintf(out->name, sizeof(out->name), "%s",
		    l->socket != NULL ? l->socket : "socket");
	return (0);
}

int
listen_open(struct listeners *ls, const struct listeners *old,
    const struct conf *conf, char *why, size_t whylen)
{
	size_t i;

	ls->n = 0;
	for (i = 0; i < conf->nlisten; i++) {
		if (open_one(&ls->v[i], old, &conf->listen[i], why,
		    whylen) == -1) {
			listen_close(ls);
			return (-1);
		}
		ls->n++;
	}
	return (0);
}

void
listen_close(struct listeners *ls)
{
	while (ls->n > 0)
		close(ls->v[--ls->n].fd);
}

void
listen_url(const struct listeners *ls, char *dst, size_t n)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[64] = "127.0.0.1";
	uint16_t port = 0;
	size_t i = 0;

	while (i + 1 < ls->n && (ls->v[i].serve & SERVE_PUBLIC) == 0)
		i++;
	memset(&ss, 0, sizeof(ss));
	if (ls->n > 0 && getsockname(ls->v[i].fd, (struct sockaddr *)&ss,
	    &len) == 0)
		port = spell(&ss, host, sizeof(host));
	if (strcmp(host, "0.0.0.0") == 0)
		snprintf(host, sizeof(host), "127.0.0.1");
	else if (strcmp(host, "[::]") == 0)
		snprintf(host, sizeof(host), "[::1]");
	snprintf(dst, n, "http://%s:%u", host, port);
}
