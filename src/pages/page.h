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
 * What the handlers of pages share. A handler opens its page, which checks
 * cookies, form, Origin and tenant and has answered when it does not go on;
 * asks the engine; fills slots; and shows a template or redirects. Run by
 * workers. Holds the visitor's cookies while the request lasts.
 */
#ifndef PAGES_PAGE_H
#define PAGES_PAGE_H

#include "src/pages/pages.h"
#include "src/pages/rules.h"
#include "src/pages/tmpl.h"
#include "src/rules/tenant.h"

struct page_chunk;

enum page_cookie {
	PAGE_C_SESSION,	/* a session, as a bearer: WALL_COOKIE and its value */
	PAGE_C_CSRF,	/* what forms are bound to before a login */
	PAGE_C_DEVICE,	/* a browser that an account knows */
	PAGE_C_MFA,	/* a login that waits for its second factor */
	PAGE_C__MAX
};

struct page {
	struct api_call	*call;		/* NULL in an error page */
	struct http_req	*req;
	void		(*then)(struct page *);
	int		 any;		/* takes others' forms, too */
	char		 base[TENANT_ISSUER];	/* "", or "/t/TENANT" */
	char		 cookie[PAGE_C__MAX][CAP_COOKIE + 1];	/* "" none */
	char		 bearer[sizeof(WALL_COOKIE) + CAP_COOKIE];
	char		 csrf[PAGE_CSRF_LEN + 1];
	int		 new_csrf;	/* its cookie goes with the page */
	const char	*return_to;	/* checked; "" none */
	char		 client_src[PAGE_SRC_MAX];	/* of form-action */
	const struct req_params *flow;	/* authorize's, in return_to */
	int		 flow_asked;
	int		 status;
	enum page_html	 html;
	/* shows the form again, when an operation has failed; NULL: an error
	 * page. */
	void		(*again)(struct page *);
	int		 login;		/* without session: to /login */
	struct tmpl_vals v;
	struct tmpl_row	**last_row;
	struct page_chunk *mem;
};

/*
 * Begins. 400 for a query or a form that repeats something, 403 for a form that
 * no page of ours made, 404 under a tenant that is not there: else then().
 */
void	page_open(struct http_req *, void (*then)(struct page *));
/* The same, and takes forms of other sites: then() asks page_ours(). */
void	page_open_any(struct http_req *, void (*then)(struct page *));
/* 1: the form is one of ours, sent from one of our pages. */
int	page_ours(struct page *);
/* 1: there is a session cookie (whether it lives, the engine knows). 0: sent
 * to /login, to come back to this page. */
int	page_needs_login(struct page *);
/* To /login, and back to this page with its query. */
void	page_to_login(struct page *);

/* ---- what was sent ---- */
/* A field of the form or a parameter of the query, "" none. */
const char *page_field(struct page *, const char *name);
const char *page_param(struct page *, const char *name);
/*
 * A field that the engine is asked with: 1..max bytes. NULL: the form was shown
 * again with 400; slot bad marks the field, or is PAGE_S_NONE.
 */
const char *page_need(struct page *, const char *name, size_t max,
	    enum page_slot bad);
/* A code as people write it, without its spaces; NULL: it is not 6 digits. */
const char *page_otp(struct page *, const char *);
/* otp (spaces are dropped) or recovery_code, one of both or none: 0. -1: the
 * form was shown again. */
struct page_factor {
	const char	*otp, *recovery;	/* "" what was not sent */
};
int	page_factor(struct page *, struct page_factor *, int needed);

/* ---- what is shown ---- */
/* Text is copied. */
void	page_set(struct page *, enum page_slot, const char *);
void	page_setf(struct page *, enum page_slot, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
/* base and path, and return_to with it when there is one. */
void	page_set_path(struct page *, enum page_slot, const char *path);
/* A message, its slots filled with what was set before. */
void	page_say(struct page *, enum page_slot, enum page_text);
/* One more row of a list; page_put() sets its slots. NULL: no memory, which
 * page_put() takes. */
struct tmpl_row *page_row(struct page *, enum page_list);
void	page_put(struct page *, struct tmpl_row *, enum page_slot,
	    const char *);
/* Scopes for people: lines of name, TAB, description, as rows of PAGE_L_SCOPES;
 * or one. A standard scope without a description has the catalogue's. */
void	page_scopes(struct page *, const char *lines);
void	page_scope(struct page *, struct tmpl_row *, const char *name,
	    const char *description);
/* A copy that lives as long as the page; NULL: no memory. */
char	*page_copy(struct page *, const char *, size_t);
/* Sends the page. In a flow to a client the engine is asked for its name and
 * redirect URI first. */
void	page_show(struct page *, int status, enum page_html);
/* 303 to base and path; to return_to, or else there. */
void	page_go(struct page *, const char *path);
void	page_return(struct page *, const char *path);
/* 303 to a Location as it is: the engine's. */
void	page_leave(struct page *, const char *location);
/* Sets a cookie of ours; "" takes it away. */
void	page_set_cookie(struct page *, enum page_cookie, const char *value);
/* The cookies of a login: session, and device where it is new. */
void	page_logged_in(struct page *, const struct msg_browser_res *);

/* ---- an operation's end ---- */
/* As api_asked() and api_expect(), but people read the answer. */
void	page_asked(struct page *, int result);
int	page_expect(struct page *, uint16_t want, uint16_t type,
	    const union msg *, int last);
/* Shows the form again (page.again) or an error page, with what API.md answers
 * and words. path: the field that is meant, "". */
void	page_fail(struct page *, enum msg_status, uint32_t retry_after_s,
	    const char *path, const char *reason);
/* The words alone, in PAGE_S_ERROR. */
void	page_fail_words(struct page *, enum msg_status,
	    uint32_t retry_after_s, const char *reason);

/* ---- for this room's infrastructure ---- */
/* Looks return_to's client up and goes on with page_send(). */
void	page_flow(struct page *);
void	page_flow_parse(struct page *);
void	page_send(struct page *);
/* A page without a call, for errors; NULL: no memory. */
struct page *page_new(struct http_req *);
/* Shows the error page of a code, which ends the request. */
void	page_refusal(struct page *, int status, const char *code);
extern const char *const *page_assets;	/* paths, by enum page_asset */

/* ---- handlers ---- */
void	asset_get(struct http_req *);
void	root_get(struct http_req *);
void	login_get(struct http_req *);
void	login_post(struct http_req *);
void	mfa_get(struct http_req *);
void	mfa_post(struct http_req *);
void	register_get(struct http_req *);
void	register_post(struct http_req *);
void	verify_get(struct http_req *);
void	verify_post(struct http_req *);
void	forgot_get(struct http_req *);
void	forgot_post(struct http_req *);
void	reset_get(struct http_req *);
void	reset_post(struct http_req *);
void	consent_get(struct http_req *);
void	consent_post(struct http_req *);
void	logout_get(struct http_req *);
void	logout_post(struct http_req *);
void	rp_logout(struct http_req *);

#endif
