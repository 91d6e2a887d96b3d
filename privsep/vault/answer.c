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
 * The vault's answers. Run by the vault; asked by the engine. Each is composed
 * here from typed fields: no message brings bytes that are signed as they are.
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "privsep/vault/answer.h"
#include "privsep/vault/derive.h"
#include "privsep/vault/enrol.h"
#include "privsep/vault/recovery.h"
#include "privsep/vault/token.h"
#include "src/base/clock.h"
#include "src/base/log.h"
#include "src/base/rnd.h"

static const struct answer_with *with;	/* while a question is answered */
static struct buf made, made_id;	/* the answer in the making */

static void
wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
}

/* The access token, and the ID token that is bound to it. */
static enum msg_status
issue(struct msg_token_issue_res *res, const struct msg_token_issue_req *req)
{
	int64_t now = clock_now() / CLOCK_SEC;
	enum msg_status st;

	buf_reset(&made);
	buf_reset(&made_id);
	st = token_issue(&made, with->keys, with->issuer, req, now);
	if (st == ST_OK && (res->access = buf_cstr(&made)) == NULL)
		st = ST_INTERNAL;
	if (st != ST_OK || *req->id_kid == '\0')
		return st;
	st = idtoken_issue(&made_id, with->keys, with->issuer, req, now,
	    res->access);
	if (st == ST_OK && (res->id_token = buf_cstr(&made_id)) == NULL)
		st = ST_INTERNAL;
	return st;
}

static void
answer_token_issue(struct chan *c, uint64_t id, const union msg *m)
{
	const struct msg_token_issue_req *req = &m->token_issue_req;
	struct msg_token_issue_res res = { 0 };
	uint8_t refresh[REFRESH_LEN];

	res.status = (uint8_t)issue(&res, req);
	if (res.status != ST_OK)
		res.access = res.id_token = NULL;
	if (res.status == ST_OK && req->refresh) {
		rnd_bytes(refresh, sizeof(refresh));
		res.refresh.p = refresh;
		res.refresh.n = sizeof(refresh);
	}
	if (res.status != ST_OK)
		log_warnx("no token: status %u, key %s", res.status,
		    req->kid);
	chan_send(c, IMSG_TOKEN_ISSUE_RES, id, &res, -1);
	explicit_bzero(refresh, sizeof(refresh));
	wipe(&made);
	wipe(&made_id);
}

/* A token of another length has no successor: the answer is empty. */
static void
answer_refresh_derive(struct chan *c, uint64_t id, const union msg *m)
{
	const struct wire_bin *token = &m->refresh_derive_req.token;
	struct msg_refresh_derive_res res = { 0 };
	uint8_t next[REFRESH_LEN];

	if (token->n == REFRESH_LEN) {
		seal_refresh(with->seal, next, token->p);
		res.successor.p = next;
		res.successor.n = sizeof(next);
	}
	chan_send(c, IMSG_REFRESH_DERIVE_RES, id, &res, -1);
	explicit_bzero(next, sizeof(next));
}

/* The one answer that shows a secret, to its owner. */
static void
answer_totp_make(struct chan *c, uint64_t id, const union msg *m)
{
	const struct msg_totp_make_req *req = &m->totp_make_req;
	struct msg_totp_make_res res = { 0 };
	struct enrol e;

	res.status = (uint8_t)enrol_make(&e, with->seal, with->issuer,
	    req->tenant, req->user_id, req->account);
	if (res.status == ST_OK) {
		res.sealed = e.sealed;
		res.secret = e.secret;
		res.url = (const char *)e.url.p;
		res.svg = (const char *)e.svg.p;
		res.png = (const char *)e.png.p;
	} else
		log_warnx("no TOTP secret made: status %u", res.status);
	chan_send(c, IMSG_TOTP_MAKE_RES, id, &res, -1);
	enrol_free(&e);
}

