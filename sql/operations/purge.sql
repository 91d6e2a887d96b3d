-- Removes some of the sessions that are dead since before, with their tokens,
-- and whatever else was good for a time only: tickets of logins that never got
-- their factor, requests, codes, what counts once.
-- What waited for a person, and was anybody's to make, goes as soon as it is
-- over (spent).
-- A session whose tokens another node's purge keeps from us waits for its next
-- turn.
-- in before int
-- in spent int
-- in batch int

-- stmt tokens
DELETE FROM refresh_tokens
WHERE session_id IN (SELECT s.id FROM sessions AS s
		WHERE s.ended_at < :before ORDER BY s.ended_at LIMIT :batch)
	OR session_id IN (SELECT s.id FROM sessions AS s
		WHERE s.expires_at < :before ORDER BY s.expires_at
		LIMIT :batch);

-- stmt sessions quiet
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

-- stmt consents
DELETE FROM consents
WHERE hash IN (SELECT t.hash FROM consents AS t
		WHERE t.expires_at < :spent ORDER BY t.expires_at
		LIMIT :batch);

-- stmt codes
DELETE FROM codes
WHERE hash IN (SELECT t.hash FROM codes AS t
		WHERE t.expires_at < :before ORDER BY t.expires_at
		LIMIT :batch);

-- stmt pushed
DELETE FROM pushed
WHERE hash IN (SELECT t.hash FROM pushed AS t
		WHERE t.expires_at < :spent ORDER BY t.expires_at
		LIMIT :batch);

-- stmt devices
DELETE FROM device_codes
WHERE hash IN (SELECT t.hash FROM device_codes AS t
		WHERE t.expires_at < :before ORDER BY t.expires_at
		LIMIT :batch);

-- stmt browsers
DELETE FROM known_browsers
WHERE hash IN (SELECT t.hash FROM known_browsers AS t
		WHERE t.expires_at < :before ORDER BY t.expires_at
		LIMIT :batch);

-- stmt dead
DELETE FROM dead_tokens
WHERE jti IN (SELECT t.jti FROM dead_tokens AS t
		WHERE t.expires_at < :before ORDER BY t.expires_at
		LIMIT :batch);

-- stmt registers
DELETE FROM register_tokens
WHERE hash IN (SELECT t.hash FROM register_tokens AS t
		WHERE t.expires_at < :before ORDER BY t.expires_at
		LIMIT :batch);

-- stmt once
DELETE FROM once
WHERE (kind, id) IN (SELECT o.kind, o.id FROM once AS o
		WHERE o.expires_at < :before ORDER BY o.expires_at
		LIMIT :batch);
