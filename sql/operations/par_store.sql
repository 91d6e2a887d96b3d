-- Keeps a pushed request, if its client is as it was judged.
-- in now int
-- in tenant text
-- in client text
-- in seen text
-- in hash text
-- in params text
-- in until int

-- stmt pushed
INSERT INTO pushed (hash, tenant, client_id, params, created_at, expires_at)
SELECT :hash, c.tenant, c.client_id, :params, :now, :until
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND c.disabled = 0
	AND c.last_op = :seen
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT p.hash FROM pushed AS p WHERE p.hash = :hash;
