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
 * Inside of the room: server, connection, request. An idle connection is one
 * struct http_conn; buffers and requests come from the server's free lists
 * with the first byte and go back with the last.
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include <event2/event_struct.h>
#include <sys/queue.h>

#include "src/http/chunk.h"
#include "src/http/forward.h"
#include "src/http/http.h"
#include "src/http/parse.h"
#include "src/http/route.h"
#include "src/http/timeo.h"

#define CONN_BUF	4096	/* first buffer of a request */
#define CONN_POOL	64	/* free buffers and requests that are kept */
#define CONN_ROOM	2048	/* least room for a read */
#define CONN_SHED	64	/* connections told 503 at a time */
#define CONN_DRAIN_MAX	(1024 * 1024)	/* lingering close reads so much */
#define CONN_LINGER_US	(5 * CLOCK_SEC)
#define CONN_BATCH	65536	/* reply bytes gathered before a write */
/* Slow clients share this much for long bodies and unread replies. */
#define CONN_HELD_MAX	(64 * 1024 * 1024)
#define REQ_FIELDS	32	/* fields without another allocation */
#define REQ_ID		65	/* X-Request-Id and NUL */

enum conn_state {
	CONN_HEAD,	/* waits for a head, or for more of it */
	CONN_BODY,	/* reads a body for a handler */
	CONN_WORK,	/* a handler has the request */
	CONN_STREAM,	/* and has answered in part */
	CONN_SKIP,	/* answered; the rest of the body is dropped */
	CONN_CLOSE,	/* answered; nothing more is read */
	CONN_LINGER	/* reads until the client has seen the answer */
};

#define CONN_F_LOOP	0x01	/* conn_run() is on the stack */
#define CONN_F_READ	0x02	/* the event waits for bytes */
#define CONN_F_WRITE	0x04	/* the event waits for room */
#define CONN_F_LINGER	0x08	/* close by lingering */
#define CONN_F_SHED	0x10	/* over the cap: counted apart */
#define CONN_F_BLANK	0x20	/* the empty line before a head was skipped */
#define CONN_F_ANEW	0x40	/* another request: deadlines begin anew */
#define CONN_F_DEAD	0x80	/* the socket failed: close when possible */

/* The body that is being read or skipped. */
struct conn_body {
	struct chunk	 chunk;
	uint32_t	 left;		/* of Content-Length */
	uint32_t	 at;		/* where it starts in the buffer */
	uint32_t	 len;		/* bytes kept there */
	uint8_t		 chunked;
	uint8_t		 keep;		/* else dropped as it comes */
	uint8_t		 done;
};

struct http_conn {
	struct event	 ev;
	struct timeo_node tn;
	struct http_server *srv;
	struct http_req	*req;		/* in BODY and WORK */
	uint8_t		*in;		/* NULL while idle */
	uint32_t	 off, len, cap;	/* unparsed bytes are off..len */
	uint32_t	 high;		/* bytes that were ever used: to wipe */
	uint32_t	 scan;		/* how far the head was searched */
	uint8_t		*out;		/* what a full socket did not take */
	size_t		 out_off, out_len;
	struct conn_body body;
	uint32_t	 serve;		/* of its listener */
	uint32_t	 drained;	/* bytes read while lingering */
	uint8_t		 peer[16];
	uint8_t		 state;
	uint8_t		 flags;
};

struct req_chunk {			/* memory that ends with the request */
	struct req_chunk *next;
	size_t		 size;
	char		 data[];
};

struct req_pair {
	char		*name, *value;
};

struct req_params {			/* a query or a form, once parsed */
	struct req_pair	*pairs;
	size_t		 n;
	const char	*bad;
	uint8_t		 state;		/* 0 not yet, 1 fine, 2 bad */
};

struct http_req {
	struct http_conn *conn;
	struct http_server *srv;
	const struct http_route *route;	/* NULL: answered by the edge */
	uint32_t	 route_flags;	/* HTTP_R_*, of the path's routes */
	uint32_t	 head;		/* where the head starts in conn->in */
	struct parse_field *fields;	/* few, or allocated */
	size_t		 prefix;	/* of the path: "/t/TENANT", or 0 */
	char		 tenant[ROUTE_TENANT];	/* "": the default one */
	unsigned	 nargs;
	struct route_arg args[HTTP_PATH_ARGS];	/* behind prefix */
	const char	*arg[HTTP_PATH_ARGS];	/* copies, once asked for */
	struct req_chunk *mem;
	struct req_params query, form;
	struct buf	 extra;		/* header fields of the reply */
	const char	*cache;		/* NULL: no-store */
	int64_t		 since;		/* clock_mono() at the head's end */
	void		(*stream_more)(struct http_req *);
	int		 stream_status;
	void		*data;
	void		(*free_fn)(void *);
	uint8_t		 close;		/* the reply says Connection: close */
	uint8_t		 linger;
	uint8_t		 own_referrer;	/* the reply brings Referrer-Policy */
	uint8_t		 direct;	/* ip is the peer's own */
	char		 ip[FORWARD_TEXT];	/* "" until asked for */
	struct parse_head h;
	/* Not cleared for the next request: */
	char		 id[REQ_ID];
	struct parse_field few[REQ_FIELDS];
};

