-- A tenant says nothing of a scope any more; who has it keeps it.
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

-- stmt change
UPDATE scopes
SET last_op = :op
WHERE tenant = :tenant AND name = :name AND @admin_ok
	AND NOT EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, x.tenant, :now, 'scope.delete', 'success', :actor, x.name,
	@audit_client, :ip, :rid, :detail
FROM scopes AS x
WHERE x.tenant = :tenant AND x.name = :name AND x.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt end
DELETE FROM scopes
WHERE tenant = :tenant AND name = :name AND last_op = :op;

-- stmt outcome
SELECT a.id FROM audit AS a WHERE a.id = :op;
