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
 * The JSON endpoints of a worker. worker.c fills the one context, starts it,
 * and hands the route table to the HTTP server; handlers see call.h.
 */
#ifndef API_API_H
#define API_API_H

#include <stddef.h>
#include <stdint.h>

#include "privsep/wall/ask.h"
#include "privsep/wall/shm.h"
#include "src/base/buf.h"
#include "src/http/http.h"
#include "src/jose/jwk.h"
#include "src/json/schema.h"

/* What a route is, beyond what the HTTP edge needs; its http_route.schema
 * points to one. The OpenAPI document is made from it; a page has none, and is
 * not in it. */
struct api_op {
	const char	*id;		/* operationId */
	const char	*summary;
	const struct schema *body;	/* NULL: no request fields. Of a form:
					 * sizes and what must be there */
	const char	*result;	/* component of the success body */
	int		 success;	/* 200, 201, 204 */
	int		 list;		/* takes limit and cursor */
	const char	*query;		/* further parameters, words; NULL */
	int		 if_match;	/* heeds If-Match */
	int		 setup;		/* for a factor's set-up, too */
	int		 any;		/* whatever the token's scope */
	int		 dpop;		/* takes tokens bound to a key */
	int		 cookie;	/* or the session of a browser */
	const char	*scope;		/* of the token; NULL: account, admin */
	int		 client;	/* a client authenticates itself: its
					 * handler answers 400 after 401 */
#define API_CLIENT_TOKEN	2	/* by a token that is no JWT */
	short		 own[4];	/* further statuses, 0 ends */
	const char	*password;	/* member that weak_password is about */
};

/* The process's one context. */
struct api {
	char		 issuer[CAP_URL + 1];
	char		 version[65];
	int		 client_registration;	/* clients may add themselves */
	const char	*locales;	/* of pages, words; NULL: "en" */
	struct asker	*engine;
	int		 engine_up;	/* there is a channel to it */
	struct jwks	*keys;
	/* boards; any may be NULL: then nothing is ready, nothing counted */
	const struct shm_parent *parent;
	const struct shm_engine *board;
	struct shm_worker *mine;
	const struct shm_worker **workers;	/* by slot, may hold NULL */
	size_t		 nworkers;
	/* answers that are made once */
	struct buf	 jwks_body, openapi_body;
	char		 jwks_etag[32];
	struct buf	 out;		/* the answer under composition */
};
extern struct api api;

/* All routes of the process, in the order in which their rooms were added. */
extern struct http_route api_routes[];
extern size_t api_nroutes;
/* Those of this room (routes.c). */
extern const struct http_route api_own[];
extern const size_t api_nown;
/* Adds a room's. Before http_server_new() and api_start(), which keep the
 * table; fatal when the board of counters has no room for it. */
void	api_add_routes(const struct http_route *, size_t);

/* Once, when everything above but engine is set: makes the fixed answers.
 * fatal() on ENOMEM. */
void	api_start(void);
/* Adds a public key and rebuilds the JWK Set; 0, -1 for a bad key. */
int	api_add_key(const char *kid, enum jose_alg, const uint8_t *spki,
	    size_t len);
/* Takes one out and rebuilds the set; 0, -1: no memory. */
int	api_drop_key(const char *kid);
/* http_conf.done: counts one reply. */
void	metrics_done(int route, enum http_method, int status,
	    int64_t duration_us, void *arg);
/* Make the fixed answers; 0, -1. */
int	jwks_make(void);
int	openapi_make(struct buf *);
/* Appends the scrape; pure but for reading the boards. */
void	metrics_text(struct buf *);

#endif
