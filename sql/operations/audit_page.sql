-- Sealed entries of a chain behind after, up to upto, and the signed heads
-- that stand between them.
-- in tenant text
-- in after int
-- in upto int

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
