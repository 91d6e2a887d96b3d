-- Changes what the bearer may change of the own account. The columns of the
-- outcome are those of me_get.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in name text
-- in ip text
-- in rid text
-- in password_stop int
-- in otp_stop int

-- stmt user
UPDATE users
SET name = :name, updated_at = :now, last_op = :op
WHERE id = :user AND tenant = :tenant AND status = 'active' AND epoch = :epoch
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.user_id = users.id
		AND s.ended_at IS NULL AND s.expires_at > :now);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, tenant, :now, 'user.update', 'success', id, id,
	(SELECT c.client_id FROM sessions AS c WHERE c.id = :sid), :ip, :rid,
	'{"members":["name"]}'
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
