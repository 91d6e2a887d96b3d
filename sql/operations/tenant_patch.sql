-- Changes what is not null. No outcome where it is not `there`, where the
-- built-in tenant would be suspended, and where a short password would be
-- enough without a second factor. When that is asked for from now on, sessions
-- of users without one end: of the first batch here, the others by the sweep.
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
-- in batch int
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
SET name = COALESCE(:name, name), status = COALESCE(:status, status),
	registration = COALESCE(:registration, registration),
	sweep = CASE WHEN :mfa = 1 AND require_mfa = 0 THEN 1 ELSE sweep END,
	require_mfa = COALESCE(:mfa, require_mfa),
	password_min = COALESCE(:least, password_min), last_op = :op
WHERE id = :id AND deleted_at IS NULL AND @admin_ok
	AND (:status IS NULL OR :status <> 'suspended' OR id <> 'default')
	AND (COALESCE(:least, password_min, 15) >= 15
		OR COALESCE(:mfa, require_mfa) = 1);

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'mfa', last_op = :op
WHERE ended_at IS NULL AND scope <> 'mfa_setup'
	AND user_id IN (SELECT v.id
		FROM (SELECT u.id, u.totp_secret FROM users AS u
			WHERE u.tenant = :id
			ORDER BY u.username_key LIMIT :batch) AS v
		WHERE v.totp_secret IS NULL)
	AND EXISTS (SELECT 1 FROM tenants AS n
		WHERE n.id = :id AND n.last_op = :op AND n.sweep = 1
		AND n.require_mfa = 1);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, 'default', :now, 'tenant.update', 'success', :actor, n.id,
	@audit_client, :ip, :rid,
	:detail
FROM tenants AS n
WHERE n.id = :id AND n.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT @tenant_columns, n.sweep
FROM tenants AS n
WHERE n.id = :id AND n.last_op = :op;

-- stmt there
SELECT n.id FROM tenants AS n WHERE n.id = :id AND n.deleted_at IS NULL;
