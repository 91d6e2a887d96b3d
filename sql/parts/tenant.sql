-- What operations on tenants have in common. n is the tenant.

-- A tenant, as tenant_row() takes it.
-- part tenant_columns
n.id, n.name, n.status, n.registration, n.require_mfa, n.password_min,
	n.created_at;

-- Some of a tenant's users, from behind one on.
-- part tenant_users
SELECT u.id, u.username_key, u.totp_secret FROM users AS u
WHERE u.tenant = :tenant AND u.username_key > :after
ORDER BY u.username_key LIMIT :batch;
