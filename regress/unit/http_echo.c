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
 * The edge alone, for raw sockets and for the bench: a small server without
 * a worker around it. `http_echo [name=number …]`, e.g. port=0 header=10000;
 * prints the port. Not installed, never part of moatd.
 */
#include "config.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/http/http.h"

static struct event_base *base;
static struct http_server *server;

static struct {
	const char	*name;
	unsigned long	 value;
} opts[] = {
	{ "port", 0 }, { "conns", 16384 }, { "header", 10000 },
	{ "body", 30000 }, { "write", 30000 }, { "idle", 60000 },
	{ "trust", 0 }, { "six", 0 },
};
enum { O_PORT, O_CONNS, O_HEADER, O_BODY, O_WRITE, O_IDLE, O_TRUST, O_SIX };

static void
health(struct http_req *r)
{
	static const char body[] = "{\"status\":\"ok\",\"version\":\"0\"}";

	http_reply(r, 200, "application/json", body, sizeof(body) - 1);
}

/* The request as the edge understood it. */
static void
echo(struct http_req *r)
{
	struct buf b = BUF_INIT;
	const char *ua = http_req_header(r, "user-agent");
	const uint8_t *body;
	size_t n;

	body = http_req_body(r, &n);
	buf_adds(&b, http_method_name(http_req_method(r)));
	buf_addc(&b, ' ');
	buf_adds(&b, http_req_path(r));
	buf_adds(&b, "\nip ");
	buf_adds(&b, http_req_ip(r));
	buf_adds(&b, http_req_loopback(r) ? " direct" : "");
	buf_adds(&b, "\nua ");
	buf_adds(&b, ua == NULL ? "-" : ua);
	buf_adds(&b, "\nbody ");
	buf_addu(&b, n);
	buf_addc(&b, ' ');
	buf_add(&b, body, n > 1024 ? 1024 : n);
	http_reply(r, 200, "text/plain", b.p, b.len);
	buf_free(&b);
}

static void
arg(struct http_req *r)
{
	const char *s = http_req_arg(r, 0);

	http_reply(r, 200, "text/plain", s, strlen(s));
}

static void
query(struct http_req *r)
{
	const char *bad, *s;
	int form = http_req_method(r) == HTTP_POST;

	if ((form ? http_form_ok(r, &bad) : http_query_ok(r, &bad)) == -1) {
		http_reply_error_at(r, 400, "invalid_request", "Bad parameter",
		    bad, "is repeated or not UTF-8");
		return;
	}
	s = form ? http_form(r, "q") : http_query(r, "q");
	http_reply(r, 200, "text/plain", s, s == NULL ? 0 : strlen(s));
}

static void
on_late(evutil_socket_t fd, short what, void *v)
{
	(void)fd;
	(void)what;
	echo(v);
}

/* Answers from the event loop, as a handler that asked the engine does. */
static void
late(struct http_req *r)
{
	static const struct timeval tv = { 0, 20000 };

	event_base_once(base, -1, EV_TIMEOUT, on_late, r, &tv);
}

static void
big(struct http_req *r)
{
	static char body[8 * 1024 * 1024];

	memset(body, 'b', sizeof(body));
	http_reply(r, 200, "text/plain", body, sizeof(body));
}

static void
inject(struct http_req *r)
{
	const char *v = http_query(r, "v");

	if (v != NULL && http_reply_header(r, "X-Value", v) == -1)
		http_reply_error(r, 400, "invalid_request", "Refused");
	else
		http_reply(r, 200, NULL, NULL, 0);
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/health", health, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_GET, "/echo", echo, HTTP_B_NONE, 1, HTTP_R_CORS, NULL },
	{ HTTP_POST, "/echo", echo, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_POST, "/auth/login", echo, HTTP_B_JSON, 1, HTTP_R_CORS, NULL },
	{ HTTP_PATCH, "/auth/me", echo, HTTP_B_JSON, 1, HTTP_R_CORS, NULL },
	{ HTTP_GET, "/auth/me", late, HTTP_B_NONE, 1, HTTP_R_CORS, NULL },
	{ HTTP_POST, "/late", late, HTTP_B_JSON, 1, 0, NULL },
	{ HTTP_GET, "/q", query, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_POST, "/form", query, HTTP_B_FORM, 1, 0, NULL },
	{ HTTP_GET, "/big", big, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_GET, "/inject", inject, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_GET, "/keys", health, HTTP_B_NONE, 1, HTTP_R_CORS_ANY, NULL },
	{ HTTP_GET, "/arg/{id}", arg, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_DELETE, "/arg/{id}", arg, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_GET, "/admin/users", health, HTTP_B_NONE, 2, 0, NULL },
};

static void
on_drained(void *v)
{
	(void)v;
	event_base_loopbreak(base);
}

static void
on_term(evutil_socket_t fd, short what, void *v)
{
	(void)fd;
	(void)what;
	(void)v;
	http_server_drain(server, 5000, on_drained, NULL);
}

static int
bind_port(unsigned long port, int six)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr *sa = six ? (void *)&in6 : (void *)&in;
	socklen_t len = six ? sizeof(in6) : sizeof(in);
	int fd, on = 1;

	in.sin_port = in6.sin6_port = htons((uint16_t)port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, sa, len) == -1 || listen(fd, 4096) == -1 ||
	    getsockname(fd, sa, &len) == -1)
		fatal("listen");
	printf("%u\n", ntohs(six ? in6.sin6_port : in.sin_port));
	fflush(stdout);
	return fd;
}

int
main(int argc, char *argv[])
{
	static const char *const trust[] = { "127.0.0.0/8", "10.0.0.0/8",
	    "::1", NULL };
	static const char *const cors[] = { "https://app.example", NULL };
	struct http_conf conf = { .cors = cors };
	struct event_config *cfg = event_config_new();
	struct event *term;
	size_t i;
	int a;

	log_init("http_echo");
	for (a = 1; a < argc; a++) {
		for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++) {
			size_t n = strlen(opts[i].name);

			if (strncmp(argv[a], opts[i].name, n) == 0 &&
			    argv[a][n] == '=')
				opts[i].value = strtoul(argv[a] + n + 1, NULL,
				    10);
		}
	}
	conf.max_conns = (uint32_t)opts[O_CONNS].value;
	conf.header_ms = (uint32_t)opts[O_HEADER].value;
	conf.body_ms = (uint32_t)opts[O_BODY].value;
	conf.write_ms = (uint32_t)opts[O_WRITE].value;
	conf.idle_ms = (uint32_t)opts[O_IDLE].value;
	if (opts[O_TRUST].value)
		conf.trust = trust;
	event_config_set_flag(cfg, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	server = http_server_new(base, routes,
	    sizeof(routes) / sizeof(routes[0]), &conf);
	if (server == NULL || http_server_listen(server,
	    bind_port(opts[O_PORT].value, (int)opts[O_SIX].value), 1) == -1)
		fatalx("no server");
	term = evsignal_new(base, SIGTERM, on_term, NULL);
	event_add(term, NULL);
	event_base_dispatch(base);
	event_free(term);
	http_server_free(server);
	event_base_free(base);
	return 0;
}
