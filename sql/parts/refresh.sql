-- Rotation of refresh tokens (operations/refresh.sql, token_refresh.sql). The
-- operation has locked the token's session and marked it with itself; idle_at
-- is when the successor would expire.

-- part refresh_rotate
UPDATE refresh_tokens
SET used_at = :now, used_by = :op
WHERE hash = :token AND used_at IS NULL
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = refresh_tokens.session_id AND s.last_op = :op);

-- part refresh_successor
INSERT INTO refresh_tokens (hash, session_id, client_id, generation,
	created_at, expires_at)
SELECT :succ, t.session_id, t.client_id, t.generation + 1, :now, s.idle_at
FROM refresh_tokens AS t, sessions AS s
WHERE t.hash = :token AND t.used_by = :op
	AND s.id = t.session_id AND s.last_op = :op
ON CONFLICT DO NOTHING;

-- A use that is neither the first nor its retry ends the session, and what was
-- born of it.
-- part refresh_reuse
UPDATE sessions
SET ended_at = :now, ended_why = 'reuse'
WHERE last_op = :op AND ended_at IS NULL
	AND id = (SELECT t.session_id FROM refresh_tokens AS t
		WHERE t.hash = :token AND t.used_by <> :op
		AND NOT (t.used_at >= :now - :grace
			AND t.used_at <= :now + :grace
			AND EXISTS (SELECT 1 FROM refresh_tokens AS n
				WHERE n.hash = :succ
				AND n.session_id = t.session_id
				AND n.generation = t.generation + 1
				AND n.used_at IS NULL)));

-- part refresh_children
@session_children_of
(SELECT b.id FROM sessions AS b, refresh_tokens AS r
	WHERE r.hash = :token AND b.id = r.session_id AND b.last_op = :op
	AND b.ended_why = 'reuse')
@session_children_end;

-- part refresh_audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, client_id,
	ip, request_id)
SELECT :op, s.tenant, :now, 'token.reuse', 'failure', s.user_id, s.client_id,
	:ip, :rid
FROM sessions AS s, refresh_tokens AS t
WHERE t.hash = :token AND s.id = t.session_id AND s.last_op = :op
	AND s.ended_why = 'reuse'
ON CONFLICT DO NOTHING;
