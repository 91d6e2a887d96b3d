-- A tenant behind the one named after whose users the engine has work with.
-- in after text

-- stmt tenant
SELECT n.id, CASE WHEN n.deleted_at IS NULL THEN 0 ELSE 1 END
FROM tenants AS n
WHERE n.sweep = 1 AND n.id > :after
ORDER BY n.id
LIMIT 1;
