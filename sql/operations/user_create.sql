-- A new account, made by an administrator. record is a hash of another system
-- that was imported, or null: then a link to set a password is mailed where
-- mail is 1. An address that another account has verified is taken. When
-- outcome has no row, state tells why.
-- in op text
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
-- in fresh int
-- in ip text
-- in rid text
-- in ua text
-- in user text
-- in username text
-- in username_key text
-- in email text
-- in email_key text
-- in verified int
-- in name text
-- in role text
-- in roles text
-- in nroles int
-- in record text
-- in mail int
-- in link text
-- in hash text
-- in expires int
-- in detail text
-- in password_stop int
-- in otp_stop int

-- part email_taken
EXISTS (SELECT 1 FROM users AS o
	WHERE o.tenant = :tenant AND o.email_key = :email_key
	AND o.email_verified = 1 AND o.id <> :user);

-- stmt lock
@admin_lock;

-- stmt lock_machine quiet
@admin_lock_machine;

-- stmt mark
@admin_mark;

-- stmt mark_machine quiet
@admin_mark_machine;

-- stmt who
@admin_who_writes;

-- stmt lock_roles
@user_roles_lock;

-- stmt create
INSERT INTO users (id, tenant, username, username_key, email, email_key,
	email_verified, name, role, pw_record, created_at, updated_at, last_op)
SELECT :user, :tenant, :username, :username_key, :email, :email_key,
	:verified, :name, :role, :record, :now, :now, :op
WHERE @admin_ok AND @user_roles_known AND @user_roles_grantable
	AND NOT @email_taken
	AND EXISTS (SELECT 1 FROM tenants AS n
		WHERE n.id = :tenant AND n.deleted_at IS NULL)
ON CONFLICT DO NOTHING;

-- stmt give
INSERT INTO user_roles (user_id, tenant, role)
SELECT u.id, u.tenant, r.name
FROM users AS u, roles AS r
WHERE u.id = :user AND u.last_op = :op AND r.tenant = :tenant
	AND r.name IN @user_role_words
ON CONFLICT DO NOTHING;

-- stmt link
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 2, u.id, u.email, u.email_key, :hash, :now, :expires
FROM users AS u
WHERE :mail = 1 AND u.id = :user AND u.last_op = :op AND :record IS NULL
ON CONFLICT DO NOTHING;

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent, link_id)
SELECT :op, u.tenant, :now, :now, 'set_password', u.id, l.email, u.username,
	:ip, :ua, l.id
FROM mail_links AS l, users AS u
WHERE l.id = :link AND u.id = l.user_id
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, u.tenant, :now, 'user.create', 'success', :actor, u.id,
	@audit_client, :ip, :rid, :detail
FROM users AS u
WHERE u.id = :user AND u.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;

-- stmt state
SELECT CASE WHEN @user_roles_grantable THEN 1 ELSE 0 END,
	CASE WHEN EXISTS (SELECT 1 FROM users AS o
		WHERE o.tenant = :tenant AND o.username_key = :username_key
		AND o.id <> :user) THEN 1 ELSE 0 END,
	CASE WHEN @email_taken THEN 1 ELSE 0 END;

-- stmt known
SELECT r.name
FROM roles AS r
WHERE r.tenant = :tenant AND r.name IN @user_role_words;

-- stmt user
SELECT @user_columns
FROM users AS u
WHERE u.id = :user;

-- stmt roles
SELECT r.role
FROM user_roles AS r
WHERE r.user_id = :user
ORDER BY r.role;
