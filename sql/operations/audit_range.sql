-- The piece of a chain that begins with the first entry made at from or later
-- and ends with the last one made before to. Entries are sealed in the order
-- of their commits, which is not quite that of their times: hence the looks at
-- the neighbours. Null where there is none.
-- in tenant text
-- in from int
-- in to int

-- stmt chain
SELECT seq FROM audit_chains WHERE tenant = :tenant AND seq > 0;

-- stmt first
SELECT min(a.seq)
FROM (SELECT seq FROM audit
	WHERE tenant = :tenant AND created_at >= :from AND seq IS NOT NULL
	ORDER BY created_at LIMIT 256) AS a;

-- stmt last
SELECT max(a.seq)
FROM (SELECT seq FROM audit
	WHERE tenant = :tenant AND created_at < :to AND seq IS NOT NULL
	ORDER BY created_at DESC LIMIT 256) AS a;
