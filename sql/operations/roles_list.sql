-- The roles of a tenant and those that are built in, from behind the cursor on,
-- with what they were given.
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

-- stmt who
@admin_who_reads;

-- stmt items
SELECT r.name, r.description, r.builtin, r.created_at
FROM roles AS r
WHERE r.tenant IN ('', :tenant) AND r.name > :after
ORDER BY r.name
LIMIT :limit;

-- stmt permissions
SELECT p.role, p.permission
FROM role_permissions AS p
WHERE p.tenant IN ('', :tenant) AND p.implied = 0
	AND p.role IN (SELECT w.name FROM (SELECT r.name
		FROM roles AS r
		WHERE r.tenant IN ('', :tenant) AND r.name > :after
		ORDER BY r.name
		LIMIT :limit) AS w)
ORDER BY p.role, p.permission;
