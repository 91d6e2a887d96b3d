-- A page of keys, newest first: those behind the one of the cursor.
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
-- in before int
-- in before_kid text
-- in limit int

-- stmt who
@admin_who_reads;

-- stmt keys
SELECT kid, alg, state, created_at, active_at, retire_at FROM signing_keys
WHERE created_at < :before OR (created_at = :before AND kid > :before_kid)
ORDER BY created_at DESC, kid
LIMIT :limit;
