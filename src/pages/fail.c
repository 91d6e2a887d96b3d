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
 * How an operation's end reads for people, and the error page. Run by workers.
 * Statuses are those of the API; the words are of the catalogue, and say what
 * to do.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/base/log.h"
#include "src/pages/page.h"

#define TEXT_DEFAULT	PAGE_T_ERR_INTERNAL

static const struct {
	enum msg_status	 st;
	enum page_text	 text;
} words[] = {
	{ ST_BUSY, PAGE_T_ERR_BUSY },
	{ ST_UNAVAILABLE, PAGE_T_ERR_BUSY },
	{ ST_INVALID_REQUEST, PAGE_T_ERR_INVALID },
	{ ST_INVALID_CREDENTIALS, PAGE_T_ERR_CREDENTIALS },
	{ ST_FORBIDDEN, PAGE_T_ERR_FORBIDDEN },
	{ ST_REGISTRATION_CLOSED, PAGE_T_ERR_CLOSED },
	{ ST_USERNAME_TAKEN, PAGE_T_ERR_USERNAME_TAKEN },
	{ ST_EMAIL_TAKEN, PAGE_T_ERR_EMAIL_TAKEN },
	{ ST_MAIL_UNAVAILABLE, PAGE_T_ERR_MAIL },
	{ ST_INVALID_LINK, PAGE_T_ERR_LINK },
	{ ST_INVALID_TOKEN, PAGE_T_ERR_EXPIRED },
	{ ST_UNAUTHORIZED, PAGE_T_ERR_EXPIRED },
	{ ST_MFA_REQUIRED, PAGE_T_ERR_MFA_REQUIRED },
	{ ST_INVALID_OTP, PAGE_T_ERR_OTP },
	{ ST_MFA_ACTIVE, PAGE_T_ERR_MFA_ACTIVE },
	{ ST_MFA_NOT_ACTIVE, PAGE_T_ERR_MFA_NOT_ACTIVE },
	{ ST_MFA_NOT_PENDING, PAGE_T_ERR_MFA_NOT_PENDING },
	{ ST_MFA_MANDATORY, PAGE_T_ERR_MFA_MANDATORY },
	{ ST_SUPERADMIN_PROTECTED, PAGE_T_ERR_SUPERADMIN },
};

struct named {
	const char	*name;
	enum page_text	 text;
};
static const struct named reasons[] = {	/* of weak_password */
	{ "too_short", PAGE_T_WEAK_TOO_SHORT },
	{ "too_long", PAGE_T_WEAK_TOO_LONG },
	{ "common", PAGE_T_WEAK_COMMON },
	{ "contains_identity", PAGE_T_WEAK_CONTAINS_IDENTITY },
	{ "same", PAGE_T_WEAK_SAME },
};
static const struct named fields[] = {	/* of invalid_request */
	{ "username", PAGE_T_ERR_USERNAME },
	{ "email", PAGE_T_ERR_EMAIL },
	{ "password", PAGE_T_ERR_PASSWORD },
	{ "newPassword", PAGE_T_ERR_PASSWORD },
	{ "otp", PAGE_T_ERR_FACTOR },
	{ "name", PAGE_T_ERR_NAME },
};
static const struct named refusals[] = { /* the error page, by the API's code */
	{ "csrf", PAGE_T_REFUSED_CSRF },
	{ "origin", PAGE_T_REFUSED_ORIGIN },
	{ "consent", PAGE_T_REFUSED_CONSENT },
	{ "logout", PAGE_T_REFUSED_LOGOUT },
	{ "client", PAGE_T_REFUSED_CLIENT },
	{ "invalid_request", PAGE_T_REFUSED_REQUEST },
	{ "invalid_token", PAGE_T_ERR_EXPIRED },
	{ "invalid_link", PAGE_T_ERR_LINK },
	{ "forbidden", PAGE_T_ERR_FORBIDDEN },
	{ "not_found", PAGE_T_REFUSED_NOT_FOUND },
	{ "method_not_allowed", PAGE_T_REFUSED_METHOD },
	{ "payload_too_large", PAGE_T_REFUSED_LARGE },
	{ "rate_limited", PAGE_T_REFUSED_RATE },
	{ "unavailable", PAGE_T_ERR_BUSY },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define NAMED(table, name, other)					\
	text_named(table, COUNT(table), name, other)

static enum page_text
text_named(const struct named *t, size_t n, const char *name,
    enum page_text other)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(t[i].name, name) == 0)
			return t[i].text;
	}
	return other;
}

static enum page_text
text_of(enum msg_status st)
{
	size_t i;

	for (i = 0; i < COUNT(words); i++) {
		if (words[i].st == st)
			return words[i].text;
	}
	return TEXT_DEFAULT;
}

