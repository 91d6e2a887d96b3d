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
 * Runs in the worker: Cross-Origin Resource Sharing for configured origins
 * (API.md section 1). Never Allow-Credentials.
 */
#include "config.h"

#include <string.h>

#include "src/http/conn.h"

/* The request's Origin when it is configured, or NULL. */
static const char *
allowed(struct http_req *r)
{
	const char *origin = req_known(r, PARSE_F_ORIGIN);
	const char *const *o = r->srv->conf->cors;

	for (; origin != NULL && o != NULL && *o != NULL; o++) {
		if (strcmp(*o, origin) == 0)
			return *o;
	}
	return NULL;
}

void
cors_reply(struct http_req *r, struct buf *b)
{
	const char *const *conf = r->srv->conf->cors;
	const char *origin;

	if (r->route_flags & HTTP_R_CORS_ANY) {
		buf_adds(b, "Access-Control-Allow-Origin: *\r\n");
		return;
	}
	if (conf == NULL || *conf == NULL)
		return;
	buf_adds(b, "Vary: Origin\r\n");
	origin = allowed(r);
	if (origin == NULL)
		return;
	buf_adds(b, "Access-Control-Allow-Origin: ");
	buf_adds(b, origin);
	buf_adds(b, "\r\nAccess-Control-Expose-Headers: DPoP-Nonce, ETag, "
	    "Location, Retry-After, WWW-Authenticate, X-Request-Id\r\n");
}

/* OPTIONS on a path: Allow is set already; a preflight gets more. */
void
cors_options(struct http_req *r, const struct route_res *res)
{
	struct buf methods = BUF_INIT;
	int any = (r->route_flags & HTTP_R_CORS_ANY) != 0;
	uint32_t need = r->prefix > 0 ? HTTP_R_TENANT : 0;

	if (any || (r->route_flags & HTTP_R_CORS && allowed(r) != NULL)) {
		route_allow(r->srv->table, res, r->conn->serve,
		    need | (any ? HTTP_R_CORS_ANY : HTTP_R_CORS), &methods);
		http_reply_header(r, "Access-Control-Allow-Methods",
		    buf_cstr(&methods));
		http_reply_header(r, "Access-Control-Allow-Headers",
		    "authorization, content-type, dpop, if-match, "
		    "x-request-id");
		http_reply_header(r, "Access-Control-Max-Age", "600");
		buf_free(&methods);
	}
	http_reply(r, 204, NULL, NULL, 0);
}
