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

/* The mail server: its URL taken apart, its name looked up. */
#ifndef MAILER_SERVER_H
#define MAILER_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct sockaddr;
struct curl_slist;
struct curl_blob;

struct server {
	char		 url[1400];	/* without credential, EHLO name behind */
	char		 host[256];
	char		*user, *password;	/* guarded memory, or NULL */
	int		 literal;	/* the host is an address */
	int		 loopback;	/* all its addresses are */
	int		 tls;		/* smtps */
	struct curl_slist *resolve;	/* NULL: literal, or not found */
	char		 why[512];	/* of a server without address */
	int64_t		 looked_at;	/* µs, monotonic */
};

/*
 * url: with credential. ehlo: our name for the greeting. 0; -1: why is filled
 * in. Blocks while it asks the resolver: before the sandbox only. A name that
 * is not found is no error: server->why says so, and there is no address.
 */
int	server_open(struct server *, const char *url, const char *ehlo,
	    int private, char *why, size_t whylen);
void	server_free(struct server *);
int	server_found(const struct server *);
/* Loopback, private, link-local, multicast, reserved. */
int	server_address_private(const struct sockaddr *);
int	server_address_loopback(const struct sockaddr *);
/* Root certificates as one text, heap; NULL: there is no such file. */
char	*server_roots(const char *path, size_t *n);

#endif