/* "in 40 seconds", "in 5 minutes": rounded up, nobody should try too early. */
static void
say_wait(struct page *p, uint32_t s)
{
	uint32_t n = s == 0 ? 1 : s;

	page_setf(p, PAGE_S_COUNT, "%u", n < 120 ? n : (n + 59) / 60);
	page_say(p, PAGE_S_WAIT, n == 1 ? PAGE_T_WAIT_SECOND :
	    n < 120 ? PAGE_T_WAIT_SECONDS : PAGE_T_WAIT_MINUTES);
	page_say(p, PAGE_S_ERROR, PAGE_T_ERR_RATE);
}

void
page_fail_words(struct page *p, enum msg_status st, uint32_t retry_after_s,
    const char *reason)
{
	if (st == ST_RATE_LIMITED)
		say_wait(p, retry_after_s);
	else if (st == ST_WEAK_PASSWORD)
		page_say(p, PAGE_S_ERROR, NAMED(reasons, reason,
		    PAGE_T_WEAK_COMMON));
	else if (st == ST_INVALID_CREDENTIALS && p->login) {
		page_set(p, PAGE_S_BAD_PASSWORD, "1");
		page_say(p, PAGE_S_ERROR, PAGE_T_ERR_PASSWORD_WRONG);
	} else
		page_say(p, PAGE_S_ERROR, text_of(st));
}

static enum page_slot
bad_slot(const char *path, enum msg_status st)
{
	if (st == ST_USERNAME_TAKEN || strcmp(path, "username") == 0)
		return PAGE_S_BAD_USERNAME;
	if (st == ST_EMAIL_TAKEN || strcmp(path, "email") == 0)
		return PAGE_S_BAD_EMAIL;
	if (st == ST_WEAK_PASSWORD || strcmp(path, "password") == 0 ||
	    strcmp(path, "newPassword") == 0)
		return PAGE_S_BAD_PASSWORD;
	if (st == ST_INVALID_OTP || st == ST_MFA_REQUIRED)
		return PAGE_S_BAD_OTP;
	return PAGE_S_NONE;
}

void
page_fail(struct page *p, enum msg_status st, uint32_t retry_after_s,
    const char *path, const char *reason)
{
	if (p->login && (st == ST_UNAUTHORIZED || st == ST_INVALID_TOKEN)) {
		page_to_login(p);
		return;
	}
	if (st == ST_MFA_SETUP_REQUIRED) {
		page_go(p, "/account/2fa");
		return;
	}
	api_status_fields(p->req, st, retry_after_s);
	if (p->again == NULL || st == ST_NOT_FOUND) {
		page_refusal(p, api_status(st), st == ST_INVALID_LINK ?
		    "invalid_link" : api_code(st));
		return;
	}
	page_fail_words(p, st, retry_after_s, reason);
	if (st == ST_INVALID_REQUEST)
		page_say(p, PAGE_S_ERROR, strcmp(reason, "missing") == 0 ?
		    PAGE_T_ERR_MISSING : NAMED(fields, path,
		    PAGE_T_ERR_INVALID));
	page_set(p, bad_slot(path, st), "1");
	p->status = api_status(st);
	p->again(p);
}

void
page_refusal(struct page *p, int status, const char *code)
{
	p->flow = NULL;
	page_setf(p, PAGE_S_STATUS, "%d", status);
	page_say(p, PAGE_S_ADVICE, NAMED(refusals, code, status < 500 ?
	    PAGE_T_REFUSED_OTHER : PAGE_T_ERR_INTERNAL));
	page_show(p, status, PAGE_H_ERROR);
}

void
page_asked(struct page *p, int result)
{
	if (result == 0)
		return;
	if (errno != EAGAIN && errno != ENOTCONN)
		log_warn("cannot ask the engine for a page");
	page_fail(p, errno == EAGAIN ? ST_BUSY : errno == ENOTCONN ?
	    ST_UNAVAILABLE : ST_INTERNAL, 0, "", "");
}

int
page_expect(struct page *p, uint16_t want, uint16_t type,
    const union msg *m, int last)
{
	const struct msg_error_res *e;

	if (m != NULL && type == want)
		return 1;
	if (!last)
		return 0;
	if (m == NULL)
		page_fail(p, ST_UNAVAILABLE, 0, "", "");
	else if (type == IMSG_ERROR_RES) {
		e = &m->error_res;
		page_fail(p, (enum msg_status)e->status, e->retry_after_s,
		    e->path, e->reason);
	} else {
		log_warnx("the engine answered a page with message %u", type);
		page_fail(p, ST_INTERNAL, 0, "", "");
	}
	return 0;
}
