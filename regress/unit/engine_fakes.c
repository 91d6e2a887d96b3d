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

/* Workers, hashers, vaults, a mailer and a parent that a test plays; engine_rig.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/unit/engine_rig.h"
#include "src/base/clock.h"

/* ---- the worker's end ---- */

static void
keep(char *dst, size_t cap, const char *src)
{
	snprintf(dst, cap, "%s", src);
}

/* What applications are told. */
static void
oauth_msg(struct reply *p, uint16_t type, const union msg *m)
{
	switch (type) {
	case IMSG_AUTHORIZE_RES:
		p->items = m->authorize_res.kind;
		keep(p->access, sizeof(p->access),
		    *m->authorize_res.code != '\0' ? m->authorize_res.code :
		    m->authorize_res.nonce);
		keep(p->path, sizeof(p->path), m->authorize_res.error);
		keep(p->text, sizeof(p->text),
		    m->authorize_res.redirect_uri);
		keep(p->reason, sizeof(p->reason), m->authorize_res.state);
		break;
	case IMSG_CONSENT_RES:
		keep(p->text, sizeof(p->text), m->consent_res.username);
		keep(p->reason, sizeof(p->reason),
		    m->consent_res.client_name);
		keep(p->access, sizeof(p->access), m->consent_res.scopes);
		break;
	case IMSG_PAR_RES:
		keep(p->text, sizeof(p->text), m->par_res.request_uri);
		break;
	}
}

static void
worker_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	struct end *w = arg;
	struct reply *p = &w->rig->reply[id & 255];

	(void)c;
	(void)fd;
	ck_assert_msg(!p->done, "two answers to %u", (unsigned)id);
	if (type == IMSG_SESSION_ITEM_RES) {
		p->items++;
		return;
	}
	p->done = 1;
	p->type = type;
	oauth_msg(p, type, m);
	switch (type) {
	case IMSG_ERROR_RES:
		p->status = m->error_res.status;
		p->retry = m->error_res.retry_after_s;
		keep(p->path, sizeof(p->path), m->error_res.path);
		keep(p->reason, sizeof(p->reason), m->error_res.reason);
		break;
	case IMSG_TOKENS_RES:
		keep(p->access, sizeof(p->access), m->tokens_res.access);
		keep(p->refresh, sizeof(p->refresh), m->tokens_res.refresh);
		break;
	case IMSG_BROWSER_RES:
		keep(p->access, sizeof(p->access), WALL_COOKIE);
		keep(p->access + 2, sizeof(p->access) - 2,
		    m->browser_res.cookie);
		keep(p->refresh, sizeof(p->refresh), m->browser_res.device);
		p->items = m->browser_res.setup;
		break;
	case IMSG_REGISTER_RES:
		keep(p->text, sizeof(p->text), m->register_res.user_id);
		break;
	case IMSG_ME_RES:
		keep(p->text, sizeof(p->text), m->me_res.username);
		keep(p->reason, sizeof(p->reason), m->me_res.name);
		break;
	case IMSG_MFA_TICKET_RES:
		keep(p->text, sizeof(p->text), m->mfa_ticket_res.ticket);
		break;
	case IMSG_TOTP_RES:
		keep(p->text, sizeof(p->text), m->totp_res.secret);
		ck_assert_str_eq(m->totp_res.svg, "<svg/>");
		ck_assert_str_eq(m->totp_res.png, "cG5n");
		ck_assert_str_eq(m->totp_res.url, "otpauth:x");
		break;
	case IMSG_RECOVERY_RES:
		keep(p->codes, sizeof(p->codes), m->recovery_res.codes);
		break;
	case IMSG_LIST_END_RES:
		keep(p->text, sizeof(p->text), m->list_end_res.next);
		break;
	}
}

/* ---- the hasher's end: a record is the password and the user's id ---- */

/* A foreign hash is "foreign:" and the password. */
static void
import_answer(struct end *h, uint64_t id, const struct msg_pw_import_req *q)
{
	struct msg_pw_import_res r = { .status = ST_INVALID_REQUEST,
	    .record = "", .reason = "of no kind that is known" };
	char text[CAP_RECORD];

	if (strncmp(q->hash, "foreign:", 8) == 0) {
		snprintf(text, sizeof(text), "%s|%s", q->hash + 8, q->user_id);
		r.status = ST_OK;
		r.record = text;
		r.reason = "";
	}
	chan_send(h->chan, IMSG_PW_IMPORT_RES, id, &r, -1);
}

