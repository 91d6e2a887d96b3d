-- A client sends its user to sign out: the client, where it goes on, and the
-- living session of the browser; whether that is the one in which the client's
-- session hint ('' none) was born.
-- in now int
-- in tenant text
-- in cookie text
-- in client text
-- in hint text

-- stmt client
SELECT c.name, c.logout_uris
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client AND c.disabled = 0;

-- stmt session
SELECT u.id, s.id, u.epoch, CASE WHEN EXISTS (SELECT 1 FROM sessions AS k
		WHERE k.id = :hint AND k.parent = s.id AND k.user_id = s.user_id
		AND k.tenant = s.tenant AND k.client_id = :client)
	THEN 1 ELSE 0 END
FROM sessions AS s, users AS u
WHERE @browser_lives;
