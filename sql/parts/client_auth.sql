-- A client authenticates itself (privsep/engine/client_auth.h). An operation
-- that has this has the parameters of CLIENT_AUTH_PARAMS, and the statements
-- client_once, client_charge, client_until and client_row, in this order and
-- before all others, whose condition is @client_authed.

-- proved: there is nothing to compare, a signature was verified, or no secret
-- is asked for. once: of an assertion, '' else.
-- part client_right
(c.disabled = 0 AND c.auth_method = :method
	AND (:proved = 1 OR COALESCE(c.secret_hash, '') = :hash
		OR (COALESCE(c.secret_old_hash, '') = :hash
			AND c.secret_old_until > :now))
	AND (:once = '' OR EXISTS (SELECT 1 FROM once AS o
		WHERE o.kind = 'assertion' AND o.id = :once
		AND o.last_op = :op)));

-- part client_free
NOT EXISTS (SELECT 1 FROM throttles AS t
	WHERE t.kind = 'client' AND t.tenant = :tenant AND t.subject = :client
	AND t.charges >= :most AND t.until > :now AND t.last_op <> :op);

-- part client_authed
EXISTS (SELECT 1 FROM clients AS c
	WHERE c.tenant = :tenant AND c.client_id = :client
	AND @client_right AND @client_free);

-- It has proven that it holds a key (jkt), if it must.
-- part client_bound
EXISTS (SELECT 1 FROM clients AS c
	WHERE c.tenant = :tenant AND c.client_id = :client
	AND (c.dpop_bound = 0 OR :jkt <> ''));

-- An assertion counts once.
-- part client_once
INSERT INTO once (kind, id, expires_at, last_op)
SELECT 'assertion', :once, :once_until, :op
WHERE :once <> '' AND :proved = 1
ON CONFLICT DO NOTHING;

-- What was wrong is charged, up to :most in :span; until then all is refused.
-- Of a client that has nothing to guess nothing is. Where there is no such
-- client nobody is charged, by the same work.
-- part client_charge
INSERT INTO throttles (kind, tenant, subject, charges, streak, penalty, until,
	expires_at, last_op)
SELECT 'client', :tenant, COALESCE((SELECT n.client_id FROM clients AS n
		WHERE n.tenant = :tenant AND n.client_id = :client), ''),
	1, 1, :span, :now + :span, :now + :keep, :op
WHERE NOT EXISTS (SELECT 1 FROM clients AS c
	WHERE c.tenant = :tenant AND c.client_id = :client
	AND (c.auth_method = 'none' OR @client_right))
ON CONFLICT (kind, tenant, subject) DO UPDATE
SET charges = CASE WHEN throttles.until <= :now THEN 1
		ELSE throttles.charges + 1 END,
	streak = throttles.streak + 1, penalty = :span,
	until = CASE WHEN throttles.until <= :now
			OR throttles.until > :now + :span THEN :now + :span
		ELSE throttles.until END,
	expires_at = :now + :keep, last_op = :op
WHERE throttles.last_op <> :op
	AND (throttles.until <= :now OR throttles.charges < :most
		OR throttles.subject = '');

-- part client_until
SELECT t.until
FROM throttles AS t
WHERE t.kind = 'client' AND t.tenant = :tenant AND t.subject = :client
	AND t.charges >= :most AND t.until > :now AND t.last_op <> :op;

-- part client_row
SELECT c.client_id, c.auth_method, c.grant_types, c.scope, c.audience,
	c.access_alg, c.id_alg, c.access_s, c.refresh_s, c.epoch, c.dpop_bound,
	c.require_par, CASE WHEN c.backchannel <> '' THEN 1 ELSE 0 END
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND @client_right
	AND @client_free;
