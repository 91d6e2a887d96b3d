-- One client.
-- in now int
-- in operator int
-- in actor text
-- in sid text
-- in home text
-- in epoch int
-- in tenant text
-- in perm text
-- in lax int
-- in client text

-- stmt who
@admin_who_reads;

-- stmt client
SELECT @client_columns
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client;

-- stmt roles
SELECT r.client_id, r.role
FROM client_roles AS r
WHERE r.tenant = :tenant AND r.client_id = :client
ORDER BY r.role;

-- stmt permissions
SELECT p.client_id, substr(p.name, length(p.client_id) + 2)
FROM permissions AS p
WHERE p.tenant = :tenant AND p.client_id = :client
ORDER BY p.name;
