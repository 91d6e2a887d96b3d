-- A new account. The outcome is the row of that id and not what the insert
-- returned, so that a retry of the operation says the same.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in username text
-- in key text
-- in email text
-- in email_key text
-- in name text
-- in record text
-- in ip text
-- in rid text

-- stmt user
INSERT INTO users (id, tenant, username, username_key, email, email_key, name,
	pw_record, created_at, updated_at, last_op)
VALUES (:user, :tenant, :username, :key, :email, :email_key, :name, :record,
	:now, :now, :op)
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject, ip,
	request_id)
SELECT :op, tenant, :now, 'user.register', 'success', id, id, :ip, :rid
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM users WHERE id = :user;
