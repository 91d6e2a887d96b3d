-- What a client asks about a subject, by its secret: rows n of the names that
-- the subject holds, of those that are the client's own.
-- in op text
-- in now int
-- in tenant text
-- in client text
-- in method text
-- in hash text
-- in proved int
-- in once text
-- in once_until int
-- in subject text
-- in names text
-- in count int
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

-- stmt held
SELECT l.n
FROM @names AS l, permissions AS d, clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND @client_authed
	AND d.tenant = :tenant AND d.name = l.name AND d.client_id = :client
	AND (EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = :subject AND u.tenant = :tenant
		AND u.status = 'active'
		AND (u.role = 'superadmin'
			OR EXISTS (SELECT 1 FROM user_permissions AS p
				WHERE p.user_id = u.id
				AND p.permission = l.name)))
	OR EXISTS (SELECT 1 FROM clients AS s, client_permissions AS p
		WHERE s.tenant = :tenant AND s.client_id = :subject
		AND s.disabled = 0 AND p.tenant = s.tenant
		AND p.client_id = s.client_id AND p.permission = l.name));
