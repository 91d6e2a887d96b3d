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
 * How a client authenticates itself, as it comes in a request (RFC 6749 section
 * 2.3, RFC 7523): the worker's half. Whether it is true is the engine's.
 */
#ifndef OAUTH_CLIENT_H
#define OAUTH_CLIENT_H

#include "src/api/basic.h"
#include "src/api/call.h"

/* Texts are the request's, or in here. */
struct oauth_client {
	uint8_t		 auth;		/* enum client_auth */
	const char	*id, *secret, *assertion;
	struct basic	 basic;
};

/* For the initializer of a message with MSG_CAUTH. */
#define OAUTH_CAUTH(o)							\
	.auth = (o)->auth, .client_id = (o)->id, .secret = (o)->secret,	\
	.assertion = (o)->assertion

/* From a call whose body is a form, which it checks first. 0; -1: it was
 * answered, or will be. oauth_client_wipe() in any case. */
int	oauth_client(struct api_call *, struct oauth_client *);
void	oauth_client_wipe(struct oauth_client *);
/* A parameter of the form; "" when it was not sent, or sent empty. */
const char *oauth_param(struct api_call *, const char *name);
/* 1: it is longer than the wall takes it. */
int	oauth_too_long(const char *value, size_t cap);

#endif
