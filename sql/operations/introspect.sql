-- Whether a token that a client asks about holds: an access token by its claims
-- (issued: its client), or a refresh token by its hash, '' of the other. holds:
-- whether the client may ask about those of others.
-- in now int
-- in tenant text
-- in client text
-- in machine int
-- in issued text
-- in user text
-- in sid text
-- in jti text
-- in epoch int
-- in hash text

-- The client s was made for goes on; moatd is no row.
-- part client_goes_on
(s.client_id = 'moatd' OR EXISTS (SELECT 1 FROM clients AS c
	WHERE c.tenant = s.tenant AND c.client_id = s.client_id
	AND c.disabled = 0));

-- stmt holds
SELECT p.permission
FROM client_permissions AS p
WHERE p.tenant = :tenant AND p.client_id = :client
	AND p.permission = 'tokens:introspect';

-- stmt access
SELECT u.username
FROM sessions AS s, users AS u
WHERE :machine = 0 AND s.id = :sid AND s.user_id = :user
	AND s.tenant = :tenant AND s.client_id = :issued
	AND s.ended_at IS NULL AND s.expires_at > :now
	AND u.id = s.user_id AND u.tenant = :tenant AND u.status = 'active'
	AND u.epoch = :epoch AND @client_goes_on
	AND NOT EXISTS (SELECT 1 FROM dead_tokens AS d WHERE d.jti = :jti)
UNION ALL
SELECT c.client_id
FROM clients AS c
WHERE :machine = 1 AND c.tenant = :tenant AND c.client_id = :user
	AND c.client_id = :issued AND c.epoch = :epoch AND c.disabled = 0
	AND NOT EXISTS (SELECT 1 FROM dead_tokens AS d WHERE d.jti = :jti);

-- stmt refresh
SELECT u.id, u.username, s.client_id, s.id, s.scope, t.created_at,
	CASE WHEN t.expires_at < s.expires_at THEN t.expires_at
		ELSE s.expires_at END
FROM refresh_tokens AS t, sessions AS s, users AS u
WHERE :hash <> '' AND t.hash = :hash AND t.used_at IS NULL
	AND t.expires_at > :now AND s.id = t.session_id
	AND s.tenant = :tenant AND s.ended_at IS NULL AND s.expires_at > :now
	AND s.scope <> 'mfa_setup' AND u.id = s.user_id
	AND u.tenant = :tenant AND u.status = 'active' AND @client_goes_on;
