-- The bearer's session, proved anew: a fresh time of authentication, and a new
-- refresh token in the place of the one that is unused; or, of a browser, a new
-- cookie in the place of before.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in version int
-- in acr text
-- in amr text
-- in action text
-- in detail text
-- in token text
-- in idle int
-- in ip text
-- in rid text
-- in cookie text
-- in before text

-- stmt session quiet
UPDATE sessions
SET auth_at = :now, acr = :acr, amr = :amr, last_used_at = :now,
	idle_at = :idle, last_op = :op
WHERE id = :sid AND user_id = :user AND ended_at IS NULL AND expires_at > :now
	AND (:cookie IS NULL OR cookie_hash = :before
		OR cookie_hash = :cookie)
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = sessions.user_id AND u.tenant = :tenant
		AND u.status = 'active' AND u.epoch = :epoch
		AND u.version = :version);

-- stmt cookie
UPDATE sessions
SET cookie_hash = :cookie
WHERE id = :sid AND last_op = :op AND :cookie IS NOT NULL;

-- stmt spend
UPDATE refresh_tokens
SET used_at = :now, used_by = :op
WHERE session_id = :sid AND used_at IS NULL AND hash <> :token
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.last_op = :op);

-- stmt token
INSERT INTO refresh_tokens (hash, session_id, client_id, generation,
	created_at, expires_at)
SELECT :token, s.id, s.client_id, COALESCE((SELECT MAX(t.generation)
		FROM refresh_tokens AS t WHERE t.session_id = s.id), 0) + 1,
	:now, s.idle_at
FROM sessions AS s
WHERE s.id = :sid AND s.last_op = :op AND :token IS NOT NULL
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, tenant, :now, :action, 'success', user_id, user_id, client_id,
	:ip, :rid, :detail
FROM sessions
WHERE id = :sid AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT t.expires_at, s.expires_at
FROM sessions AS s, refresh_tokens AS t
WHERE s.id = :sid AND s.ended_at IS NULL AND t.hash = :token
	AND t.session_id = s.id
UNION ALL
SELECT s.idle_at, s.expires_at
FROM sessions AS s
WHERE s.id = :sid AND s.ended_at IS NULL AND s.cookie_hash = :cookie;
