-- Changes a role; names as role_create has them. What it holds applies from the
-- next request of who holds it.
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
-- in has_description int
-- in description text
-- in has_permissions int
-- in names text
-- in count int
-- in given int
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

-- stmt declared
@names_lock;

-- stmt found
SELECT r.builtin
FROM roles AS r
WHERE r.tenant IN ('', :tenant) AND r.name = :name;

-- stmt beneath
@role_beneath;

-- stmt lacking
@names_lacking;

-- stmt unknown
@names_unknown;

-- stmt change
UPDATE roles
SET description = CASE WHEN :has_description = 1 THEN :description
		ELSE description END,
	updated_at = :now, last_op = :op
WHERE tenant = :tenant AND name = :name AND builtin = 0 AND @admin_ok
	AND NOT EXISTS (@role_beneath)
	AND NOT EXISTS (@names_lacking)
	AND NOT EXISTS (@names_unknown);

-- stmt take
DELETE FROM role_permissions
WHERE :has_permissions = 1 AND tenant = :tenant AND role = :name AND @role_mine
	AND permission NOT IN (SELECT l.name FROM @names AS l);

-- stmt give
INSERT INTO role_permissions (tenant, role, permission, builtin, implied)
@role_given
WHERE @role_mine AND :has_permissions = 1
GROUP BY l.name
ON CONFLICT (tenant, role, permission) DO UPDATE
SET implied = excluded.implied;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, :tenant, :now, 'role.update', 'success', :actor, :name,
	@audit_client, :ip, :rid,
	:detail
WHERE @role_mine
ON CONFLICT DO NOTHING;

-- stmt role
@role_made;

-- stmt permissions
@role_held;
