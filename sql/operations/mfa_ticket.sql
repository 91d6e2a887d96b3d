-- A login whose password was right and whose factor is awaited. record is null
-- where the stored one stays.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in version int
-- in epoch int
-- in record text
-- in hash text
-- in expires int
-- in client text
-- in ip text
-- in rid text

-- stmt user quiet
UPDATE users
SET pw_record = COALESCE(:record, pw_record), last_op = :op
WHERE id = :user AND tenant = :tenant AND version = :version
	AND epoch = :epoch AND status = 'active' AND totp_secret IS NOT NULL;

-- stmt ticket
INSERT INTO mfa_tickets (hash, user_id, version, epoch, created_at,
	expires_at, last_op)
SELECT :hash, id, version, epoch, :now, :expires, :op
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id)
SELECT :op, tenant, :now, 'login.mfa', 'success', id, id, :client, :ip, :rid
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT hash FROM mfa_tickets WHERE hash = :hash;
