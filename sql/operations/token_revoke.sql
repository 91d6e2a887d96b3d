-- A client ends the session that a token of its own is of (sid, or by the hash
-- of a refresh token, used or not), and what was born of it; or a token that
-- has no session (jti, until it is over). foreign has a row: it is another
-- client's.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in sid text
-- in jti text
-- in until int
-- in hash text
-- in ip text
-- in rid text

-- stmt foreign
SELECT t.client_id
FROM refresh_tokens AS t, sessions AS s
WHERE :hash <> '' AND t.hash = :hash AND s.id = t.session_id
	AND s.tenant = :tenant AND s.client_id <> :client;

-- stmt session
UPDATE sessions
SET ended_at = :now, ended_why = 'revoked', last_op = :op
WHERE tenant = :tenant AND client_id = :client AND ended_at IS NULL
	AND id IN (SELECT CASE WHEN :hash = '' THEN :sid
			ELSE (SELECT t.session_id FROM refresh_tokens AS t
				WHERE t.hash = :hash) END);

-- stmt children
@session_children_of
(SELECT b.id FROM sessions AS b
	WHERE b.id IN (SELECT CASE WHEN :hash = '' THEN :sid
			ELSE (SELECT t.session_id FROM refresh_tokens AS t
				WHERE t.hash = :hash) END)
	AND b.last_op = :op AND b.ended_why = 'revoked')
@session_children_end;

-- stmt dead
INSERT INTO dead_tokens (jti, expires_at)
SELECT :jti, :until
WHERE :jti <> ''
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, s.tenant, :now, 'session.end', 'success', :client, s.user_id,
	:client, :ip, :rid, '{"session":"revoked"}'
FROM sessions AS s
WHERE s.last_op = :op AND s.ended_why = 'revoked' AND s.tenant = :tenant
	AND s.client_id = :client AND s.id IN (SELECT CASE WHEN :hash = ''
			THEN :sid
			ELSE (SELECT t.session_id FROM refresh_tokens AS t
				WHERE t.hash = :hash) END)
ON CONFLICT DO NOTHING;
