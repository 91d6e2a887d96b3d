-- One account, for an administrator. key is null but for an operator, who may
-- name it so.
--
-- `who` is the first statement of every operation that reads: no row, the
-- token does not hold; else whether it holds the permission, whether the second
-- factor is as it must be, and whether it was shown lately (reads do not ask).
-- in now int
-- in operator int
-- in actor text
-- in sid text
-- in home text
-- in epoch int
-- in tenant text
-- in perm text
-- in lax int
-- in user text
-- in key text
-- in password_stop int
-- in otp_stop int

-- stmt who
SELECT CASE WHEN EXISTS (SELECT 1 FROM user_permissions AS p
		WHERE p.user_id = b.user_id AND p.permission = :perm)
	THEN 1 ELSE 0 END,
	CASE WHEN :lax = 1 OR b.mfa = 1 THEN 1 ELSE 0 END, 1
FROM admin_bearers AS b
WHERE b.sid = :sid AND b.user_id = :actor AND b.tenant = :home
	AND b.epoch = :epoch AND b.expires_at > :now
	AND (b.tenant = :tenant OR b.role = 'superadmin')
UNION ALL
SELECT 1, 1, 1 WHERE :operator = 1;

-- stmt user
SELECT u.id, u.username, u.email, u.email_verified, u.name, u.role, u.status,
	CASE WHEN u.totp_secret IS NULL THEN 0 ELSE 1 END, u.tenant,
	u.created_at, u.updated_at, u.last_login_at, u.version, u.epoch,
	CASE WHEN (SELECT COALESCE(SUM(t.charges), 0) FROM throttles AS t
		WHERE t.kind = 'login' AND t.tenant = u.tenant
		AND (t.subject = u.username_key OR (u.email_verified = 1
			AND t.subject = u.email_key))) >= :password_stop
	OR EXISTS (SELECT 1 FROM throttles AS t
		WHERE t.kind = 'otp' AND t.tenant = u.tenant
		AND t.subject = u.id AND t.streak >= :otp_stop)
	THEN 1 ELSE 0 END
FROM users AS u
WHERE u.tenant = :tenant AND (u.id = :user OR u.username_key = :key)
ORDER BY CASE WHEN u.id = :user THEN 0 ELSE 1 END
LIMIT 1;

-- stmt roles
SELECT r.role
FROM user_roles AS r, users AS u
WHERE u.tenant = :tenant AND (u.id = :user OR u.username_key = :key)
	AND r.user_id = u.id
ORDER BY r.role;
