-- One role.
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
-- in name text

-- stmt who
@admin_who_reads;

-- stmt role
SELECT r.name, r.description, r.builtin, r.created_at
FROM roles AS r
WHERE r.tenant IN ('', :tenant) AND r.name = :name;

-- stmt permissions
SELECT p.role, p.permission
FROM role_permissions AS p
WHERE p.tenant IN ('', :tenant) AND p.role = :name AND p.implied = 0
ORDER BY p.permission;
