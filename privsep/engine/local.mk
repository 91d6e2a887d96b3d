EXTRA_DIST += privsep/engine/README regress/fuzz/corpus/assert
noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = privsep/engine/engine.h privsep/engine/op.h \
	privsep/engine/account.h privsep/engine/engine_sandbox.h \
	privsep/engine/reauth.h privsep/engine/login.h privsep/engine/recovery.h \
	privsep/engine/core.c \
	privsep/engine/op.c \
	privsep/engine/pool.c \
	privsep/engine/peers.c \
	privsep/engine/answer.c \
	privsep/engine/bearer.c \
	privsep/engine/cookie.c privsep/engine/cookie.h \
	privsep/engine/issue.c \
	privsep/engine/client_auth.c privsep/engine/client_auth.h \
	privsep/engine/client_assert.c \
	privsep/engine/answer_token.c privsep/engine/grant.h \
	privsep/engine/grant_device.c \
	privsep/engine/grant_exchange.c \
	privsep/engine/grant_code.c privsep/engine/grant_refresh.c \
	privsep/engine/grant_client.c \
	privsep/engine/dpop.c privsep/engine/dpop.h \
	privsep/engine/answer_device.c \
	privsep/engine/answer_register_client.c \
	privsep/engine/tenant.c privsep/engine/tenant.h \
	privsep/engine/tenant_sweep.c privsep/engine/answer_tenant.c \
	privsep/engine/audit.c \
	privsep/engine/audit_seal.c privsep/engine/audit_seal.h \
	privsep/engine/audit_head.c \
	privsep/engine/audit_export.c privsep/engine/audit_export.h \
	privsep/engine/account.c \
	privsep/engine/factor.c privsep/engine/reauth.c \
	privsep/engine/answer_mfa.c privsep/engine/answer_stepup.c \
	privsep/engine/answer_totp.c privsep/engine/answer_recovery.c \
	privsep/engine/answer_register.c \
	privsep/engine/answer_login.c \
	privsep/engine/answer_refresh.c \
	privsep/engine/answer_session.c \
	privsep/engine/answer_me.c \
	privsep/engine/answer_password.c \
	privsep/engine/link.c privsep/engine/link.h \
	privsep/engine/device.c privsep/engine/device.h \
	privsep/engine/answer_email.c \
	privsep/engine/answer_forgot.c \
	privsep/engine/answer_reset.c \
	privsep/engine/answer_delete.c \
	privsep/engine/answer_audit.c \
	privsep/engine/admin.c privsep/engine/admin.h \
	privsep/engine/answer_user.c privsep/engine/answer_users.c \
	privsep/engine/answer_user_write.c privsep/engine/answer_user_act.c \
	privsep/engine/admin_words.c privsep/engine/admin_words.h \
	privsep/engine/admin_user.h \
	privsep/engine/authorize.c privsep/engine/authorize.h \
	privsep/engine/answer_authorize.c privsep/engine/answer_consent.c \
	privsep/engine/answer_par.c privsep/engine/answer_grants.c \
	privsep/engine/answer_check.c \
	privsep/engine/answer_client.c privsep/engine/admin_client.h \
	privsep/engine/answer_clientwrite.c privsep/engine/answer_clientend.c \
	privsep/engine/answer_clientcheck.c privsep/engine/answer_scope.c \
	privsep/engine/answer_introspect.c privsep/engine/answer_token_revoke.c \
	privsep/engine/token_kind.c privsep/engine/token_kind.h \
	privsep/engine/answer_userinfo.c privsep/engine/answer_end_session.c \
	privsep/engine/names.c privsep/engine/names.h \
	privsep/engine/answer_look.c \
	privsep/engine/answer_role.c privsep/engine/admin_role.h \
	privsep/engine/answer_rolewrite.c \
	privsep/engine/superadmin.c \
	privsep/engine/import.c privsep/engine/import.h \
	privsep/engine/keys.c privsep/engine/keys_tick.c \
	privsep/engine/answer_key.c privsep/engine/admin_key.h \
	privsep/engine/sync.c \
	privsep/engine/board.c \
	privsep/engine/clockwatch.c privsep/engine/clockwatch.h \
	privsep/engine/outbox.c privsep/engine/outbox.h \
	privsep/engine/outbox_mail.c privsep/engine/outbox_mail.h \
	privsep/engine/logouts.c privsep/engine/logouts.h \
	privsep/engine/control_super.c privsep/engine/control_super.h \
	privsep/engine/control_user.c privsep/engine/control_user.h \
	privsep/engine/throttle.c privsep/engine/throttle.h \
	privsep/engine/source.c privsep/engine/trying.c \
	privsep/engine/control.c
engine_SOURCES = privsep/engine/engine.c privsep/engine/engine_sandbox.c
