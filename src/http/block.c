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
 * Runs in the worker: the fields that every reply has, composed once a
 * second for the sake of Date, and new request ids.
 */
#include "config.h"

#include <string.h>

#include "src/base/b64.h"
#include "src/base/clock.h"
#include "src/base/rnd.h"
#include "src/http/conn.h"

#define ID_BYTES	16

void
block_refresh(struct http_server *srv, int64_t now)
{
	int64_t wall = clock_now();
	struct buf b = BUF_INIT;
	char date[30];

	clock_http_date(date, wall);
	buf_adds(&b, "Date: ");
	buf_adds(&b, date);
	buf_adds(&b, "\r\nX-Content-Type-Options: nosniff\r\n");
	if (srv->conf->hsts)
		buf_adds(&b, "Strict-Transport-Security: "
		    "max-age=31536000\r\n");
	buf_adds(&b, "X-Request-Id: ");
	if (!b.err && b.len <= sizeof(srv->block)) {
		memcpy(srv->block, b.p, b.len);
		srv->block_len = b.len;
		srv->block_until = now + CLOCK_SEC - wall % CLOCK_SEC;
	}
	buf_free(&b);
}

/* Random, but one system call serves many: ids are no secrets. */
void
block_id(struct http_server *srv, char id[REQ_ID])
{
	if (srv->rnd_at + ID_BYTES > sizeof(srv->rnd)) {
		rnd_bytes(srv->rnd, sizeof(srv->rnd));
		srv->rnd_at = 0;
	}
	b64_encode(id, srv->rnd + srv->rnd_at, ID_BYTES);
	srv->rnd_at += ID_BYTES;
}
