-- Takes a suspended tenant away; the sweep erases what it had. Its audit chain
-- stays.
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
-- in id text
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

-- stmt tenant
UPDATE tenants
SET deleted_at = :now, sweep = 1, last_op = :op
WHERE id = :id AND id <> 'default' AND status = 'suspended'
	AND deleted_at IS NULL AND @admin_ok;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, 'default', :now, 'tenant.delete', 'success', :actor, n.id,
	@audit_client, :ip, :rid,
	:detail
FROM tenants AS n
WHERE n.id = :id AND n.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT n.id FROM audit AS n WHERE n.id = :op;

-- stmt there
SELECT n.id FROM tenants AS n WHERE n.id = :id AND n.deleted_at IS NULL;
