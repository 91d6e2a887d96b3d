-- The factor of the bearer's account that waits for its first code.
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int

-- stmt user
SELECT u.version, u.totp_pending
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch;

-- stmt pending
SELECT id FROM users
WHERE id = :user AND totp_secret IS NULL AND totp_pending IS NOT NULL
	AND totp_pending_until > :now;
