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
 * Pages for people (API.md section 9), made by the server; no script. Run by
 * workers. What a page does is an account message or one of src/oauth's, sent
 * with the session's cookie in a token's place.
 */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include "src/api/call.h"

extern const struct http_route page_routes[];
extern const size_t page_nroutes;

/* Once, before requests come. */
void	page_start(void);
/* http_conf.page_error: what the edge and the API's rooms refuse. code: of
 * API.md; message is not shown. */
void	page_error(struct http_req *, int status, const char *code,
	    const char *message);

#endif
