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
 * libcurl's sockets and its timer on the event loop. Run by the mailer for
 * mails and for logout tokens; holds no data of theirs.
 */
#include "config.h"

#include <stdlib.h>

#include "privsep/mailer/multi.h"
#include "src/base/log.h"

struct multi {
	CURLM		*multi;
	struct event_base *base;
	struct event	*timer;
	multi_cb	 done;
};

static void
reap(struct multi *s)
{
	CURLMsg *msg;
	CURLcode rv;
	CURL *easy;
	void *m;
	int left;

	while ((msg = curl_multi_info_read(s->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		easy = msg->easy_handle;
		rv = msg->data.result;
		m = NULL;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &m);
		if (m != NULL)
			s->done(easy, rv, m);
	}
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct multi *s = arg;
	int running, mask = 0;

	if (what & EV_READ)
		mask |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		mask |= CURL_CSELECT_OUT;
	curl_multi_socket_action(s->multi, fd, mask, &running);
	reap(s);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct multi *s = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(s->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(s);
}

static int
want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *sock)
{
	struct multi *s = arg;
	struct event *ev = sock;
	short flags = EV_PERSIST;

	(void)easy;
	if (ev != NULL)
		event_free(ev);
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(s->multi, fd, NULL);
		return (0);
	}
	if (what & CURL_POLL_IN)
		flags |= EV_READ;
	if (what & CURL_POLL_OUT)
		flags |= EV_WRITE;
	if ((ev = event_new(s->base, fd, flags, on_socket, s)) == NULL ||
	    event_add(ev, NULL) == -1)
		fatalx("event for a server");
	curl_multi_assign(s->multi, fd, ev);
	return (0);
}

static int
want_timer(CURLM *multi, long ms, void *arg)
{
	struct multi *s = arg;
	struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	(void)multi;
	if (ms < 0)
		evtimer_del(s->timer);
	else if (evtimer_add(s->timer, &tv) == -1)
		fatalx("timer for a server");
	return (0);
}

struct multi *
multi_new(long connections, multi_cb done)
{
	struct multi *s;

	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->multi = curl_multi_init()) == NULL)
		fatalx("libcurl");
	s->done = done;
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, want_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    connections);
	return (s);
}

void
multi_start(struct multi *s, struct event_base *base)
{
	s->base = base;
	if ((s->timer = evtimer_new(base, on_timer, s)) == NULL)
		fatal("timer");
}

void
multi_free(struct multi *s)
{
	if (s == NULL)
		return;
	curl_multi_cleanup(s->multi);
	if (s->timer != NULL)
		event_free(s->timer);
	free(s);
}

int
multi_add(struct multi *s, CURL *easy)
{
	return (curl_multi_add_handle(s->multi, easy) == CURLM_OK ? 0 : -1);
}

void
multi_remove(struct multi *s, CURL *easy)
{
	curl_multi_remove_handle(s->multi, easy);
}
