-- Ends all sessions of the bearer's account but the bearer's own.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in ip text
-- in rid text

-- stmt lock quiet
@sessions_lock;

-- stmt bearer
SELECT u.id
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch;

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'ended', last_op = :op
WHERE user_id = :user AND id <> :sid AND ended_at IS NULL
	AND EXISTS (SELECT 1 FROM sessions AS s, users AS u
		WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
		AND s.expires_at > :now AND u.id = s.user_id
		AND u.tenant = :tenant AND u.status = 'active'
		AND u.epoch = :epoch);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, u.tenant, :now, 'session.end', 'success', u.id, u.id,
	(SELECT c.client_id FROM sessions AS c WHERE c.id = :sid), :ip, :rid,
	'{"session":"others"}'
FROM users AS u
WHERE u.id = :user AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.user_id = u.id AND s.last_op = :op
		AND s.ended_at = :now)
ON CONFLICT DO NOTHING;
