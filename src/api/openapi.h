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
 * Parts of the OpenAPI document that no table of the server knows: the shapes
 * of answers. openapi.c makes everything else from the route table.
 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include <stddef.h>

struct openapi_part {
	const char	*name;		/* of the component schema */
	const char	*json;		/* its JSON Schema (2020-12) */
};

extern const struct openapi_part openapi_parts[];
extern const size_t openapi_nparts;

struct openapi_status {
	int		 status;
	const char	*text;		/* description of the response */
};

extern const struct openapi_status openapi_statuses[];
extern const size_t openapi_nstatuses;

#endif
