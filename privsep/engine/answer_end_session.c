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
 * END_SESSION (OpenID Connect RP-Initiated Logout 1.0): a client sends its user
 * to sign out. Runs in the engine. An ID token of ours says whose user it is,
 * however old it is; it is proof enough to ask nobody only where it was issued
 * in the session of the very browser that brings it. A redirect goes only to
 * where the client has registered that it may.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/cookie.h"
#include "src/base/buf.h"
#include "src/rules/client.h"

enum { C_NAME, C_URIS };
enum { S_USER, S_ID, S_EPOCH, S_MATCH };

struct goodbye {
	int		 confirmed;
	char		 client_id[CAP_CLIENT + 1];
	char		 hint_sid[CAP_ID + 1];	/* "": no hint */
	char		 uri[CAP_URL + 1], state[1024 + 1];
	char		 client_name[CAP_NAME + 1];
};

static void
reply(struct op *op, enum end_session kind, const char *uri)
{
	const struct goodbye *g = op->extra;
	const struct msg_end_session_res m = { .kind = (uint8_t)kind,
	    .uri = uri, .client_name = g->client_name };

	op_answer(op, IMSG_END_SESSION_RES, &m);
}

/* ---- the end ---- */

static void
add_encoded(struct buf *b, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;

	for (; (c = (unsigned char)*s) != '\0'; s++) {
		if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
			buf_addc(b, (char)c);
		else if ((c >= '0' && c <= '9') || strchr("-._~", c) != NULL)
			buf_addc(b, (char)c);
		else {
			buf_addc(b, '%');
			buf_addc(b, hex[c >> 4]);
			buf_addc(b, hex[c & 15]);
		}
	}
}

static void
leave(struct op *op)
{
	const struct goodbye *g = op->extra;
	struct buf b = BUF_INIT;
	const char *s;

	if (g->uri[0] == '\0') {
		reply(op, END_SESSION_DONE, "");
		return;
	}
	buf_adds(&b, g->uri);
	if (g->state[0] != '\0') {
		buf_adds(&b, strchr(g->uri, '?') != NULL ? "&state=" :
		    "?state=");
		add_encoded(&b, g->state);
	}
	if ((s = buf_cstr(&b)) == NULL)
		op_fail(op, ST_INTERNAL);
	else
		reply(op, END_SESSION_REDIRECT, s);
	buf_free(&b);
}

/* It does not matter who ended it. */
static void
ended(struct op *op, const struct store_result *res)
{
	(void)res;
	leave(op);
}

static void
end_browser(struct op *op)
{
	struct sql_logout p = {
		.op = db_text(op->opid),
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.user = db_text(op->user_id),
		.sid = db_text(op->sid),
		.epoch = db_int(op->epoch),
		.ip = db_text(op->ip),
		.rid = db_text(op->rid),
	};

	op_sql(op, SQL_LOGOUT, &p, ended);
}

/* ---- who asks, and for whom ---- */

/* The client may be unknown where nothing depends on it. 0; -1: it may not send
 * anybody there. */
static int
client_take(struct goodbye *g, const struct store_result *res)
{
	const int q = SQL_END_SESSION__CLIENT;
	const char *name, *uris;

	if (store_rows(res, q) == 0)
		return (g->uri[0] == '\0' ? 0 : -1);
	name = store_text(res, q, 0, C_NAME);
	uris = store_text(res, q, 0, C_URIS);
	(void)op_copy(g->client_name, sizeof(g->client_name),
	    name != NULL ? name : "");
	return (g->uri[0] == '\0' || (uris != NULL &&
	    client_has(uris, g->uri)) ? 0 : -1);
}

static void
found(struct op *op, const struct store_result *res)
{
	const int q = SQL_END_SESSION__SESSION;
	struct goodbye *g = op->extra;
	const char *user, *sid;

	if (client_take(g, res) == -1) {
		reply(op, END_SESSION_BAD, "");
		return;
	}
	if (store_rows(res, q) == 0) {
		leave(op);		/* there is nothing to end */
		return;
	}
	if (!g->confirmed && store_int(res, q, 0, S_MATCH) == 0) {
		reply(op, END_SESSION_CONFIRM, g->uri);
		return;
	}
	user = store_text(res, q, 0, S_USER);
	sid = store_text(res, q, 0, S_ID);
	op->epoch = store_int(res, q, 0, S_EPOCH);
	if (user == NULL || sid == NULL ||
	    op_copy(op->user_id, sizeof(op->user_id), user) == -1 ||
	    op_copy(op->sid, sizeof(op->sid), sid) == -1)
		op_fail(op, ST_INTERNAL);
	else
		end_browser(op);
}

/* ---- the hint ---- */

static const char *
text(const json_t *claims, const char *name)
{
	const char *s = json_string_value(json_object_get(claims, name));

	return (s != NULL ? s : "");
}

/* Whose it is: the client's that is named, if one is. */
static int
claims_take(struct op *op, const json_t *claims)
{
	struct goodbye *g = op->extra;
	const char *aud = text(claims, "aud");
	char issuer[OP_ISSUER];

	op_issuer(op, issuer);
	if (strcmp(text(claims, "iss"), issuer) != 0 || *aud == '\0' ||
	    (g->client_id[0] != '\0' && strcmp(g->client_id, aud) != 0) ||
	    *text(claims, "sid") == '\0')
		return (-1);
	return (op_copy(g->client_id, sizeof(g->client_id), aud) |
	    op_copy(g->hint_sid, sizeof(g->hint_sid), text(claims, "sid")));
}

/* An ID token of this issuer, whenever it was good. 0; -1: none. */
static int
hint_take(struct op *op, const char *hint)
{
	json_t *claims = NULL;
	int rv = -1;

	if (jws_verify(op->eng->jwks, hint, strlen(hint), "JWT", &claims,
	    NULL) == JWS_OK)
		rv = claims_take(op, claims);
	json_decref(claims);
	return (rv);
}

static void
look(struct op *op)
{
	const struct goodbye *g = op->extra;
	struct sql_end_session p = {
		.now = db_int(op->now),
		.tenant = db_text(op->realm),
		.cookie = db_text(op->before),
		.client = db_text(g->client_id),
		.hint = db_text(g->hint_sid),
	};

	op_sql(op, SQL_END_SESSION, &p, found);
}

void
answer_end_session(struct op *op, const union msg *m)
{
	const struct msg_end_session_req *r = &m->end_session_req;
	struct goodbye *g = op_extra(op, sizeof(*g));

	if (g == NULL)
		return;
	op_context(op, r->rid, r->ip, r->ua);
	g->confirmed = r->confirmed;
	(void)cookie_hash(op->before, r->cookie);
	if (op_copy(g->client_id, sizeof(g->client_id), r->client_id) == -1 ||
	    op_copy(g->uri, sizeof(g->uri),
	    r->post_logout_redirect_uri) == -1 ||
	    op_copy(g->state, sizeof(g->state), r->state) == -1)
		op_fail(op, ST_INTERNAL);	/* the wall's caps are less */
	else if (*r->id_token_hint != '\0' &&
	    hint_take(op, r->id_token_hint) == -1)
		reply(op, END_SESSION_BAD, "");
	else
		look(op);
}
