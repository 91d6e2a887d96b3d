-- Sets how pages of a tenant look, in one respect; body null: as the server's
-- own do. No outcome where the tenant ended meanwhile.
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
-- in look text
-- in type text
-- in body text
-- in etag text
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
SET last_op = :op
WHERE id = :tenant AND deleted_at IS NULL AND @admin_ok;

-- stmt reset
DELETE FROM looks
WHERE tenant = :tenant AND look = :look AND :body IS NULL
	AND EXISTS (SELECT 1 FROM tenants AS n
		WHERE n.id = :tenant AND n.last_op = :op);

-- stmt look
INSERT INTO looks (tenant, look, type, body, etag, updated_at, last_op)
SELECT n.id, :look, :type, :body, :etag, :now, :op
FROM tenants AS n
WHERE n.id = :tenant AND n.last_op = :op AND :body IS NOT NULL
ON CONFLICT (tenant, look) DO UPDATE
SET type = excluded.type, body = excluded.body, etag = excluded.etag,
	updated_at = excluded.updated_at, last_op = excluded.last_op;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, 'default', :now, 'tenant.update', 'success', :actor, n.id,
	@audit_client, :ip, :rid,
	:detail
FROM tenants AS n
WHERE n.id = :tenant AND n.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT n.id FROM tenants AS n WHERE n.id = :tenant AND n.last_op = :op;
