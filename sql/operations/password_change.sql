-- Stores a new password if the account is still what the old one was checked
-- against, ends the account's other sessions and the links that would set
-- another password, and forgets an address that waits to be the account's: who
-- knew the old password may have asked for it. Where mail is configured the
-- holder is told; at an address that nobody verified a few times only, for it
-- may belong to anybody.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in version int
-- in record text
-- in ip text
-- in ua text
-- in rid text
-- in mail int

-- stmt user
UPDATE users
SET pw_record = :record, version = :version + 1, pending_email = NULL,
	pending_email_key = NULL, updated_at = :now, last_op = :op
WHERE id = :user AND tenant = :tenant AND status = 'active' AND epoch = :epoch
	AND version = :version
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.user_id = users.id
		AND s.ended_at IS NULL AND s.expires_at > :now);

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'password', last_op = :op
WHERE user_id = :user AND id <> :sid AND ended_at IS NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt links
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE user_id = :user AND used_at IS NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op
		AND (mail_links.purpose = 2 OR mail_links.email <> u.email));

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent)
SELECT :op, u.tenant, :now, :now, 'password_changed', u.id, u.email,
	u.username, :ip, :ua
FROM users AS u
WHERE :mail = 1 AND u.id = :user AND u.last_op = :op
	AND (u.email_verified = 1 OR u.version <= 6)
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id)
SELECT :op, tenant, :now, 'password.change', 'success', id, id,
	(SELECT c.client_id FROM sessions AS c WHERE c.id = :sid), :ip, :rid
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;
