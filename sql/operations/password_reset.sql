-- A new password by the link in a mail, if link and account are still what the
-- password was hashed for. The first statement locks the link, so that it is
-- good once; all sessions end, and no other link to a new password is good. An
-- address that waits to be the account's is forgotten, with its link: who knew
-- the old password may have asked for it.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in version int
-- in hash text
-- in record text
-- in ip text
-- in ua text
-- in rid text
-- in mail int

-- stmt link
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE hash = :hash AND purpose = 2 AND user_id = :user AND expires_at > :now
	AND (used_at IS NULL OR used_by = :op)
	AND EXISTS (SELECT 1 FROM users AS t
		WHERE t.id = :user AND t.tenant = :tenant)
	AND NOT EXISTS (SELECT 1 FROM mail_links AS n
		WHERE n.user_id = mail_links.user_id AND n.purpose = 2
		AND (n.created_at, n.id)
			> (mail_links.created_at, mail_links.id));

-- stmt user
UPDATE users
SET pw_record = :record, version = :version + 1, pending_email = NULL,
	pending_email_key = NULL, updated_at = :now, last_op = :op
WHERE id = :user AND version = :version AND status <> 'disabled'
	AND EXISTS (SELECT 1 FROM mail_links AS l
		WHERE l.hash = :hash AND l.used_by = :op
		AND l.user_id = users.id AND l.email = users.email);

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'password', last_op = :op
WHERE user_id = :user AND ended_at IS NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt others
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE user_id = :user AND used_at IS NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op
		AND (mail_links.purpose = 2 OR mail_links.email <> u.email));

-- stmt suspension
DELETE FROM throttles
WHERE kind = 'login' AND EXISTS (SELECT 1 FROM users AS u
	WHERE u.id = :user AND u.last_op = :op AND u.tenant = throttles.tenant
	AND (u.username_key = throttles.subject
		OR u.email_key = throttles.subject));

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent)
SELECT :op, u.tenant, :now, :now, 'password_changed', u.id, u.email,
	u.username, :ip, :ua
FROM users AS u
WHERE :mail = 1 AND u.id = :user AND u.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject, ip,
	request_id)
SELECT :op, tenant, :now, 'password.reset', 'success', id, id, :ip, :rid
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;
