-- Erases the bearer's own account and all that is its own; the entries of the
-- audit keep its id, which leads to nobody any more. The super admin stays.
-- What was checked with the password is checked again by version and epoch.
-- Failures at an address that was never verified are not its own: they stay.
-- The user's row goes last: what refers to it goes with it or before it. The
-- sessions are locked before their tokens go, so that a refresh comes before
-- that or finds none.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in version int
-- in ip text
-- in rid text

-- stmt lock
UPDATE users
SET status = 'disabled', last_op = :op
WHERE id = :user AND tenant = :tenant AND status = 'active' AND epoch = :epoch
	AND version = :version AND role <> 'superadmin'
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.user_id = users.id
		AND s.ended_at IS NULL AND s.expires_at > :now);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id)
SELECT :op, tenant, :now, 'user.delete', 'success', id, id,
	(SELECT c.client_id FROM sessions AS c WHERE c.id = :sid), :ip, :rid
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt ended
UPDATE sessions
SET ended_at = :now, ended_why = 'deleted', last_op = :op
WHERE user_id = (SELECT u.id FROM users AS u
	WHERE u.id = :user AND u.last_op = :op);

-- stmt mails
DELETE FROM outbox
WHERE user_id = (SELECT u.id FROM users AS u
	WHERE u.id = :user AND u.last_op = :op);

-- stmt links
DELETE FROM mail_links
WHERE user_id = (SELECT u.id FROM users AS u
	WHERE u.id = :user AND u.last_op = :op);

-- stmt codes
DELETE FROM recovery_codes
WHERE user_id = (SELECT u.id FROM users AS u
	WHERE u.id = :user AND u.last_op = :op);

-- stmt tickets
DELETE FROM mfa_tickets
WHERE user_id = (SELECT u.id FROM users AS u
	WHERE u.id = :user AND u.last_op = :op);

-- stmt devices
DELETE FROM devices
WHERE user_id = (SELECT u.id FROM users AS u
	WHERE u.id = :user AND u.last_op = :op);

-- stmt logins
DELETE FROM throttles
WHERE kind = 'login' AND tenant = :tenant AND subject IN (
	SELECT u.username_key FROM users AS u
	WHERE u.id = :user AND u.last_op = :op
	UNION ALL SELECT u.email_key FROM users AS u
	WHERE u.id = :user AND u.last_op = :op AND u.email_verified = 1);

-- stmt sources
DELETE FROM throttles
WHERE kind = 'device' AND tenant = :tenant AND subject IN (
	SELECT k.user_id || ' ' || k.source FROM known_sources AS k, users AS u
	WHERE k.user_id = :user AND u.id = k.user_id AND u.last_op = :op
	UNION ALL SELECT b.user_id || ' ' || b.hash
	FROM known_browsers AS b, users AS u
	WHERE b.user_id = :user AND u.id = b.user_id AND u.last_op = :op);

-- stmt factor
DELETE FROM throttles
WHERE kind = 'otp' AND tenant = :tenant
	AND subject = (SELECT u.id FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt tokens
DELETE FROM refresh_tokens
WHERE session_id IN (SELECT s.id FROM sessions AS s, users AS u
	WHERE s.user_id = :user AND u.id = s.user_id AND u.last_op = :op);

-- stmt told
@logouts_of s.user_id = (SELECT u.id FROM users AS u
	WHERE u.id = :user AND u.last_op = :op)
ON CONFLICT DO NOTHING;

-- stmt sessions
DELETE FROM sessions
WHERE user_id = (SELECT u.id FROM users AS u
	WHERE u.id = :user AND u.last_op = :op);

-- stmt user
DELETE FROM users WHERE id = :user AND last_op = :op;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;

-- stmt superadmin
SELECT id FROM users WHERE id = :user AND role = 'superadmin';
