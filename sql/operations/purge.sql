-- Removes some of the sessions that are dead since before, with their tokens,
-- and tickets of logins that never got their factor.
-- A session whose tokens another node's purge keeps from us waits for its next
-- turn.
-- in before int
-- in batch int

-- stmt tokens
DELETE FROM refresh_tokens
WHERE session_id IN (SELECT s.id FROM sessions AS s
		WHERE s.ended_at < :before ORDER BY s.ended_at LIMIT :batch)
	OR session_id IN (SELECT s.id FROM sessions AS s
		WHERE s.expires_at < :before ORDER BY s.expires_at
		LIMIT :batch);

-- stmt sessions
DELETE FROM sessions
WHERE (id IN (SELECT s.id FROM sessions AS s
		WHERE s.ended_at < :before ORDER BY s.ended_at LIMIT :batch)
	OR id IN (SELECT s.id FROM sessions AS s
		WHERE s.expires_at < :before ORDER BY s.expires_at
		LIMIT :batch))
	AND NOT EXISTS (SELECT 1 FROM refresh_tokens AS t
		WHERE t.session_id = sessions.id);

-- stmt tickets
DELETE FROM mfa_tickets
WHERE hash IN (SELECT t.hash FROM mfa_tickets AS t
		WHERE t.expires_at < :before ORDER BY t.expires_at
		LIMIT :batch);
