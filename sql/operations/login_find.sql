-- Who may be meant by the name that was typed at login: a username, or an
-- address, if it is verified. key or email is null when it can be none.
-- in tenant text
-- in key text
-- in email text

-- stmt user
SELECT u.id, u.username, u.pw_record, u.version, u.epoch, u.status, u.role,
	u.totp_secret, u.totp_step, n.require_mfa
FROM users AS u, tenants AS n
WHERE u.tenant = :tenant AND u.username_key = :key AND n.id = u.tenant
UNION ALL
SELECT u.id, u.username, u.pw_record, u.version, u.epoch, u.status, u.role,
	u.totp_secret, u.totp_step, n.require_mfa
FROM users AS u, tenants AS n
WHERE u.tenant = :tenant AND u.email_key = :email AND u.email_verified = 1
	AND n.id = u.tenant;
