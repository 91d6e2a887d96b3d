-- A factor that waits for its first code; it replaces an earlier one.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in version int
-- in sealed text
-- in until int

-- stmt user
UPDATE users
SET totp_pending = :sealed, totp_pending_until = :until, last_op = :op
WHERE id = :user AND tenant = :tenant AND status = 'active' AND epoch = :epoch
	AND version = :version AND totp_secret IS NULL
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.user_id = users.id
		AND s.ended_at IS NULL AND s.expires_at > :now);

-- stmt outcome
SELECT id FROM users WHERE id = :user AND totp_pending = :sealed;
