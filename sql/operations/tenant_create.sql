-- A new tenant; no outcome: the id is taken, or one that had it is not erased
-- yet.
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
-- in name text
-- in status text
-- in registration text
-- in mfa int
-- in least int
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
INSERT INTO tenants (id, name, status, registration, require_mfa,
	password_min, created_at, last_op)
SELECT :id, :name, :status, :registration, :mfa, :least, :now, :op
WHERE @admin_ok
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, 'default', :now, 'tenant.create', 'success', :actor, n.id,
	@audit_client, :ip, :rid,
	:detail
FROM tenants AS n
WHERE n.id = :id AND n.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT @tenant_columns
FROM tenants AS n
WHERE n.id = :id AND n.last_op = :op;
