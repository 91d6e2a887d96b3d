-- Clients from behind the cursor on, with their roles and permissions.
-- in now int
-- in operator int
-- in actor text
-- in machine int
-- in sid text
-- in home text
-- in epoch int
-- in tenant text
-- in perm text
-- in lax int
-- in after text
-- in limit int

-- part page
(SELECT c.client_id AS id FROM clients AS c
	WHERE c.tenant = :tenant AND c.client_id > :after
	ORDER BY c.client_id LIMIT :limit);

-- stmt who
@admin_who_reads;

-- stmt items
SELECT @client_columns
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id > :after
ORDER BY c.client_id
LIMIT :limit;

-- stmt roles
SELECT r.client_id, r.role
FROM client_roles AS r
WHERE r.tenant = :tenant
	AND r.client_id IN (SELECT w.id FROM @page AS w)
ORDER BY r.client_id, r.role;

-- stmt permissions
SELECT p.client_id, substr(p.name, length(p.client_id) + 2)
FROM permissions AS p
WHERE p.tenant = :tenant
	AND p.client_id IN (SELECT w.id FROM @page AS w)
ORDER BY p.client_id, p.name;
