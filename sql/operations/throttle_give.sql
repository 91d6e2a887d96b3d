-- Gives back what was charged, and one failure of the source when limited is 1.
-- how: 0 a charge of a window, for a code that was right; 1 all that was in a
-- row, for a password that was right; 2 a password, 3 a code that was not
-- compared after all.
-- in kind text
-- in tenant text
-- in subject text
-- in how int
-- in source text
-- in limited int

-- stmt source
UPDATE throttles
SET charges = charges - 1
WHERE :limited = 1 AND kind = 'source' AND tenant = '' AND subject = :source
	AND charges > 0;

-- stmt anew
DELETE FROM throttles
WHERE :how = 1 AND kind = :kind AND tenant = :tenant AND subject = :subject;

-- stmt one
UPDATE throttles
SET charges = charges - 1,
	streak = CASE WHEN :how = 0 THEN 0 ELSE streak - 1 END
WHERE :how IN (0, 3) AND kind = :kind AND tenant = :tenant
	AND subject = :subject AND charges > 0;

-- stmt untried
UPDATE throttles
SET charges = charges - 1, streak = streak - 1, penalty = penalty / 2,
	until = until - penalty
WHERE :how = 2 AND kind = :kind AND tenant = :tenant AND subject = :subject
	AND charges > 0;
