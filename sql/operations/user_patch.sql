-- Changes an account, for an administrator. What stays as it is is null, or -1
-- for verified. email clears an address that waits, and is not verified unless
-- verified says so; the links in mails to the old one die, and it is told
-- (notice) where it was verified. Roles are replaced where has_roles is 1; a
-- change of them ends what earlier access tokens are good for. detail2 is of a
-- second entry of the audit, of the roles, or null. When outcome has no row,
-- state tells why.
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
-- in key text
-- in tags text
-- in ntags int
-- in username text
-- in username_key text
-- in email text
-- in email_key text
-- in verified int
-- in has_name int
-- in name text
-- in role text
-- in has_roles int
-- in roles text
-- in nroles int
-- in mail int
-- in action text
-- in detail text
-- in detail2 text
-- in password_stop int
-- in otp_stop int

-- part roles_change
((:role IS NOT NULL AND u.role <> :role)
	OR (:has_roles = 1 AND (:nroles <> (SELECT COUNT(*) FROM user_roles AS h
		WHERE h.user_id = u.id)
		OR EXISTS (SELECT 1 FROM user_roles AS h
			WHERE h.user_id = u.id
			AND h.role NOT IN @user_role_words))));

-- part username_taken
(:username_key IS NOT NULL AND EXISTS (SELECT 1 FROM users AS o
	WHERE o.tenant = u.tenant AND o.id <> u.id
	AND o.username_key = :username_key));

-- part email_taken
((:email_key IS NOT NULL OR :verified = 1) AND EXISTS (SELECT 1
	FROM users AS o
	WHERE o.tenant = u.tenant AND o.id <> u.id AND o.email_verified = 1
	AND o.email_key = COALESCE(:email_key, u.email_key)));

-- part may
@user_not_protected AND (u.role <> 'superadmin' OR :role IS NULL)
	AND NOT @admin_beneath AND @user_roles_known AND @user_roles_grantable
	AND @user_tags_match AND NOT @username_taken AND NOT @email_taken;

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

-- stmt lock_user
@user_lock;

-- stmt notice
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent)
SELECT :op, u.tenant, :now, :now, 'email_changed', u.id, u.email, u.username,
	:ip, :ua
FROM users AS u
WHERE u.id = @user_target AND :mail = 1 AND :email_key IS NOT NULL
	AND u.email_key <> :email_key AND u.email_verified = 1
	AND u.last_op <> :op AND @admin_ok AND @may
ON CONFLICT DO NOTHING;

-- stmt change
UPDATE users AS u
SET username = COALESCE(:username, username),
	username_key = COALESCE(:username_key, username_key),
	email = COALESCE(:email, email),
	email_key = COALESCE(:email_key, email_key),
	email_verified = CASE WHEN :verified >= 0 THEN :verified
		WHEN :email_key <> email_key THEN 0 ELSE email_verified END,
	pending_email = CASE WHEN :email IS NULL THEN pending_email END,
	pending_email_key = CASE WHEN :email IS NULL
		THEN pending_email_key END,
	status = CASE WHEN status = 'pending' AND :verified = 1 THEN 'active'
		ELSE status END,
	name = CASE WHEN :has_name = 1 THEN :name ELSE name END,
	role = COALESCE(:role, role),
	epoch = epoch + CASE WHEN @roles_change THEN 1 ELSE 0 END,
	updated_at = CASE WHEN updated_at < :now THEN :now
		ELSE updated_at + 1 END,
	last_op = :op
WHERE id = @user_target AND @admin_ok AND @may
	AND NOT EXISTS (SELECT 1 FROM audit AS d WHERE d.id = :op);

-- stmt drop
DELETE FROM user_roles
WHERE :has_roles = 1 AND user_id = @user_changed
	AND role NOT IN @user_role_words;

-- stmt give
INSERT INTO user_roles (user_id, tenant, role)
SELECT u.id, u.tenant, r.name
FROM users AS u, roles AS r
WHERE :has_roles = 1 AND u.id = @user_changed AND r.tenant = :tenant
	AND r.name IN @user_role_words
ON CONFLICT DO NOTHING;

-- stmt links
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE :email IS NOT NULL AND used_at IS NULL
	AND user_id = (SELECT u.id FROM users AS u
	WHERE u.id = @user_changed AND u.email <> mail_links.email);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, u.tenant, :now, :action, 'success', :actor, u.id, @audit_client,
	:ip, :rid, :detail
FROM users AS u
WHERE u.id = @user_changed
ON CONFLICT DO NOTHING;

-- stmt audit_roles
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op || '-2', u.tenant, :now, 'user.roles', 'success', :actor, u.id,
	@audit_client, :ip, :rid, :detail2
FROM users AS u
WHERE :detail2 IS NOT NULL AND u.id = @user_changed
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;

-- stmt state
SELECT CASE WHEN u.role = 'superadmin' THEN 1 ELSE 0 END,
	CASE WHEN @admin_beneath THEN 1 ELSE 0 END,
	CASE WHEN @user_roles_grantable THEN 1 ELSE 0 END,
	CASE WHEN @user_tags_match THEN 1 ELSE 0 END,
	CASE WHEN @username_taken THEN 1 ELSE 0 END,
	CASE WHEN @email_taken THEN 1 ELSE 0 END
FROM users AS u
WHERE u.id = @user_target;

-- stmt known
SELECT r.name
FROM roles AS r
WHERE r.tenant = :tenant AND r.name IN @user_role_words;

-- stmt user
SELECT @user_columns
FROM users AS u
WHERE u.id = @user_target;

-- stmt roles
SELECT r.role
FROM user_roles AS r
WHERE r.user_id = @user_target
ORDER BY r.role;
