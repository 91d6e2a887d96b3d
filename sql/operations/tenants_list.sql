-- The tenants behind the one named after, by their ids.
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
SELECT @tenant_columns
FROM tenants AS n
WHERE n.id > :after AND n.deleted_at IS NULL
ORDER BY n.id
LIMIT :limit;
