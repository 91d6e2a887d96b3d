-- A link to set a new password, for who has verified the address, else for
-- the oldest account with it. The newest link alone is good. Nobody who asks
-- learns whether there is such an account: the same rows are written when
-- there is none, of which the outbox drops those whose link is missing. send
-- is 0 when the address had its share of mails.
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
-- in rid text
-- in link text
-- in hash text
-- in expires int

-- stmt link
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 2, u.id, u.email, u.email_key, :hash, :now, :expires
FROM users AS u
WHERE :send = 1 AND u.status <> 'disabled'
	AND u.id = (SELECT w.id FROM users AS w
		WHERE w.tenant = :tenant AND w.email_key = :email_key
		ORDER BY w.email_verified DESC, w.created_at, w.id LIMIT 1)
ON CONFLICT DO NOTHING;

-- stmt older
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE purpose = 2 AND used_at IS NULL AND id <> :link
	AND user_id = (SELECT l.user_id FROM mail_links AS l
		WHERE l.id = :link);

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent, link_id)
SELECT :op, u.tenant, :now, :now, 'reset', u.id, l.email, u.username, :ip,
	:ua, l.id
FROM mail_links AS l, users AS u
WHERE l.id = :link AND u.id = l.user_id
ON CONFLICT DO NOTHING;

-- stmt shadow
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 2, (SELECT MIN(u.id) FROM users AS u), '', '', :hash, :now, 0
WHERE NOT EXISTS (SELECT 1 FROM mail_links AS l WHERE l.id = :link)
	AND EXISTS (SELECT 1 FROM users AS u)
ON CONFLICT DO NOTHING;

-- Where no older link was made void something else is written in its place.
-- stmt alike
UPDATE mail_links
SET used_at = CASE WHEN expires_at = 0 THEN :now END
WHERE id = :link AND NOT EXISTS (SELECT 1
	FROM (SELECT o.used_by AS who FROM mail_links AS o
		WHERE o.user_id = (SELECT l.user_id FROM mail_links AS l
			WHERE l.id = :link) AND o.purpose = 2 AND o.id <> :link
		ORDER BY o.created_at DESC LIMIT 1) AS p
	WHERE p.who = :op);

-- stmt gone
DELETE FROM mail_links WHERE id = :link AND expires_at = 0;

-- stmt blank
INSERT INTO outbox (id, tenant, created_at, due_at, template, to_addr,
	username, ip, user_agent, link_id)
SELECT :op, :tenant, :now, :now, 'reset', '', '', :ip, :ua, :link
WHERE NOT EXISTS (SELECT 1 FROM mail_links AS l WHERE l.id = :link)
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, ip,
	request_id)
SELECT :op, :tenant, :now, 'password.request', 'success',
	(SELECT l.user_id FROM mail_links AS l WHERE l.id = :link), :ip, :rid
WHERE :op IS NOT NULL
ON CONFLICT DO NOTHING;
