-- A key leaves the set now, whatever it signed. The active one cannot: another
-- has to be active first. outcome: no row, no such key.
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
-- in kid text
-- in client text
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

-- stmt retire
UPDATE signing_keys SET state = 'retired', retire_at = :now, last_op = :op
WHERE kid = :kid AND state IN ('next', 'retiring') AND @admin_ok;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, 'default', :now, 'key.retire', 'success', :actor, kid, :client,
	:ip, :rid, :detail
FROM signing_keys WHERE kid = :kid AND last_op = :op AND state = 'retired'
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT state FROM signing_keys WHERE kid = :kid;
