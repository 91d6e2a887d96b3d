-- The living sessions of the bearer's account, newest first, from behind the
-- cursor (before_at, before_id) on.
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in before_at int
-- in before_id text
-- in limit int

-- stmt bearer
SELECT u.id
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch;

-- stmt items
SELECT s.id, s.client_id, s.ip, s.user_agent, s.amr, s.created_at,
	s.last_used_at,
	CASE WHEN s.idle_at < s.expires_at THEN s.idle_at ELSE s.expires_at END
FROM sessions AS s
WHERE s.user_id = :user AND s.tenant = :tenant AND s.ended_at IS NULL
	AND s.expires_at > :now AND s.idle_at > :now
	AND (s.created_at, s.id) < (:before_at, :before_id)
ORDER BY s.created_at DESC, s.id DESC
LIMIT :limit;
