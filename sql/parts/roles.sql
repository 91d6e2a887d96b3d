-- What operations on roles and permissions have in common.

-- A list of names as rows (n from 0, name): :names has :count cells of equal
-- width (privsep/engine/names.h).
-- part names
(WITH RECURSIVE i (n) AS (
	SELECT 0 WHERE :count > 0
	UNION ALL SELECT n + 1 FROM i WHERE n + 1 < :count)
SELECT n, rtrim(substr(:names, n * 130 + 1, 130)) AS name FROM i);

-- What in the list is built in and not the actor's own.
-- part names_lacking
SELECT l.n
FROM @names AS l, permissions AS b
WHERE :operator = 0 AND b.tenant = '' AND b.name = l.name
	AND NOT EXISTS (SELECT 1 FROM @actor_permissions AS h
		WHERE h.permission = l.name);

-- And what is no permission at all.
-- part names_unknown
SELECT l.n
FROM @names AS l
WHERE NOT EXISTS (SELECT 1 FROM permissions AS b
	WHERE b.tenant IN ('', :tenant) AND b.name = l.name);

-- The role :name holds a built-in permission that the actor lacks.
-- part role_beneath
SELECT p.permission
FROM role_permissions AS p
WHERE :operator = 0 AND p.tenant = :tenant AND p.role = :name
	AND p.builtin = 1
	AND NOT EXISTS (SELECT 1 FROM @actor_permissions AS h
		WHERE h.permission = p.permission);

-- Locks the role :name. Its permissions are read after that.
-- part role_lock
UPDATE roles
SET last_op = last_op
WHERE tenant = :tenant AND name = :name AND @admin_ok;

-- Locks who holds the role :name where it makes administrators, so that what
-- they do comes before this operation or sees what it left.
-- part role_holders
UPDATE users
SET admin_op = CASE WHEN id = :actor THEN admin_op END
WHERE id IN (SELECT r.user_id FROM user_roles AS r
		WHERE r.tenant = :tenant AND r.role = :name)
	AND EXISTS (SELECT 1 FROM role_permissions AS p
		WHERE p.tenant = :tenant AND p.role = :name AND p.builtin = 1)
	AND @admin_ok;

-- The same of clients that hold it.
-- part role_machines
UPDATE clients
SET admin_op = CASE WHEN :machine = 1 AND tenant = :home
	AND client_id = :actor THEN admin_op END
WHERE tenant = :tenant AND client_id IN (SELECT r.client_id
		FROM client_roles AS r
		WHERE r.tenant = :tenant AND r.role = :name)
	AND EXISTS (SELECT 1 FROM role_permissions AS p
		WHERE p.tenant = :tenant AND p.role = :name AND p.builtin = 1)
	AND @admin_ok;

-- Locks what in the list is declared by a client, so that it stays.
-- part names_lock
UPDATE permissions
SET client_id = client_id
WHERE tenant = :tenant AND name IN (SELECT l.name FROM @names AS l)
	AND @admin_ok;

-- This operation has the role :name.
-- part role_mine
EXISTS (SELECT 1 FROM roles AS m
	WHERE m.tenant = :tenant AND m.name = :name AND m.last_op = :op);

-- The role as this operation left it, and what it holds.
-- part role_made
SELECT r.name, r.description, r.builtin, r.created_at
FROM roles AS r
WHERE r.tenant = :tenant AND r.name = :name AND r.last_op = :op;

-- part role_held
SELECT p.role, p.permission
FROM role_permissions AS p
WHERE p.tenant = :tenant AND p.role = :name AND p.implied = 0 AND @role_mine
ORDER BY p.permission;

-- The list as rows of role_permissions, to be grouped by l.name.
-- part role_given
SELECT :tenant, :name, l.name, CASE WHEN EXISTS (SELECT 1
		FROM permissions AS b
		WHERE b.tenant = '' AND b.name = l.name) THEN 1 ELSE 0 END,
	MIN(CASE WHEN l.n >= :given THEN 1 ELSE 0 END)
FROM @names AS l;
