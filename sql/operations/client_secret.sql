-- A new secret. The old one is good for :overlap microseconds more; the one
-- before it dies.
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
-- in client text
-- in hash text
-- in overlap int
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
@client_lock;

-- stmt found
SELECT CASE WHEN c.auth_method IN ('client_secret_basic',
		'client_secret_post') THEN 0 ELSE 1 END,
	CASE WHEN c.sensitive = 0 OR @client_super THEN 0 ELSE 1 END
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client;

-- stmt beneath
@client_beneath;

-- stmt change
UPDATE clients
SET secret_old_hash = CASE WHEN secret_hash = :hash THEN secret_old_hash
		WHEN :overlap > 0 THEN secret_hash END,
	secret_old_until = CASE WHEN :overlap > 0 THEN :now + :overlap
		ELSE 0 END,
	secret_hash = :hash, updated_at = :now, last_op = :op
WHERE tenant = :tenant AND client_id = :client AND @admin_ok
	AND auth_method IN ('client_secret_basic', 'client_secret_post')
	AND (sensitive = 0 OR @client_super)
	AND NOT EXISTS (@client_beneath);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, :tenant, :now, 'client.update', 'success', :actor, :client,
	@audit_client, :ip, :rid,
	:detail
WHERE @client_mine
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT c.client_id
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND c.last_op = :op;
