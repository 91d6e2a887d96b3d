-- The part of a bearer token's check that only the database can answer: the
-- session lives, is the subject's, and the account is active and in the epoch
-- of the token. Every operation that carries a bearer has this same condition.
-- In another tenant than their own (realm) only the super admin is anybody. A
-- client's own token (machine) has no session.
-- in now int
-- in tenant text
-- in realm text
-- in machine int
-- in user text
-- in sid text
-- in epoch int

-- stmt bearer
SELECT u.id
FROM sessions AS s, users AS u
WHERE :machine = 0 AND s.id = :sid AND s.user_id = :user AND s.ended_at IS NULL
	AND s.expires_at > :now AND u.id = s.user_id AND u.tenant = :tenant
	AND u.status = 'active' AND u.epoch = :epoch
	AND (u.tenant = :realm OR u.role = 'superadmin')
UNION ALL
SELECT c.client_id
FROM clients AS c
WHERE @machine_holds AND c.tenant = :realm;
