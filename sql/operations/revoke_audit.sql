-- That every session ended is on record in the default tenant's chain.
-- in op text
-- in now int

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, detail)
SELECT :op, 'default', :now, 'session.end', 'success',
	'{"by":"operator","session":"all"}'
ON CONFLICT DO NOTHING;
