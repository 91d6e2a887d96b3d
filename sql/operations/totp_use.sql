-- Compare and set: a time step counts once, and none before it any more. A
-- row of outcome: it counted for this operation.
-- in op text
-- in user text
-- in sealed text
-- in step int

-- stmt step
UPDATE users
SET totp_step = :step, totp_op = :op
WHERE id = :user AND status = 'active' AND totp_secret = :sealed
	AND totp_step < :step;

-- stmt outcome
SELECT id FROM users
WHERE id = :user AND totp_step = :step AND totp_op = :op;
