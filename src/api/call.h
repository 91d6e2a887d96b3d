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
 * One API call, from its request to its answer. A handler begins with
 * api_begin(), which makes the checks of API.md section 1 in their order
 * (token, body, query, scope) and has answered when it returns NULL. Then it
 * asks the engine with an edge.h function, and the callback ends the call.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "src/api/api.h"
#include "src/ask/edge.h"

#define API_LIMIT	50		/* of lists, by default */
#define API_LIMIT_MAX	200

struct api_call {
	struct http_req	*req;
	const struct http_route *route;
	const struct api_op *op;
	struct edge_ctx	 ctx;
	const char	*bearer;	/* NULL where the caller is anyone */
	const char	*proof;		/* of the key that it is bound to; "" */
	char		 cookie[sizeof(WALL_COOKIE) + CAP_COOKIE]; /* as that */
	int		 scoped;	/* the bearer's scope suffices */
	int		 setup_only;	/* it must set up a factor first */
	json_t		*body;		/* checked; NULL without body schema,
					 * and where the body is a form */
	uint32_t	 limit;
	const char	*cursor;	/* "" from the start */
	const char	*message;	/* of a success that has one */
	struct buf	 items;		/* of a list, as they come */
	struct schema_errors errs;
	enum msg_status	 refusal;	/* once the engine has agreed */
	const char	*refusal_path;
	http_handler	 then;		/* of api_public() */
	/* of a reply that goes out by pieces */
	int64_t		 from, to, after, upto;
	int		 streams;
	/* known.c: whether the answer may be kept, as what, and of when */
	int		 known;
	uint64_t	 revision;
	uint8_t		 known_key[32];
	char		 ua[CAP_UA + 1];
	/* what a room above keeps with the call, and how it is freed */
	void		*own;
	void		(*own_free)(void *);
};

/* NULL: answered, or will be. The call lives as long as its request. Where
 * the route has no api_op (a page), op is one without name or fields. */
struct api_call *api_begin(struct http_req *);
/* For routes that nobody needs a call for: 1, or 400 was sent because the
 * query repeats a parameter. */
int	api_plain(struct http_req *);
/* The same where a worker answers by itself, under tenants too: then() answers
 * when there is such a tenant. */
void	api_public(struct http_req *, http_handler then);
/* Of the tenant that something other than the path's start names. */
void	api_public_of(struct http_req *, const char *tenant,
	    http_handler then);

/* The result of an ask_*(): when it failed, answers 503 (or 500). */
void	api_asked(struct api_call *, int result);
/* 1 when the answer is the wanted one; 0 when it was an error, a silence, or
 * something else, and has been sent on. Ends only with `last`. */
int	api_expect(struct api_call *, uint16_t want, uint16_t type,
	    const union msg *, int last);
/* For the ask_cb of a list: each message of type item is composed by add as
 * one of `items`; the last ends the call. */
void	api_listed(struct api_call *, uint16_t item, uint16_t type,
	    const union msg *, int last,
	    void (*add)(struct buf *, const union msg *));
/* ask_cb for what needs no more than 204; arg is the call. */
void	api_no_content(uint16_t type, const union msg *, int last, void *arg);

/*
 * Refuses what the engine need not judge (no token, a bad one, a body that is
 * none); but under a tenant that is not there it is 404 before all else, and
 * that is the engine's to say. With ST_INVALID_REQUEST the body is call->errs.
 * path must be static.
 */
void	api_refuse(struct api_call *, enum msg_status, const char *path);
/*
 * Refuses a bearer call whose token has not yet been shown to the engine: asks
 * BEARER_CHECK and gives status only when the token holds (401 comes before
 * 400 and 404). With ST_INVALID_REQUEST the body is call->errs.
 */
void	api_refuse_checked(struct api_call *, enum msg_status);

/* ---- answers (reply.c) ---- */
/* HTTP's status for an operation's end, and its code in API.md. */
int	api_status(enum msg_status);
const char *api_code(enum msg_status);
/* The fields that it asks for: WWW-Authenticate, Retry-After. */
void	api_status_fields(struct http_req *, enum msg_status,
	    uint32_t retry_after_s);
/* The buffer for a body, emptied. */
struct buf *api_out(void);
/* Sends api_out() as JSON; wiped when secret. */
void	api_send(struct http_req *, int status, int secret);
/* As the table says; path and reason may be "". */
void	api_fail(struct api_call *, enum msg_status, uint32_t retry_after_s,
	    const char *path, const char *reason);
/* 400 with call->errs. */
void	api_invalid(struct api_call *);
/* 401 mfa_required with the ticket that the factor is to come with. */
void	api_mfa_ticket(struct api_call *, const struct msg_mfa_ticket_res *);
/* "a b c" as a JSON array. */
void	api_add_words(struct buf *, const char *words);
/* A time in µs, 0: null. */
void	api_add_time(struct buf *, int64_t us);
void	api_add_bool(struct buf *, int);
/* The client has what has that tag (If-None-Match): 304 will do. */
int	api_unchanged(struct http_req *, const char *etag);

/* ---- handlers, one file a resource ---- */
void	auth_register(struct http_req *);
void	auth_login(struct http_req *);
void	auth_refresh(struct http_req *);
void	auth_logout(struct http_req *);
void	auth_mfa(struct http_req *);
void	auth_step_up(struct http_req *);
void	totp_setup(struct http_req *);
void	totp_verify(struct http_req *);
void	totp_disable(struct http_req *);
void	recovery_codes(struct http_req *);
void	me_get(struct http_req *);
void	me_patch(struct http_req *);
void	me_delete(struct http_req *);
void	sessions_list(struct http_req *);
void	sessions_end_others(struct http_req *);
void	sessions_end_one(struct http_req *);
void	grants_list(struct http_req *);
void	grant_delete(struct http_req *);
void	password_change(struct http_req *);
void	email_verify(struct http_req *);
void	email_resend(struct http_req *);
void	password_request(struct http_req *);
void	password_reset(struct http_req *);
void	auth_check(struct http_req *);
void	subject_check(struct http_req *);
void	auth_verify(struct http_req *);
void	health_get(struct http_req *);
void	health_live(struct http_req *);
void	health_ready(struct http_req *);
void	jwks_get(struct http_req *);
void	openapi_get(struct http_req *);
void	metrics_get(struct http_req *);

#endif
