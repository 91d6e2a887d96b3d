-- Locks two rows, in the order asked for.
-- in x text
-- in y text
-- stmt x
UPDATE counters SET n = n + 1 WHERE id = :x;
-- stmt y
UPDATE counters SET n = n + 1 WHERE id = :y;
