-- Compare and set: a time step counts once, and none before it any more. A
-- row of outcome: it counted for this operation. ahead is the last step that
-- can be shown now: a step beyond it was counted when the clock was ahead, and
-- locks nobody out; what counted then is known all the same.
-- in op text
-- in user text
-- in sealed text
-- in step int
-- in ahead int
-- in before int

-- stmt lock quiet
UPDATE users
SET totp_op = :op
WHERE id = :user AND status = 'active' AND totp_secret = :sealed
	AND (totp_step < :step OR totp_step > :ahead);

-- stmt used
INSERT INTO totp_steps (user_id, step, op)
SELECT id, :step, :op
FROM users
WHERE id = :user AND totp_op = :op
ON CONFLICT DO NOTHING;

-- stmt step quiet
UPDATE users
SET totp_step = :step
WHERE id = :user AND totp_op = :op
	AND EXISTS (SELECT 1 FROM totp_steps AS s
		WHERE s.user_id = :user AND s.step = :step AND s.op = :op);

-- stmt old
DELETE FROM totp_steps WHERE user_id = :user AND step < :before;

-- stmt outcome
SELECT op FROM totp_steps
WHERE user_id = :user AND step = :step AND op = :op;
