-- A token for another (RFC 8693): a session of the client, born of the
-- subject's, which must live, as must the actor's; or, for a client's own
-- token, none. user, epoch and parent are what the subject's token says of
-- itself, actor_* the actor's; of a client's own token (machine) parent is its
-- jti.
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
-- in machine int
-- in user text
-- in epoch int
-- in parent text
-- in actor_machine int
-- in actor text
-- in actor_epoch int
-- in actor_sid text
-- in sid text
-- in scope text
-- in expires int
-- in jkt text
-- in ip text
-- in ua text

-- No longer than the subject's session.
-- part until
CASE WHEN b.expires_at < :expires THEN b.expires_at ELSE :expires END;

-- actor_machine is -1: nobody was named.
-- part actor_holds
(:actor_machine = -1
	OR (:actor_machine = 0 AND EXISTS (SELECT 1
		FROM sessions AS a, users AS v
		WHERE a.id = :actor_sid AND a.user_id = :actor
		AND a.ended_at IS NULL AND a.expires_at > :now
		AND v.id = a.user_id AND v.tenant = :tenant
		AND v.status = 'active' AND v.epoch = :actor_epoch))
	OR (:actor_machine = 1 AND EXISTS (SELECT 1 FROM clients AS a
		WHERE a.tenant = :tenant AND a.client_id = :actor
		AND a.epoch = :actor_epoch AND a.disabled = 0)
		AND NOT EXISTS (SELECT 1 FROM dead_tokens AS d
			WHERE d.jti = :actor_sid)));

-- stmt once
@client_once;

-- stmt charge
@client_charge;

-- stmt until
@client_until;

-- stmt client
@client_row;

-- stmt user quiet
UPDATE users
SET last_op = last_op
WHERE id = :user AND :machine = 0 AND @client_authed;

-- stmt asker quiet
UPDATE clients
SET last_op = last_op
WHERE tenant = :tenant AND client_id = :client AND @client_authed;

-- stmt parent quiet
UPDATE sessions
SET last_op = last_op
WHERE id = :parent AND user_id = :user AND :machine = 0 AND @client_authed;

-- stmt session
INSERT INTO sessions (id, tenant, user_id, client_id, scope, acr, amr,
	auth_at, ip, user_agent, created_at, last_used_at, idle_at, expires_at,
	parent, offline, jkt, tell, last_op)
SELECT :sid, u.tenant, u.id, :client, :scope, b.acr, b.amr, b.auth_at, :ip,
	:ua, :now, :now, @until, @until, b.id, 0,
	CASE WHEN :jkt <> '' THEN :jkt END, 0, :op
FROM sessions AS b, users AS u
WHERE :machine = 0 AND b.id = :parent AND b.user_id = :user
	AND b.ended_at IS NULL AND b.expires_at > :now
	AND u.id = b.user_id AND u.tenant = :tenant AND u.status = 'active'
	AND u.epoch = :epoch AND @actor_holds AND @client_authed
ON CONFLICT DO NOTHING;

-- stmt outcome
SELECT @grant_columns
FROM sessions AS s, users AS u
WHERE s.id = :sid AND s.last_op = :op AND s.ended_at IS NULL
	AND u.id = s.user_id AND u.status = 'active';

-- stmt roles
SELECT r.role
FROM sessions AS s, user_roles AS r
WHERE s.id = :sid AND s.last_op = :op AND r.user_id = s.user_id
ORDER BY r.role;

-- stmt machine
SELECT c.client_id
FROM clients AS c
WHERE :machine = 1 AND c.tenant = :tenant AND c.client_id = :user
	AND c.client_id = :client AND c.epoch = :epoch AND c.disabled = 0
	AND NOT EXISTS (SELECT 1 FROM dead_tokens AS d
		WHERE d.jti = :parent)
	AND @actor_holds AND @client_authed;

-- stmt held
SELECT r.role
FROM client_roles AS r
WHERE :machine = 1 AND r.tenant = :tenant AND r.client_id = :client
ORDER BY r.role;
