-- Keeps a signed head, if the chain has such an entry. The first one stays.
-- in tenant text
-- in seq int
-- in hash text
-- in kid text
-- in jws text
-- in now int

-- stmt head
INSERT INTO audit_heads (tenant, seq, hash, kid, jws, created_at)
SELECT a.tenant, a.seq, a.hash, :kid, :jws, :now
FROM audit AS a
WHERE a.tenant = :tenant AND a.seq = :seq AND a.hash = :hash
ON CONFLICT DO NOTHING;
