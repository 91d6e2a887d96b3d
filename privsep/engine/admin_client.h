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
 * What the answers about clients share.
 */
#ifndef ENGINE_ADMIN_CLIENT_H
#define ENGINE_ADMIN_CLIENT_H

#include "privsep/engine/op.h"
#include "src/base/buf.h"

/* A client as a result has it; its texts are the result's, or in the bufs. */
struct client_row {
	struct msg_client_res m;
	const char	*seen;		/* the operation that wrote it */
	struct buf	 roles, permissions;
};

/* Statements of a result, and where their rows of the last client ended. */
struct client_cursor {
	int		 client, roles, permissions;
	int		 role, permission;
};

/* Row n; 0, -1: no memory. client_row_free() in any case. */
int	client_row(struct client_row *, const struct store_result *,
	    struct client_cursor *, int n);
void	client_row_free(struct client_row *);
/* Answers with the client that a result has; secret "": none is shown. */
void	client_answer(struct op *, const struct store_result *,
	    struct client_cursor, const char *secret);
/* The members of a request in the shape of an answer. */
#define CLIENT_MEMBERS(r)						\
	.client_id = (r)->client_id,					\
	.client_name = (r)->client_name,				\
	.redirect_uris = (r)->redirect_uris,				\
	.post_logout_redirect_uris =					\
	(r)->post_logout_redirect_uris,					\
	.grant_types = (r)->grant_types,				\
	.token_endpoint_auth_method =					\
	(r)->token_endpoint_auth_method,				\
	.jwks = (r)->jwks,						\
	.scope = (r)->scope,						\
	.audience = (r)->audience,					\
	.roles = (r)->roles,						\
	.permissions = (r)->permissions,				\
	.access_token_lifetime = (r)->access_token_lifetime,		\
	.refresh_token_lifetime = (r)->refresh_token_lifetime,		\
	.id_token_signed_response_alg =					\
	(r)->id_token_signed_response_alg,				\
	.access_token_signed_response_alg =				\
	(r)->access_token_signed_response_alg,				\
	.skip_consent = (r)->skip_consent,				\
	.disabled = (r)->disabled,					\
	.backchannel_logout_uri = (r)->backchannel_logout_uri,		\
	.require_pushed_authorization_requests =			\
	(r)->require_pushed_authorization_requests,			\
	.dpop_bound_access_tokens = (r)->dpop_bound_access_tokens
#define CLIENT_WISH(r)							\
	(struct msg_client_res){ CLIENT_MEMBERS(r), .secret = "" }
#define CLIENT_REGISTERED(r)						\
	(struct msg_client_register_res){ CLIENT_MEMBERS(r) }
/* What is wished, over what there is; has: bits, enum client_member. */
void	client_overlay(struct msg_client_res *,
	    const struct msg_client_res *wish, uint32_t has);
struct msg_client_res client_defaults(const struct op *);
/* All that can be said without the database. NULL: fine; else the member, and
 * why. */
const char *client_whole_check(const struct msg_client_res *,
	    const char **why);
#define CLIENT_RANDOM_ID	24	/* characters */
void	client_random_id(char out[CLIENT_RANDOM_ID + 1]);
/* A secret of 256 bits as text in op->refresh, which is wiped with the op, and
 * its hash in op->hash. */
void	client_secret_make(struct op *);
/* Answers where there is no such client or it may not be touched: 1. Rows of
 * found: a state, and 1 where it is the super admin's alone. */
int	client_protected(struct op *, const struct store_result *, int found,
	    int beneath);

#endif
