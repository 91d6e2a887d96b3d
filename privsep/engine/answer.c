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
 * From a worker's message to the function that answers it: one table. Runs in
 * the engine. Everything a worker sends is hostile until it was checked here
 * or behind the wall; direction, phase, permit and field caps were checked by
 * the channel already.
 */
#include "config.h"

#include <string.h>

#include "privsep/engine/cookie.h"
#include "privsep/engine/tenant.h"

#define FIRST	IMSG_BEARER_CHECK_REQ
#define ROW(type)	[((type) - FIRST) / 2]

static void	(*const answers[])(struct op *, const union msg *) = {
	ROW(IMSG_BEARER_CHECK_REQ)	= answer_bearer_check,
	ROW(IMSG_REGISTER_REQ)		= answer_register,
	ROW(IMSG_LOGIN_REQ)		= answer_login,
	ROW(IMSG_REFRESH_REQ)		= answer_refresh,
	ROW(IMSG_LOGOUT_REQ)		= answer_logout,
	ROW(IMSG_ME_GET_REQ)		= answer_me_get,
	ROW(IMSG_ME_PATCH_REQ)		= answer_me_patch,
	ROW(IMSG_SESSIONS_LIST_REQ)	= answer_sessions_list,
	ROW(IMSG_SESSION_END_REQ)	= answer_session_end,
	ROW(IMSG_PASSWORD_CHANGE_REQ)	= answer_password_change,
	ROW(IMSG_MFA_LOGIN_REQ)		= answer_mfa_login,
	ROW(IMSG_STEP_UP_REQ)		= answer_step_up,
	ROW(IMSG_TOTP_SETUP_REQ)	= answer_totp_setup,
	ROW(IMSG_TOTP_VERIFY_REQ)	= answer_totp_verify,
	ROW(IMSG_TOTP_DISABLE_REQ)	= answer_totp_disable,
	ROW(IMSG_RECOVERY_NEW_REQ)	= answer_recovery_new,
	ROW(IMSG_EMAIL_VERIFY_REQ)	= answer_email_verify,
	ROW(IMSG_EMAIL_RESEND_REQ)	= answer_email_resend,
	ROW(IMSG_PASSWORD_REQUEST_REQ)	= answer_password_request,
	ROW(IMSG_PASSWORD_RESET_REQ)	= answer_password_reset,
	ROW(IMSG_ME_DELETE_REQ)		= answer_me_delete,
	ROW(IMSG_CHECK_REQ)		= answer_check,
	ROW(IMSG_CLIENT_CHECK_REQ)	= answer_client_check,
	ROW(IMSG_VERIFY_REQ)		= answer_verify,
	ROW(IMSG_TENANT_CHECK_REQ)	= answer_tenant_check,
};

/* Of administrators, and of moatctl. */
#define ADMIN_ROW(type)	[((type) - IMSG_USERS_LIST_REQ) / 2]

static void	(*const admin_answers[])(struct op *, const union msg *) = {
	ADMIN_ROW(IMSG_USERS_LIST_REQ)	= answer_users_list,
	ADMIN_ROW(IMSG_USER_GET_REQ)	= answer_user_get,
	ADMIN_ROW(IMSG_TENANTS_LIST_REQ) = answer_tenants_list,
	ADMIN_ROW(IMSG_TENANT_GET_REQ)	= answer_tenant_get,
	ADMIN_ROW(IMSG_TENANT_CREATE_REQ) = answer_tenant_create,
	ADMIN_ROW(IMSG_TENANT_PATCH_REQ) = answer_tenant_patch,
	ADMIN_ROW(IMSG_TENANT_DELETE_REQ) = answer_tenant_delete,
	ADMIN_ROW(IMSG_CLIENTS_LIST_REQ) = answer_clients_list,
	ADMIN_ROW(IMSG_CLIENT_GET_REQ)	= answer_client_get,
	ADMIN_ROW(IMSG_CLIENT_CREATE_REQ) = answer_client_create,
	ADMIN_ROW(IMSG_CLIENT_PATCH_REQ) = answer_client_patch,
	ADMIN_ROW(IMSG_CLIENT_DELETE_REQ) = answer_client_delete,
	ADMIN_ROW(IMSG_CLIENT_SECRET_REQ) = answer_client_secret,
	ADMIN_ROW(IMSG_REGISTER_TOKEN_REQ) = answer_register_token,
	ADMIN_ROW(IMSG_PERMISSIONS_LIST_REQ) = answer_permissions_list,
	ADMIN_ROW(IMSG_ROLES_LIST_REQ)	= answer_roles_list,
	ADMIN_ROW(IMSG_ROLE_GET_REQ)	= answer_role_get,
	ADMIN_ROW(IMSG_ROLE_CREATE_REQ)	= answer_role_create,
	ADMIN_ROW(IMSG_ROLE_PATCH_REQ)	= answer_role_patch,
	ADMIN_ROW(IMSG_ROLE_DELETE_REQ)	= answer_role_delete,
	ADMIN_ROW(IMSG_AUDIT_LIST_REQ)	= answer_audit_list,
	ADMIN_ROW(IMSG_AUDIT_EXPORT_REQ) = answer_audit_export,
	ADMIN_ROW(IMSG_KEYS_LIST_REQ)	= answer_keys_list,
	ADMIN_ROW(IMSG_KEY_ROTATE_REQ)	= answer_key_rotate,
	ADMIN_ROW(IMSG_KEY_RETIRE_REQ)	= answer_key_retire,
	ADMIN_ROW(IMSG_SCOPES_LIST_REQ)	= answer_scopes_list,
	ADMIN_ROW(IMSG_SCOPE_SET_REQ)	= answer_scope_set,
	ADMIN_ROW(IMSG_SCOPE_DELETE_REQ) = answer_scope_delete,
	ADMIN_ROW(IMSG_USER_CREATE_REQ)	= answer_user_create,
	ADMIN_ROW(IMSG_USER_PATCH_REQ)	= answer_user_patch,
	ADMIN_ROW(IMSG_USER_ROLE_REQ)	= answer_user_role,
	ADMIN_ROW(IMSG_USER_DELETE_REQ)	= answer_user_delete,
	ADMIN_ROW(IMSG_USER_ACT_REQ)	= answer_user_act,
	ADMIN_ROW(IMSG_LOOK_SET_REQ)	= answer_look_set,
};

