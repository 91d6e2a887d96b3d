-- What was decided on a request that waited for it, once. With allow it is kept
-- as a grant (all: with what was allowed before) and there is a code for it;
-- else it is only used up. The session and the client are as they were judged.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in seen text
-- in cookie text
-- in consent text
-- in code text
-- in until int
-- in scope text
-- in all text
-- in ip text
-- in rid text
-- in detail text

-- stmt consent
UPDATE consents
SET used_at = :now, used_by = :op,
	scope = CASE WHEN :code IS NULL THEN scope ELSE :scope END
WHERE hash = :consent AND client_id = :client AND used_at IS NULL
	AND expires_at > :now
	AND EXISTS (SELECT 1 FROM sessions AS s, users AS u, clients AS c
		WHERE @browser_lives AND s.id = consents.session_id
		AND s.scope <> 'mfa_setup' AND c.tenant = s.tenant
		AND c.client_id = :client AND c.disabled = 0
		AND c.last_op = :seen)
	AND (par IS NULL OR EXISTS (SELECT 1 FROM pushed AS p
		WHERE p.hash = consents.par AND @pushed_waits));

-- stmt pushed
UPDATE pushed
SET used_at = :now, used_by = :op
WHERE used_at IS NULL AND hash = (SELECT k.par FROM consents AS k
		WHERE k.hash = :consent AND k.used_by = :op);

-- stmt grants
INSERT INTO grants (user_id, tenant, client_id, scope, created_at, updated_at,
	last_op)
SELECT s.user_id, k.tenant, k.client_id, :scope, :now, :now, :op
FROM consents AS k, sessions AS s
WHERE :code IS NOT NULL AND k.hash = :consent AND k.used_by = :op
	AND s.id = k.session_id AND (k.par IS NULL OR EXISTS (SELECT 1
		FROM pushed AS p
		WHERE p.hash = k.par AND p.used_by = :op))
ON CONFLICT (user_id, client_id) DO UPDATE
SET scope = :all, updated_at = :now, last_op = :op;

-- stmt code
@code_mint;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, x.tenant, :now, 'grant.create', 'success', x.user_id, x.user_id,
	x.client_id, :ip, :rid, :detail
FROM codes AS x
WHERE x.hash = :code
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT k.hash
FROM consents AS k
WHERE k.hash = :consent AND k.used_by = :op AND (:code IS NULL
	OR EXISTS (SELECT 1 FROM codes AS x WHERE x.hash = :code));
