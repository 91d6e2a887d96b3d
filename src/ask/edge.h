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
 * The worker's half of each operation: composes one message to the engine and
 * remembers who waits. Each function's twin in the engine is answer_* of the
 * same name. All return what ask() returns: 0, and the callback comes exactly
 * once with last = 1; or -1 (EAGAIN, ENOTCONN, EINVAL) and it never comes.
 * Texts are copied. Every one may be answered by ERROR_RES, or m NULL.
 */
#ifndef ASK_EDGE_H
#define ASK_EDGE_H

#include <stdint.h>

#include "privsep/wall/ask.h"

#define EDGE_DEADLINE_MS	8000	/* of the engine, DESIGN section 2 */

/* Who asks, as this worker saw it: for audit and throttles, never proof. */
struct edge_ctx {
	const char	*rid, *ip, *ua;
	uint8_t		 loopback;
	const char	*tenant;	/* whose path was used */
};

/* The context, for the initializer of a message. */
#define EDGE_CTX(c)							\
	.rid = (c)->rid, .ip = (c)->ip, .ua = (c)->ua,			\
	.loopback = (c)->loopback, .tenant = (c)->tenant

/* Any message that the caller has composed, as those of administration are. */
int	ask_edge(struct asker *, uint16_t type, const void *msg, ask_cb,
	    void *arg);
/* DONE_RES: the tenant of the path is there and active, else ERROR_RES with
 * NOT_FOUND. Twin: answer_tenant_check(). */
int	ask_tenant_check(struct asker *, const struct edge_ctx *, ask_cb,
	    void *arg);
/* DONE_RES: the bearer holds. Twin: answer_bearer_check(). */
int	ask_bearer_check(struct asker *, const struct edge_ctx *,
	    const char *bearer, ask_cb, void *arg);
/* REGISTER_RES. name "": none. Twin: answer_register(). */
int	ask_register(struct asker *, const struct edge_ctx *,
	    const char *username, const char *password, const char *email,
	    const char *name, ask_cb, void *arg);
/* TOKENS_RES or MFA_TICKET_RES. otp or recovery_code or neither ("").
 * Twin: answer_login(). */
int	ask_login(struct asker *, const struct edge_ctx *,
	    const char *username, const char *password, const char *otp,
	    const char *recovery_code, ask_cb, void *arg);
/* TOKENS_RES. Twin: answer_refresh(). */
int	ask_refresh(struct asker *, const struct edge_ctx *,
	    const char *token, ask_cb, void *arg);
/* DONE_RES. Twin: answer_logout(). */
int	ask_logout(struct asker *, const struct edge_ctx *,
	    const char *bearer, ask_cb, void *arg);
/* ME_RES. Twin: answer_me_get(). */
int	ask_me_get(struct asker *, const struct edge_ctx *,
	    const char *bearer, ask_cb, void *arg);
/* ME_RES. name, email NULL: unchanged; email takes the proof that the others
 * are ("" what was not sent). Twin: answer_me_patch(). */
int	ask_me_patch(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *name, const char *email,
	    const char *password, const char *otp, const char *recovery_code,
	    ask_cb, void *arg);
/* DONE_RES. Twin: answer_me_delete(). */
int	ask_me_delete(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *password, const char *otp,
	    const char *recovery_code, ask_cb, void *arg);
/* SESSION_ITEM_RES …, LIST_END_RES. cursor "": from the start.
 * Twin: answer_sessions_list(). */
int	ask_sessions_list(struct asker *, const struct edge_ctx *,
	    const char *bearer, uint32_t limit, const char *cursor, ask_cb,
	    void *arg);
/* DONE_RES. id "": all but the bearer's own.
 * Twin: answer_session_end(). */
int	ask_session_end(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *id, ask_cb, void *arg);
/* DONE_RES. Twin: answer_password_change(). */
int	ask_password_change(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *old, const char *new, ask_cb,
	    void *arg);
/* TOKENS_RES. Twin: answer_mfa_login(). */
int	ask_mfa_login(struct asker *, const struct edge_ctx *,
	    const char *ticket, const char *otp, const char *recovery_code,
	    ask_cb, void *arg);
/* TOKENS_RES. Texts that were not sent are "". Twin: answer_step_up(). */
int	ask_step_up(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *password, const char *otp,
	    const char *recovery_code, ask_cb, void *arg);
/* TOTP_RES. user_id "": the bearer's own. Twin: answer_totp_setup(). */
int	ask_totp_setup(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *user_id, const char *password,
	    ask_cb, void *arg);
/* RECOVERY_RES. Twin: answer_totp_verify(). */
int	ask_totp_verify(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *user_id, const char *otp, ask_cb,
	    void *arg);
/* DONE_RES. Twin: answer_totp_disable(). */
int	ask_totp_disable(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *password, const char *otp,
	    const char *recovery_code, ask_cb, void *arg);
/* RECOVERY_RES. Twin: answer_recovery_new(). */
int	ask_recovery_new(struct asker *, const struct edge_ctx *,
	    const char *bearer, const char *password, const char *otp,
	    ask_cb, void *arg);
/* DONE_RES, or ERROR_RES with INVALID_LINK or EMAIL_TAKEN.
 * Twin: answer_email_verify(). */
int	ask_email_verify(struct asker *, const struct edge_ctx *,
	    const char *token, ask_cb, void *arg);
/* DONE_RES, whether the address is known or not.
 * Twin: answer_email_resend(). */
int	ask_email_resend(struct asker *, const struct edge_ctx *,
	    const char *email, ask_cb, void *arg);
/* DONE_RES, whether the address is known or not.
 * Twin: answer_password_request(). */
int	ask_password_request(struct asker *, const struct edge_ctx *,
	    const char *email, ask_cb, void *arg);
/* DONE_RES. otp or recovery_code or neither ("").
 * Twin: answer_password_reset(). */
int	ask_password_reset(struct asker *, const struct edge_ctx *,
	    const char *token, const char *new, const char *otp,
	    const char *recovery_code, ask_cb, void *arg);

#endif
