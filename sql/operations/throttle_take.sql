-- Charges one counter of a window, and the failures of the source with it when
-- limited is 1: both or none. A counter that is full, or stopped, is not
-- charged. Rows of verdict: charged, or until when not, if it is full.
-- in op text
-- in now int
-- in kind text
-- in tenant text
-- in subject text
-- in most int
-- in span int
-- in stop int
-- in keep int
-- in source text
-- in limited int
-- in source_most int
-- in source_span int

-- stmt stale
DELETE FROM throttles
WHERE expires_at <= :now AND streak < :stop
	AND ((kind = 'source' AND tenant = '' AND subject = :source)
	OR (kind = :kind AND tenant = :tenant AND subject = :subject));

-- stmt cut
UPDATE throttles
SET until = :now + penalty
WHERE until > :now + penalty
	AND ((kind = 'source' AND tenant = '' AND subject = :source)
	OR (kind = :kind AND tenant = :tenant AND subject = :subject));

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
SELECT :kind, :tenant, :subject, 1, 1, :span, :now + :span, :now + :keep, :op
WHERE :limited = 0 OR EXISTS (SELECT 1 FROM throttles AS s
	WHERE s.kind = 'source' AND s.tenant = '' AND s.subject = :source
	AND s.last_op = :op)
ON CONFLICT (kind, tenant, subject) DO UPDATE
SET charges = CASE WHEN throttles.until <= :now THEN 1
		ELSE throttles.charges + 1 END,
	streak = throttles.streak + 1, penalty = :span,
	until = CASE WHEN throttles.until <= :now THEN :now + :span
		ELSE throttles.until END,
	expires_at = :now + :keep, last_op = :op
WHERE throttles.last_op <> :op AND throttles.streak < :stop
	AND (throttles.until <= :now OR throttles.charges < :most);

-- stmt refund
UPDATE throttles
SET charges = charges - 1
WHERE kind = 'source' AND tenant = '' AND subject = :source
	AND last_op = :op AND :limited = 1
	AND EXISTS (SELECT 1 FROM throttles AS t
		WHERE t.kind = :kind AND t.tenant = :tenant
		AND t.subject = :subject AND t.last_op <> :op
		AND t.streak < :stop);

-- stmt verdict
SELECT kind, CASE WHEN last_op = :op THEN 1 ELSE 0 END, streak, until,
	charges
FROM throttles
WHERE (:limited = 1 AND kind = 'source' AND tenant = '' AND subject = :source)
	OR (kind = :kind AND tenant = :tenant AND subject = :subject);
