-- What the bearer holds: an application asks on its behalf. permission is ''
-- where none was asked for. The super admin holds every one that exists. A
-- client by a token of its own (machine) has no role but those that it was
-- given.
-- in now int
-- in tenant text
-- in machine int
-- in user text
-- in sid text
-- in epoch int
-- in permission text

-- part there
EXISTS (SELECT 1 FROM permissions AS d
	WHERE d.tenant IN ('', :tenant) AND d.name = :permission);

-- stmt subject
SELECT u.id, u.username, u.role,
	CASE WHEN @there AND (u.role = 'superadmin'
		OR EXISTS (SELECT 1 FROM user_permissions AS p
			WHERE p.user_id = u.id AND p.permission = :permission))
	THEN 1 ELSE 0 END
FROM sessions AS s, users AS u
WHERE :machine = 0 AND s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch
UNION ALL
SELECT c.client_id, c.client_id, 'client',
	CASE WHEN @there AND EXISTS (SELECT 1 FROM client_permissions AS p
			WHERE p.tenant = c.tenant
			AND p.client_id = c.client_id
			AND p.permission = :permission)
	THEN 1 ELSE 0 END
FROM clients AS c
WHERE @machine_holds;

-- stmt roles
SELECT h.role
FROM (SELECT r.role FROM user_roles AS r
	WHERE :machine = 0 AND r.user_id = :user AND r.tenant = :tenant
	UNION ALL
	SELECT r.role FROM client_roles AS r
	WHERE :machine = 1 AND r.client_id = :user AND r.tenant = :tenant) AS h
ORDER BY h.role;
