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
 * /device: a code that stands on a device that has no browser, and whether it
 * may sign in (RFC 8628 section 3.3). The code in an address only shows what
 * asks; that it is on a device of theirs is for people to compare. Run by
 * workers. Twins: answer_device_get(), answer_device_decide().
 */
#include <string.h>

#include "src/pages/account.h"
#include "src/rules/usercode.h"

/* ---- the form ---- */

static void
show(struct page *p)
{
	page_show(p, p->status, PAGE_H_DEVICE);
}

/* A code that is none, or none any more, is typed again. */
static int
expect(struct page *p, uint16_t want, uint16_t type, const union msg *m,
    int last)
{
	p->again = show;
	if (m == NULL || type != IMSG_ERROR_RES ||
	    m->error_res.status != ST_NOT_FOUND)
		return page_expect(p, want, type, m, last);
	page_set(p, PAGE_S_BAD_CODE, "1");
	page_say(p, PAGE_S_ERROR, PAGE_T_ERR_CODE);
	p->status = 400;
	show(p);
	return 0;
}

/* The code as it stands on the device; 0: it can be none. */
static int
take(struct page *p, const char *typed, char code[USER_CODE_CAP])
{
	char shown[USER_CODE_SHOWN];

	page_set(p, PAGE_S_USER_CODE, typed);
	if (user_code_take(code, typed) == -1) {
		page_set(p, PAGE_S_BAD_CODE, "1");
		page_say(p, PAGE_S_ERROR, PAGE_T_ERR_CODE);
		p->status = 400;
		show(p);
		return 0;
	}
	user_code_show(shown, code);
	page_set(p, PAGE_S_USER_CODE, shown);
	return 1;
}

static void
ask_device(struct page *p, const char *code, ask_cb cb)
{
	struct msg_device_get_req m = { EDGE_CTX(&p->call->ctx),
	    .cookie = p->cookie[PAGE_C_SESSION], .user_code = code };

	page_asked(p, ask_edge(api.engine, IMSG_DEVICE_GET_REQ, &m, cb, p));
}

/* ---- what asks ---- */

static void
asks(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (!expect(p, IMSG_CONSENT_RES, type, m, last))
		return;
	page_set(p, PAGE_S_CLIENT_NAME, m->consent_res.client_name);
	page_set(p, PAGE_S_USERNAME, m->consent_res.username);
	page_scopes(p, m->consent_res.scopes);
	page_show(p, p->status, PAGE_H_DEVICE_CONFIRM);
}

static void
known(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (page_expect(p, IMSG_ME_RES, type, m, last))
		show(p);
}

static void
begin(struct page *p)
{
	const char *done = page_param(p, "done");
	const char *typed = page_param(p, "user_code");
	char code[USER_CODE_CAP];

	p->status = 200;
	if (!account_begin(p, show))
		return;
	if (strcmp(done, "allowed") == 0 || strcmp(done, "denied") == 0) {
		page_set(p, PAGE_S_ALLOWED, *done == 'a' ? "1" : "");
		page_show(p, 200, PAGE_H_DEVICE_DONE);
	} else if (*typed == '\0') {
		p->again = NULL;
		page_asked(p, ask_me_get(api.engine, &p->call->ctx,
		    p->bearer, known, p));
	} else if (take(p, typed, code))
		ask_device(p, code, asks);
}

void
device_get(struct http_req *req)
{
	page_open(req, begin);
}

/* ---- the answer ---- */

static void
go_confirm(struct page *p)
{
	struct buf b = BUF_INIT;
	const char *s;

	buf_adds(&b, "/device?user_code=");
	page_encode(&b, p->v.value[PAGE_S_USER_CODE]);
	if ((s = buf_cstr(&b)) != NULL)
		page_go(p, s);
	else
		page_fail(p, ST_INTERNAL, 0, "", "");
	buf_free(&b);
}

static void
there(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (expect(p, IMSG_CONSENT_RES, type, m, last))
		go_confirm(p);
}

static void
decided(uint16_t type, const union msg *m, int last, void *arg)
{
	struct page *p = arg;

	if (expect(p, IMSG_DONE_RES, type, m, last))
		page_go(p, strcmp(page_field(p, "decision"), "allow") == 0 ?
		    "/device?done=allowed" : "/device?done=denied");
}

static void
decide(struct page *p, const char *code, int allow)
{
	struct msg_device_decide_req m = { EDGE_CTX(&p->call->ctx),
	    .cookie = p->cookie[PAGE_C_SESSION], .user_code = code,
	    .allow = (uint8_t)allow };

	page_asked(p, ask_edge(api.engine, IMSG_DEVICE_DECIDE_REQ, &m,
	    decided, p));
}

static void
act(struct page *p)
{
	const char *decision = page_field(p, "decision");
	char code[USER_CODE_CAP];

	if (!account_begin(p, show) ||
	    !take(p, page_field(p, "user_code"), code))
		return;
	if (*decision == '\0')
		ask_device(p, code, there);
	else if (strcmp(decision, "allow") == 0 ||
	    strcmp(decision, "deny") == 0)
		decide(p, code, *decision == 'a');
	else
		page_fail(p, ST_INVALID_REQUEST, 0, "decision", "");
}

void
device_post(struct http_req *req)
{
	page_open(req, act);
}
