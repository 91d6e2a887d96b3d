-- What a password change is checked against; no row when the bearer does not
-- hold.
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int

-- stmt user
SELECT u.id, u.username, u.email, u.pw_record, u.version
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch;
