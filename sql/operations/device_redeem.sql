-- A device asks whether its user has answered (RFC 8628 section 3.4). The
-- first statements behind the client's authentication count the question, or
-- spend what was allowed: of two at once one gets tokens. early: it asked
-- sooner than it may, and may ask less often from now on. The browser's
-- session that allowed it must still live.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in method text
-- in hash text
-- in proved int
-- in once text
-- in once_until int
-- in most int
-- in span int
-- in keep int
-- in device text
-- in jkt text
-- in sid text
-- in refresh text
-- in abs int
-- in ip text
-- in ua text

-- part its
hash = :device AND tenant = :tenant AND client_id = :client
	AND expires_at > :now AND last_op <> :op AND last_op <> :op || '-s'
	AND @client_authed;

-- What this operation has made of it.
-- part mine
(k.hash = :device AND k.used_by = :op AND k.made = :sid);

-- stmt once
@client_once;

-- stmt charge
@client_charge;

-- stmt until
@client_until;

-- stmt client
@client_row;

-- stmt early
UPDATE device_codes
SET interval_s = interval_s + 5, polled_at = :now, last_op = :op || '-s'
WHERE state = 'pending' AND :now < polled_at + interval_s * 1000000 - 500000
	AND @its;

-- stmt poll
UPDATE device_codes
SET polled_at = :now, last_op = :op
WHERE state = 'pending' AND @its;

-- stmt spend
UPDATE device_codes
SET state = 'used', used_by = :op, made = :sid, last_op = :op
WHERE state = 'allowed' AND @its
	AND EXISTS (SELECT 1 FROM sessions AS b, users AS u
		WHERE b.id = device_codes.session_id AND b.ended_at IS NULL
		AND b.expires_at > :now AND u.id = device_codes.user_id
		AND u.id = b.user_id AND u.status = 'active')
	AND @client_bound;

-- stmt user quiet
UPDATE users
SET last_op = last_op
WHERE id = (SELECT k.user_id FROM device_codes AS k WHERE @mine);

-- stmt parent quiet
UPDATE sessions
SET last_op = last_op
WHERE id = (SELECT k.session_id FROM device_codes AS k WHERE @mine);

-- stmt session
@grant_session
FROM device_codes AS k, clients AS c, users AS u, sessions AS b
WHERE @mine AND @grant_lives
ON CONFLICT DO NOTHING;

-- stmt token
@grant_refresh;

-- stmt device
SELECT k.state, CASE WHEN k.expires_at > :now THEN 0 ELSE 1 END,
	CASE WHEN k.last_op = :op || '-s' THEN 1 ELSE 0 END
FROM device_codes AS k
WHERE k.hash = :device AND k.tenant = :tenant AND k.client_id = :client
	AND @client_authed;

-- stmt outcome
SELECT @grant_columns
FROM device_codes AS k, sessions AS s, users AS u
WHERE @mine AND s.id = k.made AND s.last_op = :op AND s.ended_at IS NULL
	AND u.id = s.user_id AND u.status = 'active';

-- stmt roles
SELECT r.role
FROM sessions AS s, user_roles AS r
WHERE s.id = :sid AND s.last_op = :op AND r.user_id = s.user_id
ORDER BY r.role;

-- stmt first
SELECT t.generation
FROM refresh_tokens AS t
WHERE t.hash = :refresh AND t.session_id = :sid;
