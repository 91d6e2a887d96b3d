-- Uses up a recovery code, once. A row of outcome: it was good for this
-- operation.
-- in op text
-- in now int
-- in user text
-- in hash text

-- stmt code
UPDATE recovery_codes
SET used_at = :now, used_by = :op
WHERE user_id = :user AND hash = :hash AND used_at IS NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.status = 'active'
		AND u.totp_secret IS NOT NULL);

-- stmt outcome
SELECT hash FROM recovery_codes
WHERE user_id = :user AND hash = :hash AND used_by = :op;