static void
answer_totp_check(struct chan *c, uint64_t id, const union msg *m)
{
	const struct msg_totp_check_req *req = &m->totp_check_req;
	struct msg_totp_check_res res = { 0 };

	res.status = (uint8_t)enrol_check(with->seal, req, &res.match,
	    &res.step);
	if (res.status != ST_OK)
		log_warnx("the TOTP secret of user %s does not open",
		    req->user_id);
	chan_send(c, IMSG_TOTP_CHECK_RES, id, &res, -1);
}

static void
answer_recovery_make(struct chan *c, uint64_t id, const union msg *m)
{
	struct msg_recovery_make_res res = { .status = ST_OK };
	char codes[RECOVERY_TEXT];

	(void)m;
	recovery_make(codes);
	res.codes = codes;
	chan_send(c, IMSG_RECOVERY_MAKE_RES, id, &res, -1);
	explicit_bzero(codes, sizeof(codes));
}

static void
answer_link_derive(struct chan *c, uint64_t id, const union msg *m)
{
	const struct msg_link_derive_req *req = &m->link_derive_req;
	struct msg_link_derive_res res = { .status = ST_INVALID_REQUEST };
	uint8_t token[LINK_LEN];

	if (seal_link(with->seal, token, req->purpose, req->id) == 0) {
		res.status = ST_OK;
		res.token.p = token;
		res.token.n = sizeof(token);
	}
	chan_send(c, IMSG_LINK_DERIVE_RES, id, &res, -1);
	explicit_bzero(token, sizeof(token));
}

static void
answer_head_sign(struct chan *c, uint64_t id, const union msg *m)
{
	struct msg_head_sign_res res = { 0 };

	buf_reset(&made);
	res.status = (uint8_t)head_sign(&made, with->keys,
	    with->issuer, &m->head_sign_req, clock_now() / CLOCK_SEC);
	if (res.status == ST_OK &&
	    (res.jws = buf_cstr(&made)) == NULL)
		res.status = ST_INTERNAL;
	if (res.status != ST_OK)
		log_warnx("no audit head: status %u, key %s", res.status,
		    m->head_sign_req.kid);
	chan_send(c, IMSG_HEAD_SIGN_RES, id, &res, -1);
}

static void
answer_logout_sign(struct chan *c, uint64_t id, const union msg *m)
{
	struct msg_logout_sign_res res = { 0 };

	buf_reset(&made);
	res.status = (uint8_t)logout_sign(&made, with->keys,
	    with->issuer, &m->logout_sign_req, clock_now() / CLOCK_SEC);
	if (res.status == ST_OK &&
	    (res.jws = buf_cstr(&made)) == NULL)
		res.status = ST_INTERNAL;
	if (res.status != ST_OK)
		log_warnx("no logout token: status %u, key %s", res.status,
		    m->logout_sign_req.kid);
	chan_send(c, IMSG_LOGOUT_SIGN_RES, id, &res, -1);
}

static const struct {
	uint16_t	  type;
	void		(*answer)(struct chan *, uint64_t, const union msg *);
} answers[] = {
	{ IMSG_TOKEN_ISSUE_REQ, answer_token_issue },
	{ IMSG_REFRESH_DERIVE_REQ, answer_refresh_derive },
	{ IMSG_TOTP_MAKE_REQ, answer_totp_make },
	{ IMSG_TOTP_CHECK_REQ, answer_totp_check },
	{ IMSG_RECOVERY_MAKE_REQ, answer_recovery_make },
	{ IMSG_LINK_DERIVE_REQ, answer_link_derive },
	{ IMSG_HEAD_SIGN_REQ, answer_head_sign },
	{ IMSG_LOGOUT_SIGN_REQ, answer_logout_sign },
};

int
answer_question(const struct answer_with *w, struct chan *c, uint16_t type,
    uint64_t id, const union msg *m)
{
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].type == type) {
			with = w;
			answers[i].answer(c, id, m);
			with = NULL;
			return (0);
		}
	return (-1);
}
