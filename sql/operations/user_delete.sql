-- Erases an account, for an administrator, with all that is its own, as
-- me_delete.sql does it. Nobody erases the super admin. When outcome
-- has no row, state tells why.
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
-- in user text
-- in key text
-- in tags text
-- in ntags int
-- in detail text

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

-- stmt lock_user
@user_lock;

-- stmt change
UPDATE users AS u
SET status = 'disabled', last_op = :op
WHERE id = @user_target AND @admin_ok AND u.role <> 'superadmin'
	AND NOT @admin_beneath AND @user_tags_match;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, u.tenant, :now, 'user.delete', 'success', :actor, u.id,
	@audit_client, :ip, :rid, :detail
FROM users AS u
WHERE u.id = @user_changed
ON CONFLICT DO NOTHING;

-- stmt ended
UPDATE sessions
SET ended_at = :now, ended_why = 'deleted', last_op = :op
WHERE user_id = @user_changed;

-- stmt mails
DELETE FROM outbox WHERE user_id = @user_changed;

-- stmt links
DELETE FROM mail_links WHERE user_id = @user_changed;

-- stmt codes
DELETE FROM recovery_codes WHERE user_id = @user_changed;

-- stmt tickets
DELETE FROM mfa_tickets WHERE user_id = @user_changed;

-- stmt devices
DELETE FROM devices WHERE user_id = @user_changed;

-- stmt given
DELETE FROM user_roles WHERE user_id = @user_changed;

-- stmt logins
DELETE FROM throttles
WHERE kind = 'login' AND tenant = :tenant AND subject IN (
	SELECT u.username_key FROM users AS u WHERE u.id = @user_changed
	UNION ALL SELECT u.email_key FROM users AS u
	WHERE u.id = @user_changed AND u.email_verified = 1);

-- stmt sources
DELETE FROM throttles
WHERE kind = 'device' AND tenant = :tenant AND subject IN (
	SELECT k.user_id || ' ' || k.source FROM known_sources AS k
	WHERE k.user_id = @user_changed
	UNION ALL SELECT b.user_id || ' ' || b.hash FROM known_browsers AS b
	WHERE b.user_id = @user_changed);

-- stmt factor
DELETE FROM throttles
WHERE kind = 'otp' AND tenant = :tenant AND subject = @user_changed;

-- stmt tokens
DELETE FROM refresh_tokens
WHERE session_id IN (SELECT s.id FROM sessions AS s
	WHERE s.user_id = @user_changed);

-- stmt told
@logouts_of s.user_id = @user_changed
ON CONFLICT DO NOTHING;

-- stmt sessions
DELETE FROM sessions WHERE user_id = @user_changed;

-- stmt user
DELETE FROM users WHERE id = @user_changed;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;

-- stmt state
SELECT CASE WHEN u.role = 'superadmin' THEN 1 ELSE 0 END,
	CASE WHEN @admin_beneath THEN 1 ELSE 0 END, 1,
	CASE WHEN @user_tags_match THEN 1 ELSE 0 END
FROM users AS u
WHERE u.id = @user_target;
