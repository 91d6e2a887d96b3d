-- One client.
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
-- in client text

-- stmt who
@admin_who_reads;

-- stmt client
SELECT @client_columns
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client;

-- stmt roles
@client_held;

-- stmt permissions
@client_declared;
