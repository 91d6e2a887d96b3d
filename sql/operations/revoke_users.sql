-- The epochs of some accounts, those behind after, jump past whatever a
-- database that is lost may have counted. last is null when there were none.
-- in op text
-- in after text
-- in batch int

-- part these
SELECT i.id FROM users AS i WHERE i.id > :after ORDER BY i.id LIMIT :batch;

-- stmt users
UPDATE users
SET epoch = epoch + 1000000, last_op = :op
WHERE id IN (@these) AND last_op <> :op;

-- stmt last
SELECT max(t.id) FROM (@these) AS t;
