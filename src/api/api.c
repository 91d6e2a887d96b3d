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
 * The API's one context and its start. Run by workers. Holds public keys and
 * the fixed answers; no secret of the server ever comes here.
 */
#include <stdlib.h>
#include <string.h>

#include "src/api/api.h"
#include "src/api/bearer.h"
#include "src/base/log.h"

struct api api;
struct http_route api_routes[SHM_ROUTES - 1];	/* the board's last: others */
size_t api_nroutes;

void
api_add_routes(const struct http_route *routes, size_t n)
{
	if (n > SHM_ROUTES - 1 - api_nroutes)
		fatalx("the counters' board has no room for so many routes");
	memcpy(api_routes + api_nroutes, routes, n * sizeof(*routes));
	api_nroutes += n;
}

void
api_start(void)
{
	buf_init(&api.out);
	if (api.keys == NULL && (api.keys = jwks_new()) == NULL)
		fatalx("out of memory");
	if (openapi_make(&api.openapi_body) == -1 || jwks_make() == -1)
		fatalx("cannot compose the fixed answers");
}

int
api_add_key(const char *kid, enum jose_alg alg, const uint8_t *spki,
    size_t len)
{
	if (api.keys == NULL && (api.keys = jwks_new()) == NULL)
		return -1;
	if (jwks_add_spki(api.keys, kid, alg, spki, len) == -1)
		return -1;
	return jwks_make();
}

int
api_drop_key(const char *kid)
{
	if (api.keys == NULL)
		return 0;
	jwks_drop(api.keys, kid);
	bearer_forget();
	return jwks_make();
}
