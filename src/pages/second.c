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
 * /account/2fa: set a second factor up, take it away, new recovery codes. Run
 * by workers; a secret and recovery codes pass through to their owner, once,
 * and are wiped with the page. Where a tenant wants a factor, a session without
 * one is good for nothing but this page. Twins: answer_totp.c,
 * answer_recovery.c.
 */
#include <sodium.h>
#include <string.h>

#include "src/pages/account.h"

#define DATA	"data:image/svg+xml;base64,"

/* ---- the page ---- */

static void
show(struct page *p)
{
	account_show(p, PAGE_H_SECOND, PAGE_S_AT_FACTOR);
}

/* 1: a session that must set a factor up first. */
static int
must(const union msg *m, uint16_t type)
{
	return m != NULL && type == IMSG_ERROR_RES &&
	    m->error_res.status == ST_MFA_SETUP_REQUIRED;
}

static void
came(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (must(m, type))
		page_set(p, PAGE_S_MUST, "1");
	else if (page_expect(p, IMSG_ME_RES, type, m, last))
		account_take(p, &m->me_res);
	else
		return;
	p->then(p);
}

static void
look(struct page *p, void (*next)(struct page *), ask_cb cb)
{
	p->login = 1;
	p->again = NULL;
	p->then = next;
	page_asked(p, ask_me_get(api.engine, &p->call->ctx, p->bearer, cb,
	    p));
}

static void
again(struct page *p)
{
	look(p, show, came);
}

static void
begin(struct page *p)
{
	p->status = 200;
	if (page_needs_login(p))
		look(p, show, came);
}

void
second_get(struct http_req *req)
{
	page_open(req, begin);
}

/* ---- setting up ---- */

static void
enrol(struct page *p)
{
	page_set_path(p, PAGE_S_SECOND_URL, "/account/2fa");
	page_show(p, p->status, PAGE_H_ENROL);
}

static void
add_qr(struct page *p, const char *svg)
{
	const int variant = sodium_base64_VARIANT_ORIGINAL;
	const size_t len = strlen(svg);
	const size_t n = sodium_base64_ENCODED_LEN(len, variant);
	struct buf b = BUF_INIT;
	const char *s;

	buf_adds(&b, DATA);
	if (buf_reserve(&b, n) == 0) {
		sodium_bin2base64((char *)b.p + b.len, n,
		    (const uint8_t *)svg, len, variant);
		b.len += n - 1;
	}
	if ((s = buf_cstr(&b)) != NULL)
		page_set(p, PAGE_S_QR_URL, s);
	buf_wipe_free(&b);
}

/* In fours, as people copy it. */
static void
add_secret(struct page *p, const char *secret)
{
	char text[96];
	size_t i, n = 0;

	for (i = 0; secret[i] != '\0' && n + 2 < sizeof(text); i++) {
		if (i > 0 && i % 4 == 0)
			text[n++] = ' ';
		text[n++] = secret[i];
	}
	text[n] = '\0';
	page_set(p, PAGE_S_SECRET, text);
	sodium_memzero(text, sizeof(text));
}

/* The secret is told once, so this answers the form itself. */
static void
made(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (!page_expect(p, IMSG_TOTP_RES, type, m, last))
		return;
	add_qr(p, m->totp_res.svg);
	add_secret(p, m->totp_res.secret);
	p->status = 200;
	enrol(p);
}

static void
setup(struct page *p)
{
	const char *password = page_need(p, "password", CAP_PASSWORD,
	    PAGE_S_BAD_PASSWORD);

	if (password != NULL)
		page_asked(p, ask_totp_setup(api.engine, &p->call->ctx,
		    p->bearer, "", password, made, p));
}

/* ---- recovery codes ---- */

static void
add_codes(struct page *p, const char *s)
{
	struct tmpl_row *row;
	size_t n;

	for (; *(s += strspn(s, " ")) != '\0'; s += n) {
		n = strcspn(s, " ");
		if ((row = page_row(p, PAGE_L_CODES)) != NULL)
			row->value[PAGE_S_CODE] = page_copy(p, s, n);
	}
}

static void
show_codes(struct page *p)
{
	p->status = 200;
	if (p->v.value[PAGE_S_MUST] != NULL) {
		/* what it was good for is done: a new login gets the rest */
		page_set_cookie(p, PAGE_C_SESSION, "");
		page_set_path(p, PAGE_S_GO_URL, "/login");
	} else if (*p->return_to != '\0')
		page_set(p, PAGE_S_GO_URL, p->return_to);
	else
		page_set_path(p, PAGE_S_GO_URL, "/account/2fa");
	page_show(p, p->status, PAGE_H_CODES);
}

/* They are shown whoever cannot say for whom. */
static void
whose(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (m != NULL && type == IMSG_ME_RES)
		account_take(p, &m->me_res);
	else if (must(m, type))
		page_set(p, PAGE_S_MUST, "1");
	else if (!last)
		return;
	show_codes(p);
}

static void
codes(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (!page_expect(p, IMSG_RECOVERY_RES, type, m, last))
		return;
	add_codes(p, m->recovery_res.codes);
	if (ask_me_get(api.engine, &p->call->ctx, p->bearer, whose, p) == -1)
		show_codes(p);
}

/* The code of an app that was just set up; `token` as in the API. */
static void
verify(struct page *p)
{
	const char *otp = page_field(p, "token");

	p->again = enrol;
	otp = page_otp(p, *otp != '\0' ? otp : page_field(p, "otp"));
	if (otp != NULL) {
		page_asked(p, ask_totp_verify(api.engine, &p->call->ctx,
		    p->bearer, "", otp, codes, p));
		return;
	}
	page_set(p, PAGE_S_BAD_OTP, "1");
	page_fail(p, ST_INVALID_REQUEST, 0, "otp", "factor");
}

static void
new_codes(struct page *p)
{
	struct page_factor f;
	const char *password = page_need(p, "password", CAP_PASSWORD,
	    PAGE_S_BAD_PASSWORD);

	if (password != NULL && page_factor(p, &f, 1) == 0)
		page_asked(p, ask_recovery_new(api.engine, &p->call->ctx,
		    p->bearer, password, f.otp, codes, p));
}

/* ---- taking it away ---- */

static void
disabled(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_DONE_RES, type, m, last))
		page_go(p, "/account/2fa?notice=disabled");
}

static void
disable(struct page *p)
{
	struct page_factor f;
	const char *password = page_need(p, "password", CAP_PASSWORD,
	    PAGE_S_BAD_PASSWORD);

	if (password != NULL && page_factor(p, &f, 1) == 0)
		page_asked(p, ask_totp_disable(api.engine, &p->call->ctx,
		    p->bearer, password, f.otp, f.recovery, disabled, p));
}

/* Which form it is says a hidden field. */
static void
act(struct page *p)
{
	static const struct {
		const char	 *action;
		void		(*run)(struct page *);
	} actions[] = {
		{ "setup", setup }, { "verify", verify },
		{ "disable", disable }, { "recovery-codes", new_codes },
	};
	const char *action = page_field(p, "action");
	size_t i;

	if (!account_begin(p, again))
		return;
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].action, action) == 0) {
			actions[i].run(p);
			return;
		}
	page_fail(p, ST_INVALID_REQUEST, 0, "action", "");
}

void
second_post(struct http_req *req)
{
	page_open(req, act);
}
