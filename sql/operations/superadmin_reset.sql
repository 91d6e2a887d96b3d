-- A new password for the super admin, by an operator on the host: the second
-- factor goes, all sessions and links end, and whatever kept the account shut.
-- in op text
-- in now int
-- in user text
-- in version int
-- in record text

-- part mine
EXISTS (SELECT 1 FROM users AS u WHERE u.id = :user AND u.last_op = :op);

-- stmt user
UPDATE users
SET pw_record = :record, version = :version + 1, epoch = epoch + 1,
	status = 'active', totp_secret = NULL, totp_pending = NULL,
	totp_pending_until = NULL, pending_email = NULL,
	pending_email_key = NULL, updated_at = :now, last_op = :op
WHERE id = :user AND role = 'superadmin' AND version = :version;

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'reset', last_op = :op
WHERE user_id = :user AND ended_at IS NULL AND @mine;

-- stmt codes
DELETE FROM recovery_codes WHERE user_id = :user AND @mine;

-- stmt tickets
DELETE FROM mfa_tickets WHERE user_id = :user AND @mine;

-- stmt links
UPDATE mail_links
SET used_at = :now, used_by = :op
WHERE user_id = :user AND used_at IS NULL AND @mine;

-- stmt logins
DELETE FROM throttles
WHERE kind = 'login' AND EXISTS (SELECT 1 FROM users AS u
	WHERE u.id = :user AND u.last_op = :op AND u.tenant = throttles.tenant
	AND (u.username_key = throttles.subject
		OR u.email_key = throttles.subject));

-- stmt factor
DELETE FROM throttles
WHERE kind = 'otp' AND subject = :user AND @mine;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, detail)
SELECT :op, tenant, :now, 'superadmin.reset', 'success', id,
	'{"by":"operator"}'
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;
