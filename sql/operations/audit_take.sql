-- What is to be sealed next: the oldest entries without a seq, of one tenant,
-- and the end of that tenant's chain. Only for the node that holds the lease,
-- which is taken when it is free, or with force. A lease that ends after far
-- was taken by a clock that is wrong.
-- in now int
-- in node text
-- in until int
-- in far int
-- in force int
-- in limit int

-- stmt lease
UPDATE leases
SET holder = :node, until_at = :until
WHERE name = 'audit'
	AND (holder = :node OR until_at <= :now OR until_at > :far
		OR :force = 1)
	AND EXISTS (SELECT 1 FROM audit WHERE seq IS NULL);

-- stmt chain
INSERT INTO audit_chains (tenant, seq, hash, last_op)
SELECT a.tenant, 0, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', ''
FROM (SELECT tenant FROM audit WHERE seq IS NULL
	ORDER BY created_at, id LIMIT 1) AS a
WHERE NOT EXISTS (SELECT 1 FROM audit_chains AS c WHERE c.tenant = a.tenant)
ON CONFLICT DO NOTHING;

-- stmt entries
SELECT a.id, a.created_at, a.action, a.result, a.actor, a.subject,
	a.client_id, a.ip, a.request_id, a.detail, c.tenant, c.seq, c.hash
FROM audit AS a, audit_chains AS c
WHERE a.seq IS NULL AND c.tenant = a.tenant
	AND a.tenant = (SELECT tenant FROM audit WHERE seq IS NULL
		ORDER BY created_at, id LIMIT 1)
	AND EXISTS (SELECT 1 FROM leases
		WHERE name = 'audit' AND holder = :node)
ORDER BY a.created_at, a.id
LIMIT :limit;
