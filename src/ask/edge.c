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
 * The worker's half of each message (twins: privsep/engine/answer_*.c). Run
 * by workers only. Holds nothing: what waits is in the asker.
 */
#include "src/ask/edge.h"

#define CTX(c)	EDGE_CTX(c)

int
ask_edge(struct asker *a, uint16_t type, const void *msg, ask_cb cb,
    void *arg)
{
	return ask(a, type, msg, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_tenant_check(struct asker *a, const struct edge_ctx *c, ask_cb cb,
    void *arg)
{
	struct msg_tenant_check_req m = { CTX(c) };

	return ask(a, IMSG_TENANT_CHECK_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_bearer_check(struct asker *a, const struct edge_ctx *c,
    const char *bearer, ask_cb cb, void *arg)
{
	struct msg_bearer_check_req m = { CTX(c), .bearer = bearer };

	return ask(a, IMSG_BEARER_CHECK_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_register(struct asker *a, const struct edge_ctx *c, const char *username,
    const char *password, const char *email, const char *name, ask_cb cb,
    void *arg)
{
	struct msg_register_req m = { CTX(c), .username = username,
	    .password = password, .email = email, .name = name };

	return ask(a, IMSG_REGISTER_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_login(struct asker *a, const struct edge_ctx *c, const char *username,
    const char *password, const char *otp, const char *recovery_code,
    ask_cb cb, void *arg)
{
	struct msg_login_req m = { CTX(c), .username = username,
	    .password = password, .otp = otp,
	    .recovery_code = recovery_code };

	return ask(a, IMSG_LOGIN_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_refresh(struct asker *a, const struct edge_ctx *c, const char *token,
    ask_cb cb, void *arg)
{
	struct msg_refresh_req m = { CTX(c), .token = token };

	return ask(a, IMSG_REFRESH_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_logout(struct asker *a, const struct edge_ctx *c, const char *bearer,
    ask_cb cb, void *arg)
{
	struct msg_logout_req m = { CTX(c), .bearer = bearer };

	return ask(a, IMSG_LOGOUT_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_me_get(struct asker *a, const struct edge_ctx *c, const char *bearer,
    ask_cb cb, void *arg)
{
	struct msg_me_get_req m = { CTX(c), .bearer = bearer };

	return ask(a, IMSG_ME_GET_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_me_patch(struct asker *a, const struct edge_ctx *c, const char *bearer,
    const char *name, const char *email, const char *password,
    const char *otp, const char *recovery_code, ask_cb cb, void *arg)
{
	struct msg_me_patch_req m = { CTX(c), .bearer = bearer,
	    .has_name = name != NULL, .name = name,
	    .has_email = email != NULL, .email = email,
	    .password = password, .otp = otp,
	    .recovery_code = recovery_code };

	return ask(a, IMSG_ME_PATCH_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_me_delete(struct asker *a, const struct edge_ctx *c, const char *bearer,
    const char *password, const char *otp, const char *recovery_code,
    ask_cb cb, void *arg)
{
	struct msg_me_delete_req m = { CTX(c), .bearer = bearer,
	    .password = password, .otp = otp,
	    .recovery_code = recovery_code };

	return ask(a, IMSG_ME_DELETE_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_sessions_list(struct asker *a, const struct edge_ctx *c,
    const char *bearer, uint32_t limit, const char *cursor, ask_cb cb,
    void *arg)
{
	struct msg_sessions_list_req m = { CTX(c), .bearer = bearer,
	    .limit = limit, .cursor = cursor };

	return ask(a, IMSG_SESSIONS_LIST_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_session_end(struct asker *a, const struct edge_ctx *c,
    const char *bearer, const char *id, ask_cb cb, void *arg)
{
	struct msg_session_end_req m = { CTX(c), .bearer = bearer,
	    .id = id };

	return ask(a, IMSG_SESSION_END_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_password_change(struct asker *a, const struct edge_ctx *c,
    const char *bearer, const char *old, const char *new, ask_cb cb,
    void *arg)
{
	struct msg_password_change_req m = { CTX(c), .bearer = bearer,
	    .old = old, .new = new };

	return ask(a, IMSG_PASSWORD_CHANGE_REQ, &m, EDGE_DEADLINE_MS, cb,
	    arg);
}

int
ask_mfa_login(struct asker *a, const struct edge_ctx *c, const char *ticket,
    const char *otp, const char *recovery_code, ask_cb cb, void *arg)
{
	struct msg_mfa_login_req m = { CTX(c), .ticket = ticket, .otp = otp,
	    .recovery_code = recovery_code };

	return ask(a, IMSG_MFA_LOGIN_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_step_up(struct asker *a, const struct edge_ctx *c, const char *bearer,
    const char *password, const char *otp, const char *recovery_code,
    ask_cb cb, void *arg)
{
	struct msg_step_up_req m = { CTX(c), .bearer = bearer,
	    .password = password, .otp = otp,
	    .recovery_code = recovery_code };

	return ask(a, IMSG_STEP_UP_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_totp_setup(struct asker *a, const struct edge_ctx *c, const char *bearer,
    const char *user_id, const char *password, ask_cb cb, void *arg)
{
	struct msg_totp_setup_req m = { CTX(c), .bearer = bearer,
	    .user_id = user_id, .password = password };

	return ask(a, IMSG_TOTP_SETUP_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_totp_verify(struct asker *a, const struct edge_ctx *c, const char *bearer,
    const char *user_id, const char *otp, ask_cb cb, void *arg)
{
	struct msg_totp_verify_req m = { CTX(c), .bearer = bearer,
	    .user_id = user_id, .otp = otp };

	return ask(a, IMSG_TOTP_VERIFY_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_totp_disable(struct asker *a, const struct edge_ctx *c,
    const char *bearer, const char *password, const char *otp,
    const char *recovery_code, ask_cb cb, void *arg)
{
	struct msg_totp_disable_req m = { CTX(c), .bearer = bearer,
	    .password = password, .otp = otp,
	    .recovery_code = recovery_code };

	return ask(a, IMSG_TOTP_DISABLE_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_recovery_new(struct asker *a, const struct edge_ctx *c,
    const char *bearer, const char *password, const char *otp, ask_cb cb,
    void *arg)
{
	struct msg_recovery_new_req m = { CTX(c), .bearer = bearer,
	    .password = password, .otp = otp };

	return ask(a, IMSG_RECOVERY_NEW_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_email_verify(struct asker *a, const struct edge_ctx *c, const char *token,
    ask_cb cb, void *arg)
{
	struct msg_email_verify_req m = { CTX(c), .token = token };

	return ask(a, IMSG_EMAIL_VERIFY_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_email_resend(struct asker *a, const struct edge_ctx *c, const char *email,
    ask_cb cb, void *arg)
{
	struct msg_email_resend_req m = { CTX(c), .email = email };

	return ask(a, IMSG_EMAIL_RESEND_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}

int
ask_password_request(struct asker *a, const struct edge_ctx *c,
    const char *email, ask_cb cb, void *arg)
{
	struct msg_password_request_req m = { CTX(c), .email = email };

	return ask(a, IMSG_PASSWORD_REQUEST_REQ, &m, EDGE_DEADLINE_MS, cb,
	    arg);
}

int
ask_password_reset(struct asker *a, const struct edge_ctx *c,
    const char *token, const char *new, const char *otp,
    const char *recovery_code, ask_cb cb, void *arg)
{
	struct msg_password_reset_req m = { CTX(c), .token = token,
	    .new = new, .otp = otp, .recovery_code = recovery_code };

	return ask(a, IMSG_PASSWORD_RESET_REQ, &m, EDGE_DEADLINE_MS, cb, arg);
}