static void
hasher_answer(struct end *h, uint16_t type, uint64_t id, const union msg *m)
{
	struct msg_pw_verify_res v = { .record = "" };
	struct msg_pw_hash_res r = { 0 };
	char text[CAP_RECORD], fresh[CAP_RECORD];

	if (type == IMSG_PW_IMPORT_REQ) {
		import_answer(h, id, &m->pw_import_req);
	} else if (type == IMSG_PW_HASH_REQ) {
		snprintf(text, sizeof(text), "%s|%s", m->pw_hash_req.password,
		    m->pw_hash_req.user_id);
		r.record = text;
		chan_send(h->chan, IMSG_PW_HASH_RES, id, &r, -1);
	} else if (type == IMSG_PW_VERIFY_REQ) {
		snprintf(text, sizeof(text), "%s|%s",
		    m->pw_verify_req.password, m->pw_verify_req.user_id);
		v.match = strcmp(text, m->pw_verify_req.record) == 0;
		chan_send(h->chan, IMSG_PW_VERIFY_RES, id, &v, -1);
	} else {
		snprintf(text, sizeof(text), "%s|%s", m->pw_replace_req.old,
		    m->pw_replace_req.user_id);
		v.match = strcmp(text, m->pw_replace_req.record) == 0;
		snprintf(fresh, sizeof(fresh), "%s|%s",
		    m->pw_replace_req.password, m->pw_replace_req.user_id);
		if (v.match)
			v.record = fresh;
		chan_send(h->chan, IMSG_PW_VERIFY_RES, id, &v, -1);
	}
}

static void
hasher_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	struct end *h = arg;

	(void)c;
	(void)fd;
	h->asked++;
	h->held_type = type;
	h->held_id = id;
	if (!h->hold)
		hasher_answer(h, type, id, m);
}

/* ---- the vault's end ---- */

char *
rig_token(struct test_key *k, const char *typ, const char *iss,
    const char *sub, const char *sid, const char *scope, int64_t exp)
{
	const char *tenant = strstr(iss, "/t/");
	char text[2048];

	tenant = tenant != NULL ? tenant + 3 : "default";
	snprintf(text, sizeof(text), "{\"iss\":\"%s\",\"aud\":\"%s\","
	    "\"sub\":\"%s\",\"sid\":\"%s\",\"scope\":\"%s\",\"exp\":%lld,"
	    "\"iat\":%lld,\"jti\":\"j\",\"client_id\":\"moatd\","
	    "\"roles\":[\"user\"],\"auth_time\":1,\"acr\":\"aal1\","
	    "\"amr\":[\"pwd\"],\"tenant\":\"%s\",\"epoch\":1}", iss, iss,
	    sub, sid, scope, (long long)exp,
	    (long long)(clock_now() / CLOCK_SEC), tenant);
	return (test_token(k, typ, text));
}

/* ---- factors: a sealed secret is the user's id, a code its step ---- */

void
rig_code(char code[7], int off)
{
	int64_t step = clock_now() / CLOCK_SEC / 30 + off;

	snprintf(code, 7, "%06u", (unsigned)(step % 1000000));
}

static void
totp_make(struct end *v, uint64_t id, const struct msg_totp_make_req *q)
{
	struct msg_totp_make_res r = { .status = v->lie_status,
	    .secret = "SECRET", .url = "otpauth:x", .svg = "<svg/>",
	    .png = "cG5n" };
	char sealed[CAP_SEALED];

	snprintf(sealed, sizeof(sealed), "%s/%u", q->user_id, v->asked);
	r.sealed = sealed;
	chan_send(v->chan, IMSG_TOTP_MAKE_RES, id, &r, -1);
}

