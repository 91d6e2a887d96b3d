-- What the grants of the token endpoint share: s is the session, u its user's
-- account; columns as grant_take() reads them.
-- part grant_columns
u.id, u.role, u.tenant, u.epoch, s.id, s.auth_at, s.acr, s.amr, s.scope,
	u.username, COALESCE(u.name, ''), u.email, u.email_verified,
	u.updated_at;

-- k is what a session of the client c is to be born of, and b the browser's
-- session that allowed it.
-- part grant_offline
(length(replace(' ' || k.scope || ' ', ' offline_access ', ''))
	< length(k.scope) + 2);

-- part grant_session
INSERT INTO sessions (id, tenant, user_id, client_id, scope, acr, amr,
	auth_at, ip, user_agent, created_at, last_used_at, idle_at, expires_at,
	parent, offline, jkt, tell, last_op)
SELECT :sid, k.tenant, k.user_id, k.client_id, k.scope, k.acr, k.amr,
	k.auth_at, :ip, :ua, :now, :now,
	CASE WHEN @grant_offline THEN :now + 1000000 * c.refresh_s
		WHEN b.expires_at > :now + 1000000 * c.access_s
		THEN b.expires_at
		ELSE :now + 1000000 * c.access_s END,
	CASE WHEN @grant_offline AND :abs > 1000000 * c.refresh_s
		THEN :now + :abs
		WHEN @grant_offline THEN :now + 1000000 * c.refresh_s
		WHEN b.expires_at > :now + 1000000 * c.access_s
		THEN b.expires_at
		ELSE :now + 1000000 * c.access_s END,
	k.session_id, CASE WHEN @grant_offline THEN 1 ELSE 0 END,
	CASE WHEN c.auth_method = 'none' AND :jkt <> '' THEN :jkt END,
	CASE WHEN c.backchannel <> '' THEN 1 ELSE 0 END, :op;

-- Whether it may be: conditions behind the operation's own.
-- part grant_lives
c.tenant = k.tenant AND c.client_id = k.client_id
	AND u.id = k.user_id AND u.status = 'active'
	AND b.id = k.session_id AND b.user_id = u.id AND b.ended_at IS NULL
	AND b.expires_at > :now;

-- The first refresh token of that session, for who may have one.
-- part grant_refresh
INSERT INTO refresh_tokens (hash, session_id, client_id, generation,
	created_at, expires_at)
SELECT :refresh, s.id, s.client_id, 1, :now, s.idle_at
FROM sessions AS s, clients AS c
WHERE s.id = :sid AND s.last_op = :op AND s.offline = 1
	AND c.tenant = s.tenant AND c.client_id = s.client_id
	AND length(replace(' ' || c.grant_types || ' ', ' refresh_token ', ''))
		< length(c.grant_types) + 2
ON CONFLICT DO NOTHING;
