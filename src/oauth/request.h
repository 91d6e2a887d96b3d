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
 * The parameters of a request for authorization (RFC 6749 section 4.1.1, OpenID
 * Connect Core 3.1.2.1), as a browser brings them and as a client pushes them.
 * Run by workers.
 */
#ifndef OAUTH_REQUEST_H
#define OAUTH_REQUEST_H

#include "src/api/call.h"

/* Texts are the request's, "" what was not sent. */
#define OAUTH_ASK_str	const char *
#define OAUTH_ASK_u8	uint8_t
#define OAUTH_ASK_MEMBER(kind, name, cap)	OAUTH_ASK_##kind name;
struct oauth_ask {
	const char	*client_id;
	MSG_AUTHORIZE(OAUTH_ASK_MEMBER)
};

/* For the initializer of a message with MSG_AUTHORIZE; ask is a struct. */
#define OAUTH_ASK_FIELD(kind, name, cap)	.name = ask.name,

/*
 * From a query or form that was found good. What is longer than the wall takes
 * becomes what the engine refuses, or where it is only a hint was not sent. 0;
 * -1: client_id, redirect_uri or state is too long, so nobody can be told.
 */
int	oauth_ask_take(struct http_req *, struct oauth_ask *);
/* Appends what was sent: "a=b&c=d". */
void	oauth_ask_add(struct buf *, struct http_req *);
/* Appends a text, percent-encoded. */
void	oauth_add_encoded(struct buf *, const char *);

#endif
