-- The scopes that a tenant describes, from behind the cursor on.
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
SELECT x.name, x.description, x.created_at
FROM scopes AS x
WHERE x.tenant = :tenant AND x.name > :after COLLATE ucs_basic
ORDER BY x.name COLLATE ucs_basic
LIMIT :limit;
