-- A user's word about a device: granted is what the client may have from then
-- on. The code keeps how the browser's session was proved.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in code text
-- in allow int
-- in granted text
-- in ip text
-- in rid text
-- in detail text

-- stmt decide
UPDATE device_codes
SET state = CASE WHEN :allow = 1 THEN 'allowed' ELSE 'denied' END,
	user_id = :user, session_id = :sid,
	auth_at = (SELECT s.auth_at FROM sessions AS s WHERE s.id = :sid),
	acr = (SELECT s.acr FROM sessions AS s WHERE s.id = :sid),
	amr = (SELECT s.amr FROM sessions AS s WHERE s.id = :sid),
	last_op = :op
WHERE hash IN (SELECT d.hash FROM device_codes AS d, clients AS c
		WHERE @device_waits)
	AND state = 'pending'
	AND EXISTS (SELECT 1 FROM sessions AS s, users AS u
		WHERE @device_answerer);

-- stmt grant
INSERT INTO grants (user_id, tenant, client_id, scope, created_at, updated_at,
	last_op)
SELECT :user, :tenant, d.client_id, :granted, :now, :now, :op
FROM device_codes AS d
WHERE d.tenant = :tenant AND d.user_code = :code AND d.last_op = :op
	AND d.state = 'allowed'
ON CONFLICT (user_id, client_id) DO UPDATE
SET scope = :granted, updated_at = :now, last_op = :op;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, :tenant, :now, 'grant.create', 'success', :user, :user,
	d.client_id, :ip, :rid, :detail
FROM device_codes AS d
WHERE d.tenant = :tenant AND d.user_code = :code AND d.last_op = :op
	AND d.state = 'allowed'
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT d.client_id
FROM device_codes AS d
WHERE d.tenant = :tenant AND d.user_code = :code AND d.last_op = :op
	AND d.user_id = :user;