struct http_listener {
	TAILQ_ENTRY(http_listener) link;
	struct event	 ev;
	struct http_server *srv;
	int		 fd;
	uint32_t	 serve;
};

TAILQ_HEAD(http_listeners, http_listener);

struct pool {
	void		*at[CONN_POOL];
	unsigned	 n;
};

struct http_server {
	struct event_base *base;
	const struct http_conf *conf;
	const struct http_route *routes;
	struct route_table *table;
	struct forward_net *trust;
	size_t		 ntrust;
	struct timeo	 timeo;
	struct http_listeners listeners;
	uint32_t	 nconns, nshed;
	size_t		 held;		/* bytes in grown and parked buffers */
	uint32_t	 fd_cap;	/* connections the descriptors allow */
	uint8_t		 paused;	/* listeners wait for a descriptor */
	uint8_t		 draining;
	int64_t		 warned;	/* when that was last logged */
	struct event	 retry;		/* paused: look again */
	struct event	 deadline;	/* of the drain */
	void		(*drained)(void *);
	void		*drained_arg;
	struct pool	 bufs, reqs;
	struct buf	 out;		/* replies on their way to write(2) */
	char		 block[256];	/* fields that every reply has */
	size_t		 block_len;
	int64_t		 block_until;	/* clock_mono() when Date changes */
	uint8_t		 rnd[4096];	/* for request ids */
	size_t		 rnd_at;
	struct parse_field fields[PARSE_FIELDS];
};

/* conn.c */
void	conn_new(struct http_server *, int fd, uint32_t serve,
	    const uint8_t peer[16], int shed);
void	conn_run(struct http_conn *, int64_t now);
void	conn_close(struct http_conn *);
void	conn_fire(struct timeo_node *, void *);
/* The request was answered (its reply lies in srv->out from `from` on). */
/* A part of a reply was written: waits for room, or for the next part. */
void	conn_streaming(struct http_conn *);
void	stream_more(struct http_conn *);
void	reply_stream_head(struct http_req *, struct buf *, int status,
	    const char *ctype);
void	conn_answered(struct http_conn *, size_t from);
/* write.c */
int	conn_flush(struct http_conn *);		/* of ->out: 1 more, 0, -1 */
int	conn_write(struct http_conn *, size_t from);	/* of srv->out */
void	conn_unpark(struct http_conn *);	/* wipes and frees ->out */
/* body.c */
void	body_start(struct http_conn *, const struct parse_head *, int keep);
enum parse_err body_take(struct http_conn *);
/* Makes room for a read; 0, or -1: no memory, or not for this one. */
int	body_room(struct http_conn *);
void	body_release(struct http_conn *);	/* gives the buffer back */
/* edge.c */
void	edge_head(struct http_conn *, size_t headlen, int64_t now);
void	edge_body(struct http_conn *);		/* body complete */
void	edge_fail(struct http_conn *, enum parse_err);
void	edge_timeout(struct http_conn *);
/* req.c */
struct http_req *req_new(struct http_conn *);
void	req_free(struct http_req *);
void	*req_alloc(struct http_req *, size_t);
const char *req_known(struct http_req *, enum parse_name);	/* or NULL */
/* cors.c */
void	cors_reply(struct http_req *, struct buf *);
void	cors_options(struct http_req *, const struct route_res *);
/* reply.c */
void	reply_shed(struct http_server *);	/* a 503 into srv->out */
/* block.c */
void	block_refresh(struct http_server *, int64_t now);
void	block_id(struct http_server *, char id[REQ_ID]);
/* accept.c */
void	accept_resume(struct http_server *);
void	accept_stop(struct http_server *);
uint32_t accept_fd_cap(uint32_t max_conns);
/* server.c */
void	server_conn_gone(struct http_server *, int shed);
void	*pool_get(struct pool *);
int	pool_put(struct pool *, void *);	/* 0: full, the caller frees */

#endif