/* OAuth 2 and OpenID Connect; and what pages look like. */
#define OAUTH_ROW(type)	[((type) - IMSG_AUTHORIZE_REQ) / 2]

static void	(*const oauth_answers[])(struct op *, const union msg *) = {
	OAUTH_ROW(IMSG_INTROSPECT_REQ)	= answer_introspect,
	OAUTH_ROW(IMSG_TOKEN_REVOKE_REQ) = answer_token_revoke,
	OAUTH_ROW(IMSG_USERINFO_REQ)	= answer_userinfo,
	OAUTH_ROW(IMSG_END_SESSION_REQ)	= answer_end_session,
	OAUTH_ROW(IMSG_TOKEN_REQ)	= answer_token,
	OAUTH_ROW(IMSG_DEVICE_CODE_REQ)	= answer_device_code,
	OAUTH_ROW(IMSG_DEVICE_GET_REQ)	= answer_device_get,
	OAUTH_ROW(IMSG_DEVICE_DECIDE_REQ) = answer_device_decide,
	OAUTH_ROW(IMSG_AUTHORIZE_REQ)	= answer_authorize,
	OAUTH_ROW(IMSG_CONSENT_GET_REQ)	= answer_consent_get,
	OAUTH_ROW(IMSG_CONSENT_REQ)	= answer_consent,
	OAUTH_ROW(IMSG_PAR_REQ)		= answer_par,
	OAUTH_ROW(IMSG_GRANTS_LIST_REQ)	= answer_grants_list,
	OAUTH_ROW(IMSG_GRANT_DELETE_REQ) = answer_grant_delete,
	OAUTH_ROW(IMSG_LOOK_GET_REQ)	= answer_look_get,
	OAUTH_ROW(IMSG_CLIENT_REGISTER_REQ) = answer_client_register,
	OAUTH_ROW(IMSG_CLIENT_SELF_REQ)	= answer_client_self,
};

/* Every request of a worker says by which way its client came, and to which
 * tenant (MSG_CTX). */
static const void *
context(uint16_t type, const union msg *m, const char *name)
{
	const struct msg_row *row = msg_row(type);
	size_t i;

	for (i = 0; row != NULL && i < row->nfields; i++)
		if (strcmp(row->fields[i].name, name) == 0)
			return ((const char *)m + row->fields[i].off);
	return (NULL);
}

static int
is_loopback(uint16_t type, const union msg *m)
{
	const uint8_t *p = context(type, m, "loopback");

	return (p != NULL && *p);
}

static const char *
tenant_of(uint16_t type, const union msg *m)
{
	const void *p = context(type, m, "tenant");
	const char *s = NULL;

	if (p != NULL)
		memcpy(&s, p, sizeof(s));
	return (s != NULL ? s : "");
}

static void
(*find(uint16_t type))(struct op *, const union msg *)
{
	size_t i;

	if (type % 2 != 0 || type < FIRST)
		return (NULL);
	i = ((size_t)type - FIRST) / 2;
	if (i < sizeof(answers) / sizeof(answers[0]))
		return (answers[i]);
	if (type < IMSG_USERS_LIST_REQ)
		return (NULL);
	i = ((size_t)type - IMSG_USERS_LIST_REQ) / 2;
	if (i < sizeof(admin_answers) / sizeof(admin_answers[0]))
		return (admin_answers[i]);
	if (type < IMSG_AUTHORIZE_REQ)
		return (NULL);
	i = ((size_t)type - IMSG_AUTHORIZE_REQ) / 2;
	if (i < sizeof(oauth_answers) / sizeof(oauth_answers[0]))
		return (oauth_answers[i]);
	return (NULL);
}

static void
entered(struct op *op, const union msg *m)
{
	cookie_enter(op, m, op->then);
}

void
answer(struct op *op, const union msg *m)
{
	void (*run)(struct op *, const union msg *) = find(op->type);

	if (run == NULL) {
		op_fail(op, ST_INTERNAL);
		return;
	}
	op->loopback = is_loopback(op->type, m);
	op->then = run;
	tenant_enter(op, tenant_of(op->type, m), m, entered);
}
