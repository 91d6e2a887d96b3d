-- The built-in tenant is as old as the first start on this database.
-- in now int

-- stmt tenant
UPDATE tenants SET created_at = :now WHERE id = 'default' AND created_at = 0;
