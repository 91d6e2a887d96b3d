-- Another link to verify an address, for the newest account that waits for
-- it. Nobody who asks learns whether there is one: the same rows are written
-- when there is none, of which the outbox drops those whose link is missing.
-- send is 0 when the address had its share of mails.
--
-- Where there is no link, one that nobody ever sees takes the time of one: it
-- is gone before the end.
-- in op text
-- in now int
-- in tenant text
-- in email_key text
-- in send int
-- in ip text
-- in ua text
-- in link text
-- in hash text
-- in expires int

-- stmt link
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 1, u.id, CASE WHEN u.pending_email_key = :email_key
		THEN u.pending_email ELSE u.email END,
	:email_key, :hash, :now, :expires
FROM users AS u
WHERE :send = 1 AND u.id = (SELECT w.id FROM users AS w
		WHERE w.tenant = :tenant AND w.status <> 'disabled'
		AND (w.pending_email_key = :email_key
			OR (w.email_key = :email_key AND w.email_verified = 0))
		AND NOT EXISTS (SELECT 1 FROM users AS h
			WHERE h.tenant = w.tenant AND h.email_key = :email_key
			AND h.email_verified = 1)
		ORDER BY w.created_at DESC, w.id DESC LIMIT 1)
ON CONFLICT DO NOTHING;

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent, link_id)
SELECT :op, u.tenant, :now, :now, 'verify', u.id, l.email, u.username, :ip,
	:ua, l.id
FROM mail_links AS l, users AS u
WHERE l.id = :link AND u.id = l.user_id
ON CONFLICT DO NOTHING;

-- stmt shadow
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 1, (SELECT MIN(u.id) FROM users AS u), '', '', :hash, :now, 0
WHERE NOT EXISTS (SELECT 1 FROM mail_links AS l WHERE l.id = :link)
	AND EXISTS (SELECT 1 FROM users AS u)
ON CONFLICT DO NOTHING;

-- stmt gone
DELETE FROM mail_links WHERE id = :link AND expires_at = 0;

-- stmt blank
INSERT INTO outbox (id, tenant, created_at, due_at, template, to_addr,
	username, ip, user_agent, link_id)
SELECT :op, :tenant, :now, :now, 'verify', '', '', :ip, :ua, :link
WHERE NOT EXISTS (SELECT 1 FROM mail_links AS l WHERE l.id = :link)
ON CONFLICT DO NOTHING;
