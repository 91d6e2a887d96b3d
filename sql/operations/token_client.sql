-- A client asks for itself: whether it may, and what it holds.
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

-- stmt roles
SELECT r.role
FROM client_roles AS r
WHERE r.tenant = :tenant AND r.client_id = :client AND @client_authed
ORDER BY r.role;
