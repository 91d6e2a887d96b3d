-- What the proof of a sensitive act is checked against; no row when the bearer
-- does not hold.
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in lax int

-- stmt user
SELECT u.username, u.email, u.pw_record, u.version, u.role, u.totp_secret,
	u.totp_step, @user_must_factor, s.scope, s.client_id
FROM sessions AS s, users AS u, tenants AS n
WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch AND n.id = u.tenant;

-- stmt roles
SELECT r.role
FROM user_roles AS r
WHERE r.user_id = :user
ORDER BY r.role;
