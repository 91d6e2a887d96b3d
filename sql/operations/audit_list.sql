-- Sealed entries of a chain, newest first, before entry `before`, made from
-- `from` on and before `to` (0: whenever). What is null is not asked for. The
-- times are turned into entries first, with a look at the neighbours (see
-- audit_range.sql), so that a list about last year reads nothing of this one's;
-- the four ways to ask go by an index each.
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
-- in before int
-- in from int
-- in to int
-- in by text
-- in subject text
-- in action text
-- in result text
-- in limit int

-- part bounded
a.tenant = :tenant AND a.seq < :before
	AND (:from = 0 OR (a.created_at >= :from AND a.seq >= (
		SELECT COALESCE(min(f.seq), 0)
		FROM (SELECT seq FROM audit
			WHERE tenant = :tenant AND created_at >= :from
			AND seq IS NOT NULL
			ORDER BY created_at LIMIT 256) AS f)))
	AND (:to = 0 OR (a.created_at < :to AND a.seq <= (
		SELECT COALESCE(max(t.seq), 0)
		FROM (SELECT seq FROM audit
			WHERE tenant = :tenant AND created_at < :to
			AND seq IS NOT NULL
			ORDER BY created_at DESC LIMIT 256) AS t)))
	AND (:action IS NULL OR a.action = :action)
	AND (:result IS NULL OR a.result = :result);

-- part columns
a.seq, a.created_at, a.action, a.result, a.actor, a.subject, a.client_id,
	a.ip, a.request_id, a.detail, a.prev, a.hash;

-- stmt who
@admin_who_reads;

-- stmt entries
SELECT * FROM (
	SELECT * FROM (SELECT @columns
		FROM audit AS a
		WHERE :by IS NULL AND :subject IS NULL AND :action IS NULL
		AND @bounded
		ORDER BY a.seq DESC LIMIT :limit) AS x
	UNION ALL
	SELECT * FROM (SELECT @columns
		FROM audit AS a
		WHERE :by IS NULL AND :subject IS NULL AND a.action = :action
		AND @bounded
		ORDER BY a.seq DESC LIMIT :limit) AS w
	UNION ALL
	SELECT * FROM (SELECT @columns
		FROM audit AS a
		WHERE :by IS NULL AND a.subject = :subject AND @bounded
		ORDER BY a.seq DESC LIMIT :limit) AS y
	UNION ALL
	SELECT * FROM (SELECT @columns
		FROM audit AS a
		WHERE a.actor = :by AND @bounded
		AND (:subject IS NULL OR a.subject = :subject)
		ORDER BY a.seq DESC LIMIT :limit) AS z) AS e
ORDER BY e.seq DESC
LIMIT :limit;
