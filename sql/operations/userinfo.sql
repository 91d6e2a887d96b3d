-- The account of a bearer, for its client; no row when the bearer does not
-- hold.
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int

-- stmt account
SELECT u.id, u.username, u.name, u.updated_at, u.email, u.email_verified,
	u.role
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch
	AND (s.client_id = 'moatd' OR EXISTS (SELECT 1 FROM clients AS c
		WHERE c.tenant = s.tenant AND c.client_id = s.client_id
		AND c.disabled = 0));

-- stmt roles
SELECT r.role
FROM user_roles AS r
WHERE r.user_id = :user AND r.tenant = :tenant
ORDER BY r.role;
