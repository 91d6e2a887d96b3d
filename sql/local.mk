# Every SQL file there is: a new operation or migration is one more line here.
# The order of operations does not matter; migrations stand in their order.
# Parts come first.
SQL_PARTS = sql/parts/admin.sql sql/parts/tenant.sql
SQL_OPERATIONS = \
	sql/operations/audit_add.sql \
	sql/operations/audit_at.sql \
	sql/operations/audit_head_add.sql \
	sql/operations/audit_head_due.sql \
	sql/operations/audit_page.sql \
	sql/operations/audit_put.sql \
	sql/operations/audit_range.sql \
	sql/operations/audit_take.sql \
	sql/operations/bearer_check.sql \
	sql/operations/email_change.sql \
	sql/operations/email_resend.sql \
	sql/operations/email_verify.sql \
	sql/operations/keys_sync.sql \
	sql/operations/login_commit.sql \
	sql/operations/logout.sql \
	sql/operations/me_delete.sql \
	sql/operations/me_get.sql \
	sql/operations/me_patch.sql \
	sql/operations/outbox_done.sql \
	sql/operations/outbox_lease.sql \
	sql/operations/outbox_renew.sql \
	sql/operations/outbox_retry.sql \
	sql/operations/password_change.sql \
	sql/operations/password_find.sql \
	sql/operations/password_link.sql \
	sql/operations/password_request.sql \
	sql/operations/password_reset.sql \
	sql/operations/purge.sql \
	sql/operations/refresh.sql \
	sql/operations/register.sql \
	sql/operations/reset_find.sql \
	sql/operations/secrets_sync.sql \
	sql/operations/session_end.sql \
	sql/operations/sessions_end_others.sql \
	sql/operations/sessions_list.sql \
	sql/operations/superadmin_create.sql \
	sql/operations/revoke_audit.sql \
	sql/operations/revoke_sessions.sql \
	sql/operations/revoke_users.sql \
	sql/operations/superadmin_find.sql \
	sql/operations/superadmin_reset.sql \
	sql/operations/superadmin_transfer.sql \
	sql/operations/reauth_find.sql \
	sql/operations/totp_use.sql \
	sql/operations/recovery_use.sql \
	sql/operations/mfa_ticket.sql \
	sql/operations/mfa_find.sql \
	sql/operations/step_up.sql \
	sql/operations/totp_pend.sql \
	sql/operations/totp_pending.sql \
	sql/operations/totp_activate.sql \
	sql/operations/totp_disable.sql \
	sql/operations/recovery_replace.sql \
	sql/operations/tenant_create.sql \
	sql/operations/tenant_delete.sql \
	sql/operations/tenant_erase.sql \
	sql/operations/tenant_find.sql \
	sql/operations/tenant_get.sql \
	sql/operations/tenant_patch.sql \
	sql/operations/tenant_sweep.sql \
	sql/operations/tenant_sweep_next.sql \
	sql/operations/tenants_list.sql \
	sql/operations/tenant_start.sql \
	sql/operations/user_get.sql \
	sql/operations/user_import.sql \
	sql/operations/users_list.sql \
	sql/operations/user_import_check.sql \
	sql/operations/throttle_give.sql \
	sql/operations/throttle_password.sql \
	sql/operations/throttle_purge.sql \
	sql/operations/throttle_take.sql \
	sql/operations/throttle_unlock.sql
SQL_MIGRATIONS = \
	sql/migrations/0001_initial.sql \
	sql/migrations/0002_mail.sql \
	sql/migrations/0003_factor.sql \
	sql/migrations/0004_audit.sql \
	sql/migrations/0005_account.sql \
	sql/migrations/0006_steps.sql \
	sql/migrations/0007_throttle.sql \
	sql/migrations/0008_roles.sql \
	sql/migrations/0009_tenants.sql \
	sql/migrations/0010_users.sql
