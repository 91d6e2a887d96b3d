-- Ends a client: its sessions, tokens and codes, what it holds, and the
-- permissions that it declared, which leave the roles that had them.
-- in op text
-- in now int
-- in operator int
-- in actor text
-- in machine int
-- in sid text
-- in home text
-- in epoch int
-- in tenant text
-- in perm text
-- in lax int
-- in fresh int
-- in client text
-- in ip text
-- in rid text
-- in detail text

-- stmt lock
@admin_lock;

-- stmt lock_machine quiet
@admin_lock_machine;

-- stmt mark
@admin_mark;

-- stmt mark_machine quiet
@admin_mark_machine;

-- stmt who
@admin_who_writes;

-- stmt locked
@client_lock;

-- stmt found
SELECT 0, CASE WHEN c.sensitive = 0 OR @client_super THEN 0 ELSE 1 END
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client;

-- stmt beneath
@client_beneath;

-- stmt change
UPDATE clients
SET updated_at = :now, last_op = :op
WHERE tenant = :tenant AND client_id = :client AND @admin_ok
	AND (sensitive = 0 OR @client_super)
	AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op)
	AND NOT EXISTS (@client_beneath);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, :tenant, :now, 'client.delete', 'success', :actor, :client,
	@audit_client, :ip, :rid,
	:detail
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
