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
 * GET /health, /health/live, /health/ready (API.md section 2). Run by
 * workers; answers from the boards in shared memory, asks nobody.
 */
#include "src/api/call.h"
#include "src/base/clock.h"

#define BOARD_FRESH	(2 * CLOCK_SEC)	/* an older heartbeat is a dead one */

static int
fresh(int64_t heartbeat)
{
	return clock_mono() - heartbeat < BOARD_FRESH;
}

/*
 * 1: every process is READY and the super admin made, the engine lives and this
 * worker reaches it, the database is there.
 */
static int
ready(void)
{
	const struct shm_parent *p = api.parent;
	const struct shm_engine *e = api.board;

	return api.engine_up && p != NULL && e != NULL &&
	    shm_get(&p->ready) && fresh(shm_get(&e->heartbeat)) &&
	    shm_get(&e->db_up);
}

static void
health(struct http_req *req, int ok, int version)
{
	struct buf *b;

	if (!api_plain(req))
		return;
	b = api_out();
	buf_adds(b, ok ? "{\"status\":\"ok\"" : "{\"status\":\"unavailable\"");
	if (version) {
		buf_adds(b, ",\"version\":");
		buf_add_json(b, api.version);
	}
	buf_addc(b, '}');
	if (!ok)
		(void)http_reply_header(req, "Retry-After", "1");
	api_send(req, ok ? 200 : 503, 0);
}

void
health_get(struct http_req *req)
{
	health(req, ready(), 1);
}

void
health_live(struct http_req *req)
{
	health(req, 1, 0);
}

void
health_ready(struct http_req *req)
{
	health(req, ready(), 0);
}
