-- Long enough to be killed in.
CREATE TABLE many (n BIGINT NOT NULL);
INSERT INTO many (n)
WITH RECURSIVE c (x) AS (
	SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 400000
) SELECT x FROM c;
