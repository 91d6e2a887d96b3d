-- Writes, then fails if the second id is there: nothing of it may stay.
-- in id text
-- in taken text
-- stmt first
INSERT INTO items (id) VALUES (:id);
-- stmt second
INSERT INTO items (id) VALUES (:taken);
