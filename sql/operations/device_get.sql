-- What a device asks for, by its user code, and who would allow it.
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in code text

-- stmt answerer
SELECT u.username
FROM sessions AS s, users AS u
WHERE @device_answerer;

-- stmt device
SELECT c.client_id, c.name, d.scope
FROM device_codes AS d, clients AS c
WHERE @device_waits;

-- What its user has allowed the client before.
-- stmt granted
SELECT g.scope
FROM device_codes AS d, clients AS c, grants AS g
WHERE @device_waits AND g.user_id = :user AND g.tenant = :tenant
	AND g.client_id = d.client_id;
