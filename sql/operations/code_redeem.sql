-- Redeems an authorization code, for the client that it was made for. The
-- first statement behind the client's authentication spends the code: two at
-- once come one after the other. made is the client's session that comes of
-- it, null where what came with the code does not belong to it.
--
-- The account and the browser's session are locked then, so that an end of
-- either comes before this operation or ends what it made. A code that was
-- spent before ends what it was spent for.
--
-- verifier: the challenge that its verifier has. refresh: a first refresh
-- token, for who may have one. abs, access: µs.
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
-- in code text
-- in redirect_uri text
-- in verifier text
-- in jkt text
-- in sid text
-- in refresh text
-- in abs int
-- in ip text
-- in ua text
-- in rid text

-- What this operation has made of the code.
-- part mine
(k.hash = :code AND k.used_by = :op AND k.made = :sid);

-- stmt once
@client_once;

-- stmt charge
@client_charge;

-- stmt until
@client_until;

-- stmt client
@client_row;

-- stmt spend
UPDATE codes
SET used_at = :now, used_by = :op,
	made = CASE WHEN redirect_uri = :redirect_uri
		AND challenge = :verifier
		AND (jkt = '' OR jkt = :jkt) THEN :sid END
WHERE hash = :code AND tenant = :tenant AND client_id = :client
	AND used_at IS NULL AND expires_at > :now AND @client_authed
	AND @client_bound;

-- stmt user quiet
UPDATE users
SET last_op = last_op
WHERE id = (SELECT k.user_id FROM codes AS k WHERE @mine);

-- stmt parent quiet
UPDATE sessions
SET last_op = last_op
WHERE id = (SELECT k.session_id FROM codes AS k WHERE @mine);

-- stmt session
@grant_session
FROM codes AS k, clients AS c, users AS u, sessions AS b
WHERE @mine AND @grant_lives
ON CONFLICT DO NOTHING;

-- stmt token
@grant_refresh;

-- stmt reuse
UPDATE sessions
SET ended_at = :now, ended_why = 'reuse', last_op = :op
WHERE id = (SELECT k.made FROM codes AS k
		WHERE k.hash = :code AND k.tenant = :tenant
		AND k.client_id = :client AND k.used_by <> :op)
	AND ended_at IS NULL AND @client_authed;

-- stmt children
@session_children_of
(SELECT b.id FROM sessions AS b, codes AS r
	WHERE r.hash = :code AND b.id = r.made AND b.last_op = :op
	AND b.ended_why = 'reuse')
@session_children_end;

-- stmt reused
INSERT INTO audit (id, tenant, created_at, action, result, subject, client_id,
	ip, request_id)
SELECT :op, s.tenant, :now, 'token.reuse', 'failure', s.user_id, s.client_id,
	:ip, :rid
FROM sessions AS s, codes AS k
WHERE k.hash = :code AND s.id = k.made AND s.last_op = :op
	AND s.ended_why = 'reuse'
ON CONFLICT DO NOTHING;

-- stmt refused
INSERT INTO audit (id, tenant, created_at, action, result, subject, client_id,
	ip, request_id, detail)
SELECT :op, k.tenant, :now, 'token.refuse', 'failure', k.user_id, :client,
	:ip, :rid, CASE WHEN k.client_id <> :client THEN '{"why":"client"}'
		WHEN k.redirect_uri <> :redirect_uri
		THEN '{"why":"redirect_uri"}'
		WHEN k.challenge <> :verifier THEN '{"why":"code_verifier"}'
		ELSE '{"why":"key"}' END
FROM codes AS k
WHERE k.hash = :code AND k.tenant = :tenant AND @client_authed
	AND ((k.used_by = :op AND k.made IS NULL)
		OR (k.client_id <> :client AND k.used_at IS NULL
			AND k.expires_at > :now))
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT @grant_columns, k.nonce
FROM codes AS k, sessions AS s, users AS u
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
