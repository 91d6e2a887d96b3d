-- Writes a client as it was put together from what the request has and what was
-- read in seen: where another change came between, stale has a row.
-- in op text
-- in now int
-- in operator int
-- in actor text
-- in machine int
-- in sid text
-- in home text
-- in epoch int
-- in tenant text
-- in perm text
-- in lax int
-- in fresh int
-- in client text
-- in name text
-- in redirect_uris text
-- in logout_uris text
-- in grant_types text
-- in auth_method text
-- in jwks text
-- in scope text
-- in sensitive int
-- in audience text
-- in roles text
-- in nroles int
-- in names text
-- in count int
-- in access_s int
-- in refresh_s int
-- in id_alg text
-- in access_alg text
-- in skip_consent int
-- in disabled int
-- in backchannel text
-- in require_par int
-- in dpop_bound int
-- in seen text
-- in ip text
-- in rid text
-- in detail text

-- stmt lock
@admin_lock;

-- stmt lock_machine quiet
@admin_lock_machine;

-- stmt mark
@admin_mark;

-- stmt mark_machine quiet
@admin_mark_machine;

-- stmt who
@admin_who_writes;

-- stmt locked
@client_lock;

-- stmt held
@role_names_lock;

-- stmt found
SELECT CASE WHEN c.last_op IN (:seen, :op) THEN 0 ELSE 1 END,
	CASE WHEN c.sensitive = 0 OR @client_super THEN 0 ELSE 1 END
FROM clients AS c
WHERE c.tenant = :tenant AND c.client_id = :client;

-- stmt beneath
@client_beneath;

-- stmt above
SELECT v.client_id
FROM (SELECT '' AS client_id) AS v
WHERE :sensitive = 1 AND NOT @client_super;

-- stmt lacking
@client_lacking;

-- stmt unknown
@client_unknown;

-- stmt change
UPDATE clients
SET name = :name, redirect_uris = :redirect_uris, logout_uris = :logout_uris,
	grant_types = :grant_types, auth_method = :auth_method, jwks = :jwks,
	scope = :scope, sensitive = :sensitive, audience = :audience,
	access_s = :access_s, refresh_s = :refresh_s, id_alg = :id_alg,
	access_alg = :access_alg, skip_consent = :skip_consent,
	disabled = :disabled, backchannel = :backchannel,
	require_par = :require_par, dpop_bound = :dpop_bound,
	secret_hash = CASE WHEN :auth_method IN ('client_secret_basic',
		'client_secret_post') THEN secret_hash END,
	secret_old_hash = CASE WHEN :auth_method IN ('client_secret_basic',
		'client_secret_post') THEN secret_old_hash END,
	epoch = epoch + CASE WHEN (:disabled = 1 AND disabled = 0)
		OR EXISTS (SELECT 1 FROM client_roles AS r
			WHERE r.tenant = :tenant AND r.client_id = :client
			AND r.role NOT IN (SELECT l.name
				FROM @role_names AS l))
		OR EXISTS (SELECT 1 FROM @role_names AS l
			WHERE l.name NOT IN (SELECT r.role
				FROM client_roles AS r
				WHERE r.tenant = :tenant
				AND r.client_id = :client))
		THEN 1 ELSE 0 END,
	updated_at = :now, last_op = :op
WHERE tenant = :tenant AND client_id = :client AND last_op IN (:seen, :op)
	AND @admin_ok AND (sensitive = 0 OR @client_super)
	AND NOT EXISTS (@client_beneath)
	AND (:sensitive = 0 OR @client_super)
	AND NOT EXISTS (@client_lacking)
	AND NOT EXISTS (@client_unknown);

-- What waits ends with a client that is disabled, so that none of it is good
-- again when the client is.
-- stmt pushed
DELETE FROM pushed
WHERE tenant = :tenant AND client_id = :client AND :disabled = 1
	AND @client_mine;

-- stmt consents
DELETE FROM consents
WHERE tenant = :tenant AND client_id = :client AND :disabled = 1
	AND @client_mine;

-- stmt codes
DELETE FROM codes
WHERE tenant = :tenant AND client_id = :client AND :disabled = 1
	AND @client_mine;

-- stmt devices
DELETE FROM device_codes
WHERE tenant = :tenant AND client_id = :client AND :disabled = 1
	AND @client_mine;

-- stmt sessions
UPDATE sessions
SET ended_at = :now, ended_why = 'client', last_op = :op
WHERE tenant = :tenant AND client_id = :client AND client_id <> 'moatd'
	AND ended_at IS NULL AND :disabled = 1 AND @client_mine;

-- stmt children
@session_children_of
(SELECT b.id FROM sessions AS b
	WHERE b.tenant = :tenant AND b.client_id = :client
	AND b.ended_at = :now AND b.last_op = :op AND :disabled = 1)
@session_children_end;

-- stmt declared
UPDATE permissions
SET client_id = client_id
WHERE tenant = :tenant AND client_id = :client AND @client_mine;

-- stmt lost
DELETE FROM role_permissions
WHERE tenant = :tenant AND builtin = 0 AND @client_mine
	AND permission IN (SELECT p.name FROM permissions AS p
		WHERE p.tenant = :tenant AND p.client_id = :client)
	AND permission NOT IN (SELECT :client || ':' || l.name
		FROM @names AS l);

-- stmt withdraw
DELETE FROM permissions
WHERE tenant = :tenant AND client_id = :client AND @client_mine
	AND name NOT IN (SELECT :client || ':' || l.name FROM @names AS l);

-- stmt take
DELETE FROM client_roles
WHERE tenant = :tenant AND client_id = :client AND @client_mine
	AND role NOT IN (SELECT l.name FROM @role_names AS l);

-- stmt declare
@client_declare;

-- stmt give
@client_give;

-- stmt audit
INSERT INTO audit (id, tenant, created_at, action, result, actor, subject,
	client_id, ip, request_id, detail)
SELECT :op, :tenant, :now, 'client.update', 'success', :actor, :client,
	@audit_client, :ip, :rid,
	:detail
WHERE @client_mine
ON CONFLICT DO NOTHING;

-- stmt client
@client_made;

-- stmt roles
@client_held;

-- stmt permissions
@client_declared;
