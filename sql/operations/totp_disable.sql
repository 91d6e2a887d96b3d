-- The factor goes, with its recovery codes; the account's other sessions end.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in version int
-- in ip text
-- in ua text
-- in rid text
-- in mail int

-- stmt user
UPDATE users
SET totp_secret = NULL, totp_pending = NULL, totp_pending_until = NULL,
	totp_step = 0, version = :version + 1, updated_at = :now, last_op = :op
WHERE id = :user AND tenant = :tenant AND status = 'active' AND epoch = :epoch
	AND version = :version
	AND totp_secret IS NOT NULL
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.user_id = users.id
		AND s.ended_at IS NULL AND s.expires_at > :now);

-- stmt old
DELETE FROM recovery_codes
WHERE user_id = :user AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'mfa', last_op = :op
WHERE user_id = :user AND id <> :sid AND ended_at IS NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id)
SELECT :op, tenant, :now, 'mfa.disable', 'success', id, id,
	(SELECT c.client_id FROM sessions AS c WHERE c.id = :sid), :ip, :rid
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt mail
INSERT INTO outbox (id, tenant, created_at, due_at, template, user_id,
	to_addr, username, ip, user_agent, link_id)
SELECT :op, u.tenant, :now, :now, 'factor_changed', u.id, u.email, u.username,
	:ip, :ua, NULL
FROM users AS u
WHERE :mail = 1 AND u.id = :user AND u.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;
