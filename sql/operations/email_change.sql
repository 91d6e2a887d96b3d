-- The bearer wants another address, and the password was right: it waits until
-- the link that is mailed to it is followed, and the old address is told. name
-- is null where it stays as it is, '' where it goes. When another account has
-- verified the new address its holder is told instead, as at registration. An
-- old address that nobody verified is told a few times only: it may belong to
-- anybody.
-- The columns of the outcome are those of me_get.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in version int
-- in name text
-- in email text
-- in email_key text
-- in send int
-- in ip text
-- in ua text
-- in rid text
-- in link text
-- in hash text
-- in expires int
-- in password_stop int
-- in otp_stop int

-- stmt user
UPDATE users
SET pending_email = CASE WHEN email = :email AND email_verified = 1 THEN NULL
		ELSE :email END,
	pending_email_key = CASE WHEN email = :email AND email_verified = 1
		THEN NULL ELSE :email_key END,
	name = CASE WHEN :name IS NULL THEN name WHEN :name = '' THEN NULL
		ELSE :name END,
	updated_at = :now, last_op = :op
WHERE id = :user AND tenant = :tenant AND status = 'active' AND epoch = :epoch
	AND version = :version
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.user_id = users.id
		AND s.ended_at IS NULL AND s.expires_at > :now);

-- stmt older
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE used_at IS NULL AND id <> :link AND purpose = 1
	AND user_id = (SELECT u.id FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt link
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 1, id, pending_email, pending_email_key, :hash, :now, :expires
FROM users
WHERE id = :user AND last_op = :op AND pending_email IS NOT NULL
ON CONFLICT DO NOTHING;

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent, link_id)
SELECT :op, u.tenant, :now, :now,
	CASE WHEN h.id IS NULL THEN 'verify' ELSE 'already_registered' END,
	CASE WHEN h.id IS NULL THEN u.id ELSE h.id END,
	CASE WHEN h.id IS NULL THEN u.pending_email ELSE h.email END,
	CASE WHEN h.id IS NULL THEN u.username ELSE h.username END,
	:ip, :ua, CASE WHEN h.id IS NULL THEN :link END
FROM users AS u LEFT JOIN users AS h ON h.tenant = u.tenant
	AND h.email_key = u.pending_email_key AND h.email_verified = 1
	AND h.id <> u.id
WHERE :send = 1 AND u.id = :user AND u.last_op = :op
	AND u.pending_email IS NOT NULL
ON CONFLICT DO NOTHING;

-- stmt notice
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent)
SELECT :op || '-2', u.tenant, :now, :now, 'email_changed', u.id, u.email,
	u.username, :ip, :ua
FROM users AS u
WHERE u.id = :user AND u.last_op = :op AND u.pending_email IS NOT NULL
	AND u.pending_email <> u.email
	AND (u.email_verified = 1 OR (SELECT count(*) FROM mail_links AS l
		WHERE l.user_id = u.id AND l.purpose = 1) <= 4)
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, tenant, :now, 'user.update', 'success', id, id,
	(SELECT c.client_id FROM sessions AS c WHERE c.id = :sid), :ip, :rid,
	'{"members":["pending_email"]}'
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt me
SELECT u.id, u.username, u.email, u.email_verified, u.name, u.role, u.status,
	CASE WHEN u.totp_secret IS NULL THEN 0 ELSE 1 END, u.tenant,
	u.created_at, u.updated_at, u.last_login_at, u.pending_email,
	CASE WHEN (SELECT COALESCE(SUM(t.charges), 0) FROM throttles AS t
		WHERE t.kind = 'login' AND t.tenant = u.tenant
		AND (t.subject = u.username_key OR (u.email_verified = 1
			AND t.subject = u.email_key))) >= :password_stop
	OR EXISTS (SELECT 1 FROM throttles AS t
		WHERE t.kind = 'otp' AND t.tenant = u.tenant
		AND t.subject = u.id AND t.streak >= :otp_stop)
	THEN 1 ELSE 0 END
FROM users AS u
WHERE u.id = :user AND EXISTS (SELECT 1 FROM audit AS a WHERE a.id = :op);

-- stmt roles
SELECT r.role
FROM user_roles AS r
WHERE r.user_id = :user
ORDER BY r.role;

-- stmt permissions
SELECT p.permission
FROM (SELECT DISTINCT v.permission FROM user_permissions AS v
	WHERE v.user_id = :user) AS p
ORDER BY p.permission COLLATE ucs_basic;
