-- What this node has to know each second: states that another node changed,
-- which node makes keys (the first one by name of those that live), and how
-- many live.
-- in alive int

-- stmt keys
SELECT kid, alg, state, created_at, active_at FROM signing_keys
ORDER BY created_at DESC, kid;

-- stmt leader
SELECT MIN(node) FROM key_nodes WHERE seen_at >= :alive;

-- stmt nodes
SELECT count(DISTINCT node) FROM key_nodes WHERE seen_at >= :alive;
