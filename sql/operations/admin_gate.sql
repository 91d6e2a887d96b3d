-- Whether an administrator may, where that comes before something that is no
-- operation of the database.
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

-- stmt who
@admin_who_reads;
