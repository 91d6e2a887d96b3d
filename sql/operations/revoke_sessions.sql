-- Some of the sessions that live end, whoever's they are, with what could
-- begin another: tickets and links. more has a row while there are others.
-- in now int
-- in batch int

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'revoked'
WHERE id IN (SELECT s.id FROM sessions AS s
	WHERE s.ended_at IS NULL LIMIT :batch);

-- stmt tickets
DELETE FROM mfa_tickets
WHERE hash IN (SELECT t.hash FROM mfa_tickets AS t LIMIT :batch);

-- stmt links
UPDATE mail_links
SET used_at = :now, used_by = ''
WHERE id IN (SELECT l.id FROM mail_links AS l
	WHERE l.used_at IS NULL LIMIT :batch);

-- stmt more
SELECT 1 WHERE EXISTS (SELECT 1 FROM sessions AS s WHERE s.ended_at IS NULL)
	OR EXISTS (SELECT 1 FROM mfa_tickets)
	OR EXISTS (SELECT 1 FROM mail_links AS l WHERE l.used_at IS NULL);
