-- A request that waits for the consent of whoever holds the cookie, and its
-- client. session has no row: nobody is there; consent has none: no such
-- request of theirs.
-- in now int
-- in tenant text
-- in cookie text
-- in consent text

-- stmt touch quiet
@browser_touch;

-- stmt session
SELECT s.id, u.username
FROM sessions AS s, users AS u
WHERE @browser_lives AND s.scope <> 'mfa_setup';

-- stmt consent
SELECT c.client_id, c.name, k.redirect_uri, k.scope, k.state, c.redirect_uris,
	c.auth_method, c.grant_types, c.scope, c.last_op, COALESCE((SELECT
		g.scope FROM grants AS g
		WHERE g.user_id = u.id AND g.client_id = k.client_id), '')
FROM sessions AS s, users AS u, consents AS k, clients AS c
WHERE @browser_lives AND s.scope <> 'mfa_setup' AND k.hash = :consent
	AND k.session_id = s.id AND k.used_at IS NULL AND k.expires_at > :now
	AND c.tenant = k.tenant AND c.client_id = k.client_id
	AND c.disabled = 0 AND (k.par IS NULL OR EXISTS (SELECT 1
		FROM pushed AS p
		WHERE p.hash = k.par AND p.used_at IS NULL
		AND p.expires_at > :now));
