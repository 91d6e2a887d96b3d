-- The first super admin. The database's index lets only one be; holder tells
-- a name that is taken from a super admin who is there already.
-- in op text
-- in now int
-- in user text
-- in username text
-- in key text
-- in email text
-- in email_key text
-- in record text

-- stmt user
INSERT INTO users (id, tenant, username, username_key, email, email_key, role,
	pw_record, created_at, updated_at, last_op)
VALUES (:user, 'default', :username, :key, :email, :email_key, 'superadmin',
	:record, :now, :now, :op)
ON CONFLICT DO NOTHING;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject)
SELECT :op, tenant, :now, 'superadmin.create', 'success', id
FROM users
WHERE id = :user AND last_op = :op
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM users WHERE id = :user;

-- stmt holder
SELECT id FROM users WHERE role = 'superadmin';
