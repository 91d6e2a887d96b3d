-- What operations on clients have in common.

-- A client, as admin_client_row() takes it.
-- part client_columns
c.client_id, c.name, c.redirect_uris, c.logout_uris, c.grant_types,
	c.auth_method, c.jwks, c.scope, c.audience, c.access_s, c.refresh_s,
	c.id_alg, c.access_alg, c.skip_consent, c.disabled, c.backchannel,
	c.require_par, c.dpop_bound, c.created_at, c.last_op;

-- The roles of a client's list, as rows (n, name).
-- part role_names
(WITH RECURSIVE i (n) AS (
	SELECT 0 WHERE :nroles > 0
	UNION ALL SELECT n + 1 FROM i WHERE n + 1 < :nroles)
SELECT n, rtrim(substr(:roles, n * 130 + 1, 130)) AS name FROM i);

-- Those that there are not.
-- part client_unknown
SELECT l.n
FROM @role_names AS l
WHERE NOT EXISTS (SELECT 1 FROM roles AS r
	WHERE r.tenant IN ('', :tenant) AND r.name = l.name);

-- Those that hold a built-in permission which the actor lacks.
-- part client_lacking
SELECT l.n
FROM @role_names AS l, role_permissions AS p
WHERE :operator = 0 AND p.tenant IN ('', :tenant) AND p.role = l.name
	AND p.builtin = 1
	AND NOT EXISTS (SELECT 1 FROM @actor_permissions AS h
		WHERE h.permission = p.permission);

-- The same of what the client holds already.
-- part client_beneath
SELECT p.permission
FROM client_permissions AS p
WHERE :operator = 0 AND p.tenant = :tenant AND p.client_id = :client
	AND p.builtin = 1
	AND NOT EXISTS (SELECT 1 FROM @actor_permissions AS h
		WHERE h.permission = p.permission);

-- The actor may touch clients whose scope reaches accounts.
-- part client_super
(:operator = 1 OR EXISTS (SELECT 1 FROM users AS v
	WHERE :machine = 0 AND v.id = :actor AND v.role = 'superadmin'));

-- Locks the roles that a client is given, so that they stay as they are read.
-- part role_names_lock
UPDATE roles
SET last_op = last_op
WHERE tenant = :tenant AND name IN (SELECT l.name FROM @role_names AS l)
	AND @admin_ok;

-- Locks the client :client.
-- part client_lock
UPDATE clients
SET last_op = last_op
WHERE tenant = :tenant AND client_id = :client AND @admin_ok;

-- This operation has the client :client.
-- part client_mine
EXISTS (SELECT 1 FROM clients AS m
	WHERE m.tenant = :tenant AND m.client_id = :client
	AND m.last_op = :op);

-- Its permissions, where this operation has it.
-- part client_declare
INSERT INTO permissions (tenant, name, client_id)
SELECT :tenant, :client || ':' || l.name, :client
FROM @names AS l
WHERE @client_mine
ON CONFLICT DO NOTHING;

-- And its roles.
-- part client_give
INSERT INTO client_roles (tenant, client_id, role)
SELECT :tenant, :client, l.name
FROM @role_names AS l
WHERE @client_mine
ON CONFLICT DO NOTHING;

-- The client as this operation left it; what it holds; what it declares.
-- part client_made
SELECT @client_columns
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND c.last_op = :op;

-- part client_held
SELECT r.client_id, r.role
FROM client_roles AS r
WHERE r.tenant = :tenant AND r.client_id = :client
ORDER BY r.role;

-- part client_declared
SELECT p.client_id, substr(p.name, length(p.client_id) + 2)
FROM permissions AS p
WHERE p.tenant = :tenant AND p.client_id = :client
ORDER BY p.name;
