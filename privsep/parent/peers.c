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
 * Who: the parent. Holds: nothing; a pair's ends leave at once. Callers:
 * setup.c when a child is set up, supervise.c when one is gone.
 */
#include "config.h"

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "privsep/parent/peers.h"
#include "src/base/log.h"

/* Sends one end to `to`, and says whose other end it is. */
static int
hand(struct child *to, const struct child *other, uint32_t permit, int fd)
{
	struct msg_peer_set set;

	memset(&set, 0, sizeof(set));
	set.role = (uint8_t)other->role;
	set.index = other->peer;
	set.generation = other->generation;
	set.permit = permit;
	return (chan_send(to->chan, IMSG_PEER_SET, 0, &set, fd));
}

/*
 * An end that cannot be handed over is closed with that: whoever it was for is
 * about to go, and is connected anew when it is back.
 */
static int
connect_two(struct child *engine, struct child *other)
{
	int pair[2], failed;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		log_warn("socketpair for %s", other->name);
		return (-1);
	}
	failed = hand(engine, other, other->serve, pair[0]) == -1;
	failed |= hand(other, engine, other->serve, pair[1]) == -1;
	if (failed)
		log_debug("%s is not connected: a channel is over",
		    other->name);
	return (0);
}

int
peers_connect(struct child *c)
{
	struct child *o = NULL;
	int rv = 0;

	TAILQ_FOREACH(o, &c->m->children, entry) {
		if (o == c || o->chan == NULL || o->stopping ||
		    o->apart)
			continue;
		if (c->role == ROLE_ENGINE && o->role != ROLE_ENGINE)
			rv |= connect_two(c, o);
		else if (c->role != ROLE_ENGINE && o->role == ROLE_ENGINE)
			rv |= connect_two(o, c);
	}
	return (rv);
}

void
peers_gone(struct child *c)
{
	struct msg_peer_gone gone;
	struct child *o;

	if (c->role == ROLE_ENGINE)
		return;
	memset(&gone, 0, sizeof(gone));
	gone.role = (uint8_t)c->role;
	gone.index = c->peer;
	gone.generation = c->generation;
	TAILQ_FOREACH(o, &c->m->children, entry)
		if (o->role == ROLE_ENGINE && o->chan != NULL &&
		    !o->apart)
			chan_send(o->chan, IMSG_PEER_GONE, 0, &gone, -1);
}
