-- A chain behind the one named after whose end is not signed yet; for the node
-- that holds the lease.
-- in now int
-- in node text
-- in until int
-- in far int
-- in force int
-- in after text

-- stmt lease
UPDATE leases
SET holder = :node, until_at = :until
WHERE name = 'audit'
	AND (holder = :node OR until_at <= :now OR until_at > :far
		OR :force = 1)
	AND EXISTS (SELECT 1 FROM audit_chains AS c
		WHERE c.tenant > :after AND c.seq > 0
		AND NOT EXISTS (SELECT 1 FROM audit_heads AS h
			WHERE h.tenant = c.tenant AND h.seq = c.seq));

-- stmt heads
SELECT c.tenant, c.seq, c.hash
FROM audit_chains AS c
WHERE c.tenant > :after AND c.seq > 0
	AND NOT EXISTS (SELECT 1 FROM audit_heads AS h
		WHERE h.tenant = c.tenant AND h.seq = c.seq)
	AND EXISTS (SELECT 1 FROM leases
		WHERE name = 'audit' AND holder = :node)
ORDER BY c.tenant
LIMIT 1;
