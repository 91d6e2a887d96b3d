-- That every session ended is on record in the default tenant's chain. What
-- clients hold for themselves hangs on no session: it ends here, as do sessions
-- that were being made when the others ended.
-- in op text
-- in now int

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'revoked'
WHERE ended_at IS NULL;

-- stmt clients
UPDATE clients
SET epoch = epoch + 1000000, last_op = :op
WHERE last_op <> :op;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, detail)
SELECT :op, 'default', :now, 'session.end', 'success',
	'{"by":"operator","session":"all"}'
ON CONFLICT DO NOTHING;
