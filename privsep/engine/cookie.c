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
 * Sessions of browsers; cookie.h. Runs in the engine; holds a message while the
 * session that it came with is looked up, and a fresh cookie in its op until
 * the answer left. Called by answer.c before every answer, and by bearer.c.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/engine/cookie.h"
#include "src/base/b64.h"
#include "src/base/clock.h"

/* The bearer of a message that takes a cookie in its place, or the cookie of
 * one that takes nothing else; NULL: none. */
static const char *
cookie_of(uint16_t type, const union msg *m)
{
	const struct msg_row *row = msg_row(type);
	const char *s = NULL;
	size_t i;

	if (type == IMSG_DEVICE_GET_REQ)
		return (m->device_get_req.cookie);
	if (type == IMSG_DEVICE_DECIDE_REQ)
		return (m->device_decide_req.cookie);
	if (row == NULL || (row->class & SERVE_ADMIN) ||
	    type == IMSG_USERINFO_REQ || type == IMSG_CHECK_REQ)
		return (NULL);
	for (i = 0; i < row->nfields; i++)
		if (strcmp(row->fields[i].name, "bearer") == 0)
			memcpy(&s, (const char *)m + row->fields[i].off,
			    sizeof(s));
	if (s == NULL || strncmp(s, WALL_COOKIE, strlen(WALL_COOKIE)) != 0)
		return (NULL);
	return (s + strlen(WALL_COOKIE));
}

int
cookie_hash(char out[TOKEN_TEXT], const char *cookie)
{
	uint8_t raw[TOKEN_BYTES];
	int ok;

	out[0] = '\0';
	ok = b64_decode(raw, sizeof(raw), cookie, strlen(cookie)) ==
	    TOKEN_BYTES;
	if (ok)
		issue_hash(out, raw);
	sodium_memzero(raw, sizeof(raw));
	return (ok ? 0 : -1);
}

void
cookie_make(struct op *op)
{
	rnd_bytes(op->token, sizeof(op->token));
	b64_encode(op->refresh, op->token, sizeof(op->token));
	issue_hash(op->succ_hash, op->token);
}

void
cookie_make_device(struct op *op, char hash[TOKEN_TEXT])
{
	rnd_bytes(op->token, sizeof(op->token));
	b64_encode(op->access, op->token, sizeof(op->token));
	issue_hash(hash, op->token);
}

void
cookie_answer(struct op *op, int device)
{
	struct msg_browser_res m = {
		.cookie = op->refresh,
		.device = device ? op->access : "",
		.setup = strcmp(op->scope, ENGINE_SCOPE_SETUP) == 0,
	};

	op_answer(op, IMSG_BROWSER_RES, &m);
}

void
cookie_login(struct op *op, int browser, const char *cookie,
    const char *device)
{
	op->browser = browser;
	if (!browser)
		return;
	(void)cookie_hash(op->before, cookie);
	(void)cookie_hash(op->device, device);
}

int
cookie_take_scope(struct op *op, unsigned want)
{
	int setup = strcmp(op->scope, ENGINE_SCOPE_SETUP) == 0;

	if (want & (BEARER_ANY | (setup ? BEARER_SETUP :
	    BEARER_ACCOUNT | BEARER_FULL)))
		return (1);
	bearer_refuse(op, setup ? ST_MFA_SETUP_REQUIRED :
	    ST_INSUFFICIENT_SCOPE, "", "");
	return (0);
}

/* ---- the look-up ---- */

enum { C_USER, C_SID, C_EPOCH, C_SCOPE };

static int
take(char *dst, size_t cap, const struct store_result *res, int col)
{
	const char *s = store_text(res, SQL_COOKIE_FIND__SESSION, 0, col);

	return (s == NULL ? -1 : op_copy(dst, cap, s));
}

static int
session_take(struct op *op, const struct store_result *res)
{
	const int q = SQL_COOKIE_FIND__SESSION;

	if (store_rows(res, q) == 0)
		return (0);
	op->epoch = store_int(res, q, 0, C_EPOCH);
	return (take(op->user_id, sizeof(op->user_id), res, C_USER) == 0 &&
	    take(op->sid, sizeof(op->sid), res, C_SID) == 0 &&
	    take(op->scope, sizeof(op->scope), res, C_SCOPE) == 0);
}

/* What was copied goes as soon as it was read: it may hold a password. */
static void
found(struct op *op, const struct store_result *res)
{
	union msg *held = op->held;

	op->held = NULL;
	if (session_take(op, res)) {
		op->browser = 1;
		op->answer(op, held);
	} else
		op_fail(op, ST_INVALID_TOKEN);
	msg_copy_free(held);
}

static void
look(struct op *op)
{
	struct sql_cookie_find p = {
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.cookie = db_text(op->before),
	};

	op_sql(op, SQL_COOKIE_FIND, &p, found);
}

void
cookie_enter(struct op *op, const union msg *m,
    void (*next)(struct op *, const union msg *))
{
	const char *cookie = cookie_of(op->type, m);

	if (cookie == NULL) {
		next(op, m);
		return;
	}
	op->answer = next;
	if (cookie_hash(op->before, cookie) == -1)
		op_fail(op, ST_INVALID_TOKEN);
	else if ((op->held = msg_copy(msg_row(op->type), m)) == NULL)
		op_fail(op, ST_UNAVAILABLE);
	else
		look(op);
}