static void
totp_check(struct end *v, uint64_t id, const struct msg_totp_check_req *q)
{
	struct msg_totp_check_res r = { .status = v->lie_status };
	size_t n = strlen(q->user_id);
	char code[7];
	int off;

	for (off = -1; off <= 1; off++) {
		rig_code(code, off);
		if (strncmp(q->sealed, q->user_id, n) != 0 ||
		    q->sealed[n] != '/' || strcmp(code, q->otp) != 0 ||
		    q->now / 30 + off <= q->last_step)
			continue;
		r.match = 1;
		r.step = q->now / 30 + off;
	}
	if (v->lie_step != 0) {
		r.match = 1;
		r.step = v->lie_step;
	}
	chan_send(v->chan, IMSG_TOTP_CHECK_RES, id, &r, -1);
}

static void
recovery_make(struct end *v, uint64_t id)
{
	struct msg_recovery_make_res r = { .status = v->lie_status,
	    .codes = v->lie_codes };
	char codes[513] = "", one[32];
	int i;

	for (i = 0; i < RECOVERY_CODES; i++) {
		snprintf(one, sizeof(one), "%s%c%cAA-BBBB-CCCC-DDDD-EEEE-2345",
		    i > 0 ? " " : "", 'A' + i, 'A' + (int)(v->asked % 26));
		strncat(codes, one, sizeof(codes) - strlen(codes) - 1);
	}
	if (r.codes == NULL)
		r.codes = codes;
	chan_send(v->chan, IMSG_RECOVERY_MAKE_RES, id, &r, -1);
}

static void
head_sign(struct end *v, uint64_t id, const struct msg_head_sign_req *q)
{
	struct msg_head_sign_res r = { .status = ST_OK };
	char text[512], *jws;

	ck_assert_str_eq(q->kid, KEY_EC->kid);
	snprintf(text, sizeof(text), "{\"iss\":\"%s\",\"tenant\":\"%s\","
	    "\"seq\":%lld,\"hash\":\"%s\",\"iat\":1}", ISSUER, q->tenant,
	    (long long)q->seq, q->hash);
	jws = test_token(KEY_EC, "moatd-audit+jwt", text);
	r.jws = jws;
	chan_send(v->chan, IMSG_HEAD_SIGN_RES, id, &r, -1);
	free(jws);
}

/* The same token for the same link, each time. */
static void
link_derive(struct end *v, uint64_t id, const struct msg_link_derive_req *q)
{
	struct msg_link_derive_res r = { .status = v->lie_status };
	uint8_t raw[TOKEN_BYTES];
	size_t i, n = strlen(q->id);

	for (i = 0; i < TOKEN_BYTES; i++)
		raw[i] = (uint8_t)(q->id[i % n] + q->purpose);
	r.token = (struct wire_bin){ raw, TOKEN_BYTES };
	chan_send(v->chan, IMSG_LINK_DERIVE_RES, id, &r, -1);
}

static void
vault_answer(struct end *v, uint16_t type, uint64_t id, const union msg *m)
{
	const struct msg_token_issue_req *q = &m->token_issue_req;
	struct msg_token_issue_res r = { 0 };
	struct msg_refresh_derive_res d;
	uint8_t raw[TOKEN_BYTES];
	char *token, iss[256];
	size_t i;

	if (type == IMSG_REFRESH_DERIVE_REQ) {
		for (i = 0; i < TOKEN_BYTES; i++)
			raw[i] = m->refresh_derive_req.token.p[i] + 1;
		d.successor = (struct wire_bin){ raw, TOKEN_BYTES };
		chan_send(v->chan, IMSG_REFRESH_DERIVE_RES, id, &d, -1);
		return;
	}
	if (type == IMSG_LINK_DERIVE_REQ) {
		link_derive(v, id, &m->link_derive_req);
		return;
	}
	if (type == IMSG_TOTP_MAKE_REQ) {
		totp_make(v, id, &m->totp_make_req);
		return;
	}
	if (type == IMSG_TOTP_CHECK_REQ) {
		totp_check(v, id, &m->totp_check_req);
		return;
	}
	if (type == IMSG_RECOVERY_MAKE_REQ) {
		recovery_make(v, id);
		return;
	}
	if (type == IMSG_HEAD_SIGN_REQ) {
		head_sign(v, id, &m->head_sign_req);
		return;
	}
	ck_assert_str_eq(q->kid, KEY_EC->kid);
	snprintf(iss, sizeof(iss), ISSUER "%s%s",
	    strcmp(q->tenant, "default") == 0 ? "" : "/t/",
	    strcmp(q->tenant, "default") == 0 ? "" : q->tenant);
	token = rig_token(KEY_EC, "at+jwt", iss, q->sub, q->sid, q->scope,
	    clock_now() / CLOCK_SEC + q->lifetime_s);
	rnd_bytes(raw, sizeof(raw));
	r.access = token;
	r.refresh = (struct wire_bin){ raw, q->refresh ? TOKEN_BYTES : 0 };
	chan_send(v->chan, IMSG_TOKEN_ISSUE_RES, id, &r, -1);
	free(token);
}

