-- What counts once: outcome has a row for the operation that was the first.
-- in op text
-- in kind text
-- in id text
-- in expires int

-- stmt take
INSERT INTO once (kind, id, expires_at, last_op)
VALUES (:kind, :id, :expires, :op)
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT o.id
FROM once AS o
WHERE o.kind = :kind AND o.id = :id AND o.last_op = :op;
