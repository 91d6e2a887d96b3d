-- Seals count entries behind entry base, whose hash is prev. ids are their
-- ids, each filled up with blanks to 64 characters; chain is prev and their
-- hashes, 43 characters each. Moves the chain's end first: of two that seal at
-- once the second finds it moved, and does nothing. Nothing is done either
-- when one of the entries is gone or sealed.
-- in op text
-- in node text
-- in tenant text
-- in base int
-- in prev text
-- in count int
-- in last text
-- in ids text
-- in chain text

-- stmt chain
UPDATE audit_chains
SET seq = :base + :count, hash = :last, last_op = :op
WHERE tenant = :tenant AND seq = :base AND hash = :prev
	AND EXISTS (SELECT 1 FROM leases
		WHERE name = 'audit' AND holder = :node)
	AND :count = (WITH RECURSIVE n(i) AS (
			SELECT 0 UNION ALL
			SELECT i + 1 FROM n WHERE i + 1 < :count)
		SELECT count(*) FROM n, audit AS a
		WHERE a.id = rtrim(substr(:ids, n.i * 64 + 1, 64))
			AND a.tenant = :tenant AND a.seq IS NULL);

-- stmt entries
WITH RECURSIVE n(i) AS (
	SELECT 0 UNION ALL
	SELECT i + 1 FROM n WHERE i + 1 < :count)
UPDATE audit
SET seq = :base + n.i + 1, prev = substr(:chain, n.i * 43 + 1, 43),
	hash = substr(:chain, n.i * 43 + 44, 43)
FROM n
WHERE audit.id = rtrim(substr(:ids, n.i * 64 + 1, 64))
	AND audit.tenant = :tenant AND audit.seq IS NULL
	AND EXISTS (SELECT 1 FROM audit_chains AS c
		WHERE c.tenant = :tenant AND c.last_op = :op);

-- stmt outcome
SELECT seq FROM audit_chains WHERE tenant = :tenant AND last_op = :op;
