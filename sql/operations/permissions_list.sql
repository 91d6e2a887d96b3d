-- Every permission there is, built in or declared by a client, from behind the
-- cursor on.
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
SELECT p.name
FROM permissions AS p
WHERE p.tenant IN ('', :tenant) AND p.name > :after
ORDER BY p.name
LIMIT :limit;
