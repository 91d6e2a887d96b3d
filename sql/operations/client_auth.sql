-- Authenticates a client (parts/client_auth.sql), where that is all.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in method text
-- in hash text
-- in proved int
-- in once text
-- in once_until int
-- in most int
-- in span int
-- in keep int

-- stmt once
@client_once;

-- stmt charge
@client_charge;

-- stmt until
@client_until;

-- stmt client
@client_row;
