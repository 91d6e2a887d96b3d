-- audit_page.sql for an administrator, who is asked again with each piece.
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
-- in after int
-- in upto int

-- stmt who
@admin_who_reads;

-- stmt entries
SELECT seq, created_at, action, result, actor, subject, client_id, ip,
	request_id, detail, prev, hash
FROM audit
WHERE tenant = :tenant AND seq > :after AND seq <= :upto
ORDER BY seq;

-- stmt heads
SELECT seq, jws
FROM audit_heads
WHERE tenant = :tenant AND seq > :after AND seq <= :upto
ORDER BY seq;
