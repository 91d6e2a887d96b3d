-- Counts once for each operation id.
-- in id text
-- in op text
-- stmt item
INSERT INTO items (id) VALUES (:op) ON CONFLICT DO NOTHING;
-- stmt counter
UPDATE counters SET n = n + 1, last_op = :op
WHERE id = :id AND (last_op IS NULL OR last_op <> :op) RETURNING n;
