-- Rotates a client's refresh token, as refresh.sql does it, when the client is
-- who it says (parts/client_auth.sql). jkt: of the key that the request was
-- proven with, '' none. names: the scope that is asked for; where nothing of
-- it is left the token stays what it was, and wide has a row.
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
-- in token text
-- in succ text
-- in jkt text
-- in grace int
-- in names text
-- in count int
-- in ip text
-- in rid text

-- Something of what is asked for is the session's b, and still its client's.
-- part fits
(:count = 0 OR EXISTS (SELECT 1 FROM @names AS l, clients AS c
	WHERE c.tenant = :tenant AND c.client_id = :client
	AND length(replace(' ' || b.scope || ' ', ' ' || l.name || ' ', ''))
		< length(b.scope) + 2
	AND length(replace(' ' || c.scope || ' ', ' ' || l.name || ' ', ''))
		< length(c.scope) + 2));

-- stmt once
@client_once;

-- stmt charge
@client_charge;

-- stmt until
@client_until;

-- stmt client
@client_row;

-- stmt lock quiet
UPDATE sessions
SET last_op = :op, last_used_at = :now,
	idle_at = :now + 1000000 * (SELECT c.refresh_s FROM clients AS c
		WHERE c.tenant = :tenant AND c.client_id = :client)
WHERE id = (SELECT b.id FROM refresh_tokens AS t, sessions AS b
		WHERE t.hash = :token AND t.client_id = :client
		AND b.id = t.session_id
		AND (t.used_at IS NOT NULL OR (t.expires_at > :now AND @fits)))
	AND tenant = :tenant AND ended_at IS NULL AND expires_at > :now
	AND COALESCE(jkt, :jkt) = :jkt
	AND EXISTS (SELECT 1 FROM users AS u
		WHERE u.id = sessions.user_id AND u.status = 'active')
	AND @client_authed AND @client_bound;

-- stmt rotate
@refresh_rotate;

-- stmt successor
@refresh_successor;

-- stmt reuse
@refresh_reuse;

-- stmt children
@refresh_children;

-- stmt audit
@refresh_audit;

-- stmt outcome
SELECT @grant_columns
FROM refresh_tokens AS t, refresh_tokens AS n, sessions AS s, users AS u
WHERE t.hash = :token AND t.used_at IS NOT NULL
	AND n.hash = :succ AND n.session_id = t.session_id
	AND n.generation = t.generation + 1 AND n.used_at IS NULL
	AND s.id = t.session_id AND s.last_op = :op AND s.ended_at IS NULL
	AND u.id = s.user_id AND u.status = 'active';

-- stmt roles
SELECT r.role
FROM refresh_tokens AS t, sessions AS s, user_roles AS r
WHERE t.hash = :token AND s.id = t.session_id AND s.last_op = :op
	AND r.user_id = s.user_id
ORDER BY r.role;

-- stmt wide
SELECT b.id
FROM refresh_tokens AS t, sessions AS b
WHERE t.hash = :token AND t.client_id = :client AND t.used_at IS NULL
	AND t.expires_at > :now AND b.id = t.session_id AND b.tenant = :tenant
	AND b.ended_at IS NULL AND b.expires_at > :now AND @client_authed
	AND NOT @fits;
