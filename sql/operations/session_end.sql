-- Ends one session of the bearer's account, by its id, and what was born of
-- it. bearer has no row: the token does not hold; outcome has none: there is
-- no such living session.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in id text
-- in ip text
-- in rid text

-- stmt lock quiet
@sessions_lock;

-- stmt bearer
SELECT u.id
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.expires_at > :now
	AND (s.ended_at IS NULL OR s.last_op = :op)
	AND u.id = s.user_id AND u.tenant = :tenant AND u.status = 'active'
	AND u.epoch = :epoch;

-- stmt session
UPDATE sessions
SET ended_at = :now, ended_why = 'ended', last_op = :op
WHERE id = :id AND user_id = :user AND ended_at IS NULL AND expires_at > :now
	AND idle_at > :now
	AND EXISTS (SELECT 1 FROM sessions AS s, users AS u
		WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
		AND s.expires_at > :now AND u.id = s.user_id
		AND u.tenant = :tenant AND u.status = 'active'
		AND u.epoch = :epoch);

-- stmt children
@session_children_of
(SELECT b.id FROM sessions AS b WHERE b.id = :id AND b.last_op = :op
	AND b.ended_at IS NOT NULL)
@session_children_end;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, tenant, :now, 'session.end', 'success', user_id, user_id,
	client_id, :ip, :rid, '{"session":"one"}'
FROM sessions
WHERE id = :id AND last_op = :op AND ended_at IS NOT NULL
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;
