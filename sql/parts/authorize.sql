-- What operations on authorization requests have in common.

-- The pushed request p may still be used.
-- part pushed_waits
p.tenant = :tenant AND p.client_id = :client AND p.used_at IS NULL
	AND p.expires_at > :now;

-- A code for the request k = :consent that this operation used, unless it came
-- from a pushed request and another operation used that.
-- part code_mint
INSERT INTO codes (hash, tenant, client_id, user_id, session_id, redirect_uri,
	scope, nonce, challenge, jkt, auth_at, acr, amr, created_at,
	expires_at)
SELECT :code, k.tenant, k.client_id, s.user_id, s.id, k.redirect_uri, k.scope,
	k.nonce, k.challenge, k.jkt, s.auth_at, s.acr, s.amr, :now, :until
FROM consents AS k, sessions AS s
WHERE :code IS NOT NULL AND k.hash = :consent AND k.used_by = :op
	AND s.id = k.session_id AND (k.par IS NULL OR EXISTS (SELECT 1
		FROM pushed AS p
		WHERE p.hash = k.par AND p.used_by = :op))
ON CONFLICT DO NOTHING;
