-- The link in a mail was followed: its address reaches the account's holder.
-- It is the address of the account, or the one that waits to take its place.
-- taken has a row when another account verified the address first: then
-- nothing changes, and the link stays what it was. The first statement locks
-- all who want the address, so that one comes after the other and the index
-- that lets one only have it is never hit; the second locks the link, so that
-- it is good once.
-- in op text
-- in now int
-- in tenant text
-- in hash text
-- in ip text
-- in rid text

-- stmt lock
UPDATE users
SET updated_at = updated_at
WHERE id IN (SELECT u.id FROM mail_links AS l, users AS o, users AS u
	WHERE l.hash = :hash AND l.purpose = 1 AND l.used_at IS NULL
	AND o.id = l.user_id AND o.tenant = :tenant
	AND u.tenant = o.tenant AND u.email_key = l.email_key
	UNION
	SELECT u.id FROM mail_links AS l, users AS o, users AS u
	WHERE l.hash = :hash AND l.purpose = 1 AND l.used_at IS NULL
	AND o.id = l.user_id AND o.tenant = :tenant
	AND u.tenant = o.tenant AND u.pending_email_key = l.email_key);

-- stmt link
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE hash = :hash AND purpose = 1 AND expires_at > :now
	AND (used_at IS NULL OR used_by = :op)
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = mail_links.user_id AND u.tenant = :tenant
		AND u.status <> 'disabled'
		AND (u.last_op = :op OR u.pending_email = mail_links.email
			OR (u.email = mail_links.email
				AND u.email_verified = 0)))
	AND NOT EXISTS (SELECT 1 FROM users AS u, users AS o
		WHERE u.id = mail_links.user_id AND o.tenant = u.tenant
		AND o.id <> u.id AND o.email_verified = 1
		AND o.email_key = mail_links.email_key);

-- stmt user
UPDATE users
SET email = l.email, email_key = l.email_key, email_verified = 1,
	pending_email = CASE WHEN pending_email = l.email THEN NULL
		ELSE pending_email END,
	pending_email_key = CASE WHEN pending_email = l.email THEN NULL
		ELSE pending_email_key END,
	status = CASE WHEN status = 'pending' THEN 'active' ELSE status END,
	updated_at = :now, last_op = :op
FROM mail_links AS l
WHERE l.hash = :hash AND l.used_by = :op AND users.id = l.user_id
	AND users.status <> 'disabled'
	AND (users.pending_email = l.email
		OR (users.email = l.email AND users.email_verified = 0));

-- stmt others
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE used_at IS NULL AND purpose = 1 AND user_id = (SELECT u.id
	FROM users AS u, mail_links AS l
	WHERE l.hash = :hash AND l.used_by = :op AND u.id = l.user_id
	AND u.last_op = :op);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject, ip,
	request_id, detail)
SELECT :op, u.tenant, :now, 'user.update', 'success', u.id, u.id, :ip, :rid,
	'{"members":["email_verified"]}'
FROM users AS u, mail_links AS l
WHERE l.hash = :hash AND l.used_by = :op AND u.id = l.user_id
	AND u.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;

-- stmt taken
SELECT l.id
FROM mail_links AS l, users AS u, users AS o
WHERE l.hash = :hash AND l.purpose = 1 AND l.expires_at > :now
	AND l.used_at IS NULL AND u.id = l.user_id AND u.tenant = :tenant
	AND u.status <> 'disabled'
	AND (u.pending_email = l.email OR u.email = l.email)
	AND o.tenant = u.tenant AND o.id <> u.id AND o.email_verified = 1
	AND o.email_key = l.email_key;
