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
 * What a browser brings along: the cookie of its session, and where the form
 * comes from that it sends. Run by workers.
 */
#ifndef API_BROWSER_H
#define API_BROWSER_H

#include "privsep/wall/msg.h"
#include "src/http/http.h"

/* The session cookie of the tenant of the path; "" none. Whether it lives, the
 * engine knows. */
void	browser_cookie(const struct http_req *, char dst[CAP_COOKIE + 1]);
/* 0: its Origin is not the issuer's. None was sent: 1. */
int	browser_origin_ok(const struct http_req *);

#endif
