-- Ends a role. Who holds it loses it, and the access tokens of before.
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
-- in name text
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
@role_lock;

-- stmt holders
@role_holders;

-- stmt machines quiet
@role_machines;

-- stmt found
SELECT r.builtin
FROM roles AS r
WHERE r.tenant IN ('', :tenant) AND r.name = :name;

-- stmt beneath
@role_beneath;

-- stmt change
UPDATE roles
SET updated_at = :now, last_op = :op
WHERE tenant = :tenant AND name = :name AND builtin = 0 AND @admin_ok
	AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op)
	AND NOT EXISTS (@role_beneath);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, :tenant, :now, 'role.delete', 'success', :actor, :name,
	@audit_client, :ip, :rid,
	:detail
WHERE @role_mine
ON CONFLICT DO NOTHING;

-- stmt losers
UPDATE users
SET epoch = epoch + 1, updated_at = :now
WHERE id IN (SELECT r.user_id FROM user_roles AS r
		WHERE r.tenant = :tenant AND r.role = :name)
	AND @role_mine;

-- stmt given
DELETE FROM user_roles
WHERE tenant = :tenant AND role = :name AND @role_mine;

-- stmt clients
UPDATE clients
SET epoch = epoch + 1
WHERE tenant = :tenant AND client_id IN (SELECT r.client_id
		FROM client_roles AS r
		WHERE r.tenant = :tenant AND r.role = :name)
	AND @role_mine;

-- stmt client_roles
DELETE FROM client_roles
WHERE tenant = :tenant AND role = :name AND @role_mine;

-- stmt held
DELETE FROM role_permissions
WHERE tenant = :tenant AND role = :name AND @role_mine;

-- stmt role
DELETE FROM roles
WHERE tenant = :tenant AND name = :name AND last_op = :op;

-- stmt outcome
SELECT a.id FROM audit AS a WHERE a.id = :op;
