-- Ends the bearer's own session, and what was born of it.
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

-- stmt session
UPDATE sessions
SET ended_at = :now, ended_why = 'logout', last_op = :op
WHERE id = :sid AND user_id = :user AND ended_at IS NULL AND expires_at > :now
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = sessions.user_id AND u.tenant = :tenant
		AND u.status = 'active' AND u.epoch = :epoch);

-- stmt children
@session_children_of
(SELECT b.id FROM sessions AS b WHERE b.id = :sid AND b.last_op = :op
	AND b.ended_at IS NOT NULL)
@session_children_end;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, tenant, :now, 'session.end', 'success', user_id, user_id,
	client_id, :ip, :rid, '{"session":"own"}'
FROM sessions
WHERE id = :sid AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;
