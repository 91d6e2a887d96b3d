-- The pending factor was shown to work: it is on, with its recovery codes, and
-- the account's other sessions, which were begun without it, end.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in version int
-- in sealed text
-- in step int
-- in c0 text
-- in c1 text
-- in c2 text
-- in c3 text
-- in c4 text
-- in c5 text
-- in c6 text
-- in c7 text
-- in c8 text
-- in c9 text
-- in ip text
-- in ua text
-- in rid text
-- in mail int

-- stmt user
UPDATE users
SET totp_secret = totp_pending, totp_pending = NULL, totp_pending_until = NULL,
	totp_step = :step, totp_op = :op, version = :version + 1,
	updated_at = :now, last_op = :op
WHERE id = :user AND tenant = :tenant AND status = 'active' AND epoch = :epoch
	AND version = :version
	AND totp_secret IS NULL AND totp_pending = :sealed
	AND totp_pending_until > :now
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.user_id = users.id
		AND s.ended_at IS NULL AND s.expires_at > :now);

-- stmt old
DELETE FROM recovery_codes
WHERE user_id = :user AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt codes
INSERT INTO recovery_codes (user_id, hash, created_at)
SELECT u.id, c.hash, :now
FROM users AS u, (SELECT :c0 AS hash UNION ALL SELECT :c1 UNION ALL SELECT :c2
	UNION ALL SELECT :c3 UNION ALL SELECT :c4 UNION ALL SELECT :c5
	UNION ALL SELECT :c6 UNION ALL SELECT :c7 UNION ALL SELECT :c8
	UNION ALL SELECT :c9) AS c
WHERE u.id = :user AND u.last_op = :op
ON CONFLICT DO NOTHING;

-- stmt steps
DELETE FROM totp_steps
WHERE user_id = :user AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt step
INSERT INTO totp_steps (user_id, step, op)
SELECT id, :step, :op
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'mfa', last_op = :op
WHERE user_id = :user AND id <> :sid AND ended_at IS NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id)
SELECT :op, tenant, :now, 'mfa.enable', 'success', id, id,
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
