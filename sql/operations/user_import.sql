-- An account that comes from another system. A username that is there stays
-- as it is (an import may be run again), and so does an address that another
-- account has verified: `username` and `outcome` tell which it was.
-- in op text
-- in now int
-- in tenant text
-- in user text
-- in username text
-- in key text
-- in email text
-- in email_key text
-- in verified int
-- in name text
-- in role text
-- in record text
-- in created int

-- stmt user
INSERT INTO users (id, tenant, username, username_key, email, email_key,
	email_verified, name, role, pw_record, created_at, updated_at, last_op)
SELECT :user, n.id, :username, :key, :email, :email_key, :verified, :name,
	:role, :record, :created, :now, :op
FROM tenants AS n
WHERE n.id = :tenant AND n.status = 'active'
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, detail)
SELECT :op, tenant, :now, 'user.create', 'success', id, '{"by":"import"}'
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM users WHERE id = :user;

-- stmt username
SELECT id FROM users WHERE tenant = :tenant AND username_key = :key;

-- stmt there
SELECT id FROM tenants WHERE id = :tenant AND status = 'active';
