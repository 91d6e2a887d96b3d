-- An initial access token (RFC 7591), by its hash.
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
-- in token text
-- in expires int
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
INSERT INTO register_tokens (hash, tenant, created_at, expires_at, last_op)
SELECT :token, :tenant, :now, :expires, :op
WHERE @admin_ok
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, client_id,
	ip, request_id, detail)
SELECT :op, :tenant, :now, 'client.token', 'success', :actor,
	@audit_client, :ip, :rid, :detail
WHERE EXISTS (SELECT 1 FROM register_tokens AS r
	WHERE r.hash = :token AND r.last_op = :op)
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT r.expires_at FROM register_tokens AS r
WHERE r.hash = :token AND r.last_op = :op;
