-- The super admin's place goes to another account of the default tenant; the
-- holder until then becomes an administrator. The first statement locks who is
-- to have it, the second the holder: nobody can go in between, and of two
-- transfers at once the second finds nobody to take it from, and does nothing.
-- Access tokens of both die, since their roles changed.
-- in op text
-- in now int
-- in user text
-- in key text

-- part chosen
SELECT w.id FROM users AS w
WHERE w.tenant = 'default' AND w.status = 'active'
	AND (w.id = :user OR w.username_key = :key)
ORDER BY CASE WHEN w.id = :user THEN 0 ELSE 1 END
LIMIT 1;

-- stmt lock
UPDATE users
SET admin_op = :op
WHERE id = (@chosen) AND status = 'active';

-- stmt old
UPDATE users
SET role = 'admin', epoch = epoch + 1, updated_at = :now, last_op = :op
WHERE role = 'superadmin' AND EXISTS (SELECT 1 FROM users AS t
	WHERE t.admin_op = :op AND t.id = (@chosen) AND t.id <> users.id);

-- stmt new
UPDATE users
SET role = 'superadmin', epoch = epoch + 1, updated_at = :now
WHERE id = (@chosen) AND admin_op = :op AND role <> 'superadmin'
	AND EXISTS (SELECT 1 FROM users AS o
		WHERE o.last_op = :op AND o.role = 'admin'
		AND o.id <> users.id);

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, subject, detail)
SELECT :op, n.tenant, :now, 'superadmin.transfer', 'success', n.id,
	'{"by":"operator","from":"' || o.id || '"}'
FROM users AS n, users AS o
WHERE n.id = (@chosen) AND n.role = 'superadmin'
	AND o.last_op = :op AND o.role = 'admin'
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT id FROM audit WHERE id = :op;

-- stmt target
SELECT u.role FROM users AS u WHERE u.id = (@chosen);
