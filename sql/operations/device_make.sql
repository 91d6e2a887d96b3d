-- A device asks for its user (RFC 8628 section 3.1). No outcome: the user code
-- is taken, by one that waits or that is over and not yet purged.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in device text
-- in code text
-- in scope text
-- in interval int
-- in expires int

-- stmt make
INSERT INTO device_codes (hash, user_code, tenant, client_id, scope, state,
	interval_s, created_at, expires_at, last_op)
VALUES (:device, :code, :tenant, :client, :scope, 'pending', :interval, :now,
	:expires, :op)
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT d.user_code
FROM device_codes AS d
WHERE d.hash = :device AND d.user_code = :code AND d.last_op = :op;
