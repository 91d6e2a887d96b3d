-- What the bearer holds: an application asks on its behalf. permission is ''
-- where none was asked for. The super admin holds every one that exists.
-- in now int
-- in tenant text
-- in user text
-- in sid text
-- in epoch int
-- in permission text

-- part there
EXISTS (SELECT 1 FROM permissions AS d
	WHERE d.tenant IN ('', u.tenant) AND d.name = :permission);

-- stmt subject
SELECT u.id, u.username, u.role,
	CASE WHEN @there AND (u.role = 'superadmin'
		OR EXISTS (SELECT 1 FROM user_permissions AS p
			WHERE p.user_id = u.id AND p.permission = :permission))
	THEN 1 ELSE 0 END
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch;

-- stmt roles
SELECT r.role
FROM user_roles AS r
WHERE r.user_id = :user AND r.tenant = :tenant
ORDER BY r.role;
