-- The account of the bearer; no row when the bearer does not hold.
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in password_stop int
-- in otp_stop int

-- stmt me
SELECT u.id, u.username, u.email, u.email_verified, u.name, u.role, u.status,
	CASE WHEN u.totp_secret IS NULL THEN 0 ELSE 1 END, u.tenant,
	u.created_at, u.updated_at, u.last_login_at, u.pending_email,
	CASE WHEN (SELECT COALESCE(SUM(t.charges), 0) FROM throttles AS t
		WHERE t.kind = 'login' AND t.tenant = u.tenant
		AND (t.subject = u.username_key OR (u.email_verified = 1
			AND t.subject = u.email_key))) >= :password_stop
	OR EXISTS (SELECT 1 FROM throttles AS t
		WHERE t.kind = 'otp' AND t.tenant = u.tenant
		AND t.subject = u.id AND t.streak >= :otp_stop)
	THEN 1 ELSE 0 END
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch;

-- stmt roles
SELECT r.role
FROM user_roles AS r
WHERE r.user_id = :user
ORDER BY r.role;

-- stmt permissions
SELECT p.permission
FROM (SELECT DISTINCT v.permission FROM user_permissions AS v
	WHERE v.user_id = :user) AS p
ORDER BY p.permission COLLATE ucs_basic;
