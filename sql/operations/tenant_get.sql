-- One tenant, for the super admin.
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
-- in id text

-- stmt who
@admin_who_reads;

-- stmt tenant
SELECT @tenant_columns
FROM tenants AS n
WHERE n.id = :id AND n.deleted_at IS NULL;