static void
vault_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	struct msg_refresh_derive_res d = { { (const uint8_t *)"", 0 } };
	struct end *v = arg;

	(void)c;
	(void)fd;
	v->asked++;
	if (v->rig->meanwhile != NULL)
		v->rig->meanwhile(v->rig);
	if (v->lie == 2)
		chan_send(v->chan, type == IMSG_REFRESH_DERIVE_REQ ?
		    IMSG_TOKEN_ISSUE_RES : IMSG_REFRESH_DERIVE_RES, id, &d,
		    -1);
	else if (!v->hold)
		vault_answer(v, type, v->lie ? id + (1U << 20) : id, m);
}

static void
end_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	struct end *w = arg;

	(void)end;
	(void)why;
	chan_free(c);
	w->chan = NULL;
}

/* ---- the mailer's end ---- */

static void
mailer_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	const struct msg_mail_send_req *q = &m->mail_send_req;
	struct msg_mail_send_res r = { .reason = "because" };
	struct end *e = arg;
	struct mailbox *box = &e->rig->mail;

	(void)fd;
	ck_assert_int_eq(type, IMSG_MAIL_SEND_REQ);
	e->asked++;
	e->held_type = type;
	e->held_id = id;
	keep(box->id, sizeof(box->id), q->id);
	keep(box->name, sizeof(box->name), q->name);
	keep(box->to, sizeof(box->to), q->to);
	keep(box->link, sizeof(box->link), q->link);
	r.result = box->result;
	if (!e->hold)
		chan_send(c, IMSG_MAIL_SEND_RES, e->lie ? id + 99 : id, &r,
		    -1);
}

/* ---- the parent's end ---- */

static void
parent_msg(struct chan *c, uint16_t type, uint64_t id, const union msg *m,
    int fd, void *arg)
{
	struct rig *r = arg;

	(void)c;
	(void)id;
	(void)fd;
	if (type == IMSG_PEER_BAD) {
		r->bad++;
		r->bad_role = m->peer_bad.role;
	} else if (type == IMSG_DB_STATE) {
		r->db_up = m->db_state.up;
		r->db_superadmin = m->db_state.superadmin;
	} else if (type == IMSG_SUPERADMIN_CREATE_RES) {
		r->sa_status = m->superadmin_create_res.status;
		r->sa_done = 1;
	} else if (type == IMSG_KEY_WANT) {
		r->wanted[0] = m->key_want.es256;
		r->wanted[1] = m->key_want.eddsa;
		r->wanted[2] = m->key_want.rs256;
		r->wants++;
	} else if (type == IMSG_KEY_DROP) {
		snprintf(r->dropped, sizeof(r->dropped), "%s",
		    m->key_drop.kid);
		r->drops++;
	}
}

static void
parent_end(struct chan *c, enum chan_end end, const char *why, void *arg)
{
	(void)c;
	(void)end;
	(void)arg;
	ck_abort_msg("the parent's channel: %s", why);
}

const struct chan_ops rig_ops[ROLE__MAX] = {
	[ROLE_WORKER] = { worker_msg, end_end },
	[ROLE_HASHER] = { hasher_msg, end_end },
	[ROLE_VAULT] = { vault_msg, end_end },
	[ROLE_MAILER] = { mailer_msg, end_end },
	[ROLE_PARENT] = { parent_msg, parent_end },
};
