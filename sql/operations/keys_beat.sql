-- A sign of life of this node (kid '') and for each key that it holds, and
-- what becomes of keys with time. A retiring key that this node still signs
-- with, for want of the active one, is kept until what it signs now has ended.
-- A next key that no node has shown for long will never be of use to anybody.
-- in now int
-- in node text
-- in signing text
-- in until int
-- in lost int
-- in forget int

-- stmt here
INSERT INTO key_nodes (node, kid, seen_at) VALUES (:node, '', :now)
ON CONFLICT (node, kid) DO UPDATE SET seen_at = :now;

-- stmt alive
UPDATE key_nodes SET seen_at = :now WHERE node = :node;

-- stmt needed
UPDATE signing_keys SET retire_at = :until
WHERE kid = :signing AND state = 'retiring' AND retire_at < :until;

-- stmt over
UPDATE signing_keys SET state = 'retired'
WHERE state = 'retiring' AND retire_at <= :now;

-- stmt orphan
UPDATE signing_keys SET state = 'retired', retire_at = :now
WHERE state = 'next' AND created_at < :lost
	AND NOT EXISTS (SELECT 1 FROM key_nodes AS n
		WHERE n.kid = signing_keys.kid AND n.seen_at >= :lost);

-- stmt gone
DELETE FROM key_nodes
WHERE seen_at < :forget
	OR kid IN (SELECT k.kid FROM signing_keys AS k
		WHERE k.state = 'retired');
