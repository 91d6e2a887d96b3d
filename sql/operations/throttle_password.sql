-- Charges a password that is about to be compared: the counter of the login
-- name, or, where the account is known in the browser, or else at the source,
-- that of the two; and the failures of the source with it when limited is 1,
-- both or none. The account is user, or what key or email names (null when the
-- name that was typed can be none; an address only if it is verified), or none.
--
-- Without a penalty nobody is refused, whatever until says: it may be the time
-- of another node, which wrote it since this one looked at its clock. Another
-- node may also make the source known in between: the counter is the one that
-- was charged.
--
-- Rows of verdict: charged, how often, until when it is refused, whose counter.
-- suspended has the charges of all names of the account: one that is suspended
-- is written like any other, so that it takes the same time, but its streak
-- alone goes on. login has who was meant by key or email, of whom nothing is
-- read for who was refused; a name of nobody gets a row like any other, with an
-- id of '', since the reading and copying of one can be measured from outside.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in key text
-- in email text
-- in subject text
-- in free int
-- in first int
-- in longest int
-- in stop int
-- in keep int
-- in since int
-- in source text
-- in limited int
-- in source_most int
-- in source_span int
-- in lax int
-- in browser text

-- part account
SELECT a.id FROM users AS a
	WHERE a.tenant = :tenant AND a.username_key = :key
UNION ALL SELECT a.id FROM users AS a
	WHERE a.tenant = :tenant AND a.email_key = :email
	AND a.email_verified = 1
UNION ALL SELECT a.id FROM users AS a
	WHERE a.tenant = :tenant AND a.id = :user;

-- part device
COALESCE((SELECT b.user_id || ' ' || b.hash FROM known_browsers AS b
	WHERE b.hash = :browser AND b.expires_at > :now
	AND b.user_id IN (@account)),
	(SELECT k.user_id || ' ' || k.source FROM known_sources AS k
	WHERE k.source = :source AND k.seen_at > :since
	AND k.user_id IN (@account)));

-- part rows
((kind = 'source' AND tenant = '' AND subject = :source)
	OR (kind = 'login' AND tenant = :tenant AND subject = :subject)
	OR (kind = 'device' AND tenant = :tenant AND subject = @device));

-- part counter
((t.kind = 'login' AND t.tenant = :tenant AND t.subject = :subject
		AND (t.last_op = :op OR @device IS NULL))
	OR (t.kind = 'device' AND t.tenant = :tenant AND t.subject = @device
		AND NOT EXISTS (SELECT 1 FROM throttles AS l
			WHERE l.kind = 'login' AND l.tenant = :tenant
			AND l.subject = :subject AND l.last_op = :op)));

-- part penalty
CASE WHEN throttles.charges + 1 < :free THEN 0
	WHEN throttles.penalty = 0 THEN :first
	WHEN throttles.penalty * 2 > :longest THEN :longest
	ELSE throttles.penalty * 2 END;

-- stmt stale
DELETE FROM throttles
WHERE expires_at <= :now AND charges < :stop AND @rows;

-- stmt cut
UPDATE throttles
SET until = :now + penalty
WHERE until > :now + penalty AND @rows;

-- stmt source
INSERT INTO throttles (kind, tenant, subject, charges, streak, penalty, until,
	expires_at, last_op)
SELECT 'source', '', :source, 1, 1, :source_span, :now + :source_span,
	:now + :keep, :op
WHERE :limited = 1
ON CONFLICT (kind, tenant, subject) DO UPDATE
SET charges = CASE WHEN throttles.until <= :now THEN 1
		ELSE throttles.charges + 1 END,
	penalty = :source_span,
	until = CASE WHEN throttles.until <= :now THEN :now + :source_span
		ELSE throttles.until END,
	expires_at = :now + :keep, last_op = :op
WHERE throttles.last_op <> :op
	AND (throttles.until <= :now OR throttles.charges < :source_most);

-- stmt charge
INSERT INTO throttles (kind, tenant, subject, charges, streak, penalty, until,
	expires_at, last_op)
SELECT CASE WHEN w.device IS NULL THEN 'login' ELSE 'device' END, :tenant,
	COALESCE(w.device, :subject), 1, 1,
	CASE WHEN :free <= 1 THEN :first ELSE 0 END,
	:now + CASE WHEN :free <= 1 THEN :first ELSE 0 END, :now + :keep, :op
FROM (SELECT @device AS device) AS w
WHERE :limited = 0 OR EXISTS (SELECT 1 FROM throttles AS s
	WHERE s.kind = 'source' AND s.tenant = '' AND s.subject = :source
	AND s.last_op = :op)
ON CONFLICT (kind, tenant, subject) DO UPDATE
SET charges = CASE WHEN throttles.charges < :stop
		THEN throttles.charges + 1 ELSE throttles.charges END,
	streak = throttles.streak + 1,
	penalty = @penalty, until = :now + @penalty,
	expires_at = :now + :keep, last_op = :op
WHERE throttles.last_op <> :op
	AND (throttles.charges >= :stop OR throttles.penalty = 0
		OR throttles.until <= :now);

-- stmt refund
UPDATE throttles
SET charges = charges - 1
WHERE kind = 'source' AND tenant = '' AND subject = :source
	AND last_op = :op AND :limited = 1
	AND EXISTS (SELECT 1 FROM throttles AS t
		WHERE @counter AND t.last_op <> :op AND t.charges < :stop);

-- stmt verdict
SELECT t.kind, CASE WHEN t.last_op = :op THEN 1 ELSE 0 END, t.charges,
	t.until, t.subject, t.streak
FROM throttles AS t
WHERE (:limited = 1 AND t.kind = 'source' AND t.tenant = ''
		AND t.subject = :source)
	OR (@counter);

-- stmt suspended
SELECT COALESCE(SUM(t.charges), 0)
FROM throttles AS t
WHERE t.kind = 'login' AND t.tenant = :tenant
	AND t.subject IN (SELECT u.username_key FROM users AS u
		WHERE u.id IN (@account)
		UNION ALL SELECT u.email_key FROM users AS u
		WHERE u.email_verified = 1 AND u.id IN (@account));

-- stmt login
SELECT u.id, u.pw_record, u.version, u.epoch, u.status, u.role, u.totp_secret,
	u.totp_step, @user_must_factor
FROM users AS u, tenants AS n
WHERE :user IS NULL AND u.id IN (@account) AND n.id = u.tenant
	AND EXISTS (SELECT 1 FROM throttles AS t
		WHERE @counter AND t.last_op = :op)
UNION ALL
SELECT '', '', 0, 0, 'active', 'user', NULL, 0, n.require_mfa
FROM tenants AS n
WHERE :user IS NULL AND n.id = :tenant AND NOT EXISTS (@account)
	AND EXISTS (SELECT 1 FROM throttles AS t
		WHERE @counter AND t.last_op = :op);

-- stmt roles
SELECT r.role
FROM user_roles AS r
WHERE :user IS NULL AND r.user_id IN (@account) AND EXISTS (SELECT 1
	FROM throttles AS t WHERE @counter AND t.last_op = :op)
ORDER BY r.role;
