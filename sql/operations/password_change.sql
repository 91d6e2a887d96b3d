-- Stores a new password if the account is still what the old one was checked
-- against, and ends the account's other sessions.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in version int
-- in record text
-- in ip text
-- in rid text

-- stmt user
UPDATE users
SET pw_record = :record, version = :version + 1, updated_at = :now,
	last_op = :op
WHERE id = :user AND tenant = :tenant AND status = 'active' AND epoch = :epoch
	AND version = :version
	AND EXISTS (SELECT 1 FROM sessions AS s
		WHERE s.id = :sid AND s.user_id = users.id
		AND s.ended_at IS NULL AND s.expires_at > :now);

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'password', last_op = :op
WHERE user_id = :user AND id <> :sid AND ended_at IS NULL
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :user AND u.last_op = :op);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject, ip,
	request_id)
SELECT :op, tenant, :now, 'password.change', 'success', id, id, :ip, :rid
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;
