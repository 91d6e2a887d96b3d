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
 * Who the client is behind proxies that the configuration trusts. Addresses
 * are 16 bytes, IPv4 in its mapped form. Pure.
 */
#ifndef HTTP_FORWARD_H
#define HTTP_FORWARD_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct forward_net {
	uint8_t		 addr[16];
	uint8_t		 bits;		/* 0..128 */
};

#define FORWARD_TEXT	INET6_ADDRSTRLEN

/* "10.0.0.0/8", "::1", "2001:db8::/32"; 0, or -1. Host bits must be zero. */
int	forward_net_parse(struct forward_net *, const char *);
int	forward_trusted(const struct forward_net *, size_t n,
	    const uint8_t addr[16]);
/* An address, with or without a port: 1.2.3.4:5, [::1]:5, ::1; 0, or -1. */
int	forward_addr_parse(uint8_t addr[16], const char *, size_t);
void	forward_addr_text(char dst[FORWARD_TEXT], const uint8_t addr[16]);
int	forward_loopback(const uint8_t addr[16]);
void	forward_from_sockaddr(uint8_t addr[16], const struct sockaddr *);

/*
 * Walks a list from its right end, the hop next to us first, while the hop
 * that vouches is trusted. addr holds the peer and becomes the client: the
 * rightmost address that is not trusted, or the last readable one. kind is
 * X-Forwarded-For (plain list) or Forwarded (RFC 7239, its for= parameters).
 * Returns 1 when addr was taken from the list.
 */
enum forward_kind { FORWARD_XFF, FORWARD_RFC7239 };
int	forward_walk(const struct forward_net *, size_t n, enum forward_kind,
	    const char *list, uint8_t addr[16]);

#endif
