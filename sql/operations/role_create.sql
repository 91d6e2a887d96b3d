-- A new role. names has what it is given, the first :given of :count, and what
-- that implies. What a role of the same name may have left behind goes first.
-- Where nothing came of it one of taken, lacking and unknown has rows, or
-- another one was faster.
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
-- in description text
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

-- stmt declared
@names_lock;

-- stmt taken
SELECT r.name
FROM roles AS r
WHERE r.tenant IN ('', :tenant) AND r.name = :name AND r.last_op <> :op;

-- stmt lacking
@names_lacking;

-- stmt unknown
@names_unknown;

-- stmt make
INSERT INTO roles (tenant, name, description, created_at, updated_at, last_op)
SELECT :tenant, :name, :description, :now, :now, :op
WHERE @admin_ok
	AND NOT EXISTS (SELECT 1 FROM roles AS r
		WHERE r.tenant = '' AND r.name = :name)
	AND NOT EXISTS (@names_lacking)
	AND NOT EXISTS (@names_unknown)
ON CONFLICT DO NOTHING;

-- stmt holders
DELETE FROM user_roles
WHERE tenant = :tenant AND role = :name AND @role_mine
	AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op);

-- stmt clients
DELETE FROM client_roles
WHERE tenant = :tenant AND role = :name AND @role_mine
	AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op);

-- stmt held
DELETE FROM role_permissions
WHERE tenant = :tenant AND role = :name AND @role_mine
	AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op);

-- stmt give
INSERT INTO role_permissions (tenant, role, permission, builtin, implied)
@role_given
WHERE @role_mine
GROUP BY l.name
ON CONFLICT (tenant, role, permission) DO UPDATE
SET implied = excluded.implied;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, :tenant, :now, 'role.create', 'success', :actor, :name,
	@audit_client, :ip, :rid,
	:detail
WHERE @role_mine
ON CONFLICT DO NOTHING;

-- stmt role
@role_made;

-- stmt permissions
@role_held;
