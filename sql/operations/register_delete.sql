-- A client ends itself (RFC 7592 section 2.3): its sessions, tokens and codes,
-- what it holds and what it declared.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in own text
-- in ip text
-- in rid text

-- stmt change
UPDATE clients
SET updated_at = :now, last_op = :op
WHERE tenant = :tenant AND client_id = :client
	AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op)
	AND EXISTS (SELECT 1 FROM clients AS c
		WHERE @client_itself AND NOT @client_given);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, client_id,
	ip, request_id, detail)
SELECT :op, :tenant, :now, 'client.delete', 'success', :client, :client, :ip,
	:rid, '{"by":"registration"}'
WHERE @client_mine
ON CONFLICT DO NOTHING;

-- stmt pushed
DELETE FROM pushed
WHERE tenant = :tenant AND client_id = :client AND @client_mine;

-- stmt consents
DELETE FROM consents
WHERE tenant = :tenant AND client_id = :client AND @client_mine;

-- stmt codes
DELETE FROM codes
WHERE tenant = :tenant AND client_id = :client AND @client_mine;

-- stmt devices
DELETE FROM device_codes
WHERE tenant = :tenant AND client_id = :client AND @client_mine;

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'client', last_op = :op
WHERE tenant = :tenant AND client_id = :client AND client_id <> 'moatd'
	AND ended_at IS NULL AND @client_mine;

-- stmt children
@client_children_end;

-- stmt told
@client_told;

-- stmt declared
UPDATE permissions
SET client_id = client_id
WHERE tenant = :tenant AND client_id = :client AND @client_mine;

-- stmt lost
DELETE FROM role_permissions
WHERE tenant = :tenant AND builtin = 0 AND @client_mine
	AND permission IN (SELECT p.name FROM permissions AS p
		WHERE p.tenant = :tenant AND p.client_id = :client);

-- stmt withdraw
DELETE FROM permissions
WHERE tenant = :tenant AND client_id = :client AND @client_mine;

-- stmt given
DELETE FROM client_roles
WHERE tenant = :tenant AND client_id = :client AND @client_mine;

-- stmt client
DELETE FROM clients
WHERE tenant = :tenant AND client_id = :client AND last_op = :op;

-- stmt outcome
SELECT a.id FROM audit AS a WHERE a.id = :op;
