-- A link to set a password that an operator asked for and hands over himself:
-- no mail goes out. user is a user's id, key a username; outcome has no row
-- when there is no such account, or it is disabled.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in key text
-- in link text
-- in hash text
-- in expires int

-- stmt link
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 2, u.id, u.email, u.email_key, :hash, :now, :expires
FROM users AS u
WHERE u.status <> 'disabled' AND u.id = (SELECT w.id FROM users AS w
		WHERE w.tenant = :tenant
		AND (w.id = :user OR w.username_key = :key)
		ORDER BY CASE WHEN w.id = :user THEN 0 ELSE 1 END LIMIT 1)
ON CONFLICT DO NOTHING;

-- stmt older
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE purpose = 2 AND used_at IS NULL AND id <> :link
	AND user_id = (SELECT l.user_id FROM mail_links AS l
		WHERE l.id = :link);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, detail)
SELECT :op, u.tenant, :now, 'password.request', 'success', u.id,
	'{"by":"operator"}'
FROM mail_links AS l, users AS u
WHERE l.id = :link AND u.id = l.user_id
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT l.id, u.username
FROM mail_links AS l, users AS u
WHERE l.id = :link AND u.id = l.user_id;
