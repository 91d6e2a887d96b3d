-- What is done to an account, for an administrator: act is 1 to disable it, 2
-- to enable it, 3 to lift what failures did, 4 to take its second factor away,
-- 5 to mail a link that sets a password (not to one that is disabled; the
-- newest link is the only one), 6 to end its sessions. 1 and 4 end sessions
-- too, and with a session its refresh tokens. Doing it again changes nothing.
-- action is the audit's. state has the account, and whether it was left alone.
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
-- in act int
-- in action text
-- in detail text
-- in mail int
-- in link text
-- in hash text
-- in expires int

-- part wanted
((:act = 1 AND u.status <> 'disabled')
	OR (:act = 2 AND u.status = 'disabled') OR :act = 3
	OR (:act = 4 AND (u.totp_secret IS NOT NULL
		OR u.totp_pending IS NOT NULL))
	OR (:act = 5 AND u.status <> 'disabled')
	OR (:act = 6 AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.user_id = u.id AND s.ended_at IS NULL)));

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
SET status = CASE WHEN :act = 1 THEN 'disabled' WHEN :act = 2 THEN 'active'
		ELSE status END,
	totp_secret = CASE WHEN :act <> 4 THEN totp_secret END,
	totp_pending = CASE WHEN :act <> 4 THEN totp_pending END,
	totp_pending_until = CASE WHEN :act <> 4 THEN totp_pending_until END,
	totp_step = CASE WHEN :act = 4 THEN 0 ELSE totp_step END,
	version = version + CASE WHEN :act IN (1, 4) THEN 1 ELSE 0 END,
	updated_at = CASE WHEN :act NOT IN (1, 2, 4) THEN updated_at
		WHEN updated_at < :now THEN :now ELSE updated_at + 1 END,
	last_op = :op
WHERE id = @user_target AND @admin_ok AND @user_not_protected
	AND NOT @admin_beneath AND @wanted;

-- stmt sessions
UPDATE sessions
SET ended_at = :now, last_op = :op, ended_why = CASE WHEN :act = 1
	THEN 'disabled' WHEN :act = 4 THEN 'mfa' ELSE 'ended' END
WHERE :act IN (1, 4, 6) AND ended_at IS NULL AND user_id = @user_changed;

-- stmt tickets
DELETE FROM mfa_tickets
WHERE :act IN (1, 4) AND user_id = @user_changed;

-- stmt codes
DELETE FROM recovery_codes
WHERE :act = 4 AND user_id = @user_changed;

-- stmt login
DELETE FROM throttles
WHERE :act = 3 AND kind = 'login' AND tenant = :tenant AND subject IN (
	SELECT u.username_key FROM users AS u WHERE u.id = @user_changed
	UNION ALL SELECT u.email_key FROM users AS u
	WHERE u.id = @user_changed AND u.email_verified = 1);

-- stmt device
DELETE FROM throttles
WHERE :act = 3 AND kind = 'device' AND tenant = :tenant AND subject IN (
	SELECT k.user_id || ' ' || k.source FROM known_sources AS k
	WHERE k.user_id = @user_changed
	UNION ALL SELECT b.user_id || ' ' || b.hash FROM known_browsers AS b
	WHERE b.user_id = @user_changed);

-- stmt otp
DELETE FROM throttles
WHERE :act IN (3, 4) AND kind = 'otp' AND tenant = :tenant
	AND subject = @user_changed;

-- stmt link
INSERT INTO mail_links (id, purpose, user_id, email, email_key, hash,
	created_at, expires_at)
SELECT :link, 2, u.id, u.email, u.email_key, :hash, :now, :expires
FROM users AS u
WHERE :act = 5 AND u.id = @user_changed
ON CONFLICT DO NOTHING;

-- stmt older
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE :act = 5 AND purpose = 2 AND used_at IS NULL AND id <> :link
	AND user_id = @user_changed;

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent, link_id)
SELECT :op, u.tenant, :now, :now, CASE WHEN :act = 4 THEN 'factor_changed'
		WHEN u.pw_record IS NULL THEN 'set_password' ELSE 'reset' END,
	u.id, u.email, u.username, :ip, :ua,
	CASE WHEN :act = 5 THEN :link END
FROM users AS u
WHERE :mail = 1 AND :act IN (4, 5) AND u.id = @user_changed
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, u.tenant, :now, :action, 'success', :actor, u.id, @audit_client,
	:ip, :rid, :detail
FROM users AS u
WHERE u.id = @user_changed
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;

-- stmt state
SELECT CASE WHEN u.role = 'superadmin' THEN 1 ELSE 0 END,
	CASE WHEN @admin_beneath THEN 1 ELSE 0 END
FROM users AS u
WHERE u.id = @user_target;
