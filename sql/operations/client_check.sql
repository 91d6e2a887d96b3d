-- What a client asks about a subject, by its secret: rows n of the names that
-- the subject holds, of those that are the client's own. A wrong secret is
-- charged, up to :most in :span; until then all is refused.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in hash text
-- in subject text
-- in names text
-- in count int
-- in most int
-- in span int
-- in keep int

-- part right
(c.secret_hash = :hash AND c.disabled = 0
	AND c.auth_method = 'client_secret_basic');

-- part free
NOT EXISTS (SELECT 1 FROM throttles AS t
	WHERE t.kind = 'client' AND t.tenant = :tenant AND t.subject = :client
	AND t.charges >= :most AND t.until > :now AND t.last_op <> :op);

-- stmt charge
INSERT INTO throttles (kind, tenant, subject, charges, streak, penalty, until,
	expires_at, last_op)
SELECT 'client', c.tenant, c.client_id, 1, 1, :span, :now + :span,
	:now + :keep, :op
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client
	AND (c.secret_hash IS NULL OR NOT @right)
ON CONFLICT (kind, tenant, subject) DO UPDATE
SET charges = CASE WHEN throttles.until <= :now THEN 1
		ELSE throttles.charges + 1 END,
	streak = throttles.streak + 1, penalty = :span,
	until = CASE WHEN throttles.until <= :now
			OR throttles.until > :now + :span THEN :now + :span
		ELSE throttles.until END,
	expires_at = :now + :keep, last_op = :op
WHERE throttles.last_op <> :op
	AND (throttles.until <= :now OR throttles.charges < :most);

-- stmt until
SELECT t.until
FROM throttles AS t
WHERE t.kind = 'client' AND t.tenant = :tenant AND t.subject = :client
	AND t.charges >= :most AND t.until > :now AND t.last_op <> :op;

-- stmt client
SELECT c.client_id
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND @right AND @free;

-- stmt held
SELECT l.n
FROM @names AS l, permissions AS d, clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND @right AND @free
	AND d.tenant = :tenant AND d.name = l.name AND d.client_id = :client
	AND (EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :subject AND u.tenant = :tenant
		AND u.status = 'active'
		AND (u.role = 'superadmin'
			OR EXISTS (SELECT 1 FROM user_permissions AS p
				WHERE p.user_id = u.id
				AND p.permission = l.name)))
	OR EXISTS (SELECT 1 FROM clients AS s, client_permissions AS p
		WHERE s.tenant = :tenant AND s.client_id = :subject
		AND s.disabled = 0 AND p.tenant = s.tenant
		AND p.client_id = s.client_id AND p.permission = l.name));
