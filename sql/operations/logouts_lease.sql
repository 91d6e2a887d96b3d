-- Writes down whom to tell of sessions that ended, and takes what is due: as
-- outbox_lease.sql does. A session's mark goes when its row is there, or when
-- its client wants no word any more. No client has more than each under way, so
-- that a dead one is in nobody's way.
-- in self text
-- in now int
-- in until int
-- in far int
-- in batch int
-- in room int
-- in each int

-- part untold
(SELECT t.id FROM sessions AS t
	WHERE t.tell = 1 AND t.ended_at IS NOT NULL
	ORDER BY t.ended_at LIMIT :batch);

-- stmt queue
@logouts_of s.id IN @untold
ON CONFLICT DO NOTHING;

-- stmt told quiet
UPDATE sessions
SET tell = 0
WHERE tell = 1 AND id IN @untold
	AND (EXISTS (SELECT 1 FROM logouts AS l WHERE l.id = sessions.id)
		OR NOT EXISTS (SELECT 1 FROM clients AS c
			WHERE c.tenant = sessions.tenant
			AND c.client_id = sessions.client_id
			AND c.backchannel <> ''));

-- stmt lease
UPDATE logouts
SET leased_by = :self, due_at = :until, tries = tries + 1
WHERE (due_at <= :now OR due_at > :far)
	AND id IN (SELECT w.id
		FROM (SELECT d.id, d.due_at, d.tenant, d.client_id,
			ROW_NUMBER() OVER (PARTITION BY d.tenant, d.client_id
				ORDER BY d.due_at, d.id) AS n
			FROM (SELECT o.id, o.due_at, o.tenant, o.client_id
				FROM logouts AS o
				WHERE o.due_at <= :now OR o.due_at > :far
				ORDER BY o.due_at, o.id LIMIT 1000) AS d)
			AS w
		WHERE w.n + (SELECT count(*) FROM logouts AS l
			WHERE l.leased_by = :self AND l.tenant = w.tenant
			AND l.client_id = w.client_id) <= :each
		ORDER BY w.due_at, w.id LIMIT :room);

-- stmt logouts
SELECT o.id, o.tenant, o.client_id, o.url, o.sub, o.sid, o.created_at,
	o.tries, c.id_alg
FROM logouts AS o LEFT JOIN clients AS c
	ON c.tenant = o.tenant AND c.client_id = o.client_id
WHERE o.leased_by = :self
ORDER BY o.created_at, o.id;

-- stmt next
SELECT MIN(due_at) FROM logouts;
