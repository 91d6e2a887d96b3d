-- Keeps a request until its user consents, or (code is not null) uses it at
-- once and makes a code: one of either comes out only against the session, the
-- client and what was allowed it as they were judged (seen, allowed; the
-- latter null where it did not matter).
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in seen text
-- in allowed text
-- in cookie text
-- in sid text
-- in pushed text
-- in consent text
-- in consent_until int
-- in code text
-- in until int
-- in redirect_uri text
-- in scope text
-- in state text
-- in nonce text
-- in challenge text
-- in jkt text

-- stmt lock
UPDATE grants
SET last_op = last_op
WHERE user_id = (SELECT b.user_id FROM sessions AS b WHERE b.id = :sid)
	AND client_id = :client AND :code IS NOT NULL;

-- stmt consent
INSERT INTO consents (hash, tenant, session_id, client_id, redirect_uri, scope,
	state, nonce, challenge, jkt, par, created_at, expires_at, used_at,
	used_by)
SELECT :consent, s.tenant, s.id, c.client_id, :redirect_uri, :scope, :state,
	:nonce, :challenge, :jkt, :pushed, :now, :consent_until,
	CASE WHEN :code IS NOT NULL THEN :now END,
	CASE WHEN :code IS NOT NULL THEN :op END
FROM sessions AS s, users AS u, clients AS c
WHERE @browser_lives AND s.id = :sid AND s.scope <> 'mfa_setup'
	AND c.tenant = s.tenant AND c.client_id = :client AND c.disabled = 0
	AND c.last_op = :seen
	AND (:pushed IS NULL OR EXISTS (SELECT 1 FROM pushed AS p
		WHERE p.hash = :pushed AND @pushed_waits))
	AND (:allowed IS NULL OR EXISTS (SELECT 1 FROM grants AS g
		WHERE g.user_id = u.id AND g.client_id = :client
		AND g.last_op = :allowed))
ON CONFLICT DO NOTHING;

-- stmt pushed
UPDATE pushed
SET used_at = :now, used_by = :op
WHERE hash = :pushed AND used_at IS NULL
	AND EXISTS (SELECT 1 FROM consents AS k
		WHERE k.hash = :consent AND k.used_by = :op);

-- stmt code
@code_mint;

-- stmt outcome
SELECT k.hash
FROM consents AS k
WHERE k.hash = :consent AND (:code IS NULL OR EXISTS (SELECT 1
		FROM codes AS x
		WHERE x.hash = :code AND x.session_id = k.session_id));
