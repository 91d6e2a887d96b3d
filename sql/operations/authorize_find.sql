-- What a request for authorization is judged by: the client, who is there, and
-- what they allowed this client. A pushed request begins with the first browser
-- that comes with it, and is then kept for as long as somebody may take to log
-- in.
-- in now int
-- in tenant text
-- in client text
-- in cookie text
-- in pushed text
-- in keep int

-- stmt begin
UPDATE pushed
SET started_at = :now, expires_at = :now + :keep
WHERE hash = :pushed AND tenant = :tenant AND client_id = :client
	AND used_at IS NULL AND started_at IS NULL AND expires_at > :now;

-- stmt pushed
SELECT p.params, p.started_at
FROM pushed AS p
WHERE p.hash = :pushed AND @pushed_waits;

-- stmt touch quiet
@browser_touch;

-- stmt client
SELECT c.name, c.redirect_uris, c.auth_method, c.grant_types, c.scope,
	c.skip_consent, c.require_par, c.last_op
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND c.disabled = 0;

-- stmt session
SELECT s.id, u.id, s.scope, s.acr, s.auth_at,
	CASE WHEN u.totp_secret IS NULL THEN 0 ELSE 1 END
FROM sessions AS s, users AS u
WHERE @browser_lives;

-- stmt grants
SELECT g.scope, g.last_op
FROM sessions AS s, users AS u, grants AS g
WHERE @browser_lives AND g.user_id = u.id AND g.tenant = :tenant
	AND g.client_id = :client;
