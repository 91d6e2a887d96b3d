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
 * Who a client is (API.md section 8): one module for all that a client asks
 * for by its secret, a key of its own, or its name. The registered method is
 * the only one that is good; unknown, disabled and wrong are INVALID_CLIENT
 * alike, and too many failures RATE_LIMITED.
 *
 * Where nothing but the client is asked for first: client_auth(). Where it is
 * part of an operation: client_proof(), and in its next that operation, which
 * has the parts of sql/parts/client_auth.sql and CLIENT_AUTH_PARAMS; its
 * callback begins with client_known().
 *
 * The message is gone when next is called: copy what is needed of it before.
 */
#ifndef ENGINE_CLIENT_AUTH_H
#define ENGINE_CLIENT_AUTH_H

#include "privsep/engine/op.h"
#include "src/base/clock.h"

/* The client of an op. The last half is how it authenticates itself. */
struct op_client {
	char		 id[CAP_CLIENT + 1];
	char		 method[33];
	char		 grants[513], scope[CAP_SCOPE + 1];
	char		 audience[CAP_AUDIENCE + 1];
	char		 access_alg[17], id_alg[17];
	uint32_t	 access_s, refresh_s;	/* lifetimes */
	int64_t		 epoch;
	int		 dpop_bound, require_par;
	int		 tell;		/* of the end of its sessions */
	/* what is compared */
	const char	*auth;		/* the method that it used */
	char		 hash[TOKEN_TEXT], once[TOKEN_TEXT];
	int64_t		 once_until;
	int		 proved;
	void		(*next)(struct op *), (*then)(struct op *);
	char		 assertion[CAP_BEARER + 1];
};

/* MSG_CAUTH of a message. */
struct client_proof {
	uint8_t		 auth;
	const char	*client_id, *secret, *assertion;
};
#define CLIENT_PROOF(r)							\
	{ (r)->auth, (r)->client_id, (r)->secret, (r)->assertion }

#define CLIENT_SPAN_US	(60 * CLOCK_SEC)
#define CLIENT_KEEP_US	(48 * 3600 * CLOCK_SEC)

/* next comes with op->client filled in. */
void	client_auth(struct op *, const struct client_proof *,
	    void (*next)(struct op *));

/* Whose the secret is said to be, for CLIENT_AUTH_PARAMS: not of assertions,
 * which need a look at the client first. 0; -1: the op ended. */
int	client_claim(struct op *, const struct client_proof *);
void	client_proof(struct op *, const struct client_proof *,
	    void (*next)(struct op *));
/* With throttle.h. op, now and tenant (the realm) are the operation's. */
#define CLIENT_AUTH_PARAMS(op)						\
	.client = db_text((op)->client->id),				\
	.method = db_text((op)->client->auth),				\
	.hash = db_text((op)->client->hash),				\
	.proved = db_int((op)->client->proved),				\
	.once = db_text((op)->client->once),				\
	.once_until = db_int((op)->client->once_until),			\
	.most = db_int(throttle_client_most((op)->eng)),		\
	.span = db_int(CLIENT_SPAN_US), .keep = db_int(CLIENT_KEEP_US)
/* Statements until and client of its result. 1: op->client is filled in; 0:
 * the op ended. */
int	client_known(struct op *, const struct store_result *, int until,
	    int client);
/* Before something is kept for a client: a public one may be anybody, so all of
 * them together have a budget. 1; 0: the op ended with BUSY. */
int	client_admit(struct op *);
/* 1: the client may use the grant type. */
int	client_may(const struct op *, const char *grant);

/* client_assert.c (RFC 7523). Whose an assertion says that it is, unverified;
 * 0, -1: it says nothing of use. */
int	client_assert_who(char id[CAP_CLIENT + 1], const char *assertion);
/* Verifies that of op->client by its registered keys, "" of nobody, and sets
 * proved, once and once_until. */
void	client_assert(struct op *, const char *jwks);

#endif
