-- stmt items
SELECT count(*) FROM items;
-- stmt counters
SELECT id, n FROM counters ORDER BY id;
