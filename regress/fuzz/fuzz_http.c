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
 * Fuzz target of the edge: the pure parser, whose verdict must not depend on
 * how the bytes are cut, and then a whole connection over a socketpair with
 * a handler that looks at everything.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/http/conn.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void	look(struct http_req *);

static const struct http_route routes[] = {
	{ HTTP_GET, "/health", look, HTTP_B_NONE, 1, 0, NULL },
	{ HTTP_POST, "/j", look, HTTP_B_JSON, 1, HTTP_R_CORS, NULL },
	{ HTTP_POST, "/f", look, HTTP_B_FORM, 1, 0, NULL },
	{ HTTP_DELETE, "/a/{x}/{y}", look, HTTP_B_NONE, 1, HTTP_R_CORS_ANY,
	    NULL },
};
static const char *const trust[] = { "::/0", NULL };
static const char *const cors[] = { "https://a", NULL };
static const struct http_conf conf = { .max_conns = 4, .header_ms = 1000,
    .body_ms = 1000, .write_ms = 1000, .idle_ms = 1000, .trust = trust,
    .cors = cors };
static struct event_base *base;
static struct http_server *srv;
extern volatile size_t fuzz_sum;
volatile size_t fuzz_sum;

/* Reads all of it, so that the sanitizer sees every byte. */
static void
look(struct http_req *r)
{
	const uint8_t *body;
	const char *s;
	size_t n, i;

	body = http_req_body(r, &n);
	for (i = 0; i < n; i++)
		fuzz_sum += body[i];
	for (i = 0; i < HTTP_PATH_ARGS; i++)
		fuzz_sum += (s = http_req_arg(r, (unsigned)i)) != NULL ?
		    strlen(s) : 0;
	fuzz_sum += strlen(http_req_ip(r)) + strlen(http_req_path(r));
	if ((s = http_req_header(r, "cookie")) != NULL &&
	    http_reply_header(r, "X-Echo", s) == -1)
		abort();
	s = http_req_method(r) == HTTP_POST ? http_form(r, "a") :
	    http_query(r, "a");
	http_reply(r, 200, "text/plain", s, s == NULL ? 0 : strlen(s));
}

/* What comes of the bytes when they arrive `step` at a time. */
static enum parse_err
verdict(const uint8_t *data, size_t n, size_t step, struct parse_head *h)
{
	static struct parse_field f[PARSE_FIELDS];
	enum parse_err err = PARSE_MORE;
	size_t at, i, len = 0;
	uint8_t *p;

	for (at = 0; err == PARSE_MORE && at < n;) {
		at = n - at < step ? n : at + step;
		err = parse_scan(data, at, &len);
	}
	if (err != PARSE_OK)
		return err;
	p = malloc(len);
	memcpy(p, data, len);
	err = parse_head(p, len, h, f);
	for (i = 0; err == PARSE_OK && i < h->nfields; i++) {
		if (strlen((char *)p + f[i].name) != f[i].nlen ||
		    strlen((char *)p + f[i].value) != f[i].vlen)
			abort();
	}
	if (err == PARSE_OK && (strlen((char *)p + h->path) != h->path_len ||
	    (h->chunked && h->length != PARSE_NO_LENGTH)))
		abort();
	free(p);
	return err;
}

static enum parse_err
dechunk(const uint8_t *data, size_t n, size_t step, uint8_t *out, size_t *len)
{
	enum parse_err err = PARSE_MORE;
	struct chunk k;
	size_t at, take, used, got;

	memset(&k, 0, sizeof(k));
	*len = 0;
	for (at = 0; err == PARSE_MORE && at < n; at += used) {
		take = n - at < step ? n - at : step;
		err = chunk_feed(&k, data + at, take, &used, out + *len, &got);
		*len += got;
	}
	return err;
}

static void
pure(const uint8_t *data, size_t n)
{
	struct parse_head one, all;
	uint8_t *whole, *bytes;
	enum parse_err err;
	size_t a, b;

	err = verdict(data, n, n, &all);
	if (err != verdict(data, n, 1, &one) ||
	    (err == PARSE_OK && memcmp(&one, &all, sizeof(one)) != 0))
		abort();
	whole = malloc(n);
	bytes = malloc(n);
	if (dechunk(data, n, n, whole, &a) != dechunk(data, n, 1, bytes, &b) ||
	    a != b || memcmp(whole, bytes, a) != 0 || a > PARSE_BODY_MAX)
		abort();
	free(bytes);
	free(whole);
}

static void
connection(const uint8_t *data, size_t n)
{
	static const uint8_t peer[16] = { [15] = 1 };
	uint8_t sink[4096];
	size_t at, step;
	int sv[2];

	if (srv == NULL) {
		base = event_base_new();
		srv = http_server_new(base, routes,
		    sizeof(routes) / sizeof(routes[0]), &conf);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv) == -1)
		abort();
	conn_new(srv, sv[1], 1, peer, 0);
	step = n > 0 ? (size_t)data[n - 1] * 16 + 1 : 1;
	for (at = 0; at < n; at += step) {
		if (write(sv[0], data + at, n - at < step ? n - at : step) < 0)
			break;
		event_base_loop(base, EVLOOP_NONBLOCK);
		while (read(sv[0], sink, sizeof(sink)) > 0)
			;
	}
	close(sv[0]);
	while (http_server_conns(srv) > 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	pure(data, n);
	connection(data, n);
	return 0;
}
