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
 * The routes of this room, for api_add_routes().
 */
#include "src/pages/looks.h"

const struct http_route page_routes[] = {
	{ HTTP_GET, "/theme.css", theme_get, HTTP_B_NONE, SERVE_PUBLIC,
	    HTTP_R_TENANT, NULL },
	{ HTTP_GET, "/logo", logo_get, HTTP_B_NONE, SERVE_PUBLIC,
	    HTTP_R_TENANT, NULL },
	{ .path = NULL }
};
const size_t page_nroutes =
    sizeof(page_routes) / sizeof(page_routes[0]) - 1;
