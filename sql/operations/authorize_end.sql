-- Ends a pushed request whose flow ended without a code.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in pushed text

-- stmt pushed
UPDATE pushed
SET used_at = :now, used_by = :op
WHERE hash = :pushed AND tenant = :tenant AND client_id = :client
	AND used_at IS NULL;
