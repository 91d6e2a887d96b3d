-- One entry of a chain, and whether a signed head stands behind it.
-- in tenant text
-- in seq int

-- stmt entry
SELECT a.hash, CASE WHEN EXISTS (SELECT 1 FROM audit_heads AS h
		WHERE h.tenant = a.tenant AND h.seq = a.seq
		AND h.hash = a.hash) THEN 1 ELSE 0 END
FROM audit AS a
WHERE a.tenant = :tenant AND a.seq = :seq;
