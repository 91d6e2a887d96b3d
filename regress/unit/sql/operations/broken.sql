-- No such table.
-- stmt rows
SELECT id FROM nowhere;
