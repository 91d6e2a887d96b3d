-- Rotates a refresh token; idle is when the successor would expire. The first
-- statement locks the session, so that the refreshes and the end of a session
-- come one after the other, and marks it with this operation; all others
-- depend on that mark.
--
-- Outcome: one row when succ is good, which is after a rotation, after its
-- retry, and for grace microseconds as long as the successor is unused (either
-- way: nodes' clocks differ, and one may be set back). Any other use of a used
-- token ends the session.
-- in op text
-- in now int
-- in tenant text
-- in token text
-- in succ text
-- in client text
-- in grace int
-- in idle int
-- in ip text
-- in rid text

-- stmt lock quiet
UPDATE sessions
SET last_op = :op, last_used_at = :now, idle_at = :idle
WHERE id = (SELECT t.session_id FROM refresh_tokens AS t
		WHERE t.hash = :token AND t.client_id = :client
		AND (t.used_at IS NOT NULL OR t.expires_at > :now))
	AND tenant = :tenant AND ended_at IS NULL AND expires_at > :now
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = sessions.user_id AND u.status = 'active');

-- stmt rotate
@refresh_rotate;

-- stmt successor
@refresh_successor;

-- stmt reuse
@refresh_reuse;

-- stmt children
@refresh_children;

-- stmt audit
@refresh_audit;

-- stmt outcome
SELECT u.id, u.role, u.tenant, u.epoch, s.id, s.auth_at, s.acr, s.amr,
	s.scope, s.expires_at, n.expires_at
FROM refresh_tokens AS t, refresh_tokens AS n, sessions AS s, users AS u
WHERE t.hash = :token AND t.used_at IS NOT NULL
	AND n.hash = :succ AND n.session_id = t.session_id
	AND n.generation = t.generation + 1 AND n.used_at IS NULL
	AND s.id = t.session_id AND s.last_op = :op AND s.ended_at IS NULL
	AND u.id = s.user_id AND u.status = 'active';

-- stmt roles
SELECT r.role
FROM refresh_tokens AS t, sessions AS s, user_roles AS r
WHERE t.hash = :token AND s.id = t.session_id AND s.last_op = :op
	AND r.user_id = s.user_id
ORDER BY r.role;
