-- Takes mail that is due. A row that is being sent has its due_at moved on, so
-- that nobody else finds it due unless we die. What was leased before and was
-- lost on its way to us comes along. What is due later than any of ours can be
-- (far) was written when the clock was ahead. stale: its link is of no use any
-- more.
-- in self text
-- in now int
-- in until int
-- in far int
-- in batch int

-- stmt lease
UPDATE outbox
SET leased_by = :self, due_at = :until, tries = tries + 1
WHERE (due_at <= :now OR due_at > :far)
	AND id IN (SELECT o.id FROM outbox AS o
		WHERE o.due_at <= :now OR o.due_at > :far
		ORDER BY o.due_at, o.id LIMIT :batch);

-- stmt mails
SELECT o.id, o.template, o.to_addr, o.username, o.ip, o.user_agent,
	o.created_at, o.tries, o.link_id, l.purpose,
	CASE WHEN o.link_id IS NULL OR (l.used_at IS NULL
		AND l.expires_at > :now) THEN 0 ELSE 1 END, o.tenant
FROM outbox AS o LEFT JOIN mail_links AS l ON l.id = o.link_id
WHERE o.leased_by = :self
ORDER BY o.created_at, o.id;

-- stmt next
SELECT MIN(due_at) FROM outbox;
