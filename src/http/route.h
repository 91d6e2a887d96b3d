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
 * The route table, prepared for look-ups: one resource for each path, found
 * by a hash (paths without {arg}) or by comparison (the others).
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "src/http/http.h"

#define ROUTE_METHODS	(HTTP_DELETE + 1)
#define ROUTE_TENANT	64		/* bytes of a tenant's id, with NUL */

struct route_res {
	const char	*path;			/* the template */
	int16_t		 at[ROUTE_METHODS];	/* index of the route, or -1 */
};

struct route_table;

/* NULL: a fault in the table (or no memory), which was logged. */
struct route_table *route_new(const struct http_route *, size_t n);
void	route_free(struct route_table *);

/*
 * The resource of a path, or NULL. args get the {arg} segments as offsets
 * into path: [from, to). Those never match empty, dot or escaped segments.
 */
struct route_arg {
	uint16_t	 from, to;
};
const struct route_res *route_find(const struct route_table *,
	    const char *path, size_t len, struct route_arg args[HTTP_PATH_ARGS],
	    unsigned *nargs);
/*
 * The length of "/t/TENANT" at the start of a path, and the tenant's id; 0 and
 * "" when a path has no such start. The default tenant is at the root only.
 */
size_t	route_tenant(const char *path, size_t len,
	    char tenant[ROUTE_TENANT]);
/* The route of a method, among those that the listener serves and that have
 * all of those flags; -1: none. */
int	route_method(const struct route_table *, const struct route_res *,
	    enum http_method, uint32_t serve, uint32_t flags);
/* Appends the methods served, "GET, HEAD, OPTIONS"; returns their number,
 * OPTIONS apart: 0 is a 404. flags: only routes with all of them. */
unsigned route_allow(const struct route_table *, const struct route_res *,
	    uint32_t serve, uint32_t flags, struct buf *);
/* HTTP_R_* of the routes served there that have all of flags, together. */
uint32_t route_flags(const struct route_table *, const struct route_res *,
	    uint32_t serve, uint32_t flags);

#endif
