-- Makes a key pair known that this node holds: the first of an algorithm is
-- active, the second one is next, and one more than that gets no row: nobody
-- has any use for it. The second insert is for the node that lost the race for
-- being first.
-- in now int
-- in node text
-- in kid text
-- in alg text

-- stmt first
INSERT INTO signing_keys (kid, alg, state, created_at, active_at)
SELECT :kid, :alg, 'active', :now, :now
WHERE NOT EXISTS (SELECT 1 FROM signing_keys
		WHERE alg = :alg AND state = 'active')
ON CONFLICT DO NOTHING;

-- stmt later
INSERT INTO signing_keys (kid, alg, state, created_at)
VALUES (:kid, :alg, 'next', :now)
ON CONFLICT DO NOTHING;

-- stmt holds
INSERT INTO key_nodes (node, kid, seen_at)
SELECT :node, kid, :now FROM signing_keys
WHERE kid = :kid AND state <> 'retired'
ON CONFLICT (node, kid) DO UPDATE SET seen_at = :now;

-- stmt keys
SELECT kid, alg, state, created_at, active_at FROM signing_keys
ORDER BY created_at DESC, kid;
