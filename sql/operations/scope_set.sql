-- What the page of consent says of a tenant's own scope. No scope where the
-- tenant ended meanwhile.
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

-- stmt make
INSERT INTO scopes (tenant, name, description, created_at, updated_at, last_op)
SELECT n.id, :name, :description, :now, :now, :op
FROM tenants AS n
WHERE n.id = :tenant AND n.deleted_at IS NULL AND @admin_ok
ON CONFLICT (tenant, name) DO UPDATE
SET description = excluded.description, updated_at = excluded.updated_at,
	last_op = excluded.last_op;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, x.tenant, :now, 'scope.update', 'success', :actor, x.name,
	@audit_client, :ip, :rid, :detail
FROM scopes AS x
WHERE x.tenant = :tenant AND x.name = :name AND x.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt scope
SELECT x.name, x.description, x.created_at
FROM scopes AS x
WHERE x.tenant = :tenant AND x.name = :name AND x.last_op = :op;
