# Unit tests (check) and fuzz targets: a fragment a room.
include regress/unit/base.mk
include regress/unit/wall.mk
include regress/unit/rules.mk
include regress/unit/json.mk
include regress/unit/jose.mk
include regress/unit/http.mk
include regress/unit/api.mk
include regress/unit/pages.mk
include regress/unit/store.mk
include regress/unit/engine.mk
include regress/unit/audit.mk
include regress/unit/vault.mk
include regress/unit/proc.mk
include regress/unit/hasher.mk
include regress/unit/parent.mk
include regress/unit/mailer.mk
if FUZZERS
include regress/fuzz/wire.mk
include regress/fuzz/http.mk
include regress/fuzz/json.mk
include regress/fuzz/jws.mk
include regress/fuzz/chain.mk
include regress/fuzz/conf.mk
include regress/fuzz/foreign.mk
include regress/fuzz/mail.mk
endif

# Everything that is not compiled; regress/run dist compares the tarball with
# the files under version control.
EXTRA_DIST += .ci/run .gitignore src/README privsep/README regress/README \
	regress/run
# One a line, in order.
EXTRA_DIST += \
	regress/live/browser.py \
	regress/live/chaos.py \
	regress/live/clients/authlib_rp.py \
	regress/live/clients/oauth4webapi.mjs \
	regress/live/clients/package-lock.json \
	regress/live/clients/package.json \
	regress/live/clients/provider.mjs \
	regress/live/conftest.py \
	regress/live/forge.py \
	regress/live/hostile.py \
	regress/live/moat.py \
	regress/live/npm.py \
	regress/live/oidc.py \
	regress/live/smtpd.py \
	regress/live/tenant.py \
	regress/live/test_account_life.py \
	regress/live/test_account_pages.py \
	regress/live/test_accounts.py \
	regress/live/test_admin.py \
	regress/live/test_admin_factor.py \
	regress/live/test_admin_mail.py regress/live/test_admin_users.py \
	regress/live/test_audit.py \
	regress/live/test_audit_chain.py \
	regress/live/test_audit_http.py \
	regress/live/test_authorize.py \
	regress/live/test_browser.py \
	regress/live/test_chaos.py \
	regress/live/test_check.py \
	regress/live/test_clients.py \
	regress/live/test_clients_real.py \
	regress/live/test_clock.py \
	regress/live/test_commits.py \
	regress/live/test_conformance.py \
	regress/live/test_ctl_all.py \
	regress/live/test_ctl_roles.py \
	regress/live/test_device.py \
	regress/live/test_differential.py \
	regress/live/test_discovery.py \
	regress/live/test_enumeration.py \
	regress/live/test_escalation.py \
	regress/live/test_exchange.py \
	regress/live/test_factor.py \
	regress/live/test_faults.py \
	regress/live/test_fronts.py \
	regress/live/test_http_edge.py \
	regress/live/test_import.py \
	regress/live/test_introspect.py \
	regress/live/test_keys.py \
	regress/live/test_known.py \
	regress/live/test_limits.py \
	regress/live/test_looks.py \
	regress/live/test_mail.py \
	regress/live/test_mail_flows.py \
	regress/live/test_matrix.py \
	regress/live/test_moatctl.py \
	regress/live/test_oauth_attacks.py \
	regress/live/test_operator.py \
	regress/live/test_pages.py \
	regress/live/test_pages_flow.py \
	regress/live/test_pages_mail.py \
	regress/live/test_process.py \
	regress/live/test_quickstart.py \
	regress/live/test_readme.py \
	regress/live/test_recovery.py \
	regress/live/test_register.py \
	regress/live/test_role_races.py \
	regress/live/test_roles.py \
	regress/live/test_rotation.py \
	regress/live/test_rp_logout.py \
	regress/live/test_screens.py \
	regress/live/test_secrets.py \
	regress/live/test_service.py \
	regress/live/test_sessions.py \
	regress/live/test_settings.py \
	regress/live/test_superadmin.py \
	regress/live/test_tenants.py \
	regress/live/test_tenants_admin.py \
	regress/live/test_throttle.py \
	regress/live/test_token.py \
	regress/live/test_tokens.py \
	regress/live/test_units.py \
	regress/live/test_userinfo.py \
	regress/live/test_windows.py \
	regress/live/test_wiped.py
