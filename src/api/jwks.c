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
 * GET /.well-known/jwks.json (API.md section 2, RFC 7517). Run by workers;
 * the body is made when a public key arrives, never for a request.
 */
#include <sodium.h>
#include <string.h>

#include "src/api/call.h"
#include "src/base/b64.h"

int
jwks_make(void)
{
	unsigned char hash[16];
	struct buf *b = &api.jwks_body;
	char text[B64_LEN(sizeof(hash)) + 1];
	size_t n;

	buf_reset(b);
	if (jwks_json(b, api.keys) == -1 || b->err)
		return -1;
	if (crypto_generichash(hash, sizeof(hash), b->p, b->len, NULL, 0) != 0)
		return -1;
	n = b64_encode(text, hash, sizeof(hash));
	api.jwks_etag[0] = '"';
	memcpy(api.jwks_etag + 1, text, n);
	memcpy(api.jwks_etag + 1 + n, "\"", 2);
	return 0;
}

static void
send_set(struct http_req *req)
{
	http_reply_cache(req, "public, max-age=300");
	(void)http_reply_header(req, "ETag", api.jwks_etag);
	if (api_unchanged(req, api.jwks_etag))
		http_reply(req, 304, NULL, NULL, 0);
	else
		http_reply(req, 200, "application/json", api.jwks_body.p,
		    api.jwks_body.len);
}

/* The keys are the server's: every issuer publishes the same set. */
void
jwks_get(struct http_req *req)
{
	api_public(req, send_set);
}
