-- in id text
-- stmt item
SELECT val, num, id FROM items WHERE id = :id;
