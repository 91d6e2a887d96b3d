-- in id text
-- in val text
-- in num int
-- stmt item
INSERT INTO items (id, val, num) VALUES (:id, :val, :num)
ON CONFLICT DO NOTHING RETURNING id;
