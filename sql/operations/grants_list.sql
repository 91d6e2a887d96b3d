-- What the bearer allowed applications, newest first, from behind the cursor
-- (before_at, before_id) on.
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
SELECT g.client_id, c.name, g.scope, g.created_at
FROM grants AS g, clients AS c
WHERE g.user_id = :user AND g.tenant = :tenant AND c.tenant = g.tenant
	AND c.client_id = g.client_id
	AND (g.created_at, g.client_id) < (:before_at, :before_id)
ORDER BY g.created_at DESC, g.client_id DESC
LIMIT :limit;
