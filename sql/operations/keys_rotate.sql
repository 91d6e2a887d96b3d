-- The next key of an algorithm becomes active, and the active one retires when
-- its last token has ended. Only a key that every living node holds, and that
-- was published by then. outcome has a row when it was done; else next and
-- lacking say what was missing. The server's own schedule comes as an operator.
-- in op text
-- in now int
-- in operator int
-- in actor text
-- in machine int
-- in sid text
-- in home text
-- in epoch int
-- in tenant text
-- in perm text
-- in lax int
-- in fresh int
-- in alg text
-- in published int
-- in alive int
-- in retire int
-- in most int
-- in client text
-- in ip text
-- in rid text
-- in detail text

-- stmt lock
@admin_lock;

-- stmt lock_machine quiet
@admin_lock_machine;

-- stmt mark
@admin_mark;

-- stmt mark_machine quiet
@admin_mark_machine;

-- stmt who
@admin_who_writes;

-- stmt old
UPDATE signing_keys SET state = 'retiring', retire_at = :retire, last_op = :op
WHERE alg = :alg AND state = 'active' AND @admin_ok
	AND NOT EXISTS (SELECT 1 FROM signing_keys AS d WHERE d.last_op = :op)
	AND (SELECT COUNT(*) FROM signing_keys AS r
		WHERE r.state = 'retiring') < :most
	AND EXISTS (SELECT 1 FROM signing_keys AS n
		WHERE n.alg = :alg AND n.state = 'next'
			AND n.created_at <= :published
			AND EXISTS (SELECT 1 FROM key_nodes AS h
				WHERE h.kid = n.kid AND h.seen_at >= :alive)
			AND NOT EXISTS (SELECT 1 FROM key_nodes AS h
				WHERE h.seen_at >= :alive
				AND NOT EXISTS (SELECT 1 FROM key_nodes AS t
					WHERE t.node = h.node
					AND t.kid = n.kid)));

-- stmt new
UPDATE signing_keys SET state = 'active', last_op = :op,
	active_at = CASE WHEN created_at > :now THEN created_at ELSE :now END
WHERE alg = :alg AND state = 'next'
	AND EXISTS (SELECT 1 FROM signing_keys AS o
		WHERE o.alg = :alg AND o.last_op = :op
			AND o.state = 'retiring')
	AND NOT EXISTS (SELECT 1 FROM signing_keys AS d
		WHERE d.last_op = :op AND d.state = 'active');

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, 'default', :now, 'key.rotate', 'success', :actor, kid, :client,
	:ip, :rid, :detail
FROM signing_keys WHERE last_op = :op AND state = 'active'
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT n.kid, o.kid FROM signing_keys AS n, signing_keys AS o
WHERE n.last_op = :op AND n.state = 'active'
	AND o.last_op = :op AND o.kid <> n.kid;

-- stmt next
SELECT kid FROM signing_keys WHERE alg = :alg AND state = 'next';

-- stmt lacking
SELECT DISTINCT h.node FROM key_nodes AS h, signing_keys AS n
WHERE h.seen_at >= :alive AND n.alg = :alg AND n.state = 'next'
	AND NOT EXISTS (SELECT 1 FROM key_nodes AS t
		WHERE t.node = h.node AND t.kid = n.kid)
ORDER BY h.node LIMIT 1;
