-- Takes back what the bearer allowed a client: what came of it ends. bearer has
-- no row: the token does not hold; outcome has none: nothing was allowed. Codes
-- go before sessions, so that one which is being redeemed is waited for.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in client text
-- in ip text
-- in rid text

-- part mine
EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op);

-- stmt bearer
SELECT u.id
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.expires_at > :now
	AND (s.ended_at IS NULL OR s.last_op = :op)
	AND u.id = s.user_id AND u.tenant = :tenant AND u.status = 'active'
	AND u.epoch = :epoch;

-- stmt lock
UPDATE grants
SET last_op = :op
WHERE user_id = :user AND tenant = :tenant AND client_id = :client
	AND EXISTS (SELECT 1 FROM sessions AS s, users AS u
		WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
		AND s.expires_at > :now AND u.id = s.user_id
		AND u.tenant = :tenant AND u.status = 'active'
		AND u.epoch = :epoch);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, g.tenant, :now, 'grant.delete', 'success', g.user_id, g.user_id,
	g.client_id, :ip, :rid, '{"scope":"' || g.scope || '"}'
FROM grants AS g
WHERE g.user_id = :user AND g.client_id = :client AND g.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt consents
DELETE FROM consents
WHERE tenant = :tenant AND client_id = :client AND @mine
	AND session_id IN (SELECT b.id FROM sessions AS b
		WHERE b.user_id = :user);

-- stmt codes
DELETE FROM codes
WHERE user_id = :user AND tenant = :tenant AND client_id = :client AND @mine;

-- stmt devices
DELETE FROM device_codes
WHERE user_id = :user AND tenant = :tenant AND client_id = :client AND @mine;

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'grant', last_op = :op
WHERE user_id = :user AND tenant = :tenant AND client_id = :client
	AND client_id <> 'moatd' AND ended_at IS NULL AND @mine;

-- stmt children
@session_children_of
(SELECT b.id FROM sessions AS b WHERE b.user_id = :user AND b.last_op = :op
	AND b.ended_at IS NOT NULL)
@session_children_end;

-- stmt gone
DELETE FROM grants
WHERE user_id = :user AND client_id = :client AND last_op = :op;

-- stmt outcome
SELECT a.id FROM audit AS a WHERE a.id = :op;
