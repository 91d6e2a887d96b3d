-- What operations on sessions have in common.

-- A token of a client's own, with no session: c is the client, user its id, sid
-- the token's jti.
-- part machine_holds
:machine = 1 AND c.tenant = :tenant AND c.client_id = :user
	AND c.epoch = :epoch AND c.disabled = 0
	AND NOT EXISTS (SELECT 1 FROM dead_tokens AS d WHERE d.jti = :sid);

-- Before sessions of the account :user end: whoever is making one, of a code
-- or of another token, has locked the account, so that it is there by the time
-- that the next statement looks.
-- part sessions_lock
UPDATE users
SET last_op = last_op
WHERE id = :user AND tenant = :tenant;

-- A living session of a browser: s, by the hash :cookie, in :tenant; u is its
-- user's account.
-- part browser_lives
s.cookie_hash = :cookie AND s.tenant = :tenant AND s.ended_at IS NULL
	AND s.expires_at > :now AND s.idle_at > :now AND u.id = s.user_id
	AND u.tenant = s.tenant AND u.status = 'active';

-- It was used: an hour without use ends it. Written at most once a minute.
-- part browser_touch
UPDATE sessions
SET last_used_at = :now, idle_at = :now + 3600000000
WHERE cookie_hash = :cookie AND tenant = :tenant AND ended_at IS NULL
	AND expires_at > :now AND idle_at > :now
	AND idle_at < :now + 3540000000;

-- Ends what was born of some sessions, and of those again, but for what goes
-- on without them. The sessions, (SELECT id …), stand between both parts; they
-- must have been ended or locked by an earlier statement.
-- part session_children_of
UPDATE sessions
SET ended_at = :now, ended_why = 'parent', last_op = :op
WHERE ended_at IS NULL AND id IN (WITH RECURSIVE d (id) AS (
	SELECT c.id FROM sessions AS c
	WHERE c.offline = 0 AND c.parent IN;

-- part session_children_end
	UNION
	SELECT c.id FROM sessions AS c, d
	WHERE c.offline = 0 AND c.parent = d.id)
	SELECT d.id FROM d);

-- Writes down which clients are to be told of the end of some sessions s, whose
-- condition follows, before their rows or their client's vanish. What ends and
-- stays, the engine finds by itself (logouts_lease.sql).
-- part logouts_of
INSERT INTO logouts (id, tenant, client_id, url, sub, sid, created_at, due_at)
SELECT s.id, s.tenant, s.client_id, c.backchannel, s.user_id, s.id, :now, :now
FROM sessions AS s, clients AS c
WHERE c.tenant = s.tenant AND c.client_id = s.client_id AND c.backchannel <> ''
	AND s.tell = 1 AND (s.ended_at IS NOT NULL OR s.expires_at > :now)
	AND;

-- Behind the end of a client's sessions, where the client goes: what was born
-- of them ends, and the client itself is told.
-- part client_children_end
@session_children_of
(SELECT b.id FROM sessions AS b
	WHERE b.tenant = :tenant AND b.client_id = :client
	AND b.ended_at = :now AND b.last_op = :op)
@session_children_end;

-- part client_told
@logouts_of s.tenant = :tenant AND s.client_id = :client
	AND s.ended_at IS NOT NULL AND @client_mine
ON CONFLICT DO NOTHING;
