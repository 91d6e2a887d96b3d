-- Takes time.
-- in rounds int
-- stmt rounds
WITH RECURSIVE c (x) AS (
	SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < :rounds
) SELECT count(*) FROM c;
