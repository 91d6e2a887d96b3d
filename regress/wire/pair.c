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
 * See pair.h. Linked by the tests of the wall only.
 */
#include "config.h"

#include <sys/socket.h>

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "regress/wire/pair.h"

struct event_base *pair_base;
struct end pair_a, pair_b;		/* worker and engine, at first */

static void
on_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m, int fd,
    void *arg)
{
	struct end *e = arg;

	ck_assert_ptr_eq(chan_arg(c), arg);
	e->got++;
	e->last_id = id;
	if (e->last_fd != -1)
		close(e->last_fd);
	e->last_fd = fd;
	if (e->asker != NULL &&
	    asker_answer(e->asker, type, id, m) == -1)
		e->bad_answers++;
	if (type == IMSG_CTL_TEXT_RES)
		e->sum += strlen(m->ctl_text_res.text);
	if (e->violate_on_msg) {
		chan_violation(c, "nonsense");
		ck_assert_int_eq(e->ended, 0);
		/* what was handed in is still there to look at */
		if (type == IMSG_CTL_TEXT_RES)
			e->sum += strlen(m->ctl_text_res.text);
	}
	if (e->free_on_msg) {
		chan_free(c);
		e->chan = NULL;
	}
}

static void
on_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	struct end *e = arg;

	(void)why;
	e->ended++;
	e->end = end;
	if (e->asker != NULL)
		asker_set_chan(e->asker, NULL);
	chan_free(c);
	e->chan = NULL;
}

const struct chan_ops pair_ops = { on_msg, on_end };

void
pair_turn(void)
{
	event_base_loop(pair_base, EVLOOP_NONBLOCK);
}

void
pair_open(enum role ra, enum role rb)
{
	int sv[2];

	memset(&pair_a, 0, sizeof(pair_a));
	memset(&pair_b, 0, sizeof(pair_b));
	pair_a.last_fd = pair_b.last_fd = -1;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	pair_a.chan = chan_new(pair_base, sv[0], ra, rb, SERVE_ALL,
	    &pair_ops, &pair_a);
	pair_b.chan = chan_new(pair_base, sv[1], rb, ra, SERVE_ALL,
	    &pair_ops, &pair_b);
	ck_assert(pair_a.chan != NULL && pair_b.chan != NULL);
	chan_set_running(pair_a.chan);
	chan_set_running(pair_b.chan);
}

void
pair_close(void)
{
	chan_free(pair_a.chan);
	chan_free(pair_b.chan);
	pair_a.chan = pair_b.chan = NULL;
}

void
pair_setup(void)
{
	pair_base = event_base_new();
	pair_open(ROLE_WORKER, ROLE_ENGINE);
}

void
pair_teardown(void)
{
	pair_close();
	asker_free(pair_a.asker);
	if (pair_a.last_fd != -1)
		close(pair_a.last_fd);
	if (pair_b.last_fd != -1)
		close(pair_b.last_fd);
	event_base_free(pair_base);
}

int
pair_login(struct chan *c, uint64_t id)
{
	struct msg_login_req m;

	memset(&m, 0, sizeof(m));
	m.username = "alice";
	m.password = "secret";
	return (chan_send(c, IMSG_LOGIN_REQ, id, &m, -1));
}
